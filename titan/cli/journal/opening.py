"""The journal of an outbox, opened for a command; and what goes wrong with it, in a sentence."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Generator, Optional, TypeVar

import click

from ..._distribution import install_hint
from ..._privacy import Secret
from ..failures import WRONG_USAGE, CommandError, hide_passwords

if TYPE_CHECKING:
    from ...outbox.opened import OpenedJournal

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE = "TITAN_OUTBOX_URL"
_SECONDS_OF_PATIENCE = 5.0
_ADDRESS, _IS_TYPED = "titan.cli.journal.address", "titan.cli.journal.is_typed"


def journal_option(*, hidden: bool = False) -> Callable[[F], F]:
    """Give a command the option `--journal`.

    Args:
        hidden: Whether it is that of a command in the group: people write it there too.
    """
    return click.option(
        "--journal",
        metavar="URL",
        help=f"Where the journal is, such as sqlite:///outbox.db. Default: {VARIABLE} in the environment; "
        "where it has a password, only there, since others can see arguments.",
        envvar=None if hidden else VARIABLE,
        hidden=hidden,
        expose_value=False,
        callback=_keep_address,
    )


def _keep_address(ctx: click.Context, parameter: click.Parameter, address: Optional[str]) -> None:
    if address:
        source = ctx.get_parameter_source(parameter.name or "")
        ctx.meta[_ADDRESS] = Secret(address)
        ctx.meta[_IS_TYPED] = source is click.core.ParameterSource.COMMANDLINE


def is_address_typed() -> bool:
    """Whether the address of the journal is an argument."""
    return bool(click.get_current_context().meta.get(_IS_TYPED))


@contextmanager
def opened() -> Generator[OpenedJournal, None, None]:
    """Open the journal that the command line or the environment names.

    Yields:
        The journal.

    Raises:
        CommandError: None is named, there is none, or its database cannot be used.
    """
    address: Optional[Secret[str]] = click.get_current_context().meta.get(_ADDRESS)
    if address is None:
        raise CommandError(
            "no journal is named",
            f"Name it with --journal URL, or in {VARIABLE}: an address such as sqlite:///outbox.db",
            status=WRONG_USAGE,
        )
    with database_in_words(), _open(address) as journal:
        yield journal


def _open(address: Secret[str]) -> OpenedJournal:
    try:
        from ...outbox.opened import OpenedJournal

        return OpenedJournal(address.reveal(), create=False, patience=_SECONDS_OF_PATIENCE)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "titan":
            raise
        hint = 'python -m pip install "psycopg[binary]"' if error.name == "psycopg" else ""
        raise CommandError(f"this journal needs {error.name}", hint, status=WRONG_USAGE) from None
    except ImportError as error:
        # Such as psycopg without the library of PostgreSQL.
        raise CommandError(f"the driver of the journal does not load: {error}", status=WRONG_USAGE) from None
    except ValueError as error:
        raise CommandError(str(error), _place(address), status=WRONG_USAGE) from None


def _place(address: Secret[str]) -> str:
    """Which file the address leads to: where it begins is what people get wrong."""
    prefix, _, path = address.reveal().partition(":///")
    return f"The address leads to {os.path.abspath(path)}" if prefix == "sqlite" and path else ""


@contextmanager
def database_in_words() -> Generator[None, None, None]:
    """Say in a sentence what is wrong with a database.

    Raises:
        CommandError: It cannot be used, or the extra `outbox` is not installed.
    """
    try:
        from sqlalchemy.exc import SQLAlchemyError

        from ...outbox.private import clean
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "titan":
            raise
        raise CommandError(f"this needs {missing}: {install_hint('outbox')}", status=WRONG_USAGE) from None
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(clean(error), "orig", None)
        kind, _, text = (f"{type(error).__name__}: {error}" if cause is None else str(cause)).partition(": ")
        raise CommandError(f"the journal cannot be used: {hide_passwords(text or kind)}") from None


@contextmanager
def decision(key: str) -> Generator[None, None, None]:
    """Say in a sentence why a message cannot be shown, settled or cancelled.

    Args:
        key: Its key, as it was typed.

    Raises:
        CommandError: The journal has no such message, or it does not stand where it should.
    """
    try:
        yield
    except KeyError as error:
        hint = "Keys are masked unless titan outbox list --reveal shows them whole." if "…" in key else ""
        raise CommandError(str(error.args[0]), hint) from None
    except ValueError as error:
        raise CommandError(str(error)) from None
