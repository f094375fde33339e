"""What a handler gets and what it gives back."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Union

from ..base.encoding import encode
from ..spec.contract import Operation
from ..state import Account, AccountKey, Session, State


class ClientToken(NamedTuple):
    """A client token that was presented and is genuine."""

    session: Session
    ephemeral_id: str

    @property
    def id(self) -> str:
        """Whose requests are counted together."""
        return f"{self.session.id}/{self.ephemeral_id}"


Credential = Union[AccountKey, ClientToken]


class ApiRequest(NamedTuple):
    """A request that was let in: authenticated, valid by the contract, its session known.

    Where the operation is a command to WhatsApp, its session is connected.
    """

    state: State
    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def session(self) -> Session:
        """The session that the path names, or else the body."""
        return self.state.session(self.path.get("session") or self.body["session"])

    @property
    def account(self) -> Account:
        """The WhatsApp account of the session."""
        return self.session.account


class ApiResponse(NamedTuple):
    """A response."""

    data: Any
    status: int = 200
    content: Optional[bytes] = None
    """Bytes to send instead of the data."""
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}

    def body(self) -> bytes:
        """Give the bytes to send."""
        return encode({"data": self.data}) if self.content is None else self.content


Handler = Callable[[ApiRequest], ApiResponse]
Handlers = Dict[str, Handler]

DONE = ApiResponse({"success": True})
"""It was done, and there is nothing else to say."""
