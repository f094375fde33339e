"""Models that say who or where."""

from __future__ import annotations

from typing import Optional

from .base import TitanModel


class ChatRef(TitanModel):
    """A model that says who or where, in one of several ways."""

    @property
    def chat_id(self) -> Optional[str]:
        """The chat id to give to `messages.send`; None where nothing says it.

        A person by phone number, or else by LID; a group or channel by its id.
        """
        phone, lid, jid = self.get("phoneNumber"), self.get("lid"), self.get("id")
        if isinstance(phone, str) and phone.strip("+"):
            return phone if "@" in phone else f"{phone.lstrip('+')}@s.whatsapp.net"
        if isinstance(lid, str) and lid:
            return lid if "@" in lid else f"{lid}@lid"
        return jid if isinstance(jid, str) and jid else None
