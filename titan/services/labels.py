"""Tags for chats, on sessions linked to a WhatsApp Business account."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Union

from ..types_gen import Label
from ._base import Service

if TYPE_CHECKING:
    from ..params_gen import CreateLabelParams, LabelChatsParams, UpdateLabelParams
    from ..types_gen import CreateLabelRequest, LabelChatsRequest, UpdateLabelRequest


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
        return self._call("GET", "/api/sessions/{session}/labels", session, returns=List[Label])

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
        return self._call("POST", "/api/sessions/{session}/labels", session, body=label, returns=Label)

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
        return self._call(
            "PUT", "/api/sessions/{session}/labels/{labelId}", session, label_id, body=label, returns=Label
        )

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
        return self._call("DELETE", "/api/sessions/{session}/labels/{labelId}", session, label_id)

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
        return self._call(
            "POST",
            "/api/sessions/{session}/labels/{labelId}/chats",
            session,
            label_id,
            body=chats,
            idempotent=True,
        )

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
        return self._call(
            "DELETE", "/api/sessions/{session}/labels/{labelId}/chats", session, label_id, body=chats
        )
