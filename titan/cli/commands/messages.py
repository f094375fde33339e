"""`titan send`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generator, Optional

import click

from ..arguments import country_option, json_option, read_recipient
from ..connecting import connect
from ..failures import describe, unclear
from ..output import console, printable, say, show, show_json

if TYPE_CHECKING:
    from ..._http.files.user_code import Progress
    from ...client import TitanClient
    from ...types_gen import Message

_LOOK = (
    "look at the chat on the phone, or at the time of its last message (titan chats SESSION), before you "
    "send it again"
)


@click.command()
@click.argument("session")
@click.argument("to")
@click.argument("text", required=False)
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False), help="A file to send; TEXT is written below it."
)
@country_option
@json_option
def send(
    session: str, to: str, text: Optional[str], file: Optional[str], country: Optional[str], as_json: bool
) -> None:
    """Send TEXT, or a file, with the session SESSION.

    TO is a phone number as people write it, with "+" and country code ("+55 11 99999-9999"), or a chat id, as
    titan chats lists them. TEXT is read from the standard input where it is "-".

    Where nobody knows whether the message was sent, the exit status is 3, and nothing is sent again.
    """
    chat_id = read_recipient(to, country)
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8").rstrip("\r\n")
    if text is None and file is None:
        raise click.UsageError("give a text, or a file with --file")
    with connect() as client, unclear("The message may have been sent", _LOOK):
        message = _send(client, session, chat_id, text, file)
    try:
        if as_json:
            show_json(message.to_dict())
        else:
            show(f"The message {printable(message.id)} is {printable(message.status) or 'accepted'}")
    except OSError as error:
        # A failure would have it sent again.
        say(f"titan: the message was sent, but its id could not be written: {describe(error)}")


def _send(
    client: TitanClient, session: str, chat_id: str, text: Optional[str], file: Optional[str]
) -> Message:
    if file is None:
        return client.messages.send_text(session, chat_id, text or "")
    with _upload_bar() as progress:
        return client.messages.send_file(session, chat_id, file, caption=text, progress=progress)


@contextmanager
def _upload_bar() -> Generator[Optional[Progress], None, None]:
    """A bar on the terminal; what is sent goes through it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress

    columns = (
        "Sending",
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console(sys.stderr)) as bar:
        task = bar.add_task("", total=None)

        def show_progress(sent: int, total: Optional[int]) -> None:
            bar.update(task, completed=sent, total=total)

        yield show_progress
