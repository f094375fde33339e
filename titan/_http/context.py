"""What a client gives to its services."""

from __future__ import annotations

from typing import NamedTuple

from typing_extensions import Literal

from .settings import Settings
from .transport import Transport

Wrapping = Literal["data", "response", "submitted"]


class Context(NamedTuple):
    """What a service needs of its client."""

    transport: Transport
    settings: Settings
    strict: bool
    """Whether a response that does not fit the declared type is an error."""
    strict_requests: bool
    """Whether a payload that the contract does not know is an error."""
    has_client_token: bool
    wrapping: Wrapping = "data"
    """What operations return: their result, or a Response or Submitted around it."""
