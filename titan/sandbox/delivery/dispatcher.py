"""The dispatcher: posts what is queued for a webhook, tries again by its policy, and logs each attempt."""

from __future__ import annotations

import http.client
import threading
from contextlib import suppress
from typing import List, Optional, Set, Tuple
from urllib.parse import urlsplit

from ..._clock import now
from ..._signature import sign_webhook
from ..state import Attempt, Delivery, State, Webhook
from .connections import Connection, SecureConnection
from .headers import headers_of

_WORKERS = 8
"""How many webhooks are posted to at once. One webhook gets its events one by one, in their order."""
_TIMEOUT = 10.0
_SECONDS_TO_STOP = 10.0
_RESERVED_HEADERS = (
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "x-webhook-signature",
)
"""Headers that a webhook's own cannot replace."""


class Dispatcher:
    """Posts what is queued, on threads of its own between `start` and `stop`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._workers: List[threading.Thread] = []
        self._connections: Set[Connection] = set()
        self._running = False

    def start(self) -> None:
        """Begin to deliver."""
        self._running = True
        self._workers = [
            threading.Thread(target=self._work, name=f"titan-sandbox-webhooks-{number}", daemon=True)
            for number in range(_WORKERS)
        ]
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """End the threads; a request under way is aborted."""
        with self._state.lock:
            self._running = False
            self._state.queue_filled.notify_all()
        end = now() + _SECONDS_TO_STOP
        for worker in self._workers:
            # Again and again: a connection that was still connecting could not be aborted yet.
            while worker.is_alive() and now() < end:
                self.abort()
                worker.join(0.1)
        self._workers = []

    def abort(self) -> None:
        """Abort the requests under way."""
        for connection in list(self._connections):
            connection.abort()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is queued or being posted; what waits to be tried again does not count.

        What an app that is served here still does after its answer counts too.

        Returns:
            Whether that happened in time.
        """

        def is_idle() -> bool:
            self._state.clock.run_due()
            return not any(
                webhook.queue or webhook.busy or webhook.app_calls
                for webhook in self._state.webhooks.values()
            )

        self._state.owner.check()
        end = now() + timeout
        with self._state.lock:
            # Not `wait_for` of the condition, which never ends where a test has frozen its clock.
            while not is_idle():
                left = end - now()
                if left <= 0:
                    return False
                self._state.attempt_ended.wait(left)
        return True

    def _work(self) -> None:
        delivery = self._wait_for_next()
        while delivery is not None:
            started = now()
            status, error = self._post(delivery)
            with self._state.changing():
                delivery.webhook.busy = False
                seconds = now() - started
                delivery.attempts.append(Attempt(self._state.clock.now(), seconds, status, error))
                self._finish_attempt(delivery)
                self._state.attempt_ended.notify_all()
            delivery = self._wait_for_next()

    def _wait_for_next(self) -> Optional[Delivery]:
        """Take the next delivery, or None when the dispatcher stops."""
        state = self._state
        with state.lock:
            delivery = self._take_next()
            while delivery is None and self._running:
                state.queue_filled.wait()
                delivery = self._take_next()
            if delivery is not None:
                webhook = delivery.webhook
                webhook.busy = True
                # An update of the webhook holds at once, also for what was queued before it.
                delivery.url = webhook.url
                delivery.signature = sign_webhook(delivery.body, webhook.hmac_key)
            return delivery

    def _take_next(self) -> Optional[Delivery]:
        if not self._running:
            return None
        for webhook in self._state.webhooks.values():
            if webhook.queue and not webhook.busy:
                return webhook.queue.popleft()
        return None

    def _finish_attempt(self, delivery: Delivery) -> None:
        state, webhook, made = self._state, delivery.webhook, len(delivery.attempts)
        status = delivery.attempts[-1].status
        if status is not None and 200 <= status < 300:
            delivery.status = "delivered"
            return
        retries = webhook.options["retries"]
        if made >= retries["attempts"] or not _is_active(state, webhook):
            delivery.status = "failed"
            return

        def retry() -> None:
            if delivery.status == "pending":
                state.enqueue(delivery)

        growth = 2 ** (made - 1) if retries["policy"] == "exponential" else 1
        state.clock.call_later(retries["delaySeconds"] * growth, retry)

    def _post(self, delivery: Delivery) -> Tuple[Optional[int], Optional[str]]:
        """Make one attempt, and return its status or its error."""
        parts = urlsplit(delivery.url)
        kind = SecureConnection if parts.scheme == "https" else Connection
        # One connection for each request: when a kept one turns out to be dead, nobody knows whether the
        # receiver has got the event, and the log has to be exact.
        connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        given = delivery.webhook.options["headers"]
        headers = {one["name"]: one["value"] for one in given if one["name"].lower() not in _RESERVED_HEADERS}
        headers.update(headers_of(delivery.signature), Connection="close")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connections.add(connection)
        try:
            connection.request("POST", target, delivery.body, headers)
            response = connection.getresponse()
            with suppress(OSError, http.client.HTTPException):
                # One read, so that the receiver does not find the connection closed; its body may never end.
                response.read1(1 << 16)
            return response.status, None
        except (OSError, http.client.HTTPException) as error:
            return None, getattr(error, "strerror", None) or str(error) or type(error).__name__
        finally:
            self._connections.discard(connection)
            connection.close()


def _is_active(state: State, webhook: Webhook) -> bool:
    return state.webhooks.get(webhook.id) is webhook and webhook.options["enabled"]
