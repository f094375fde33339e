"""Sessions: create, list, get, start, stop, delete."""

from __future__ import annotations

from typing import Tuple

from ..state import Session
from ..whatsapp import lifecycle, sessions
from .request import ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _create(request: ApiRequest) -> Tuple[str, Session]:
    body = request.body
    options = {name: body[name] for name in ("proxy", "config") if name in body}
    session = sessions.create(request.state, body["name"], options)
    if body.get("start"):
        lifecycle.start(request.state, session)
    return session.name, session


def _start(request: ApiRequest) -> ApiResponse:
    lifecycle.start(request.state, request.session)
    return ApiResponse(sessions.to_json(request.state, request.session))


def _stop(request: ApiRequest) -> ApiResponse:
    lifecycle.stop(request.state, request.session)
    return ApiResponse(sessions.to_json(request.state, request.session))


def _delete(_request: ApiRequest, session: Session) -> None:
    session.pairing = None


_sessions = Resource(
    "sessions",
    "session",
    "session",
    lambda request: request.state.sessions,
    lambda request, session: sessions.to_json(request.state, session),
)

HANDLERS: Handlers = {
    **_sessions.handlers(create=_create, delete=_delete),
    "sessions.start": _start,
    "sessions.stop": _stop,
}
