"""What hand-written code of the client needs from the contract."""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple


class Method(NamedTuple):
    """A method of the client; its second route, where that is what is meant."""

    service: str
    name: str
    for_client_token: bool = False

    def __str__(self) -> str:
        return f"{self.service}.{self.name}" + (" (with a client token)" if self.for_client_token else "")


HELPERS: Dict[Method, Tuple[str, ...]] = {
    Method("sessions", "get"): ("pairing.wait",),
    Method("pairing", "qr"): ("pairing.wait", "pairing.qr_png"),
    Method("messages", "send"): (
        *("messages.send_file", "messages.send_text", "messages.send_voice", "messages.reply"),
    ),
    Method("messages", "send", for_client_token=True): ("messages.send with a client token",),
    Method("media", "download"): ("media.download_to",),
    Method("contacts", "check"): ("contacts.resolve",),
}
"""The helpers that make the request of an operation."""

SCHEMAS: Dict[str, str] = {
    "SendMessageRequest": "it is imported by every program that sends with models",
    "QuotedMessage": "messages.send_text takes it",
    "SessionStatus": "programs and pairing.wait compare with its members",
    "SessionStatusReason": "pairing.wait compares with its members",
    "ContactCheck": "contacts.resolve reads it",
    "AcceptedCommand": "client.submit reads it",
    "CommandResultEvent": "webhook handlers of commands read it",
}
"""Types that hand-written code names, and why: a contract without them keeps ours."""

SERVICES = (
    *("sessions", "pairing", "messages", "contacts", "groups", "channels", "presence", "profile", "labels"),
    *("chats", "webhooks", "lids", "media", "client_tokens", "account_keys"),
)
"""The attributes of the client that Titan's page shows: they stay, empty if need be."""

HELPER_NAMES = frozenset(
    {
        *("wait", "qr_png", "send_file", "send_text", "send_voice", "reply", "download_to", "resolve"),
    }
)
"""Methods written by hand, whose names no generated one may take."""

CLIENT_NAMES = frozenset({"close", "request", "submit", "with_options", "with_response"})
"""Methods of the client, whose names no service may take."""
