"""Channels (newsletters). A post is an ordinary `messages.send` with the channel's JID as `chatId`."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Union

from ..types_gen import Channel
from ._base import Service

if TYPE_CHECKING:
    from ..params_gen import CreateChannelParams
    from ..types_gen import CreateChannelRequest


class Channels(Service):
    """Channels (newsletters). A post is an ordinary `messages.send` with the channel's JID as `chatId`."""

    def create(self, session: str, channel: Union[CreateChannelRequest, CreateChannelParams]) -> Channel:
        """Create a channel.

        A post is an ordinary message, sent with the JID of the channel as `chatId`.

        Args:
            session: Session name.
            channel: `name`, and `description`, `profileUrl` (address of a picture).

        Returns:
            The channel, with its new `id`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call("POST", "/api/sessions/{session}/channels", session, body=channel, returns=Channel)

    def list(self, session: str) -> List[Channel]:
        """List the channels of the account.

        Args:
            session: Session name.

        Returns:
            The channels that the account owns or follows.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call("GET", "/api/sessions/{session}/channels", session, returns=List[Channel])

    def get(self, session: str, channel_id: str) -> Channel:
        """Get a channel.

        Args:
            session: Session name.
            channel_id: JID of the channel, ending in `@newsletter`.

        Returns:
            The channel.

        Raises:
            NotFoundError: The session or the channel does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(
            "GET", "/api/sessions/{session}/channels/{channelId}", session, channel_id, returns=Channel
        )

    def delete(self, session: str, channel_id: str) -> None:
        """Delete a channel.

        Args:
            session: Session name.
            channel_id: JID of the channel, ending in `@newsletter`.

        Raises:
            NotFoundError: The session or the channel does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call("DELETE", "/api/sessions/{session}/channels/{channelId}", session, channel_id)

    def follow(self, session: str, channel_id: str) -> None:
        """Follow a channel.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            channel_id: JID of the channel, ending in `@newsletter`.

        Raises:
            NotFoundError: The session or the channel does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/channels/{channelId}/follow",
            session,
            channel_id,
            idempotent=True,
            inferred=True,
        )

    def unfollow(self, session: str, channel_id: str) -> None:
        """Stop following a channel.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            channel_id: JID of the channel, ending in `@newsletter`.

        Raises:
            NotFoundError: The session or the channel does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/channels/{channelId}/unfollow",
            session,
            channel_id,
            idempotent=True,
            inferred=True,
        )

    def mute(self, session: str, channel_id: str) -> None:
        """Mute a channel.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            channel_id: JID of the channel, ending in `@newsletter`.

        Raises:
            NotFoundError: The session or the channel does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/channels/{channelId}/mute",
            session,
            channel_id,
            idempotent=True,
            inferred=True,
        )

    def unmute(self, session: str, channel_id: str) -> None:
        """Unmute a channel.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            channel_id: JID of the channel, ending in `@newsletter`.

        Raises:
            NotFoundError: The session or the channel does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/channels/{channelId}/unmute",
            session,
            channel_id,
            idempotent=True,
            inferred=True,
        )
