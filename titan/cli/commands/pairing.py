"""`titan pair` and `titan sessions`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Callable, Mapping, Optional

import click

from ... import _clock
from ...errors import ConflictError, NotFoundError
from ..arguments import country_option, json_option, read_phone_number
from ..connecting import connect
from ..failures import unclear
from ..output import console, printable, say, show, show_items, show_json
from ..qr import CodeScreen

if TYPE_CHECKING:
    from rich.console import Console

    from ...client import TitanClient
    from ...types_gen import Session

# A code is asked for with every look at the session, and both count for the limit of the key.
_SECONDS_BETWEEN_LOOKS = 2.0
_SECONDS_FOR_A_PHONE_CODE = 20.0
_COLUMNS: Mapping[str, Callable[[Session], object]] = {
    "NAME": lambda session: session.name,
    "STATUS": lambda session: session.status,
    "REASON": lambda session: session.status_reason,
    "PHONE": lambda session: session.phone_number,
    "ACCOUNT": lambda session: session.push_name,
}


@click.command()
@click.argument("name")
@click.option("--code", "phone", metavar="PHONE", help="Show a code to type on the phone with this number.")
@country_option
@click.option(
    "--timeout",
    type=float,
    default=180,
    metavar="SECONDS",
    show_default=True,
    help="How long to wait for the phone.",
)
@json_option
def pair(name: str, phone: Optional[str], country: Optional[str], timeout: float, as_json: bool) -> None:
    """Link the session NAME to a phone: it is created and started where it has to be.

    The QR code is scanned in WhatsApp under Linked devices, and changes about every 20 seconds. With --code
    there is a code of digits instead, which is typed there under "Link with phone number instead".
    """
    number = None if phone is None else read_phone_number(phone, country)
    with connect() as client:
        session = _start(client, name)
        if session.status != "CONNECTED":
            # What is not the result goes to stderr where the result is to be read by a program.
            screen = console(sys.stderr if as_json else sys.stdout)
            with CodeScreen(screen, "WhatsApp > Linked devices > Link a device. Ctrl-C ends it.") as codes:
                if number is not None:
                    _show_phone_code(screen, client, name, number)
                session = client.pairing.wait(
                    name,
                    on_qr=codes.show if number is None else None,
                    interval=_SECONDS_BETWEEN_LOOKS,
                    timeout=timeout,
                )
    if as_json:
        show_json(session.to_dict())
    else:
        who = " ".join(printable(part) for part in (session.phone_number, session.push_name) if part)
        show(f"The session {printable(name)} is connected{f': {who}' if who else ''}")


@click.command()
@json_option
def sessions(as_json: bool) -> None:
    """List the sessions that the key may see."""
    with connect() as client:
        found = client.sessions.list()
    if not found and not as_json:
        say("There are no sessions. titan pair NAME makes one.")
    else:
        show_items(found, _COLUMNS, as_json=as_json)


def _start(client: TitanClient, name: str) -> Session:
    """The session, on its way to be connected."""
    try:
        session = client.sessions.get(name)
    except NotFoundError:
        with unclear("The session may have been created", "see titan sessions, and run this again"):
            session = client.sessions.create({"name": name, "start": True})
    if session.status == "DISCONNECTED":
        client.sessions.start(name)
    return session


def _show_phone_code(screen: Console, client: TitanClient, name: str, number: str) -> None:
    """Show what to type on the phone; the session may take a moment until it has a code."""
    deadline = _clock.now() + _SECONDS_FOR_A_PHONE_CODE
    while True:
        try:
            with unclear("A code may have been made that is not shown", "run this again"):
                code = printable(client.pairing.code(name, {"phoneNumber": number}).code)
            break
        except (ConflictError, NotFoundError):
            if client.sessions.get(name).status == "CONNECTED":
                return
            if _clock.now() > deadline:
                raise
        time.sleep(1)
    shown = f"{code[:4]}-{code[4:]}" if len(code) == 8 else code
    screen.print(f"The code: {shown}")
    screen.print("WhatsApp > Linked devices > Link a device > Link with phone number instead.")
