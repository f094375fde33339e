"""The answer to one delivery, whichever kind of server it came through."""

from __future__ import annotations

import threading
from typing import Callable, NamedTuple

from ..._privacy import Secret
from ...errors import WebhookPayloadError, WebhookSignatureError
from ..events_gen import Event
from ..headers import Headers
from ..parsing import Body
from .answers import DONE, FAILED, FORGED, IN_PROGRESS, NOT_AN_EVENT, RefusedError, Response

_ENDS = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""What ends a program, from its main thread; in any other it would end only the thread, and answer nobody."""


class Deliveries(NamedTuple):
    """What a router does with deliveries, and the answers that come of it."""

    check_signature: Callable[[Secret[Body], Secret[Headers]], None]
    parse: Callable[[Secret[Body]], Secret[Event]]
    dispatch: Callable[[Secret[Event]], bool]

    def answer(self, body: Secret[Body], headers: Secret[Headers]) -> Response:
        """Verify, read and handle a delivery.

        Raises:
            RefusedError: It is forged, or not an event.
        """
        self.verify(body, headers)
        return self.answer_verified(body)

    def answer_verified(self, body: Secret[Body]) -> Response:
        """Read and handle a delivery.

        Raises:
            RefusedError: It is not an event.
        """
        return self.handle(self.read(body))

    def verify(self, body: Secret[Body], headers: Secret[Headers]) -> None:
        """Refuse a forged delivery.

        Raises:
            RefusedError: Its signature is missing or does not fit.
        """
        try:
            self.check_signature(body, headers)
        except WebhookSignatureError:
            raise RefusedError(FORGED) from None

    def read(self, body: Secret[Body]) -> Secret[Event]:
        """The event of a delivery.

        Raises:
            RefusedError: It is not an event.
        """
        try:
            return self.parse(body)
        except WebhookPayloadError:
            raise RefusedError(NOT_AN_EVENT) from None

    def handle(self, event: Secret[Event]) -> Response:
        """Call the handlers for an event."""
        try:
            is_handled = self.dispatch(event)
        except BaseException as error:
            if isinstance(error, _ENDS) and threading.current_thread() is threading.main_thread():
                raise
            return FAILED
        return DONE if is_handled else IN_PROGRESS
