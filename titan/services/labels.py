# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Tags for chats, on sessions linked to a WhatsApp Business account."""

from typing import List, Union

from titan.params_gen import CreateLabelParams, LabelChatsParams, UpdateLabelParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import CreateLabelRequest, Label, LabelChatsRequest, UpdateLabelRequest


class Labels(Service):
    """Tags for chats, on sessions linked to a WhatsApp Business account."""

    def list(self, session: str) -> List[Label]:
        """List the labels of the account.

        Args:
            session: Session name.

        Returns:
            The labels.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.LABELS_LIST, session, returns=List[Label])

    def create(self, session: str, label: Union[CreateLabelRequest, CreateLabelParams]) -> Label:
        """Create a label.

        Args:
            session: Session name.
            label: `name`, and `color` (palette index).

        Returns:
            The label, with its new `id`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.LABELS_CREATE, session, body=label, returns=Label)

    def update(
        self, session: str, label_id: str, label: Union[UpdateLabelRequest, UpdateLabelParams]
    ) -> Label:
        """Rename or recolour a label.

        Args:
            session: Session name.
            label_id: Label id, as `list` returns it.
            label: New `name`, `color` (palette index), or both.

        Returns:
            The label as it now is.

        Raises:
            NotFoundError: The session or the label does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.LABELS_UPDATE, session, label_id, body=label, returns=Label)

    def delete(self, session: str, label_id: str) -> None:
        """Delete a label.

        Args:
            session: Session name.
            label_id: Label id, as `list` returns it.

        Raises:
            NotFoundError: The session or the label does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.LABELS_DELETE, session, label_id)

    def assign(self, session: str, label_id: str, chats: Union[LabelChatsRequest, LabelChatsParams]) -> None:
        """Put a label on chats.

        Args:
            session: Session name.
            label_id: Label id, as `list` returns it.
            chats: `chatIds`: JIDs of the chats.

        Raises:
            NotFoundError: The session or the label does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.LABELS_ASSIGN, session, label_id, body=chats)

    def unassign(
        self, session: str, label_id: str, chats: Union[LabelChatsRequest, LabelChatsParams]
    ) -> None:
        """Take a label off chats.

        Args:
            session: Session name.
            label_id: Label id, as `list` returns it.
            chats: `chatIds`: JIDs of the chats.

        Raises:
            NotFoundError: The session or the label does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.LABELS_UNASSIGN, session, label_id, body=chats)
