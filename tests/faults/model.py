"""What a fault is, and what an attempt that meets it comes to."""

from __future__ import annotations

import enum
from typing import Callable, List, Mapping, NamedTuple, Optional, Tuple, Union

from tests.faults.operations import Operation, name_of
from tests.faults.server import Play


class Kind(enum.Enum):
    """What one attempt comes to, told by what is known of it and not by what the SDK makes of it."""

    ANSWERED = "its own answer came, whole"
    NOT_SENT = "there was no connection, so nothing of the request left"
    LOST = "the connection or the answer on it ended or broke"
    STALLED = "nothing more came until a time limit"
    UNREADABLE = "a status of 2xx that does not answer what was asked"
    STATUS = "another status"


class When(enum.Enum):
    """At which attempts a fault is played."""

    EVERY = "every"
    FIRST = "first"


TOO_LONG = float("inf")
"""A `Retry-After` of more than anybody should wait inside a call."""


class Meaning(NamedTuple):
    """What one attempt comes to."""

    kind: Kind
    status: int = 0
    wait: Optional[float] = None
    """Seconds that the server asks to wait for; None where it names none that counts."""
    is_date: bool = False
    """Whether it asks by a date, which names whole seconds."""
    spends_all: bool = False
    """Whether `total_timeout` is over with it."""
    is_connected: bool = True
    """Of one that stalled: whether there was a connection."""
    file: str = ""
    """Of one that was answered with another file than the usual one, or a part of it: its name."""


class Reads(enum.Enum):
    """How much of the request the server reads."""

    NOTHING = 0
    HEAD = 1
    WHOLE = 2


ANSWERED = Meaning(Kind.ANSWERED)
NOT_SENT = Meaning(Kind.NOT_SENT)
LOST = Meaning(Kind.LOST)
UNREADABLE = Meaning(Kind.UNREADABLE)
STALLED = Meaning(Kind.STALLED, spends_all=True)

OfOperation = Callable[[Operation], Meaning]


def answered_with(file: bytes) -> Meaning:
    """The meaning of an answer with another file, or a part of the usual one where nothing says so."""
    return Meaning(Kind.ANSWERED, file=name_of(file))


def by_result(*, json: Meaning, file: Meaning) -> OfOperation:
    """The meaning of a fault that depends on what is read: a document, or a file byte for byte."""
    return lambda operation: file if operation.result == "file" else json


TOTAL = 0.5
"""`total_timeout` of the cells in which nothing comes any more."""


class Fault(NamedTuple):
    """One thing that a server, or what is between, does wrong."""

    name: str
    sentence: str
    """What happens, for readers."""
    play: Play
    meaning: Union[Meaning, OfOperation]
    reads: Reads = Reads.WHOLE
    total_timeout: float = 300.0
    """Pauses between attempts are not slept, but count as if they were."""
    timeout: Optional[float] = None
    warm: Optional[Play] = None
    """Answers an earlier request on the same connection."""
    certificate: str = ""
    """Name of the certificate of a server over TLS."""
    requests: int = 1
    """How many requests one attempt makes that meets it."""
    is_refused: bool = False
    """Whether nobody listens."""

    def meaning_for(self, operation: Operation) -> Meaning:
        return self.meaning if isinstance(self.meaning, Meaning) else self.meaning(operation)


class Group(NamedTuple):
    """Faults that are shown together."""

    title: str
    about: str
    faults: List[Fault]


Cell = Tuple[str, str, str]
"""Fault, operation and `When`, by their names."""

Outcomes = Mapping[Cell, str]
