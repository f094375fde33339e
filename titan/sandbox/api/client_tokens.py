"""Client tokens: minting and reading them, and the rules that say what they may do."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict, Optional

from ..base.clock import iso
from ..base.errors import CHALLENGE, SandboxError
from ..spec.contract import Operation
from ..state import Json, State
from .request import ApiRequest, ApiResponse, ClientToken, Handlers

PREFIX = "titan_ct_"

_TTL = 900
_ACTIONS = {
    "messages.sendAsClient": "send_message",
    "messages.react": "send_reaction",
    "messages.typing": "send_typing",
    "messages.seen": "send_seen",
    "presence.list": "read_presence",
    "presence.get": "read_presence",
    "presence.subscribe": "subscribe_presence",
    "contacts.get": "read_contact",
}
_COUNTED_BY_DAY = ("send_message", "send_reaction")


def read(state: State, token: str) -> ClientToken:
    """Read a token that was presented.

    Raises:
        SandboxError: 401 when it is not genuine, has expired, or its session is gone.
    """
    # Loaded with the first token: most sandboxes never see one.
    import jwt

    try:
        # The time is the sandbox's, which jwt does not know.
        claims: Dict[str, Any] = jwt.decode(
            token[len(PREFIX) :],
            state.token_secret,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError:
        raise SandboxError(401, "invalid client token", CHALLENGE) from None
    if datetime.fromtimestamp(claims["exp"], timezone.utc) <= state.clock.now():
        raise SandboxError(401, "client token has expired", CHALLENGE)
    session = state.sessions.get(claims["session"])
    if session is None or session.id != claims["sid"]:
        raise SandboxError(401, "the session of the client token is gone", CHALLENGE)
    return ClientToken(session, claims["ephemeralId"])


def authorize(
    state: State, token: ClientToken, operation: Operation, session: Optional[str], origin: Optional[str]
) -> None:
    """Let a request of a token pass, if the rules of its session allow it.

    Raises:
        SandboxError: 403 or, beyond `rateLimit` and `maxDaily`, 429.
    """
    action = _ACTIONS.get(operation.id)
    if action is None:
        raise SandboxError(403, "a client token cannot do this")
    if session != token.session.name:
        raise SandboxError(403, "the client token is for another session")
    rules = token.session.rules
    if rules is None:
        raise SandboxError(403, "no client rules are set for this session: client_tokens.set_rules says what "
                                "its tokens may do")  # fmt: skip
    if not rules.get("enabled", True):
        raise SandboxError(403, "client tokens are disabled for this session")
    origins = _listed(rules.get("allowedOrigins"))
    if origins and origin is not None and origin.lower().rstrip("/") not in origins:
        raise SandboxError(403, f"origin is not allowed by the client rules: {origin}")
    if action not in _listed(rules.get("allowedActions")):
        raise SandboxError(403, f"action is not allowed by the client rules: {action}")
    now = state.clock.now()
    if rules.get("rateLimit"):
        state.token_requests.take(token.id, rules["rateLimit"], now, "rateLimit of the client rules exceeded")
    if rules.get("maxDaily") and action in _COUNTED_BY_DAY:
        state.token_messages.left(token.id, rules["maxDaily"], now, "maxDaily of the client rules exceeded")


def count(state: State, token: ClientToken, operation: Operation) -> None:
    """Count what a token has sent, for `maxDaily`."""
    if _ACTIONS[operation.id] in _COUNTED_BY_DAY:
        state.token_messages.add(token.id, state.clock.now())


def _listed(text: Optional[str]) -> Dict[str, None]:
    parts = (part.strip().lower().rstrip("/") for part in (text or "").split(","))
    return dict.fromkeys(part for part in parts if part)


def _mint(request: ApiRequest) -> ApiResponse:
    import jwt

    body, session, now = request.body, request.session, request.state.clock.now()
    expires_at = request.state.clock.after(body.get("ttl", _TTL), "ttl")
    claims = {
        "session": session.name,
        "sid": session.id,
        "ephemeralId": body["ephemeralId"],
        "iat": int(now.timestamp()),
        "exp": expires_at.timestamp(),
    }
    token = jwt.encode(claims, request.state.token_secret, algorithm="HS256")
    shown: Json = {
        "token": f"{PREFIX}{token}",
        "expiresAt": iso(expires_at),
        "session": session.name,
        "ephemeralId": body["ephemeralId"],
    }
    return ApiResponse(shown, 201)


def _set_rules(request: ApiRequest) -> ApiResponse:
    request.session.rules = dict(request.body)
    return ApiResponse(request.session.rules)


def _get_rules(request: ApiRequest) -> ApiResponse:
    if request.session.rules is None:
        raise SandboxError(404, f"no client rules are set for {request.session.name}")
    return ApiResponse(request.session.rules)


HANDLERS: Handlers = {
    "client_tokens.mint": _mint,
    "client_tokens.set_rules": _set_rules,
    "client_tokens.get_rules": _get_rules,
}
