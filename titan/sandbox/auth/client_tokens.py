"""Client tokens: minting and reading them, and the client rules that say what they may do."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict, NamedTuple, Optional

from ..base.errors import CHALLENGE, SandboxError
from ..spec.operations import Operation
from ..state import Session, State

PREFIX = "titan_ct_"

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
_LIMITED_BY_MAX_DAILY = ("send_message", "send_reaction")


class ClientToken(NamedTuple):
    """A client token that a request brought and that is genuine."""

    session: Session
    ephemeral_id: str

    @property
    def id(self) -> str:
        """For whom requests are counted."""
        return f"{self.session.id}/{self.ephemeral_id}"


def mint(state: State, session: Session, ephemeral_id: str, expires_at: datetime) -> str:
    """Make a token."""
    # Loaded with the first token: most sandboxes never see one.
    import jwt

    claims = {
        "session": session.name,
        "sid": session.id,
        "ephemeralId": ephemeral_id,
        "iat": int(state.clock.now().timestamp()),
        "exp": expires_at.timestamp(),
    }
    return PREFIX + jwt.encode(claims, state.token_secret, algorithm="HS256")


def read(state: State, token: str) -> ClientToken:
    """Read a token that a request brought.

    Raises:
        SandboxError: 401 when it is not genuine, has expired, or its session was deleted.
    """
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
        raise SandboxError(401, "the session of the client token was deleted", CHALLENGE)
    return ClientToken(session, claims["ephemeralId"])


def authorize(
    state: State, token: ClientToken, operation: Operation, session: Optional[str], origin: Optional[str]
) -> None:
    """Refuse a request of a token that the rules of its session do not allow.

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
    origins = _split(rules.get("allowedOrigins"))
    if origins and origin is not None and origin.lower().rstrip("/") not in origins:
        raise SandboxError(403, f"origin is not allowed by the client rules: {origin}")
    if action not in _split(rules.get("allowedActions")):
        raise SandboxError(403, f"action is not allowed by the client rules: {action}")
    if rules.get("rateLimit"):
        state.token_requests.take(token.id, rules["rateLimit"], state.clock.seconds())
    if rules.get("maxDaily") and action in _LIMITED_BY_MAX_DAILY:
        state.token_messages.check(token.id, rules["maxDaily"], state.clock.now().timestamp())


def count(state: State, token: ClientToken, operation: Operation) -> None:
    """Count a request that was processed, for `maxDaily`."""
    if _ACTIONS[operation.id] in _LIMITED_BY_MAX_DAILY:
        state.token_messages.add(token.id, state.clock.now().timestamp())


def _split(text: Optional[str]) -> Dict[str, None]:
    parts = (part.strip().lower().rstrip("/") for part in (text or "").split(","))
    return dict.fromkeys(part for part in parts if part)
