"""What a handler gets and what it gives back."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Mapping, NamedTuple, Union

from .contract import Operation
from .state import AccountKey, ClientToken, State

Credential = Union[AccountKey, ClientToken]


class Call(NamedTuple):
    """A request that was let in: authenticated, valid by the contract, its session known."""

    state: State
    operation: Operation
    credential: Credential
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any


class Answer(NamedTuple):
    """A response."""

    status: int
    body: bytes
    media_type: str = "application/json"


Handler = Callable[[Call], Answer]
Handlers = Dict[str, Handler]


def encode(value: Any) -> bytes:
    """Write JSON, in ASCII: a request may have brought half a surrogate pair, which UTF-8 cannot write."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def result(data: Any, status: int = 200) -> Answer:
    """Answer with something."""
    return Answer(status, encode({"data": data}))


def done() -> Answer:
    """Answer that it was done, where there is nothing else to say."""
    return result({"success": True})
