"""Arguments and options that several commands have."""

from __future__ import annotations

from typing import Any, Callable, Optional, TypeVar

import click

from .. import jid
from .._privacy import mask

F = TypeVar("F", bound=Callable[..., Any])

_PERSON = "@s.whatsapp.net"


def json_option(command: F) -> F:
    """Give a command the option `--json`."""
    option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    return option(command)


def country_option(command: F) -> F:
    """Give a command the option `--country`."""
    option = click.option(
        "--country", metavar="CODE", help='Calling code of numbers without "+", such as 55.'
    )
    return option(command)


def read_recipient(text: str, country: Optional[str]) -> str:
    """The chat id of a phone number as people write it, or a chat id as it is.

    Raises:
        click.BadParameter: It is neither; the text does not repeat it.
    """
    text = text.strip()
    if "@" in text and not text.endswith(_PERSON):
        return text
    return read_number(text, country)


def read_number(text: str, country: Optional[str]) -> str:
    """The chat id of a phone number as people write it.

    Raises:
        click.BadParameter: It is not one; the text does not repeat it.
    """
    try:
        return jid.user(text, country=country)
    except ValueError as error:
        raise click.BadParameter(_in_words_of_the_terminal(str(error))) from None


def read_phone_number(text: str, country: Optional[str]) -> str:
    """A phone number with "+" and nothing between its digits.

    Raises:
        click.BadParameter: It is not one; the text does not repeat it.
    """
    return f"+{read_number(text, country).partition('@')[0]}"


def _in_words_of_the_terminal(complaint: str) -> str:
    return mask(complaint).replace('or pass country="<code>"', "or give --country CODE")
