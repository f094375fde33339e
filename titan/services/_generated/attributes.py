# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""The attributes of `TitanClient` that are services."""

from typing import TYPE_CHECKING, ClassVar

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

        sessions: ClassVar[ServiceAttribute[Sessions]]
        """WhatsApp numbers connected to Titan: create, start, pair, use, stop or delete."""
        pairing: ClassVar[ServiceAttribute[Pairing]]
        """Linking a session to a phone, by QR code or by a code typed on the phone."""
        messages: ClassVar[ServiceAttribute[Messages]]
        """Sending messages, and what can be done to them."""
        contacts: ClassVar[ServiceAttribute[Contacts]]
        """People the account knows."""
        groups: ClassVar[ServiceAttribute[Groups]]
        """Groups, the people in them, and invitations to them."""
        channels: ClassVar[ServiceAttribute[Channels]]
        """Channels (newsletters). A post is an ordinary `messages.send` with the channel's JID as
        `chatId`."""
        presence: ClassVar[ServiceAttribute[PresenceService]]
        """Who is online or typing, and how the account itself shows."""
        profile: ClassVar[ServiceAttribute[ProfileService]]
        """The account's own name, about text and picture."""
        labels: ClassVar[ServiceAttribute[Labels]]
        """Tags for chats, on sessions linked to a WhatsApp Business account."""
        chats: ClassVar[ServiceAttribute[Chats]]
        """The conversations of an account."""
        webhooks: ClassVar[ServiceAttribute[Webhooks]]
        """Addresses that Titan posts events to."""
        lids: ClassVar[ServiceAttribute[Lids]]
        """LIDs, which WhatsApp shows in place of phone numbers."""
        media: ClassVar[ServiceAttribute[MediaService]]
        """Images, videos and other files in messages."""
        client_tokens: ClassVar[ServiceAttribute[ClientTokens]]
        """Short-lived tokens for browsers and other untrusted places, and the rules for them."""
        account_keys: ClassVar[ServiceAttribute[AccountKeys]]
        """Server API keys of the account."""
else:

    class ServiceAttributes:
        """The services of a client, each loaded when it is first used."""

        sessions = ServiceAttribute("sessions", "Sessions")
        pairing = ServiceAttribute("pairing", "Pairing")
        messages = ServiceAttribute("messages", "Messages")
        contacts = ServiceAttribute("contacts", "Contacts")
        groups = ServiceAttribute("groups", "Groups")
        channels = ServiceAttribute("channels", "Channels")
        presence = ServiceAttribute("presence", "PresenceService")
        profile = ServiceAttribute("profile", "ProfileService")
        labels = ServiceAttribute("labels", "Labels")
        chats = ServiceAttribute("chats", "Chats")
        webhooks = ServiceAttribute("webhooks", "Webhooks")
        lids = ServiceAttribute("lids", "Lids")
        media = ServiceAttribute("media", "MediaService")
        client_tokens = ServiceAttribute("client_tokens", "ClientTokens")
        account_keys = ServiceAttribute("account_keys", "AccountKeys")
