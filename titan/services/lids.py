# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""LIDs, which WhatsApp shows in place of phone numbers."""

from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import LidMapping


class Lids(Service):
    """LIDs, which WhatsApp shows in place of phone numbers."""

    def get(self, session: str, lid: str) -> LidMapping:
        """Get the phone number behind a LID.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            session: Session name.
            lid: The LID, ending in `@lid`.

        Returns:
            The LID, and the `phone_number` behind it.

        Raises:
            NotFoundError: The session or the LID does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.LIDS_GET, session, lid, returns=LidMapping)
