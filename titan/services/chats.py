"""The conversations of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Union

from ..types_gen import Chat
from ._base import NO_BODY, Service

if TYPE_CHECKING:
    from ..params_gen import MuteChatParams
    from ..types_gen import MuteChatRequest


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
        return self._call("GET", "/api/sessions/{session}/chats", session, returns=List[Chat], inferred=True)

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
        return self._call(
            "GET", "/api/sessions/{session}/chats/{chatId}", session, chat_id, returns=Chat, inferred=True
        )

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
        return self._call(
            "POST",
            "/api/sessions/{session}/chats/{chatId}/archive",
            session,
            chat_id,
            idempotent=True,
            inferred=True,
        )

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
        return self._call(
            "POST",
            "/api/sessions/{session}/chats/{chatId}/unarchive",
            session,
            chat_id,
            idempotent=True,
            inferred=True,
        )

    def mute(
        self,
        session: str,
        chat_id: str,
        mute: Optional[Union[MuteChatRequest, MuteChatParams, Mapping[str, Any]]] = None,
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
        return self._call(
            "POST",
            "/api/sessions/{session}/chats/{chatId}/mute",
            session,
            chat_id,
            body=NO_BODY if mute is None else mute,
            idempotent=True,
            inferred=True,
        )

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
        return self._call(
            "POST",
            "/api/sessions/{session}/chats/{chatId}/unmute",
            session,
            chat_id,
            idempotent=True,
            inferred=True,
        )
