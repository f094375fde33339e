"""What no Titan has: playing the phone, and moving time. Routes under `/sandbox`; they ask for no key."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from . import pairing, sessions
from .calls import Answer, done, result
from .errors import SandboxError
from .state import Json, State

Control = Callable[[State, Mapping[str, str], Json], Answer]


def scan(
    state: State, session: str, phone_number: Optional[str] = None, push_name: Optional[str] = None
) -> Json:
    """Scan the QR code of a session.

    Raises:
        SandboxError: 404 for an unknown session, 409 for one that shows no code.
    """
    found = state.session(session)
    pairing.scan(state, found, phone_number, push_name)
    return sessions.view(found)


def connect(state: State, session: str) -> Json:
    """Bring a session to CONNECTED from wherever it is, creating it where there is none."""
    found = state.sessions.get(session) or sessions.add(state, session, {})
    sessions.begin(state, found)
    if found.pairing is not None:
        pairing.scan(state, found)
    return sessions.view(found)


def _scan(state: State, path: Mapping[str, str], body: Json) -> Answer:
    return result(scan(state, path["session"], _text(body, "phoneNumber"), _text(body, "pushName")))


def _text(body: Json, name: str) -> Optional[str]:
    value: Any = body.get(name)
    if value is not None and not isinstance(value, str):
        raise SandboxError(400, f"{name} must be a string")
    return value


def _connect(state: State, path: Mapping[str, str], _body: Json) -> Answer:
    return result(connect(state, path["session"]))


def _clock(state: State, _path: Mapping[str, str], body: Json) -> Answer:
    seconds: Any = body.get("advance")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= 10**9:
        raise SandboxError(400, "advance must be a number of seconds")
    state.clock.advance(seconds)
    state.settle()
    return done()


def _reset(state: State, _path: Mapping[str, str], _body: Json) -> Answer:
    state.reset()
    return done()


ROUTES: Dict[Tuple[str, str], Control] = {
    ("POST", "/sandbox/sessions/{session}/scan"): _scan,
    ("POST", "/sandbox/sessions/{session}/connect"): _connect,
    ("POST", "/sandbox/clock"): _clock,
    ("POST", "/sandbox/reset"): _reset,
}
