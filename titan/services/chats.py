# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""The conversations of an account."""

from typing import List, Optional, Union

from titan.params_gen import MuteChatParams
from titan.services._base import NO_BODY, Service
from titan.services._generated import operations
from titan.types_gen import Chat, MuteChatRequest


class Chats(Service):
    """The conversations of an account."""

    def list(self, session: str) -> List[Chat]:
        """List the chats of the account.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.

        Returns:
            The chats.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CHATS_LIST, session, returns=List[Chat])

    def get(self, session: str, chat_id: str) -> Chat:
        """Get a chat.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Returns:
            The chat.

        Raises:
            NotFoundError: The session or the chat does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CHATS_GET, session, chat_id, returns=Chat)

    def archive(self, session: str, chat_id: str) -> None:
        """Archive a chat.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Raises:
            NotFoundError: The session or the chat does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CHATS_ARCHIVE, session, chat_id)

    def unarchive(self, session: str, chat_id: str) -> None:
        """Take a chat out of the archive.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Raises:
            NotFoundError: The session or the chat does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CHATS_UNARCHIVE, session, chat_id)

    def mute(
        self, session: str, chat_id: str, mute: Optional[Union[MuteChatRequest, MuteChatParams]] = None
    ) -> None:
        """Mute a chat.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            chat_id: JID of the chat.
            mute: `duration` in seconds; without one, Titan decides how long.

        Raises:
            NotFoundError: The session or the chat does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CHATS_MUTE, session, chat_id, body=NO_BODY if mute is None else mute)

    def unmute(self, session: str, chat_id: str) -> None:
        """Unmute a chat.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Raises:
            NotFoundError: The session or the chat does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CHATS_UNMUTE, session, chat_id)
