"""The dispatcher: posts what is queued for a webhook, tries again by its policy, and logs each attempt."""

from __future__ import annotations

import http.client
import threading
from contextlib import suppress
from typing import List, NamedTuple, Optional, Set, Tuple
from urllib.parse import urlsplit

from ..._clock import now
from ..._signature import sign_webhook
from ..state import Attempt, Delivery, State, Webhook
from . import log
from .connections import Connection, SecureConnection
from .headers import headers_of

_WORKERS = 8
"""How many webhooks are posted to at once. One webhook gets its events one by one, in their order."""
_TIMEOUT = 10.0
_SECONDS_TO_STOP = 10.0
_REDIRECTS = (301, 302, 303, 307, 308)
_RESERVED_HEADERS = (
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "x-webhook-signature",
)
"""Headers that a webhook's own cannot replace."""


class _Post(NamedTuple):
    """A delivery that a worker has taken, and the connection over which it goes."""

    delivery: Delivery
    connection: Connection


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
        for number in range(_WORKERS):
            worker = threading.Thread(target=self._work, name=f"titan-sandbox-webhooks-{number}", daemon=True)
            worker.start()
            self._workers.append(worker)

    def stop(self) -> None:
        """End the threads; a request under way is aborted."""
        with self._state.lock:
            self._running = False
            self._state.queue_filled.notify_all()
            self._state.changed.notify_all()
        self.abort()
        end = now() + _SECONDS_TO_STOP
        for worker in self._workers:
            worker.join(max(end - now(), 0.0))
        self._workers = []

    def abort(self) -> None:
        """Abort the requests under way, those included whose connection is only being made."""
        with self._state.lock:
            connections = list(self._connections)
        for connection in connections:
            connection.abort()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is queued or being posted; what waits to be tried again does not count.

        Commands of async mode that have not ended count too, and what an app that is served here still does
        after its answer.

        Returns:
            Whether that happened in time.

        Raises:
            RuntimeError: It does not run, so nothing would ever be posted.
        """
        self._state.owner.check()
        end = now() + timeout
        with self._state.lock:
            # Not `wait_for` of the condition, which never ends where a test has frozen its clock.
            while self._has_work():
                if not self._running:
                    raise RuntimeError("the sandbox is not running, so what is pending is not delivered")
                left = end - now()
                if left <= 0:
                    return False
                self._state.changed.wait(left)
        return True

    def _has_work(self) -> bool:
        state = self._state
        state.clock.run_due()
        return state.clock.has_awaited or any(
            webhook.queue or webhook.app_calls or (webhook.busy and webhook.options["enabled"])
            for webhook in state.webhooks.values()
        )

    def _work(self) -> None:
        post = self._wait_for_next()
        while post is not None:
            started = now()
            status, error = self._make_request(post)
            with self._state.changing():
                delivery = post.delivery
                delivery.webhook.busy = False
                self._connections.discard(post.connection)
                seconds = now() - started
                delivery.attempts.append(Attempt(self._state.clock.now(), seconds, status, error))
                self._finish_attempt(delivery)
                log.forget_oldest(self._state)
            post = self._wait_for_next()

    def _wait_for_next(self) -> Optional[_Post]:
        """Take the next delivery, or None when the dispatcher stops."""
        state = self._state
        with state.lock:
            delivery = self._take_next()
            while delivery is None and self._running:
                state.queue_filled.wait()
                delivery = self._take_next()
            if delivery is None:
                return None
            webhook = delivery.webhook
            webhook.busy = True
            # An update of the webhook holds at once, also for what was queued before it.
            delivery.url = webhook.url
            delivery.signature = sign_webhook(delivery.body, webhook.hmac_key)
            # Here, so that from the moment it is taken it can be aborted.
            connection = _create_connection(delivery.url)
            self._connections.add(connection)
            return _Post(delivery, connection)

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

    def _make_request(self, post: _Post) -> Tuple[Optional[int], Optional[str]]:
        """Make one attempt, and return its status and what is wrong."""
        delivery, connection = post
        parts = urlsplit(delivery.url)
        given = delivery.webhook.options["headers"]
        headers = {one["name"]: one["value"] for one in given if one["name"].lower() not in _RESERVED_HEADERS}
        headers.update(headers_of(delivery.signature), Connection="close")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", target, delivery.body, headers)
            response = connection.getresponse()
            with suppress(OSError, http.client.HTTPException):
                # One read, so that the receiver does not find the connection closed; its body may never end.
                response.read1(1 << 16)
            error = "redirects are not followed" if response.status in _REDIRECTS else None
            return response.status, error
        except (OSError, http.client.HTTPException) as error:
            return None, getattr(error, "strerror", None) or str(error) or type(error).__name__
        finally:
            connection.close()


def _create_connection(url: str) -> Connection:
    """One for each request.

    When a kept one turns out to be dead, nobody knows whether the receiver has got the event, and the log has
    to be exact.
    """
    parts = urlsplit(url)
    kind = SecureConnection if parts.scheme == "https" else Connection
    return kind(parts.hostname or "", parts.port, _TIMEOUT)


def _is_active(state: State, webhook: Webhook) -> bool:
    return state.webhooks.get(webhook.id) is webhook and webhook.options["enabled"]
