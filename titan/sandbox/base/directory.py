"""WhatsApp's directory: the JID and the LID of every person, and which phone numbers are nobody's."""

from __future__ import annotations

from typing import Dict, Set

from . import jids

_NOBODYS = "0000"
"""The end of the phone numbers that have no account."""


class Directory:
    """Who is who.

    Every person has one JID, by which records name them: that of their phone number or, while nobody has seen
    the number, their LID. Phone numbers have forms that are not the JID of their account; nobody is there.
    """

    def __init__(self) -> None:
        self.strangers: Set[str] = set()
        """LIDs of people whose number is not known, and whom records may name."""
        self._people: Dict[str, str] = {}
        """JIDs by the LIDs whose number is known."""
        self._lids: Dict[str, str] = {}
        """LIDs by JIDs, where they are not those that the sandbox makes up."""
        self._forms: Dict[str, str] = {}
        """JIDs of accounts by the forms of their number, where a test has set them."""
        self._joined: Set[str] = set()
        """JIDs that have an account in spite of the end of their number."""

    def find(self, jid: str) -> str:
        """Return the JID of the person for a LID whose number is known; anything else as it is."""
        return self._people.get(jid, jid)

    def find_account(self, jid: str) -> str:
        """Return the JID by which the account of a phone number is known, for any form; a LID as it is."""
        return jid if jids.is_lid(jid) else self._forms.get(jid) or jids.list_forms(jid)[0]

    def has_account(self, jid: str) -> bool:
        """Tell whether somebody is there: at every LID, and at the right form of most phone numbers."""
        if jids.is_lid(jid) or jid in self._joined:
            return True
        return self.find_account(jid) == jid and not jids.to_phone(jid).endswith(_NOBODYS)

    def lid_of(self, jid: str) -> str:
        """Return the LID of a person."""
        return jid if jids.is_lid(jid) else self._lids.get(jid) or jids.to_lid(jid)

    def join(self, jid: str) -> None:
        """Note that a phone number has an account, whatever its end."""
        self._joined.add(jid)

    def learn(self, jid: str) -> bool:
        """Note that the number behind a person's LID is known now.

        Returns:
            Whether records may name the person by the LID.
        """
        lid = self.lid_of(jid)
        self._people[lid] = jid
        if lid not in self.strangers:
            return False
        self.strangers.remove(lid)
        return True

    def set_lid(self, jid: str, lid: str) -> None:
        """Set the LID of a person."""
        self._lids[jid] = lid
        self.join(jid)

    def set_form(self, form: str, jid: str) -> None:
        """Set the JID by which the account of a phone number is known."""
        old = self.find_account(form)
        self._lids[jid] = self.lid_of(old)
        self._people.update({lid: jid for lid, person in self._people.items() if person == old})
        for one in (old, *jids.list_forms(form), *jids.list_forms(jid)):
            self._forms[one] = jid
        self.join(jid)
        self._joined.discard(old)
