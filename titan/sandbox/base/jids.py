"""JIDs, WhatsApp's ids of people and chats: telling their kinds apart, and converting them."""

from __future__ import annotations

import hashlib
import re

from .errors import SandboxError

STATUS = "status@broadcast"

_JID = re.compile(
    r"\d{1,20}@s\.whatsapp\.net|\d{1,20}@lid|[\d-]{1,40}@g\.us|[\w.-]{1,60}@newsletter|status@broadcast",
    re.ASCII,
)


def check(jid: str, field: str) -> str:
    """Refuse what is not a JID.

    Raises:
        SandboxError: 400, naming the field.
    """
    if _JID.fullmatch(jid) is None:
        raise SandboxError(400, f"{field} must be a JID, such as 5511999999999@s.whatsapp.net")
    return jid


def is_person(jid: str) -> bool:
    """Tell whether it names a person, by phone number."""
    return jid.endswith("@s.whatsapp.net")


def is_lid(jid: str) -> bool:
    """Tell whether it names a person, by LID."""
    return jid.endswith("@lid")


def is_group(jid: str) -> bool:
    """Tell whether it names a group."""
    return jid.endswith("@g.us")


def is_channel(jid: str) -> bool:
    """Tell whether it names a channel."""
    return jid.endswith("@newsletter")


def from_phone(phone_number: str, field: str) -> str:
    """Return the JID of a phone number, written however people write it.

    Raises:
        SandboxError: 400, naming the field.
    """
    digits = re.sub(r"\D", "", phone_number, flags=re.ASCII)
    if not 7 <= len(digits) <= 15:
        raise SandboxError(400, f"{field} must be a phone number with its country code")
    return f"{digits}@s.whatsapp.net"


def to_phone(jid: str) -> str:
    """Return the phone number of a person's JID, in E.164 form."""
    return f"+{jid.partition('@')[0]}"


def to_lid(jid: str) -> str:
    """Return the LID of a person's JID: always the same one, without the phone number in it."""
    digest = hashlib.sha256(jid.encode("ascii")).digest()
    return f"{10**14 + int.from_bytes(digest[:6], 'big')}@lid"
