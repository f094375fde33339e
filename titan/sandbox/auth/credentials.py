"""Credentials: whose request it is, and whether that caller may make it."""

from __future__ import annotations

from typing import Optional, Union

from ..base.errors import CHALLENGE, SandboxError
from ..base.keys import AccountKey
from ..spec.operations import Operation
from ..state import State
from . import client_tokens
from .client_tokens import ClientToken

Credential = Union[AccountKey, ClientToken]


def authenticate(state: State, authorization: str) -> Credential:
    """Read the `Authorization` header of a request.

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
    session: Optional[str],
    origin: Optional[str],
) -> None:
    """Refuse a request that its caller may not make.

    Args:
        state: The state.
        credential: Whose request it is.
        operation: What it asks for.
        session: The session that its path names.
        origin: Its `Origin` header.

    Raises:
        SandboxError: 403 or, beyond the limits of the client rules, 429.
    """
    if isinstance(credential, ClientToken):
        client_tokens.authorize(state, credential, operation, session, origin)
    elif operation.scopes and not {"*", *operation.scopes} & {*credential.scopes}:
        raise SandboxError(403, f"missing scope: {' or '.join(operation.scopes)}")
