"""Every operation that this sandbox can do, by its id."""

from __future__ import annotations

from . import (
    account_keys,
    channels,
    chats,
    client_tokens,
    contacts,
    groups,
    labels,
    media,
    messages,
    pairing,
    presence,
    profile,
    sessions,
    webhooks,
)
from .request import Handlers

HANDLERS: Handlers = {
    **sessions.HANDLERS,
    **pairing.HANDLERS,
    **messages.HANDLERS,
    **contacts.HANDLERS,
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
