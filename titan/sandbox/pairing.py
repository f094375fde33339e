"""Pairing: a QR code that rotates until it is scanned or nobody comes."""

from __future__ import annotations

import io
import re
import secrets
from typing import Optional

from .calls import Answer, Call, Handlers, result
from .errors import SandboxError
from .state import Pairing, Session, State

_CODES_SHOWN = 6
"""How many QR codes are shown before Titan gives up."""


def begin(state: State, session: Session) -> None:
    """Show the first QR code."""
    pairing = session.pairing = Pairing(_new_qr())
    session.move("CONNECTING", "SCAN_QR", state.now())

    def scan_by_itself() -> None:
        if session.pairing is pairing:
            scan(state, session)

    def rotate() -> None:
        if session.pairing is not pairing:
            return
        if pairing.shown == _CODES_SHOWN:
            session.pairing = None
            session.move("DISCONNECTED", "QR_TIMEOUT", state.now())
            return
        pairing.shown += 1
        pairing.qr = _new_qr()
        state.later(state.qr_seconds, rotate)

    if state.scan_after is not None:
        state.later(state.scan_after, scan_by_itself)
    state.later(state.qr_seconds, rotate)


def scan(
    state: State, session: Session, phone_number: Optional[str] = None, push_name: Optional[str] = None
) -> None:
    """Scan the QR code, as a phone would.

    Raises:
        SandboxError: 409 when the session shows none.
    """
    pairing = _waiting(session)
    number = state.number()
    session.account = {
        "phoneNumber": phone_number or pairing.phone_number or f"+55119{90000000 + number}",
        "pushName": push_name or "Sandbox",
        "platform": "consumer",
        "lid": f"{123456780000000000 + number}@lid",
    }
    session.pairing = None
    session.move("CONNECTED", None, state.now())


def _waiting(session: Session) -> Pairing:
    if session.pairing is not None:
        return session.pairing
    if session.status == "CONNECTED":
        raise SandboxError(409, f"session is already connected: {session.name}")
    raise SandboxError(409, f"session is not waiting to be paired, start it first: {session.name}")


def _new_qr() -> str:
    parts = (secrets.token_urlsafe(64), *(secrets.token_urlsafe(32) for _ in range(3)))
    return "2@" + ",".join(parts)


def _qr(call: Call) -> Answer:
    qr = _waiting(call.state.session(call.path["session"])).qr
    if call.query.get("format") == "image":
        return Answer(200, _png(qr), "image/png")
    return result({"qr": qr, "event": "code"})


def _png(text: str) -> bytes:
    # Loaded when the first picture is asked for: most sandboxes never draw one.
    import segno

    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def _code(call: Call) -> Answer:
    pairing = _waiting(call.state.session(call.path["session"]))
    digits = re.sub(r"\D", "", call.body["phoneNumber"], flags=re.ASCII)
    if not 7 <= len(digits) <= 15:
        raise SandboxError(400, "phoneNumber must be a phone number with its country code")
    pairing.phone_number = f"+{digits}"
    return result({"code": f"{secrets.randbelow(10**8):08}"})


HANDLERS: Handlers = {"pairing.qr": _qr, "pairing.code": _code}
