# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""The attributes of `TitanClient` that are services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titan.services._attribute import ServiceAttribute

if TYPE_CHECKING:
    from titan.services.account_keys import AccountKeys
    from titan.services.channels import Channels
    from titan.services.chats import Chats
    from titan.services.client_tokens import ClientTokens
    from titan.services.contacts import Contacts
    from titan.services.groups import Groups
    from titan.services.labels import Labels
    from titan.services.lids import Lids
    from titan.services.media import MediaService
    from titan.services.messages import Messages
    from titan.services.pairing import Pairing
    from titan.services.presence import PresenceService
    from titan.services.profile import ProfileService
    from titan.services.sessions import Sessions
    from titan.services.webhooks import Webhooks


class ServiceAttributes:
    """The services of a client, each loaded when it is first used."""

    sessions: ServiceAttribute[Sessions] = ServiceAttribute("sessions", "Sessions")
    """WhatsApp numbers connected to Titan: create, start, pair, use, stop or delete."""
    pairing: ServiceAttribute[Pairing] = ServiceAttribute("pairing", "Pairing")
    """Linking a session to a phone, by QR code or by a code typed on the phone."""
    messages: ServiceAttribute[Messages] = ServiceAttribute("messages", "Messages")
    """Sending messages, and what can be done to them."""
    contacts: ServiceAttribute[Contacts] = ServiceAttribute("contacts", "Contacts")
    """People the account knows."""
    groups: ServiceAttribute[Groups] = ServiceAttribute("groups", "Groups")
    """Groups, the people in them, and invitations to them."""
    channels: ServiceAttribute[Channels] = ServiceAttribute("channels", "Channels")
    """Channels (newsletters). A post is an ordinary `messages.send` with the channel's JID as `chatId`."""
    presence: ServiceAttribute[PresenceService] = ServiceAttribute("presence", "PresenceService")
    """Who is online or typing, and how the account itself shows."""
    profile: ServiceAttribute[ProfileService] = ServiceAttribute("profile", "ProfileService")
    """The account's own name, about text and picture."""
    labels: ServiceAttribute[Labels] = ServiceAttribute("labels", "Labels")
    """Tags for chats, on sessions linked to a WhatsApp Business account."""
    chats: ServiceAttribute[Chats] = ServiceAttribute("chats", "Chats")
    """The conversations of an account."""
    webhooks: ServiceAttribute[Webhooks] = ServiceAttribute("webhooks", "Webhooks")
    """Addresses that Titan posts events to."""
    lids: ServiceAttribute[Lids] = ServiceAttribute("lids", "Lids")
    """LIDs, which WhatsApp shows in place of phone numbers."""
    media: ServiceAttribute[MediaService] = ServiceAttribute("media", "MediaService")
    """Images, videos and other files in messages."""
    client_tokens: ServiceAttribute[ClientTokens] = ServiceAttribute("client_tokens", "ClientTokens")
    """Short-lived tokens for browsers and other untrusted places, and the rules for them."""
    account_keys: ServiceAttribute[AccountKeys] = ServiceAttribute("account_keys", "AccountKeys")
    """Server API keys of the account."""
