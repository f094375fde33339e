"""Looking at what happened: chats, sent messages, the log of deliveries."""

from __future__ import annotations

from typing import List

from ..base.encoding import Json
from ..delivery import log
from ..whatsapp import chats, snapshot
from .routes import ControlBase, route


class InspectionControls(ControlBase):
    """Calls that only look, or wait for something to look at."""

    @route("GET", "/sandbox/sessions/{session}/chats/{chat_id}")
    def chat(self, session: str, chat_id: str) -> Json:
        """Look at a chat. Also `GET /sandbox/sessions/{session}/chats/{chat id}`.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Returns:
            The chat with its `messages`, oldest first, each with everything that happened to it: status,
            edits, reactions, votes, stars, deletion.

        Raises:
            SandboxError: The session or the chat is unknown.
        """
        found = self._state.find_session(session)
        return snapshot.show_chat_with_messages(self._state, found, chats.find(self._state, found, chat_id))

    @property
    def messages(self) -> List[Json]:
        """The messages sent through the API, oldest first; `request` is the body that asked for one."""
        return self._messages()

    @route("GET", "/sandbox/messages")
    def _messages(self) -> List[Json]:
        return [snapshot.show_sent_message(one) for one in self._state.sent]

    @property
    def deliveries(self) -> List[Json]:
        """The log of webhook deliveries, oldest first, each with its signature, its body and its attempts."""
        return self._deliveries()

    @route("GET", "/sandbox/deliveries")
    def _deliveries(self) -> List[Json]:
        return [log.to_json(one) for one in self._state.deliveries]

    def wait_for_deliveries(self, timeout: float = 10) -> None:
        """Wait until every command so far has ended, and every event so far has been posted.

        What waits to be tried again does not count.

        Args:
            timeout: For how many seconds, at most.

        Raises:
            TimeoutError: They took longer.
            RuntimeError: The sandbox is not running, or was stopped meanwhile, and something is pending.
        """
        if not self._dispatcher.wait(timeout):
            raise TimeoutError(f"webhooks were still being delivered after {timeout} seconds")
