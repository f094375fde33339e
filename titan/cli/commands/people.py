"""`titan chats` and `titan check`."""

from __future__ import annotations

from typing import Optional, Tuple

import click

from ..arguments import country_option, json_option, read_phone_number
from ..connecting import choose_session, connect
from ..output import say, show_json, show_table


@click.command()
@click.argument("session")
@json_option
def chats(session: str, as_json: bool) -> None:
    """List the chats of the session SESSION. Their ids are what titan send takes."""
    with connect() as client:
        found = client.chats.list(session)
    if as_json:
        show_json([one.to_dict() for one in found])
        return
    if not found:
        say("There are no chats.")
        return
    rows = [(one.id, one.name, one.unread_count, _time(one.last_message_at)) for one in found]
    show_table(("ID", "NAME", "UNREAD", "LAST MESSAGE"), rows)


@click.command()
@click.argument("phones", metavar="PHONE...", nargs=-1, required=True)
@click.option(
    "--session", metavar="NAME", help="The session that asks. Default: the only one that is connected."
)
@country_option
@json_option
def check(phones: Tuple[str, ...], session: Optional[str], country: Optional[str], as_json: bool) -> None:
    """Find out which phone numbers are on WhatsApp, and under which chat id.

    WhatsApp restricts accounts that check many numbers of strangers.
    """
    numbers = [read_phone_number(phone, country) for phone in phones]
    with connect() as client:
        found = client.contacts.check(choose_session(client, session), {"phoneNumbers": numbers})
    if as_json:
        show_json([one.to_dict() for one in found])
        return
    rows = [(one.phone_number, _answer(one.exists), one.jid or one.lid) for one in found]
    show_table(("PHONE", "ON WHATSAPP", "CHAT ID"), rows)


def _answer(exists: Optional[bool]) -> str:
    return {True: "yes", False: "no"}[exists] if isinstance(exists, bool) else "unknown"


def _time(moment: object) -> str:
    from datetime import datetime

    if not isinstance(moment, datetime):
        return str(moment or "")
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
