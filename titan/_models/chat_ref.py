"""Models that say who or where."""

from __future__ import annotations

from typing import Any, Optional

from ..jid import _drop_device
from .base import TitanModel


class ChatRef(TitanModel):
    """A model that says who or where, in one of several ways."""

    @property
    def chat_id(self) -> Optional[str]:
        """The chat id to give to `messages.send`; None where nothing says it.

        A person by phone number, or else by LID; a group or channel by its id. Never with the device that
        somebody wrote from.
        """
        return _chat_id_in(self)


def chat_id_of(value: Any) -> Optional[str]:
    """The chat id of what says who or where: a model or object with the fields of one, a JID, or a number."""
    if isinstance(value, (TitanModel, dict)):
        return _chat_id_in(value)
    if not isinstance(value, str):
        return None
    if "@" in value:
        return _drop_device(value)
    number = value.removeprefix("+")
    return f"{number}@s.whatsapp.net" if number.isascii() and number.isdigit() else None


def _chat_id_in(fields: Any) -> Optional[str]:
    """The chat id that fields say, which `get` gives by wire name."""
    phone, lid, jid = fields.get("phoneNumber"), fields.get("lid"), fields.get("id")
    if isinstance(phone, str) and phone.strip("+"):
        number = phone.lstrip("+")
        return _drop_device(number if "@" in number else f"{number}@s.whatsapp.net")
    if isinstance(lid, str) and lid:
        return _drop_device(lid if "@" in lid else f"{lid}@lid")
    return _drop_device(jid) if isinstance(jid, str) and jid else None
