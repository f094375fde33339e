# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Sending messages, and what can be done to them."""

from typing import Union

from titan.params_gen import (
    DeleteMessageParams,
    EditMessageParams,
    ReactParams,
    SeenParams,
    SendMessageParams,
    StarMessageParams,
    TypingParams,
)
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import (
    DeleteMessageRequest,
    EditMessageRequest,
    Message,
    ReactRequest,
    SeenRequest,
    SendMessageRequest,
    StarMessageRequest,
    TypingRequest,
)


class Messages(Service):
    """Sending messages, and what can be done to them."""

    def send(self, session: str, message: Union[SendMessageRequest, SendMessageParams]) -> Message:
        """Send a message of any type.

        One route for text, media, polls, locations and contacts. In safe mode, a setting of the session,
        Titan types before it sends and waits before media and voice notes: an ordinary send can then take 16
        seconds.

        Args:
            session: Session name.
            message: `chatId`, `type` (text, image, video, voice, file, sticker, poll, location, contact) and
                the fields of that type. Media come by `url` (HTTPS, at most 50 MB) or as `base64` (at most 70
                MB); for files see `send_file`.

        Returns:
            The message. Titan's pages show two shapes of it, which have only `id`, `status` in common.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MESSAGES_SEND, session, body=message, returns=Message)

    def react(self, session: str, reaction: Union[ReactRequest, ReactParams]) -> None:
        """React to a message.

        An empty `reaction` removes the one that is there. Client tokens need the action `send_reaction`.

        Args:
            session: Session name.
            reaction: `chatId`, `messageId`, and `reaction`, an emoji; an empty one removes the reaction that
                is there.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MESSAGES_REACT, session, body=reaction)

    def typing(self, session: str, typing: Union[TypingRequest, TypingParams]) -> None:
        """Show in a chat that a message is being prepared.

        Client tokens need the action `send_typing`.

        Args:
            session: Session name.
            typing: `chatId`, and `state`: `composing`, `recording` or `paused`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MESSAGES_TYPING, session, body=typing)

    def seen(self, session: str, seen: Union[SeenRequest, SeenParams]) -> None:
        """Mark messages as read.

        Client tokens need the action `send_seen`.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            seen: `chatId`, and `messageIds` to mark only those.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MESSAGES_SEEN, session, body=seen)

    def edit(self, session: str, edit: Union[EditMessageRequest, EditMessageParams]) -> Message:
        """Change the text of a sent message.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            edit: `chatId`, `messageId`, and the new `text`.

        Returns:
            The message as it now is.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MESSAGES_EDIT, session, body=edit, returns=Message)

    def delete(self, session: str, deletion: Union[DeleteMessageRequest, DeleteMessageParams]) -> None:
        """Delete a message.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            deletion: `chatId`, `messageId`, and `forEveryone` to delete it not only for this account.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MESSAGES_DELETE, session, body=deletion)

    def star(self, session: str, star: Union[StarMessageRequest, StarMessageParams]) -> None:
        """Star or unstar a message.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            star: `chatId`, `messageId`, and `star`: true to star, false to unstar.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MESSAGES_STAR, session, body=star)
