"""The client of a command: address and key from the environment, or from a prompt."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generator, Optional

import click

from .failures import WRONG_USAGE, CommandError
from .output import printable

if TYPE_CHECKING:
    from ..client import TitanClient


@contextmanager
def connect() -> Generator[TitanClient, None, None]:
    """Open a client.

    Yields:
        The client.

    Raises:
        CommandError: The address or the key is missing, and nobody can be asked for it.
        ConfigurationError: One of them cannot be used.
    """
    from ..client import TitanClient

    with TitanClient(
        ask_unless_set("TITAN_BASE_URL", "Address of your Titan"),
        ask_unless_set("TITAN_API_KEY", "Server API key (it stays hidden)", hide=True),
    ) as client:
        yield client


def ask_unless_set(variable: str, question: str, *, hide: bool = False) -> Optional[str]:
    """Ask for what an environment variable does not say.

    Args:
        variable: Name of the environment variable.
        question: What to ask.
        hide: Whether the answer stays hidden.

    Returns:
        The answer; None where the variable says it, which the client itself reads.

    Raises:
        CommandError: There is no terminal to ask at.
    """
    if os.environ.get(variable, "").strip():
        return None
    if not sys.stdin.isatty():
        raise CommandError(f"the environment variable {variable} is not set", status=WRONG_USAGE)
    answer: str = click.prompt(question, hide_input=hide, err=True)
    return answer


def choose_session(client: TitanClient, session: Optional[str]) -> str:
    """The session that was named, else the only one that is connected.

    Raises:
        CommandError: None was named, and there is not exactly one.
    """
    if session is not None:
        return session
    names = [one.name for one in client.sessions.list() if one.status == "CONNECTED"]
    if len(names) == 1:
        return names[0]
    found = (
        f"{len(names)} sessions are connected: {', '.join(map(printable, names))}"
        if names
        else "no session is connected"
    )
    raise CommandError(f"{found}; name one with --session", status=WRONG_USAGE)
