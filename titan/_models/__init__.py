"""The bases of the generated types, and how the bytes of a response become them.

It imports `jid`, and of `titan` besides only modules that stand alone, such as `_privacy` and `_init_lock`.
"""

from .base import TitanModel
from .chat_ref import ChatRef
from .enums import Names, OpenEnum
from .events import MessageEvent, WebhookEvent, factory_of
from .times import Timestamp

__all__ = [
    "ChatRef",
    "MessageEvent",
    "Names",
    "OpenEnum",
    "Timestamp",
    "TitanModel",
    "WebhookEvent",
    "factory_of",
]
