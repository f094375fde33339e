"""Client tokens: minting them, and the client rules."""

from __future__ import annotations

from ..auth import client_tokens
from ..base.clock import format_time
from ..base.encoding import Json
from ..base.errors import SandboxError
from .handling import ApiRequest, ApiResponse, Handlers

_TTL = 900


def _mint(request: ApiRequest) -> ApiResponse:
    body, session = request.body, request.session
    expires_at = request.state.clock.add_seconds(body.get("ttl", _TTL), "ttl")
    minted: Json = {
        "token": client_tokens.mint(request.state, session, body["ephemeralId"], expires_at),
        "expiresAt": format_time(expires_at),
        "session": session.name,
        "ephemeralId": body["ephemeralId"],
    }
    return ApiResponse(minted, 201)


def _set_rules(request: ApiRequest) -> ApiResponse:
    session = request.session
    session.rules = {name: value for name, value in request.body.items() if name != "session"}
    return ApiResponse(session.rules)


def _get_rules(request: ApiRequest) -> ApiResponse:
    session = request.session
    if session.rules is None:
        raise SandboxError(404, f"no client rules are set for {session.name}")
    return ApiResponse(session.rules)


HANDLERS: Handlers = {
    "client_tokens.mint": _mint,
    "client_tokens.set_rules": _set_rules,
    "client_tokens.get_rules": _get_rules,
}
