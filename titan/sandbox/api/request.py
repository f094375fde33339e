"""What a handler takes and what it returns."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional

from ..base.encoding import encode
from ..base.errors import SandboxError
from ..spec.operations import Operation
from ..state import Account, Session, State


class ApiRequest(NamedTuple):
    """A request that was let in: its caller may make it, it fits the contract, its session exists.

    Where the operation is a command to WhatsApp, its session is connected.
    """

    state: State
    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def session(self) -> Session:
        """The session that the path names, or else the body.

        Raises:
            SandboxError: 404 when there is no such session; 400 when neither names one.
        """
        name = self.path.get("session") or (self.body or {}).get("session")
        if name is None:
            raise SandboxError(400, "missing required field: session")
        return self.state.find_session(name)

    @property
    def account(self) -> Account:
        """The WhatsApp account of the session."""
        return self.session.account


class ApiResponse(NamedTuple):
    """What a handler returns."""

    data: Any
    status: int = 200
    content: Optional[bytes] = None
    """Bytes to send instead of the data."""
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}

    def to_bytes(self) -> bytes:
        """Return the bytes to send."""
        return encode({"data": self.data}) if self.content is None else self.content


Handler = Callable[[ApiRequest], ApiResponse]
Handlers = Dict[str, Handler]

DONE = ApiResponse({"success": True})
"""It was done, and there is nothing else to say."""
