"""People the account knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Union

from ..types_gen import Contact, ContactCheck, ProfilePicture
from ._base import Service

if TYPE_CHECKING:
    from ..params_gen import CheckContactsParams
    from ..types_gen import CheckContactsRequest


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
        return self._call("GET", "/api/sessions/{session}/contacts", session, returns=List[Contact])

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
        return self._call(
            "GET", "/api/sessions/{session}/contacts/{contactId}", session, contact_id, returns=Contact
        )

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
        return self._call(
            "GET",
            "/api/sessions/{session}/contacts/{contactId}/picture",
            session,
            contact_id,
            returns=ProfilePicture,
            inferred=True,
        )

    def check(
        self, session: str, numbers: Union[CheckContactsRequest, CheckContactsParams, Mapping[str, Any]]
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
        return self._call(
            "POST",
            "/api/sessions/{session}/contacts/check",
            session,
            body=numbers,
            returns=List[ContactCheck],
            idempotent=True,
            inferred=True,
        )

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
        return self._call(
            "POST",
            "/api/sessions/{session}/contacts/{contactId}/block",
            session,
            contact_id,
            idempotent=True,
            inferred=True,
        )

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
        return self._call(
            "POST",
            "/api/sessions/{session}/contacts/{contactId}/unblock",
            session,
            contact_id,
            idempotent=True,
            inferred=True,
        )
