"""People the account knows, and who is on WhatsApp."""

from __future__ import annotations

from typing import Optional

from ..errors import APIResponseError, NotOnWhatsAppError
from ..jid import _drop_device, user
from ..types_gen import ContactCheck
from ._base import helper
from ._generated import contacts, operations


class Contacts(contacts.Contacts):
    """People the account knows, and who is on WhatsApp."""

    @helper
    def resolve(self, session: str, phone_or_jid: str, *, country: Optional[str] = None) -> str:
        """Find the chat id under which WhatsApp knows somebody, before a first message is sent.

        A number can be right and still not be that of the account: some Brazilian accounts, for one, are
        known without the ninth digit of their number. WhatsApp is asked with `check`.

        Args:
            session: Session name.
            phone_or_jid: Phone number with `+` and country code, or national together with `country`, or a
                chat id that was made of one. A LID comes from WhatsApp itself, and comes back without asking.
            country: Calling code of numbers without `+`, such as `"55"`.

        Returns:
            The chat id.

        Raises:
            NotOnWhatsAppError: The phone number has no WhatsApp account.
            ValueError: This is neither a phone number of a known country nor the chat id of a person.
            TypeError: `phone_or_jid` or `country` is not a string.
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        if isinstance(phone_or_jid, str) and phone_or_jid.strip().endswith("@lid"):
            return _drop_device(phone_or_jid.strip())
        chat_id = user(phone_or_jid, country=country)
        phone_number = f"+{chat_id.partition('@')[0]}"
        checks = self.check(session, {"phoneNumbers": [phone_number]})
        check = checks[0] if checks else None
        if not isinstance(check, ContactCheck) or not isinstance(check.exists, bool):
            raise APIResponseError(
                "it does not say whether the number is on WhatsApp",
                method=operations.CONTACTS_CHECK.verb,
                route=operations.CONTACTS_CHECK.route,
            )
        if not check.exists:
            raise NotOnWhatsAppError("this phone number is not on WhatsApp", phone_number=phone_number)
        return _drop_device(check.jid) if isinstance(check.jid, str) and check.jid else chat_id
