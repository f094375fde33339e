"""`docs/reference/outbox.md`: what programs call of the outbox, from its docstrings."""

from __future__ import annotations

from typing import Dict, List, cast

import griffe
from _contract.errors import ContractError

from .docstrings import Documented, Sources, describe, public_members, summary_of, text_and_sections, text_in
from .markdown import FOLDER, anchor, cell, page, table
from .python_pages import attributes, methods, section

PATH = FOLDER / "outbox.md"
_OPENING = """\
Many messages from a journal, each sent at most once; it needs the extra `outbox`. The
[guide](../guides/outbox.md) shows it at work, and [From one process to many
machines](../guides/many-machines.md) says where to run it."""
_IMPORTED = """\
All names are imported from `titan.outbox`, except `use_celery`: that is in `titan.outbox.celery`, and needs
the extra `celery`."""
# In the order in which a reader needs them: sending, looking, deciding, pausing, the rest.
_METHODS = (
    *("add", "add_many", "run", "stop", "record", "watch", "get", "messages", "counts"),
    *("settle", "cancel", "know", "pause", "resume", "paused", "sweep", "close"),
)


def write_outbox_page(sources: Sources) -> str:
    """The page.

    Raises:
        ContractError: The outbox has a method of which this module does not know where to put it.
    """
    outbox = cast(griffe.Class, sources.one("titan.outbox.outbox", "Outbox"))
    message = cast(griffe.Class, sources.one("titan.outbox.message", "OutboxMessage"))
    calls = _methods(sources, outbox)
    parts = [_OPENING, _IMPORTED, *section("Outbox", outbox, "Outbox")]
    rows = [
        (f"[`{name}`](#{anchor(f'outbox.{name}')})", cell(summary_of(one))) for name, one in calls.items()
    ]
    parts.append(table(("Method", "What it does"), rows))
    for name, one in calls.items():
        parts += [f"### outbox.{name}", *describe(one, f"outbox.{name}")]
    parts += section("Pace", sources.one("titan.outbox.pace", "Pace"), "Pace")
    parts += ["## OutboxMessage", *text_and_sections(message), attributes(message)]
    parts += methods(message, "message")
    for heading, module, name in (
        ("Status", "titan.outbox.message", "Status"),
        ("SettledBy", "titan.outbox.message", "SettledBy"),
        ("STATUSES", "titan.outbox.message", "STATUSES"),
        ("AnyMessage", "titan.outbox.outbox", "AnyMessage"),
    ):
        parts += [f"## {heading}", *text_and_sections(sources.one(module, name))]
    celery = sources.module("titan.outbox.celery").docstring
    parts += ["## titan.outbox.celery", *text_in(celery.value if celery is not None else "")]
    use_celery = sources.one("titan.outbox.celery", "use_celery")
    parts += ["### use_celery", *describe(use_celery, "use_celery")]
    return page("The outbox", "docstrings", parts)


def _methods(sources: Sources, outbox: griffe.Class) -> Dict[str, Documented]:
    """The methods of an outbox, its own and those of the journal that it opens."""
    journal = cast(griffe.Class, sources.one("titan.outbox.opened", "OpenedJournal"))
    found = {
        name: one
        for cls in (journal, outbox)
        for name, one in public_members(cls).items()
        if isinstance(one, griffe.Function)
    }
    differing: List[str] = sorted(found.keys() ^ set(_METHODS))
    if differing:
        raise ContractError(f"_METHODS of {__name__} and the outbox differ in {', '.join(differing)}")
    return {name: found[name] for name in _METHODS}
