# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""People the account knows."""

from typing import List, Union

from titan.params_gen import CheckContactsParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import CheckContactsRequest, Contact, ContactCheck, ProfilePicture


class Contacts(Service):
    """People the account knows."""

    def list(self, session: str) -> List[Contact]:
        """List the contacts of the account.

        Args:
            session: Session name.

        Returns:
            The contacts.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CONTACTS_LIST, session, returns=List[Contact])

    def get(self, session: str, contact_id: str) -> Contact:
        """Get a contact.

        Client tokens need the action `read_contact`.

        Args:
            session: Session name.
            contact_id: JID of the contact.

        Returns:
            The contact.

        Raises:
            NotFoundError: The session or the contact does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CONTACTS_GET, session, contact_id, returns=Contact)

    def picture(self, session: str, contact_id: str) -> ProfilePicture:
        """Get the profile picture of a contact.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            contact_id: JID of the contact.

        Returns:
            The address of the picture.

        Raises:
            NotFoundError: The session or the contact does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CONTACTS_PICTURE, session, contact_id, returns=ProfilePicture)

    def check(
        self, session: str, numbers: Union[CheckContactsRequest, CheckContactsParams]
    ) -> List[ContactCheck]:
        """Find out which phone numbers are on WhatsApp.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            numbers: `phoneNumbers` with country code.

        Returns:
            One entry for each number: whether it `exists` on WhatsApp, and its `jid`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CONTACTS_CHECK, session, body=numbers, returns=List[ContactCheck])

    def block(self, session: str, contact_id: str) -> None:
        """Block a contact.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            contact_id: JID of the contact.

        Raises:
            NotFoundError: The session or the contact does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CONTACTS_BLOCK, session, contact_id)

    def unblock(self, session: str, contact_id: str) -> None:
        """Unblock a contact.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            contact_id: JID of the contact.

        Raises:
            NotFoundError: The session or the contact does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CONTACTS_UNBLOCK, session, contact_id)
