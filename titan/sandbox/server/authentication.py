"""Who sends a request, and whether that credential may."""

from __future__ import annotations

from typing import Mapping, Optional

from ..api import client_tokens
from ..api.request import ClientToken, Credential
from ..base.errors import CHALLENGE, SandboxError
from ..spec.contract import Operation
from ..state import State


def authenticate(state: State, authorization: str) -> Credential:
    """Find the credential of a request.

    Raises:
        SandboxError: 401.
    """
    scheme, _, secret = authorization.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise SandboxError(401, "missing API key: send Authorization: Bearer <key>", CHALLENGE)
    if secret.startswith(client_tokens.PREFIX):
        return client_tokens.read(state, secret)
    key = next((key for key in state.keys.values() if key.key == secret), None)
    if key is None:
        raise SandboxError(401, "invalid API key", CHALLENGE)
    if not key.is_active:
        raise SandboxError(401, "API key is deactivated", CHALLENGE)
    if key.expires_at is not None and key.expires_at <= state.clock.now():
        raise SandboxError(401, "API key has expired", CHALLENGE)
    return key


def authorize(
    state: State,
    credential: Credential,
    operation: Operation,
    path: Mapping[str, str],
    origin: Optional[str],
) -> None:
    """Let a credential do an operation, or refuse it.

    Raises:
        SandboxError: 403; 429 beyond the limits of client tokens.
    """
    if isinstance(credential, ClientToken):
        client_tokens.authorize(state, credential, operation, path.get("session"), origin)
    elif operation.scopes and not {"*", *operation.scopes} & {*credential.scopes}:
        raise SandboxError(403, f"missing scope: {' or '.join(operation.scopes)}")
