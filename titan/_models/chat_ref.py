"""Models that say who or where."""

from __future__ import annotations

from typing import Optional

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
        phone, lid, jid = self.get("phoneNumber"), self.get("lid"), self.get("id")
        if isinstance(phone, str) and phone.strip("+"):
            number = phone.lstrip("+")
            return _drop_device(number if "@" in number else f"{number}@s.whatsapp.net")
        if isinstance(lid, str) and lid:
            return _drop_device(lid if "@" in lid else f"{lid}@lid")
        return _drop_device(jid) if isinstance(jid, str) and jid else None
