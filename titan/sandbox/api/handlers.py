"""The handlers of all domains, by the ids of their operations."""

from __future__ import annotations

from . import (
    account_keys,
    channels,
    chats,
    client_tokens,
    contacts,
    groups,
    labels,
    lids,
    media,
    messages,
    pairing,
    presence,
    profile,
    sessions,
    webhooks,
)
from .handling import Handlers

HANDLERS: Handlers = {
    **sessions.HANDLERS,
    **pairing.HANDLERS,
    **messages.HANDLERS,
    **contacts.HANDLERS,
    **lids.HANDLERS,
    **groups.HANDLERS,
    **channels.HANDLERS,
    **presence.HANDLERS,
    **profile.HANDLERS,
    **labels.HANDLERS,
    **chats.HANDLERS,
    **webhooks.HANDLERS,
    **media.HANDLERS,
    **client_tokens.HANDLERS,
    **account_keys.HANDLERS,
}
"""One without an operation in the contract is never called."""
