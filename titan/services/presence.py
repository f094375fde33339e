# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Who is online or typing, and how the account itself shows."""

from typing import List, Union

from titan.params_gen import SetPresenceParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import Presence, SetPresenceRequest


class PresenceService(Service):
    """Who is online or typing, and how the account itself shows."""

    def set(self, session: str, presence: Union[SetPresenceRequest, SetPresenceParams]) -> None:
        """Show the account as online or offline.

        Args:
            session: Session name.
            presence: `presence`: `available` or `unavailable`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PRESENCE_SET, session, body=presence)

    def list(self, session: str) -> List[Presence]:
        """List the known presence of all chats.

        Client tokens need the action `read_presence`.

        Args:
            session: Session name.

        Returns:
            What is known of each chat.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PRESENCE_LIST, session, returns=List[Presence])

    def get(self, session: str, chat_id: str) -> Presence:
        """Get the presence of a chat.

        Client tokens need the action `read_presence`.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Returns:
            Whether the person is online, typing or recording, and `last_seen` where it is known.

        Raises:
            NotFoundError: The session or the chat does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PRESENCE_GET, session, chat_id, returns=Presence)

    def subscribe(self, session: str, chat_id: str) -> None:
        """Subscribe to the presence of a chat.

        Changes arrive as `presence.update` events. Client tokens need the action `subscribe_presence`.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Raises:
            NotFoundError: The session or the chat does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PRESENCE_SUBSCRIBE, session, chat_id)
