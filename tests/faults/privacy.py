"""What must not be seen of a call that meets a fault, and the places where it is looked for."""

from __future__ import annotations

import contextlib
import copy
import logging
import pickle
import traceback
import warnings
from typing import Iterator, List

from tests.support.tracebacks import find_private
from titan import TitanError

KEY = "titan_" + "s3cr3tk3y" * 8
NUMBER = "5511999998888"
CHAT = f"{NUMBER}@s.whatsapp.net"
GROUP = "120363041234567890@g.us"
TEXT = "meet me at the old harbour"

CREDENTIALS = ("s3cr3tk3y",)
PRIVATE = (NUMBER, GROUP.partition("@")[0], "harbour")

_FORMATTER = logging.Formatter("%(name)s %(levelname)s %(message)s")


class Observed(logging.Handler):
    """Everything that is logged and warned while it listens."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: List[str] = []
        self.warned: List[warnings.WarningMessage] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.msg!r} {record.args!r}")

    @property
    def text(self) -> str:
        return "\n".join([*self.lines, *(str(one.message) for one in self.warned)])


@contextlib.contextmanager
def observing() -> Iterator[Observed]:
    """Listen to every logger at every level, those of httpx and httpcore included, and to warnings."""
    observed, root = Observed(), logging.getLogger()
    observed.setFormatter(_FORMATTER)
    level = root.level
    root.addHandler(observed)
    root.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as observed.warned:
            warnings.simplefilter("always")
            yield observed
    finally:
        root.setLevel(level)
        root.removeHandler(observed)


def find_leaks(text: str, where: str) -> List[str]:
    """What of the private stands in a text, as lines for a person."""
    return [f"{secret} is in {where}" for secret in (*CREDENTIALS, *PRIVATE) if secret in text]


def find_leaks_of(error: BaseException) -> List[str]:
    """What an error shows: by its texts, as a pickle, and in the local variables of its frames."""
    shown = [str(error), repr(error), repr(error.args), repr(error.__cause__), repr(error.__context__)]
    leaks = find_leaks("\n".join(shown), "the error")
    leaks += find_leaks(
        "".join(traceback.format_exception(type(error), error, error.__traceback__)), "the traceback"
    )
    leaks += find_private(error, credentials=CREDENTIALS, private=PRIVATE)
    if isinstance(error, TitanError):
        pickled = pickle.dumps(_without_answer(error)).decode("latin-1")
        leaks += find_leaks(pickled, "the pickle")
    return leaks


def _without_answer(error: TitanError) -> TitanError:
    """A copy without what is documented to hold the server's bytes as they came."""
    bare = copy.copy(error)
    for name, empty in (("body", b""), ("headers", {})):
        if hasattr(bare, name):
            setattr(bare, name, empty)
    return bare
