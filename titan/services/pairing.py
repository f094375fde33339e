"""Linking a session to a phone, by QR code or by a code typed on the phone."""

from __future__ import annotations

import base64
import binascii
import time
from typing import Callable, Optional

from .. import _clock
from ..errors import APIStatusError, APITimeoutError, ConflictError, NotFoundError, PairingError
from ..types_gen import PairingQR, Session, SessionStatus, SessionStatusReason
from ._base import helper
from ._generated import operations, pairing


class Pairing(pairing.Pairing):
    """Linking a session to a phone, by QR code or by a code typed on the phone."""

    @helper
    def wait(
        self,
        session: str,
        *,
        on_qr: Optional[Callable[[PairingQR], object]] = None,
        interval: float = 3.0,
        timeout: float = 120,
    ) -> Session:
        """Wait until a started session is connected, showing its QR code meanwhile.

        Args:
            session: Session name.
            on_qr: Called with each new code, about every 20 seconds. What it raises ends the waiting.
            interval: Seconds between two looks at the session.
            timeout: Seconds to wait at most.

        Returns:
            The session, CONNECTED.

        Raises:
            PairingError: The session went to DISCONNECTED, with its `reason` (`QR_TIMEOUT`: start it
                again), or the time is over (`TIMEOUT`).
            NotFoundError: The session does not exist.
            TitanError: A request failed in another way.
            ValueError: `interval` or `timeout` is negative, or not a number.
        """
        if not interval >= 0 or not timeout >= 0:
            raise ValueError("interval and timeout must be 0 seconds or more")
        deadline = _clock.now() + timeout
        was_connecting = False
        shown: Optional[PairingQR] = None
        while True:
            polling = self._within(deadline - _clock.now())
            try:
                now = polling._call(operations.SESSIONS_GET, session, returns=Session)
            except APITimeoutError:
                if _clock.now() < deadline:
                    raise
                raise self._timeout(session, timeout) from None
            if now.status == SessionStatus.CONNECTED:
                return now
            if now.status == SessionStatus.CONNECTING:
                was_connecting = True
                if on_qr is not None:
                    shown = polling._show_new_qr(session, on_qr, shown, deadline)
            elif now.status == SessionStatus.DISCONNECTED:
                # A session that was stopped and is just being started again still says so for a moment.
                stopped = now.status_reason in (None, SessionStatusReason.MANUAL_STOP)
                if was_connecting or not stopped:
                    raise self._disconnected(session, now.status_reason)
            left = deadline - _clock.now()
            if left <= 0:
                raise self._timeout(session, timeout)
            time.sleep(min(interval, left))

    def _within(self, seconds: float) -> Pairing:
        """The same service, whose requests take no longer than this with all their retries."""
        settings = self._context.settings
        total = min(max(seconds, 1.0), settings.total_timeout or seconds)
        return Pairing(self._context._replace(settings=settings.within(max(total, 0.001))))

    @staticmethod
    def _timeout(session: str, seconds: float) -> PairingError:
        message = f"session {session} was not connected within {seconds:g} seconds"
        return PairingError(message, session=session, reason="TIMEOUT")

    @staticmethod
    def _disconnected(session: str, status_reason: Optional[SessionStatusReason]) -> PairingError:
        reason = None if status_reason is None else str(status_reason)
        message = f"session {session} was disconnected: {reason or 'no reason given'}"
        return PairingError(message, session=session, reason=reason)

    # Models, not the codes in them: error trackers report locals, and a model shows no code.
    def _show_new_qr(
        self,
        session: str,
        on_qr: Callable[[PairingQR], object],
        shown: Optional[PairingQR],
        deadline: float,
    ) -> Optional[PairingQR]:
        try:
            qr = self.qr(session)
        except (NotFoundError, ConflictError):
            return shown  # not there yet, or not any more: the status will tell
        except APITimeoutError:
            if _clock.now() < deadline:
                raise
            return shown
        if not qr.qr or (shown is not None and qr.qr == shown.qr):
            return shown
        on_qr(qr)
        return qr

    @helper
    def qr_png(self, session: str) -> bytes:
        """Get the QR code as a picture, in whichever way this server has one.

        Args:
            session: Session name.

        Returns:
            The bytes of a PNG.

        Raises:
            PairingError: The server has the code only as text; `qr` gives it to draw.
            NotFoundError: The session does not exist.
            ConflictError: The session does not wait to be paired.
            TitanError: The request failed in another way.
        """
        picture = _picture_in(self.qr(session))
        if picture is not None:
            return picture
        try:
            picture = self._call(
                operations.PAIRING_QR, session, query={"format": "image"}, returns=bytes, accept=b"image/png"
            )
        except APIStatusError as error:
            if error.status_code not in _KNOWS_NO_FORMAT:
                raise
            picture = error.body
        if not picture.startswith(b"\x89PNG"):
            raise PairingError(
                "this server has the QR code only as text: draw what pairing.qr returns", session=session
            )
        return picture


def _picture_in(code: PairingQR) -> Optional[bytes]:
    """The picture in a data URI."""
    if not isinstance(code.qr, str) or not code.qr.startswith("data:image/png;base64,"):
        return None
    try:
        return base64.b64decode(code.qr.partition(",")[2], validate=True)
    except binascii.Error:
        return None


# What servers that draw no picture answer to being asked for one.
_KNOWS_NO_FORMAT = frozenset({400, 404, 405, 406})
