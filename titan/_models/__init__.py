"""The bases of the generated types, and how the bytes of a response become them.

It imports `_privacy`, `_interruptions` and `_init_lock`, and nothing else of `titan`.
"""

from .base import TitanModel
from .chat_ref import ChatRef
from .enums import Names, OpenEnum
from .times import Timestamp

__all__ = ["ChatRef", "Names", "OpenEnum", "Timestamp", "TitanModel"]
