# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Channels (newsletters). A post is an ordinary `messages.send` with the channel's JID as `chatId`."""

from typing import List, Union

from titan.params_gen import CreateChannelParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import Channel, CreateChannelRequest


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
        return self._call(operations.CHANNELS_CREATE, session, body=channel, returns=Channel)

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
        return self._call(operations.CHANNELS_LIST, session, returns=List[Channel])

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
        return self._call(operations.CHANNELS_GET, session, channel_id, returns=Channel)

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
        return self._call(operations.CHANNELS_DELETE, session, channel_id)

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
        return self._call(operations.CHANNELS_FOLLOW, session, channel_id)

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
        return self._call(operations.CHANNELS_UNFOLLOW, session, channel_id)

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
        return self._call(operations.CHANNELS_MUTE, session, channel_id)

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
        return self._call(operations.CHANNELS_UNMUTE, session, channel_id)
