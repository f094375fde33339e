"""Sessions: creating them, and how Titan shows them and their accounts."""

from __future__ import annotations

import re

from ..base import jids
from ..base.clock import format_time
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..state import Account, Session, State


def create(state: State, name: str, options: Json) -> Session:
    """Create a session.

    Raises:
        SandboxError: 400 when it cannot have this name; 409 when the name is taken.
    """
    # The pattern of the spec lets a line break at the end pass, in Python.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise SandboxError(400, "name must be 1 to 64 letters, digits, dots, hyphens and underscores")
    if name in state.sessions:
        raise SandboxError(409, f"session already exists: {name}")
    session = state.sessions[name] = Session(name, state.clock.now(), options=options)
    return session


def to_json(state: State, session: Session) -> Json:
    """Show a session as Titan does."""
    shown: Json = {
        "name": session.name,
        "status": session.status,
        "statusReason": session.status_reason,
        **identity_to_json(state, session.account),
        **session.options,
        "createdAt": format_time(session.created_at),
    }
    if session.updated_at is not None:
        shown["updatedAt"] = format_time(session.updated_at)
    return shown


def identity_to_json(state: State, account: Account) -> Json:
    """Show who an account is, in the fields of a session."""
    if not account.jid:
        return {}
    shown: Json = {
        "phoneNumber": jids.to_phone(account.jid),
        "pushName": account.push_name,
        "platform": "consumer" if account.business_name is None else "smba",
        "lid": state.directory.lid_of(account.jid),
    }
    if account.business_name is not None:
        shown["businessName"] = account.business_name
    return shown


def profile_to_json(account: Account) -> Json:
    """Show an account's own profile as Titan does."""
    if not account.jid:
        return {}
    shown: Json = {
        "id": account.jid,
        "phoneNumber": jids.to_phone(account.jid),
        "name": account.push_name,
        "status": account.about,
    }
    if account.picture_url is not None:
        shown["profileUrl"] = account.picture_url
    return shown
