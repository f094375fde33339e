# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Groups, the people in them, and invitations to them."""

from typing import List, Union

from titan.params_gen import (
    CreateGroupParams,
    GroupParticipantsParams,
    JoinGroupParams,
    UpdateGroupDescriptionParams,
    UpdateGroupPictureParams,
    UpdateGroupSubjectParams,
)
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import (
    CreateGroupRequest,
    Group,
    GroupInvite,
    GroupParticipant,
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
            group: `name` (one page of Titan's reference says at most 25 characters), and `participants`, at
                most 256 JIDs.

        Returns:
            The group, with its new `id`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.GROUPS_CREATE, session, body=group, returns=Group)

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
        return self._call(operations.GROUPS_LIST, session, returns=List[Group])

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
        return self._call(operations.GROUPS_GET, session, group_id, returns=Group)

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
        return self._call(operations.GROUPS_LEAVE, session, group_id)

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
        return self._call(operations.GROUPS_DELETE, session, group_id)

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
        return self._call(operations.GROUPS_UPDATE_SUBJECT, session, group_id, body=subject)

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
        return self._call(operations.GROUPS_UPDATE_DESCRIPTION, session, group_id, body=description)

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
        return self._call(operations.GROUPS_UPDATE_PICTURE, session, group_id, body=picture)

    def add_participants(
        self, session: str, group_id: str, people: Union[GroupParticipantsRequest, GroupParticipantsParams]
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
            operations.GROUPS_ADD_PARTICIPANTS, session, group_id, body=people, returns=List[GroupParticipant]
        )

    def remove_participants(
        self, session: str, group_id: str, people: Union[GroupParticipantsRequest, GroupParticipantsParams]
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
        return self._call(operations.GROUPS_REMOVE_PARTICIPANTS, session, group_id, body=people)

    def promote(
        self, session: str, group_id: str, people: Union[GroupParticipantsRequest, GroupParticipantsParams]
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
        return self._call(operations.GROUPS_PROMOTE, session, group_id, body=people)

    def demote(
        self, session: str, group_id: str, people: Union[GroupParticipantsRequest, GroupParticipantsParams]
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
        return self._call(operations.GROUPS_DEMOTE, session, group_id, body=people)

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
        return self._call(operations.GROUPS_INVITE, session, group_id, returns=GroupInvite)

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
        return self._call(operations.GROUPS_REVOKE_INVITE, session, group_id, returns=GroupInvite)

    def join(self, session: str, invite: Union[JoinGroupRequest, JoinGroupParams]) -> Group:
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
        return self._call(operations.GROUPS_JOIN, session, body=invite, returns=Group)
