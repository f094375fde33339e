"""How a session walks through its statuses, from creation to the end of its pairing."""

from __future__ import annotations

import re
import secrets
from typing import Optional

from ..base import jids
from ..base.clock import iso
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Account, Json, Pairing, Session, State
from . import chats

_CODES_SHOWN = 6
"""How many QR codes are shown before Titan gives up."""


def create(state: State, name: str, options: Json) -> Session:
    """Create a session.

    Raises:
        SandboxError: 400 when it cannot be a name; 409 when the name is taken.
    """
    # The pattern of the spec lets a line break at the end pass, in Python.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise SandboxError(400, "name must be 1 to 64 letters, digits, dots, hyphens and underscores")
    if name in state.sessions:
        raise SandboxError(409, f"session already exists: {name}")
    session = state.sessions[name] = Session(name, state.clock.now(), options=options)
    return session


def view(session: Session) -> Json:
    """Show a session as Titan does."""
    shown: Json = {
        "name": session.name,
        "status": session.status,
        "statusReason": session.status_reason,
        **identity(session.account),
        **session.options,
        "createdAt": iso(session.created_at),
    }
    if session.updated_at is not None:
        shown["updatedAt"] = iso(session.updated_at)
    return shown


def start(state: State, session: Session) -> None:
    """Start a session: a paired one connects, another one shows a QR code."""
    if session.status != "DISCONNECTED":
        return
    if session.account.jid:
        _connect(state, session)
    else:
        _show_codes(state, session)


def stop(state: State, session: Session) -> None:
    """Stop a session; it stays paired."""
    session.pairing = None
    if session.status != "DISCONNECTED":
        _set_status(state, session, "DISCONNECTED", "MANUAL_STOP")


def log_out(state: State, session: Session) -> None:
    """End the pairing, as the phone does under Linked devices.

    Raises:
        SandboxError: 409 when the session is not paired.
    """
    if not session.account.jid:
        raise SandboxError(409, f"session is not paired: {session.name}")
    session.account = Account()
    _set_status(state, session, "DISCONNECTED", "LOGGED_OUT")
    events.emit(state, session, "session.logged_out", {"reason": "LOGGED_OUT"})


def disconnect(state: State, session: Session, reason: str) -> None:
    """Have a connected session lose its connection to WhatsApp."""
    if reason != "AUTO_RECONNECT":
        _set_status(state, session, "DISCONNECTED", reason)
        return
    _set_status(state, session, "CONNECTING", reason)
    lost_at = session.updated_at

    def reconnect() -> None:
        waits = session.status_reason == "AUTO_RECONNECT" and session.updated_at == lost_at
        if waits and state.knows(session):
            _connect(state, session)

    state.clock.later(state.settings.reconnect_after, reconnect)


def scan(
    state: State,
    session: Session,
    phone_number: Optional[str] = None,
    push_name: Optional[str] = None,
    business_name: Optional[str] = None,
) -> None:
    """Scan the QR code, as a phone would.

    Args:
        state: The state.
        session: The session that shows it.
        phone_number: Phone number of the account; None: the one a pairing code was made for, or a new one.
        push_name: Name of the account; None makes one up.
        business_name: Name of the business, if it is one.

    Raises:
        SandboxError: 409 when the session shows none.
    """
    pairing = waiting(session)
    wanted = pairing.phone_number if phone_number is None else phone_number
    if wanted is None:
        wanted = f"+55119{90000000 + state.number()}"
    jid = state.person(jids.from_phone(wanted, "phoneNumber"), "phoneNumber")
    session.account = Account(jid, push_name or f"Sandbox {session.name}", business_name)
    session.pairing = None
    joined = [group.id for group in state.groups.values() if jid in group.members]
    followed = [channel.id for channel in state.channels.values() if jid in channel.followers]
    for chat_id in (*joined, *followed):
        chats.ensure(state, session, chat_id)
    _connect(state, session)


def waiting(session: Session) -> Pairing:
    """Give the pairing that a session waits for.

    Raises:
        SandboxError: 409 when it waits for none.
    """
    if session.pairing is not None:
        return session.pairing
    if session.is_connected:
        raise SandboxError(409, f"session is already connected: {session.name}")
    raise SandboxError(409, f"session is not waiting to be paired, start it first: {session.name}")


def identity(account: Account) -> Json:
    """Show who an account is, in the fields of a session."""
    if not account.jid:
        return {}
    shown: Json = {
        "phoneNumber": jids.phone(account.jid),
        "pushName": account.push_name,
        "platform": "consumer" if account.business_name is None else "smba",
        "lid": jids.lid(account.jid),
    }
    if account.business_name is not None:
        shown["businessName"] = account.business_name
    return shown


def _show_codes(state: State, session: Session) -> None:
    pairing = session.pairing = Pairing(_new_qr())

    def scan_by_itself() -> None:
        if session.pairing is pairing:
            scan(state, session)

    def rotate() -> None:
        if session.pairing is not pairing:
            return
        if pairing.shown == _CODES_SHOWN:
            session.pairing = None
            _set_status(state, session, "DISCONNECTED", "QR_TIMEOUT")
            return
        pairing.shown += 1
        pairing.qr = _new_qr()
        events.emit(state, session, "session.qr", {"qr": pairing.qr})
        state.clock.later(state.settings.qr_seconds, rotate)

    _set_status(state, session, "CONNECTING", "SCAN_QR")
    events.emit(state, session, "session.qr", {"qr": pairing.qr})
    if state.settings.scan_after is not None:
        state.clock.later(state.settings.scan_after, scan_by_itself)
    state.clock.later(state.settings.qr_seconds, rotate)


def _new_qr() -> str:
    parts = (secrets.token_urlsafe(64), *(secrets.token_urlsafe(32) for _ in range(3)))
    return "2@" + ",".join(parts)


def _connect(state: State, session: Session) -> None:
    _set_status(state, session, "CONNECTED", None)
    events.emit(state, session, "session.connected", identity(session.account))
    missed, session.account.missed = session.account.missed, []
    for arrive in missed:
        arrive()


def _set_status(state: State, session: Session, status: str, reason: Optional[str]) -> None:
    session.status, session.status_reason, session.updated_at = status, reason, state.clock.now()
    events.emit(state, session, "session.status", {"status": status, "statusReason": reason})
