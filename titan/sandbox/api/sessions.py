"""Sessions: create, list, get, start, stop, delete."""

from __future__ import annotations

import re
from typing import Tuple

from ..base.clock import iso
from ..base.errors import SandboxError
from ..state import Json, Session, State
from ..whatsapp import lifecycle
from .calls import Answer, Call, Handlers
from .resources import Resource


def view(session: Session) -> Json:
    """Show a session as Titan does."""
    shown: Json = {
        "name": session.name,
        "status": session.status,
        "statusReason": session.status_reason,
        **lifecycle.identity(session.account),
        **session.options,
        "createdAt": iso(session.created_at),
    }
    if session.updated_at is not None:
        shown["updatedAt"] = iso(session.updated_at)
    return shown


def add(state: State, name: str, options: Json) -> Session:
    """Create a session.

    Raises:
        SandboxError: 400 when it can be no name; 409 when the name is taken.
    """
    # The pattern of the spec lets a line break at the end pass, in Python.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise SandboxError(400, "name must be 1 to 64 letters, digits, dots, hyphens and underscores")
    if name in state.sessions:
        raise SandboxError(409, f"session already exists: {name}")
    session = state.sessions[name] = Session(name, state.clock.now(), options=options)
    return session


def _create(call: Call) -> Tuple[str, Session]:
    body = call.body
    session = add(
        call.state, body["name"], {name: body[name] for name in ("proxy", "config") if name in body}
    )
    if body.get("start"):
        lifecycle.start(call.state, session)
    return session.name, session


def _start(call: Call) -> Answer:
    lifecycle.start(call.state, call.session)
    return Answer(view(call.session))


def _stop(call: Call) -> Answer:
    lifecycle.stop(call.state, call.session)
    return Answer(view(call.session))


def _delete(call: Call, session: Session) -> None:
    session.pairing = None


_sessions = Resource(
    "sessions", "session", "session", lambda call: call.state.sessions, lambda call, session: view(session)
)

HANDLERS: Handlers = {
    **_sessions.handlers(create=_create, delete=_delete),
    "sessions.start": _start,
    "sessions.stop": _stop,
}
