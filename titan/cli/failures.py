"""What goes wrong, as one or two lines and an exit status."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import Generator, List

import click

from .._privacy import mask
from ..errors import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    PairingError,
    PermissionDeniedError,
    TitanError,
)
from .output import printable, say

_PASSWORD = re.compile(r"(?<=://)\S+(?=@)")

FAILED, WRONG_USAGE, UNCLEAR, INTERRUPTED = 1, 2, 3, 130
"""The exit statuses beside 0."""


class CommandError(Exception):
    """Ends the command.

    Args:
        message: What went wrong.
        hint: What to do; a second line.
        status: The exit status.
    """

    def __init__(self, message: str, hint: str = "", *, status: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status


class Terminated(SystemExit):
    """A signal that ends the program; its code is the exit status that shells expect."""


@contextmanager
def unclear(what: str, look: str) -> Generator[None, None, None]:
    """Say what to look at where nobody knows whether a request was carried out.

    Args:
        what: What may have happened, such as "The message may have been sent".
        look: Where that can be seen.

    Raises:
        CommandError: It may have been carried out; status 3.
    """
    try:
        yield
    except TitanError as error:
        if not error.maybe_processed:
            raise
        raise CommandError(describe(error), f"{what}: {look}", status=UNCLEAR) from None
    except (KeyboardInterrupt, Terminated):
        say(f"titan: interrupted. {what}: {look}")
        raise


def lines_for(error: BaseException) -> List[str]:
    """What stderr gets for an error: a line, and where something can be done, a second one."""
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx is not None else "titan"
        return [f"{path}: {printable(hide_passwords(error.format_message()))}", f"See: {path} --help"]
    if isinstance(error, CommandError):
        return [f"titan: {printable(error.message)}", *([printable(error.hint)] if error.hint else [])]
    if isinstance(error, click.ClickException):
        return [f"titan: {printable(error.format_message())}"]
    return [f"titan: {describe(error)}", *_hint(error)]


def status_of(error: BaseException) -> int:
    """The exit status for an error."""
    if isinstance(error, CommandError):
        return error.status
    if isinstance(error, click.ClickException):
        return error.exit_code
    return WRONG_USAGE if _is_of_arguments(error) else FAILED


def describe(error: BaseException) -> str:
    """An error in words, on one line, without anything private."""
    if isinstance(error, OSError) and error.strerror:
        return printable(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
    if isinstance(error, TitanError) or _is_of_arguments(error):
        return printable(mask(str(error)))
    return f"this should not happen: {type(error).__name__}: {printable(mask(str(error)))}"


def hide_passwords(text: str) -> str:
    """A text in which no address shows who uses it and with what password."""
    return _PASSWORD.sub("…", text)


def is_of_titan(error: object) -> bool:
    """Whether a refusal has the form of Titan's, and not that of a proxy or firewall before it."""
    try:
        answer = json.loads(error.body) if isinstance(error, APIStatusError) else None
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and "error" in answer


def _is_of_arguments(error: BaseException) -> bool:
    """Whether the SDK refused what it was given, before anything was sent."""
    return isinstance(error, (ConfigurationError, ValueError, TypeError))


def _hint(error: BaseException) -> List[str]:
    if isinstance(error, APIStatusError) and error.status_code < 500 and not is_of_titan(error):
        return [
            "Something other than your Titan may have answered: is TITAN_BASE_URL right? See: titan doctor"
        ]
    if isinstance(error, AuthenticationError):
        return ["Is TITAN_API_KEY a key of this Titan, and neither disabled nor over? See: titan doctor"]
    if isinstance(error, PermissionDeniedError):
        return ["The key lacks a scope. See: titan doctor"]
    if isinstance(error, NotFoundError):
        return ["See which sessions there are: titan sessions"]
    if isinstance(error, ConflictError):
        return ["See how the sessions are: titan sessions. titan pair NAME connects one."]
    if isinstance(error, APIConnectionError):
        return ["Is TITAN_BASE_URL right, and is your Titan running? See: titan doctor"]
    if isinstance(error, PairingError) and error.reason in ("QR_TIMEOUT", "TIMEOUT"):
        return ["Run it again, and scan the code while it is shown."]
    return []
