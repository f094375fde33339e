"""`titan outbox`: what a person sees and decides of the messages of an outbox, without a client."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar

import click

from ..arguments import json_option
from ..failures import FAILED
from ..journal.opening import database_in_words, decision, is_address_typed, journal_option, opened
from ..journal.program import load_outbox, warnings_shown
from ..journal.showing import Shown
from ..output import printable, say, show, show_json, show_table

F = TypeVar("F", bound=Callable[..., Any])

# Those of titan.outbox, which is loaded only when it is used.
STATUSES = ("queued", "sending", "sent", "delivered", "read", "failed", "unclear")
_WANT_A_LOOK = ("failed", "unclear")
_REASONS = {
    "PERSON": "a person paused it",
    "SILENT": "it is connected, but nothing goes out",
    "MISSING": "Titan has no such session",
}
_LOOK = "Look at the phone, then: titan outbox settle KEY --sent (or --not-sent)"


class _InOrder(click.Group):
    """A group whose commands are listed as they stand here, and all have `--journal` too."""

    def list_commands(self, ctx: click.Context) -> List[str]:
        return list(self.commands)

    def add_command(self, cmd: click.Command, name: Optional[str] = None) -> None:
        super().add_command(journal_option(hidden=True)(cmd), name)


@click.group(cls=_InOrder, invoke_without_command=True)
@journal_option()
@click.pass_context
def outbox(ctx: click.Context) -> None:
    """Look at the messages of an outbox, and settle what is unclear.

    It needs the journal alone: neither a key nor your Titan; and the extra `outbox`. Numbers in keys and
    chats are masked, unless --reveal is given.
    """
    if ctx.invoked_subcommand is None:
        show(ctx.get_help())


def _statuses(command: F) -> F:
    choice = click.Choice(STATUSES)
    return click.argument("statuses", metavar="[STATUS]...", type=choice, nargs=-1)(command)


def _session(command: F) -> F:
    return click.option("--session", metavar="NAME", help="Only messages of this session.")(command)


def _reveal(command: F) -> F:
    about = "Show phone numbers, and what may be some, whole."
    return click.option("--reveal", is_flag=True, help=about)(command)


@outbox.command()
@_session
@json_option
def counts(session: Optional[str], as_json: bool) -> None:
    """Count the messages by status, and name the paused sessions."""
    with opened() as journal:
        counted: Dict[Any, int] = journal.counts(session=session)
        paused = {name: why for name, why in journal.paused().items() if session in (None, name)}
    if as_json:
        show_json({"counts": counted, "paused": paused})
        return
    show_table(("STATUS", "MESSAGES"), list(counted.items()))
    if not sys.stdout.isatty():
        show_table((), [("paused", name, why) for name, why in paused.items()])
    elif paused:
        show("")
        rows = [(name, why, _REASONS.get(why, "")) for name, why in paused.items()]
        show_table(("PAUSED", "REASON", ""), rows)


@outbox.command("list")
@_statuses
@_session
@_reveal
@json_option
def list_messages(statuses: Tuple[str, ...], session: Optional[str], reveal: bool, as_json: bool) -> None:
    """List messages: by default those that are failed or unclear.

    STATUS is queued, sending, sent, delivered, read, failed or unclear; there may be several.
    """
    shown, wanted = Shown(reveal=reveal), statuses or _WANT_A_LOOK
    with opened() as journal:
        found = journal._find(wanted, session)
        if as_json:
            shown.list_as_json(found)
            return
        number = shown.list(found)
        is_unclear = "unclear" in wanted and journal.counts(session=session)["unclear"]
    if not number:
        say(f"No message is {' or '.join(wanted)}.")
    shown.say_what_is_masked()
    if number and is_unclear:
        say(_LOOK)


@outbox.command("show")
@click.argument("key")
@_reveal
@json_option
def show_message(key: str, reveal: bool, as_json: bool) -> None:
    """Show all that the journal says of the message KEY."""
    shown = Shown(reveal=reveal)
    with opened() as journal, decision(key):
        message = journal.get(key)
    shown.one(message, as_json=as_json)
    if not as_json:
        shown.say_what_is_masked()
        if message.status == "unclear":
            say(_LOOK)


@outbox.command()
@click.argument("key")
@click.option("--sent", is_flag=True, help="It was sent.")
@click.option("--not-sent", is_flag=True, help="It was not sent: it is queued again, and will be.")
@click.option("--id", "message_id", metavar="MESSAGE_ID", help="Its id on WhatsApp, with --sent.")
def settle(key: str, sent: bool, not_sent: bool, message_id: Optional[str]) -> None:
    """Say what became of an unclear message, after a look at the phone."""
    if sent == not_sent:
        raise click.UsageError("give either --sent or --not-sent")
    if message_id is not None and (not_sent or not message_id.strip()):
        raise click.UsageError("--id is the id of a message that was sent, and goes with --sent")
    with opened() as journal, decision(key):
        journal.settle(key, sent=sent, message_id=message_id)
        message = journal.get(key)
        why = journal.paused().get(message.session)
    if sent:
        show(f"It is {message.status} now. It will not be sent again.")
        return
    session = printable(message.session)
    show("It is queued again, and will be sent by what runs the outbox.")
    if why is not None:
        say(f"The session {session} is paused ({printable(why)}): not before that ends.")


@outbox.command()
@click.argument("key")
def cancel(key: str) -> None:
    """Do not send the message KEY, which is queued: it is failed then."""
    with opened() as journal, decision(key):
        journal.cancel(key)
    show("It is cancelled, and will not be sent.")


@outbox.command()
@click.argument("session")
def pause(session: str) -> None:
    """Send nothing more with a session, in any process, until resume."""
    with opened() as journal, warnings_shown(silent=True):
        is_known = any(journal.counts(session=session).values())
        journal.pause(session)
    show(f"{session} is paused. What is under way is still sent.")
    say(f"To go on: titan outbox resume {session}")
    if not is_known:
        say("The journal has no message of this session: is its name right?")


@outbox.command()
@click.argument("session")
def resume(session: str) -> None:
    """End the pause of the session SESSION, whatever it came from."""
    with opened() as journal:
        was_paused = journal.resume(session)
    show(f"{printable(session)} goes on." if was_paused else f"{printable(session)} was not paused.")


@outbox.command()
@click.option(
    "--app",
    metavar="MODULE:NAME",
    help="Your own Outbox, such as tasks:outbox, imported from this folder: on Celery, what has lost its "
    "task gets another one.",
)
def sweep(app: Optional[str]) -> int:
    """Make unclear what was under way in processes that died.

    Whatever runs the outbox does this too.
    """
    if app is None:
        with opened() as journal:
            unclear = journal.sweep()
        warnings: List[str] = []
    else:
        if is_address_typed():
            raise click.UsageError("--app has a journal of its own: leave --journal out")
        with warnings_shown() as warnings, database_in_words():
            unclear = load_outbox(app).sweep()
    show(_swept(unclear))
    return FAILED if warnings else 0


def _swept(unclear: int) -> str:
    if not unclear:
        return "No message became unclear."
    what = "1 message became" if unclear == 1 else f"{unclear} messages became"
    return f"{what} unclear. See which: titan outbox list unclear"


@outbox.command("csv")
@_statuses
@_session
@_reveal
def write_csv(statuses: Tuple[str, ...], session: Optional[str], reveal: bool) -> None:
    """Write messages as CSV to stdout: without STATUS all of them.

    Times are ISO 8601, in UTC. What a spreadsheet would take for a formula begins with an apostrophe.
    """
    shown = Shown(reveal=reveal)
    with opened() as journal:
        shown.list_as_csv(journal._find(statuses or None, session))
    shown.say_what_is_masked()
