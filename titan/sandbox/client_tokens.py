"""Client tokens: minting."""

from __future__ import annotations

import secrets
from datetime import timedelta

from .calls import Answer, Call, Handlers, result
from .errors import SandboxError
from .state import ClientToken, iso


def _mint(call: Call) -> Answer:
    body = call.body
    session = call.state.session(body["session"])
    try:
        expires_at = call.state.now() + timedelta(seconds=body.get("ttl", 900))
    except OverflowError:
        raise SandboxError(400, "ttl is too large") from None
    token = ClientToken(
        f"titan_ct_{secrets.token_urlsafe(48)}", session.name, body["ephemeralId"], expires_at
    )
    call.state.tokens[token.token] = token
    shown = {
        "token": token.token,
        "expiresAt": iso(expires_at),
        "session": token.session,
        "ephemeralId": token.ephemeral_id,
    }
    return result(shown, 201)


HANDLERS: Handlers = {"client_tokens.mint": _mint}
