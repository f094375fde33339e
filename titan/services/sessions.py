# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""WhatsApp numbers connected to Titan: create, start, pair, use, stop or delete."""

from typing import List, Union

from titan.params_gen import CreateSessionParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import CreateSessionRequest, Session


class Sessions(Service):
    """WhatsApp numbers connected to Titan: create, start, pair, use, stop or delete."""

    def create(self, session: Union[CreateSessionRequest, CreateSessionParams]) -> Session:
        """Create a session.

        A session stands for one WhatsApp number. Once created it is started, paired, and then connected.

        Args:
            session: `name`, and what else is known: `start` to start it at once, `proxy` (HTTP, HTTPS or
                SOCKS5 URL), `config`.

        Returns:
            The session, DISCONNECTED unless it was to be started.

        Raises:
            ConflictError: A session of this name exists.
            TitanError: The request failed in another way.
        """
        return self._call(operations.SESSIONS_CREATE, body=session, returns=Session)

    def list(self) -> List[Session]:
        """List all sessions.

        Returns:
            The sessions that the key may see.

        Raises:
            TitanError: The request failed in another way.
        """
        return self._call(operations.SESSIONS_LIST, returns=List[Session])

    def get(self, session: str) -> Session:
        """Get a session.

        Args:
            session: Session name.

        Returns:
            The session as it is now.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.SESSIONS_GET, session, returns=Session)

    def start(self, session: str) -> Session:
        """Start a session.

        A session that is not paired yet goes to CONNECTING with the reason SCAN_QR.

        Args:
            session: Session name.

        Returns:
            The session, or a Session whose fields are None where the server answers without one.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.SESSIONS_START, session, returns=Session)

    def stop(self, session: str) -> Session:
        """Stop a session.

        The session goes to DISCONNECTED with the reason MANUAL_STOP and can be started again.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.

        Returns:
            The session, or a Session whose fields are None where the server answers without one.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.SESSIONS_STOP, session, returns=Session)

    def delete(self, session: str) -> None:
        """Delete a session.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.SESSIONS_DELETE, session)
