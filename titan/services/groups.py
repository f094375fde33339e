"""Groups, the people in them, and invitations to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Union

from ..types_gen import Group, GroupInvite, GroupParticipant
from ._base import Service, with_session

if TYPE_CHECKING:
    from ..params_gen import (
        CreateGroupParams,
        GroupParticipantsParams,
        JoinGroupParams,
        UpdateGroupDescriptionParams,
        UpdateGroupPictureParams,
        UpdateGroupSubjectParams,
    )
    from ..types_gen import (
        CreateGroupRequest,
        GroupParticipantsRequest,
        JoinGroupRequest,
        UpdateGroupDescriptionRequest,
        UpdateGroupPictureRequest,
        UpdateGroupSubjectRequest,
    )


class Groups(Service):
    """Groups, the people in them, and invitations to them."""

    def create(self, session: str, group: Union[CreateGroupRequest, CreateGroupParams]) -> Group:
        """Create a group.

        Args:
            session: Session name.
            group: `name` (one page of Titan's reference says at most 25 characters), and `participants`,
                at most 256 JIDs.

        Returns:
            The group, with its new `id`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/groups",
            session,
            body=with_session(group, session),
            returns=Group,
        )

    def list(self, session: str) -> List[Group]:
        """List the groups of the account.

        Args:
            session: Session name.

        Returns:
            The groups that the account is in.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call("GET", "/api/sessions/{session}/groups", session, returns=List[Group])

    def get(self, session: str, group_id: str) -> Group:
        """Get a group.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.

        Returns:
            The group, with its participants.

        Raises:
            NotFoundError: The session or the group does not exist.
            TitanError: The request failed in another way.
        """
        return self._call("GET", "/api/sessions/{session}/groups/{groupId}", session, group_id, returns=Group)

    def leave(self, session: str, group_id: str) -> None:
        """Leave a group.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call("POST", "/api/sessions/{session}/groups/{groupId}/leave", session, group_id)

    def delete(self, session: str, group_id: str) -> None:
        """Delete a group.

        Only the person who created the group can delete it.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call("DELETE", "/api/sessions/{session}/groups/{groupId}", session, group_id)

    def update_subject(
        self, session: str, group_id: str, subject: Union[UpdateGroupSubjectRequest, UpdateGroupSubjectParams]
    ) -> None:
        """Rename a group.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.
            subject: The new `subject`.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "PUT",
            "/api/sessions/{session}/groups/{groupId}/subject",
            session,
            group_id,
            body=with_session(subject, session),
        )

    def update_description(
        self,
        session: str,
        group_id: str,
        description: Union[UpdateGroupDescriptionRequest, UpdateGroupDescriptionParams],
    ) -> None:
        """Change the description of a group.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.
            description: The new `description`.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "PUT",
            "/api/sessions/{session}/groups/{groupId}/description",
            session,
            group_id,
            body=with_session(description, session),
        )

    def update_picture(
        self, session: str, group_id: str, picture: Union[UpdateGroupPictureRequest, UpdateGroupPictureParams]
    ) -> None:
        """Change the picture of a group.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.
            picture: `url` or `base64` of an image.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "PUT",
            "/api/sessions/{session}/groups/{groupId}/picture",
            session,
            group_id,
            body=with_session(picture, session),
        )

    def add_participants(
        self,
        session: str,
        group_id: str,
        people: Union[GroupParticipantsRequest, GroupParticipantsParams, Mapping[str, Any]],
    ) -> List[GroupParticipant]:
        """Add people to a group.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.
            people: `participants`, at most 256 JIDs.

        Returns:
            The people who were added.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/groups/{groupId}/participants",
            session,
            group_id,
            body=people,
            returns=List[GroupParticipant],
            inferred=True,
        )

    def remove_participants(
        self,
        session: str,
        group_id: str,
        people: Union[GroupParticipantsRequest, GroupParticipantsParams, Mapping[str, Any]],
    ) -> None:
        """Remove people from a group.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.
            people: `participants`, at most 256 JIDs.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "DELETE",
            "/api/sessions/{session}/groups/{groupId}/participants",
            session,
            group_id,
            body=people,
            inferred=True,
        )

    def promote(
        self,
        session: str,
        group_id: str,
        people: Union[GroupParticipantsRequest, GroupParticipantsParams, Mapping[str, Any]],
    ) -> None:
        """Make people admins of a group.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.
            people: `participants`, at most 256 JIDs.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/groups/{groupId}/participants/promote",
            session,
            group_id,
            body=people,
            idempotent=True,
            inferred=True,
        )

    def demote(
        self,
        session: str,
        group_id: str,
        people: Union[GroupParticipantsRequest, GroupParticipantsParams, Mapping[str, Any]],
    ) -> None:
        """Make admins of a group ordinary participants.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.
            people: `participants`, at most 256 JIDs.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/groups/{groupId}/participants/demote",
            session,
            group_id,
            body=people,
            idempotent=True,
            inferred=True,
        )

    def invite(self, session: str, group_id: str) -> GroupInvite:
        """Get the invitation to a group.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.

        Returns:
            The invite `code`, and the `link` with it.

        Raises:
            NotFoundError: The session or the group does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(
            "GET",
            "/api/sessions/{session}/groups/{groupId}/invite",
            session,
            group_id,
            returns=GroupInvite,
            inferred=True,
        )

    def revoke_invite(self, session: str, group_id: str) -> GroupInvite:
        """Replace the invitation to a group.

        The old invitation stops working.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            group_id: JID of the group, ending in `@g.us`.

        Returns:
            The new invitation.

        Raises:
            NotFoundError: The session or the group does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/groups/{groupId}/invite/revoke",
            session,
            group_id,
            returns=GroupInvite,
            inferred=True,
        )

    def join(
        self, session: str, invite: Union[JoinGroupRequest, JoinGroupParams, Mapping[str, Any]]
    ) -> Group:
        """Join a group by its invite code.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            invite: `code` of the invitation: the last part of its link.

        Returns:
            The group that was joined.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST", "/api/sessions/{session}/groups/join", session, body=invite, returns=Group, inferred=True
        )
