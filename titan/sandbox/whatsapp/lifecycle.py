"""How a session goes through its statuses, from its start to the end of its pairing."""

from __future__ import annotations

from typing import Optional

from ..base import jids
from ..base.errors import SandboxError
from ..delivery import events
from ..state import Account, Pairing, Session, State
from . import chats, people, qr_codes, sessions

_MOST_CODES = 6
"""How many QR codes are shown before Titan gives up."""


def start(state: State, session: Session) -> None:
    """Start a session: a paired one connects, another one shows a QR code."""
    if session.status != "DISCONNECTED":
        return
    if session.account.jid:
        _connect(state, session)
    else:
        _show_qr_codes(state, session)


def stop(state: State, session: Session) -> None:
    """Stop a session; it stays paired."""
    session.pairing = None
    if session.status != "DISCONNECTED":
        _set_status(state, session, "DISCONNECTED", "MANUAL_STOP")


def wake(state: State, session: Session) -> None:
    """End the silence of a connected session: what was held comes and goes in a burst."""
    session.silent = False
    _catch_up(session)


def ban(state: State, session: Session, seconds: float) -> None:
    """Ban the account of a session: its sessions lose their connection, and get none until the ban is over.

    Raises:
        SandboxError: 409 when the session is not paired.
    """
    _check_is_paired(session)
    state.bans[session.account.jid] = state.clock.add_seconds(seconds, "seconds")
    state.clock.call_later(seconds, state.show_again)
    for one in state.find_sessions_of(session.account.jid):
        if one.status != "DISCONNECTED":
            _set_status(state, one, "DISCONNECTED", "TEMPORARY_BAN")


def log_out(state: State, session: Session) -> None:
    """End the pairing, as the phone does under Linked devices.

    Raises:
        SandboxError: 409 when the session is not paired.
    """
    _check_is_paired(session)
    session.account = Account()
    _set_status(state, session, "DISCONNECTED", "LOGGED_OUT")
    events.emit(state, session, "session.logged_out", {"reason": "LOGGED_OUT"})


def disconnect(state: State, session: Session, reason: str) -> None:
    """End the connection of a session to WhatsApp."""
    if reason != "AUTO_RECONNECT":
        _set_status(state, session, "DISCONNECTED", reason)
        return
    _set_status(state, session, "CONNECTING", reason)
    changes = session.status_changes

    def reconnect() -> None:
        if session.status_changes == changes and state.has_session(session):
            _connect(state, session)

    state.clock.call_later(state.settings.reconnect_after, reconnect)


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
    pairing = find_pairing(session)
    number = pairing.phone_number if phone_number is None else phone_number
    if number is None:
        number = f"+55119{90000000 + state.next_number()}"
    jid = state.directory.find_account(jids.from_phone(number, "phoneNumber"))
    state.directory.join(jid)
    people.learn(state, jid)
    session.account = Account(jid, push_name or f"Sandbox {session.name}", business_name)
    session.pairing = None
    joined = [group.id for group in state.groups.values() if jid in group.members]
    followed = [channel.id for channel in state.channels.values() if jid in channel.followers]
    for chat_id in (*joined, *followed):
        chats.open_chat(state, session, chat_id)
    _connect(state, session)


def find_pairing(session: Session) -> Pairing:
    """Return the pairing that a session waits for.

    Raises:
        SandboxError: 409 when it waits for none.
    """
    if session.pairing is not None:
        return session.pairing
    if session.is_connected:
        raise SandboxError(409, f"session is already connected: {session.name}")
    raise SandboxError(409, f"session is not waiting to be paired, start it first: {session.name}")


def _show_qr_codes(state: State, session: Session) -> None:
    pairing = session.pairing = Pairing(qr_codes.create())

    def scan_by_itself() -> None:
        if session.pairing is pairing:
            scan(state, session)

    def show_next() -> None:
        if session.pairing is not pairing:
            return
        if pairing.codes_shown == _MOST_CODES:
            session.pairing = None
            _set_status(state, session, "DISCONNECTED", "QR_TIMEOUT")
            return
        pairing.codes_shown += 1
        pairing.qr = qr_codes.create()
        events.emit(state, session, "session.qr", {"qr": pairing.qr})
        state.clock.call_later(state.settings.qr_seconds, show_next)

    _set_status(state, session, "CONNECTING", "SCAN_QR")
    events.emit(state, session, "session.qr", {"qr": pairing.qr})
    if state.settings.scan_after is not None:
        state.clock.call_later(state.settings.scan_after, scan_by_itself)
    state.clock.call_later(state.settings.qr_seconds, show_next)


def _check_is_paired(session: Session) -> None:
    if not session.account.jid:
        raise SandboxError(409, f"session is not paired: {session.name}")


def _connect(state: State, session: Session) -> None:
    banned_until = state.bans.get(session.account.jid)
    if banned_until is not None and banned_until > state.clock.now():
        _set_status(state, session, "DISCONNECTED", "TEMPORARY_BAN")
        return
    _set_status(state, session, "CONNECTED", None)
    events.emit(state, session, "session.connected", sessions.identity_to_json(state, session.account))
    _catch_up(session)


def _catch_up(session: Session) -> None:
    missed, session.account.missed = session.account.missed, []
    for happen in missed:
        happen()


def _set_status(state: State, session: Session, status: str, reason: Optional[str]) -> None:
    session.silent = False
    session.status_changes += 1
    session.status, session.status_reason, session.updated_at = status, reason, state.clock.now()
    events.emit(state, session, "session.status", {"status": status, "statusReason": reason})
