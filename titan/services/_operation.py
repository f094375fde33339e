"""What is known of an operation of the API before it is called."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple


class Operation(NamedTuple):
    """An operation of the API: its request, and what is known of it."""

    id: str
    """Its name as a method of the client, such as `labels.update`."""
    verb: str
    route: str
    """Path template, as the API's reference writes it."""
    arguments: Tuple[str, ...] = ()
    """The placeholders that the method takes values for, in its order."""
    body: Optional[str] = None
    """The name of its payload's type in `titan.types_gen`, where it has a payload."""
    evidence: str = "documented"
    """`documented`, `named` or `assumed`."""
    is_idempotent: bool = False
    """Whether it can be repeated without a second effect."""
    is_long: bool = False
    """Whether the server may rightly take minutes."""
    is_binary: bool = False
    """Whether the answer is the bytes of a file, at once or behind a redirect."""
    long_with: Optional[str] = None
    """A field of the payload with which the server may rightly take minutes."""
    session_in_body: bool = False
    """Whether the name of the session stands in the body too."""
    may_be_empty: bool = False
    """Whether the server may answer without the result that the operation has."""
    client_route: Optional[str] = None
    """Path template for a client with a client token, where that has one of its own."""
    client_evidence: str = "documented"
