"""JIDs, WhatsApp's ids of people and chats: telling their kinds apart, and converting them."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Tuple

from .errors import SandboxError

STATUS = "status@broadcast"

_JID = re.compile(
    r"\d{1,20}@s\.whatsapp\.net|\d{1,20}@lid|[\d-]{1,40}@g\.us|[\w.-]{1,60}@newsletter|status@broadcast",
    re.ASCII,
)
_DEVICE = re.compile(r"(?<=\d)(\.\d{1,3})?(:\d{1,5})?(?=@(s\.whatsapp\.net|lid)$)", re.ASCII)
"""The device in a person's JID, and the agent before it, which WhatsApp names in some places."""

_BRAZIL = re.compile(r"55([1-9]\d)9?([789]\d{7})", re.ASCII)
_MEXICO = re.compile(r"521?([2-9]\d{9})", re.ASCII)
_ARGENTINA = re.compile(r"549?([123]\d{9})", re.ASCII)
_LAST_AREA_WITH_NINTH_DIGIT = 28


def check(jid: str, field: str) -> str:
    """Refuse what is not a JID.

    Returns:
        The JID without a device.

    Raises:
        SandboxError: 400, naming the field.
    """
    without_device = drop_device(jid)
    if _JID.fullmatch(without_device) is None:
        raise SandboxError(400, f"{field} must be a JID, such as 5511999999999@s.whatsapp.net")
    return without_device


def drop_device(jid: str) -> str:
    """Return the JID of a person for the JID of one of their devices; leave everything else as it is."""
    return _DEVICE.sub("", jid)


def is_person(jid: str) -> bool:
    """Tell whether it names a person, by phone number or by LID."""
    return jid.endswith(("@s.whatsapp.net", "@lid"))


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
    number = drop_device(phone_number)
    if "@" in number and not number.endswith("@s.whatsapp.net"):
        raise SandboxError(400, f"{field} must be a phone number with its country code")
    digits = re.sub(r"\D", "", number, flags=re.ASCII)
    if not 7 <= len(digits) <= 15:
        raise SandboxError(400, f"{field} must be a phone number with its country code")
    return f"{digits}@s.whatsapp.net"


def to_phone(jid: str) -> str:
    """Return the phone number of a person's JID, in E.164 form."""
    return f"+{jid.partition('@')[0]}"


def to_name(jid: str) -> str:
    """Return the name of a person who has told none: the phone number, or the LID where that is unknown."""
    return jid if is_lid(jid) else to_phone(jid)


@lru_cache(1024)
def to_lid(jid: str) -> str:
    """Return the LID of a person's JID: always the same one, without the phone number in it."""
    digest = hashlib.sha256(jid.encode("ascii")).digest()
    return f"{10**14 + int.from_bytes(digest[:6], 'big')}@lid"


@lru_cache(1024)
def list_forms(jid: str) -> Tuple[str, ...]:
    """List the JIDs that a phone number can be taken for; the account is known by the first one.

    Which one that is WhatsApp alone knows, and it depends on the age of the account. Assumed here: Brazilian
    mobile numbers have the ninth digit in the area codes 11 to 28, and have lost it in the others; Mexican
    numbers have a 1 behind the country code, and Argentinian ones a 9.
    """
    digits = jid.partition("@")[0]
    brazilian, mexican = _BRAZIL.fullmatch(digits), _MEXICO.fullmatch(digits)
    argentinian = _ARGENTINA.fullmatch(digits)
    forms: Tuple[str, ...] = (digits,)
    if brazilian is not None:
        area, number = brazilian.groups()
        forms = (f"55{area}9{number}", f"55{area}{number}")
        if int(area) > _LAST_AREA_WITH_NINTH_DIGIT:
            forms = forms[::-1]
    elif mexican is not None:
        forms = (f"521{mexican[1]}", f"52{mexican[1]}")
    elif argentinian is not None:
        forms = (f"549{argentinian[1]}", f"54{argentinian[1]}")
    return tuple(f"{one}@s.whatsapp.net" for one in forms)
