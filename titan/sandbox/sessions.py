"""Sessions: create, list, get, start, stop, delete."""

from __future__ import annotations

from . import pairing
from .calls import Answer, Call, Handlers, done, result
from .errors import SandboxError
from .state import Json, Session, State, iso


def view(session: Session) -> Json:
    """Show a session as Titan does."""
    shown: Json = {
        "name": session.name,
        "status": session.status,
        "statusReason": session.status_reason,
        **session.account,
        **session.options,
        "createdAt": iso(session.created_at),
    }
    if session.updated_at is not None:
        shown["updatedAt"] = iso(session.updated_at)
    return shown


def add(state: State, name: str, options: Json) -> Session:
    """Create a session.

    Raises:
        SandboxError: 409 when the name is taken.
    """
    if name in state.sessions:
        raise SandboxError(409, f"session already exists: {name}")
    session = state.sessions[name] = Session(name, state.now(), options=options)
    return session


def begin(state: State, session: Session) -> None:
    """Start a session: a paired one connects, another one shows a QR code."""
    if session.status != "DISCONNECTED":
        return
    if session.account:
        session.move("CONNECTED", None, state.now())
    else:
        pairing.begin(state, session)


def _create(call: Call) -> Answer:
    body = call.body
    options = {name: body[name] for name in ("proxy", "config") if name in body}
    session = add(call.state, body["name"], options)
    if body.get("start"):
        begin(call.state, session)
    return result(view(session), 201)


def _list(call: Call) -> Answer:
    return result([view(session) for session in call.state.sessions.values()])


def _get(call: Call) -> Answer:
    return result(view(call.state.session(call.path["session"])))


def _start(call: Call) -> Answer:
    session = call.state.session(call.path["session"])
    begin(call.state, session)
    return result(view(session))


def _stop(call: Call) -> Answer:
    session = call.state.session(call.path["session"])
    session.pairing = None
    if session.status != "DISCONNECTED":
        session.move("DISCONNECTED", "MANUAL_STOP", call.state.now())
    return result(view(session))


def _delete(call: Call) -> Answer:
    session = call.state.sessions.pop(call.path["session"])
    session.pairing = None
    for token in [token for token in call.state.tokens.values() if token.session == session.name]:
        del call.state.tokens[token.token]
    return done()


HANDLERS: Handlers = {
    "sessions.create": _create,
    "sessions.list": _list,
    "sessions.get": _get,
    "sessions.start": _start,
    "sessions.stop": _stop,
    "sessions.delete": _delete,
}
