"""The outbox of a program of the user's, by the name of its module."""

from __future__ import annotations

import logging
import operator
import os
import pkgutil
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generator, List

import click

from ..._privacy import mask
from ..failures import WRONG_USAGE, CommandError, hide_passwords
from ..output import printable, say

if TYPE_CHECKING:
    from ...outbox import Outbox

_PLACE = re.compile(r"(?P<module>\w+(\.\w+)*):(?P<name>\w+(\.\w+)*)")


def load_outbox(place: str) -> Outbox:
    """Import an outbox from the current folder.

    Args:
        place: Module and name, such as `tasks:outbox`.

    Raises:
        click.BadParameter: It is not written so.
        CommandError: It is not there, is no outbox, or its module fails.
    """
    from ...outbox import Outbox

    written = _PLACE.fullmatch(place)
    if written is None:
        raise click.BadParameter("write the module and the name, such as tasks:outbox", param_hint="--app")
    module = _load(written["module"])
    try:
        found = operator.attrgetter(written["name"])(module)
    except AttributeError:
        raise CommandError(
            f"the module {written['module']} has no {written['name']}", status=WRONG_USAGE
        ) from None
    if not isinstance(found, Outbox):
        raise CommandError(f"{place} is not an Outbox, but {type(found).__name__}", status=WRONG_USAGE)
    return found


def _load(name: str) -> object:
    from sqlalchemy.exc import SQLAlchemyError

    folder = os.getcwd()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return pkgutil.resolve_name(f"{name}:")
    except SQLAlchemyError:
        # Of the journal.
        raise
    except Exception as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and f"{name}.".startswith(f"{missing}."):
            raise CommandError(
                f"there is no module {missing}", f"It was looked for in {folder}", status=WRONG_USAGE
            ) from None
        what = mask(hide_passwords(f"{type(error).__name__}: {error}"))
        raise CommandError(
            f"the module {name} cannot be imported: {what}", f'See where: python -c "import {name}"'
        ) from None


@contextmanager
def warnings_shown(*, silent: bool = False) -> Generator[List[str], None, None]:
    """Show what the outbox warns of as lines of the command.

    Args:
        silent: Whether they are only kept.

    Yields:
        The warnings, as they come.
    """
    logger, shown = logging.getLogger("titan"), _Shown(silent=silent)
    passed_on, logger.propagate = logger.propagate, False
    logger.addHandler(shown)
    try:
        yield shown.warnings
    finally:
        logger.removeHandler(shown)
        logger.propagate = passed_on


class _Shown(logging.Handler):
    def __init__(self, *, silent: bool) -> None:
        super().__init__(logging.WARNING)
        self.warnings: List[str] = []
        self._silent = silent

    def emit(self, record: logging.LogRecord) -> None:
        self.warnings.append(record.getMessage())
        if not self._silent:
            say(f"titan: {printable(record.getMessage())}")
