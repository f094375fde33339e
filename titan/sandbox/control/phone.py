"""The phone: scanning, losing the connection, logging out."""

from __future__ import annotations

from typing import Optional

from typing_extensions import Literal

from ..base.encoding import Json
from ..whatsapp import lifecycle, sessions
from ..whatsapp.messages import restrictions
from .routes import ControlBase, Seconds, route

DAY = 24 * 3600.0
"""Seconds."""


class PhoneControls(ControlBase):
    """Calls about sessions and their phones."""

    @route("POST", "/sandbox/sessions/{session}/scan")
    def scan(
        self,
        session: str,
        *,
        phone_number: Optional[str] = None,
        push_name: Optional[str] = None,
        business_name: Optional[str] = None,
    ) -> Json:
        """Scan the QR code that a session shows. Also `POST /sandbox/sessions/{session}/scan`.

        Args:
            session: Session name.
            phone_number: Phone number of the account that scans; one of its own when left out.
            push_name: Name of the account that scans.
            business_name: Name of the business, which makes it a WhatsApp Business account.

        Returns:
            The session, now CONNECTED.

        Raises:
            SandboxError: The session is unknown, or shows no QR code.
        """
        found = self._state.find_session(session)
        lifecycle.scan(self._state, found, phone_number, push_name, business_name)
        return sessions.to_json(self._state, found)

    @route("POST", "/sandbox/sessions/{session}/connect")
    def connect(self, session: str) -> Json:
        """Connect a session, whatever it takes. Also `POST /sandbox/sessions/{session}/connect`.

        Args:
            session: Session name; created, started and scanned as far as it needs to be.

        Returns:
            The session, now CONNECTED: a ban of its account and its silence are over.
        """
        found = self._state.sessions.get(session) or sessions.create(self._state, session, {})
        self._state.bans.pop(found.account.jid, None)
        if found.silent:
            lifecycle.wake(self._state, found)
        if found.status_reason == "AUTO_RECONNECT":
            lifecycle.stop(self._state, found)
        lifecycle.start(self._state, found)
        if found.pairing is not None:
            lifecycle.scan(self._state, found)
        return sessions.to_json(self._state, found)

    @route("POST", "/sandbox/sessions/{session}/disconnect")
    def disconnect(
        self,
        session: str,
        reason: Literal["STREAM_ERROR", "FAILED", "TEMPORARY_BAN", "AUTO_RECONNECT"] = "STREAM_ERROR",
    ) -> Json:
        """Lose the connection to WhatsApp. Also `POST /sandbox/sessions/{session}/disconnect`.

        Args:
            session: Session name.
            reason: Why. With AUTO_RECONNECT the session is CONNECTING, and after the setting
                `reconnect_after` CONNECTED again; otherwise DISCONNECTED until it is started. With
                TEMPORARY_BAN it can be started at once: `ban` makes a ban that lasts.

        Returns:
            The session.

        Raises:
            SandboxError: The session is unknown, or not connected.
        """
        found = self._state.find_connected_session(session)
        lifecycle.disconnect(self._state, found, reason)
        return sessions.to_json(self._state, found)

    @route("POST", "/sandbox/sessions/{session}/restrict")
    def restrict(self, session: str, seconds: Seconds = DAY) -> None:
        """Restrict the account for writing to strangers. Also `POST /sandbox/sessions/{session}/restrict`.

        The session stays CONNECTED, and its chats go on. The first message to a person is refused with 403,
        as error 463, "reach-out time-lock".

        Args:
            session: Session name.
            seconds: For how long from now, by the clock of the sandbox; 0 ends it.

        Raises:
            SandboxError: The session is unknown, or not paired.
        """
        found = self._find_paired_session(session)
        restrictions.restrict(self._state, found.account.jid, seconds)

    @route("POST", "/sandbox/sessions/{session}/ban")
    def ban(self, session: str, seconds: Seconds = DAY) -> Json:
        """Ban the account for some time. Also `POST /sandbox/sessions/{session}/ban`.

        Every session of the account is DISCONNECTED with TEMPORARY_BAN, and when it is started before the
        ban is over, it is so again. It does not start by itself afterwards. `connect` ends the ban.

        Args:
            session: Session name.
            seconds: For how long from now, by the clock of the sandbox.

        Returns:
            The session.

        Raises:
            SandboxError: The session is unknown, or not paired.
        """
        found = self._state.find_session(session)
        lifecycle.ban(self._state, found, seconds)
        return sessions.to_json(self._state, found)

    @route("POST", "/sandbox/sessions/{session}/silence")
    def go_silent(self, session: str) -> None:
        """Let the connection die unnoticed. Also `POST /sandbox/sessions/{session}/silence`.

        The session is CONNECTED still, but nothing comes in, there are no events, and what is sent stays
        `pending`. Any end of the connection ends it: stop and start, `disconnect`, `connect`. What was held
        then comes and goes in a burst. Requests that are not about messages are answered as always.

        Args:
            session: Session name.

        Raises:
            SandboxError: The session is unknown, or not connected.
        """
        self._state.find_connected_session(session).silent = True

    @route("POST", "/sandbox/sessions/{session}/logout")
    def logout(self, session: str) -> Json:
        """Log the phone out, as its user can. Also `POST /sandbox/sessions/{session}/logout`.

        Args:
            session: Session name.

        Returns:
            The session: DISCONNECTED with LOGGED_OUT; it has to be paired again.

        Raises:
            SandboxError: The session is unknown, or not paired.
        """
        found = self._state.find_session(session)
        lifecycle.log_out(self._state, found)
        return sessions.to_json(self._state, found)
