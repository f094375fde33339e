"""`titan chats` and `titan check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Mapping, Optional, Tuple

import click

from ..arguments import country_option, json_option, read_phone_number
from ..connecting import choose_session, connect
from ..output import local_time, say, show_items

if TYPE_CHECKING:
    from ...types_gen import Chat, ContactCheck


_CHAT: Mapping[str, Callable[[Chat], object]] = {
    "ID": lambda chat: chat.id,
    "NAME": lambda chat: chat.name,
    "UNREAD": lambda chat: chat.unread_count,
    "LAST MESSAGE": lambda chat: local_time(chat.last_message_at, "%Y-%m-%d %H:%M"),
}
_CHECK: Mapping[str, Callable[[ContactCheck], object]] = {
    "PHONE": lambda check: check.phone_number,
    "ON WHATSAPP": lambda check: _answer(check.exists),
    "CHAT ID": lambda check: check.jid or check.lid,
}


@click.command()
@click.argument("session")
@json_option
def chats(session: str, as_json: bool) -> None:
    """List the chats of the session SESSION. Their ids are what titan send takes."""
    with connect() as client:
        found = client.chats.list(session)
    if not found and not as_json:
        say("There are no chats.")
    else:
        show_items(found, _CHAT, as_json=as_json)


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
    show_items(found, _CHECK, as_json=as_json)


def _answer(exists: Optional[bool]) -> str:
    return {True: "yes", False: "no"}[exists] if isinstance(exists, bool) else "unknown"
