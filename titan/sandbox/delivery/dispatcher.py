"""Posts what is queued for a webhook, retries by its policy, and logs every attempt."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import List, Optional, Set, Tuple
from urllib.parse import urlsplit

from ..._signature import sign_webhook
from ..state import Attempt, Delivery, State, Webhook

_WORKERS = 8
"""How many webhooks are posted to at once. One webhook gets its events one by one, in their order."""
_TIMEOUT = 10.0
_OWN_HEADERS = (
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
        self._threads: List[threading.Thread] = []
        self._open: Set[_Connection] = set()
        self._running = False

    def start(self) -> None:
        """Begin to deliver."""
        self._running = True
        self._threads = [
            threading.Thread(target=self._work, name=f"titan-sandbox-webhooks-{number}", daemon=True)
            for number in range(_WORKERS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; a request under way is cut off."""
        with self._state.lock:
            self._running = False
            self._state.queued.notify_all()
        for thread in self._threads:
            # Again and again: one that was still connecting had nothing to be cut off.
            while thread.is_alive():
                self.cut()
                thread.join(0.1)
        self._threads = []

    def cut(self) -> None:
        """Cut off the requests under way."""
        for connection in list(self._open):
            connection.cut()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is queued or being posted; what waits to be tried again does not count.

        Returns:
            Whether that came about in time.
        """

        def idle() -> bool:
            self._state.clock.run_due()
            return not any(webhook.queue or webhook.busy for webhook in self._state.webhooks.values())

        with self._state.lock:
            return self._state.posted.wait_for(idle, timeout)

    def _work(self) -> None:
        state = self._state
        while True:
            with state.lock:
                delivery = self._next()
                while delivery is None and self._running:
                    state.queued.wait()
                    delivery = self._next()
                if delivery is None:
                    return
                webhook = delivery.webhook
                webhook.busy = True
                # An update acts at once, also on what was queued before it.
                delivery.url = webhook.url
                delivery.signature = sign_webhook(delivery.body, webhook.hmac_key)
            started = time.perf_counter()
            status, error = self._post(delivery)
            with state.lock:
                webhook.busy = False
                seconds = time.perf_counter() - started
                delivery.attempts.append(Attempt(state.clock.now(), seconds, status, error))
                self._judge(delivery)
                state.version += 1
                state.posted.notify_all()

    def _next(self) -> Optional[Delivery]:
        if not self._running:
            return None
        for webhook in self._state.webhooks.values():
            if webhook.queue and not webhook.busy:
                return webhook.queue.popleft()
        return None

    def _judge(self, delivery: Delivery) -> None:
        state, webhook, made = self._state, delivery.webhook, len(delivery.attempts)
        status = delivery.attempts[-1].status
        if status is not None and 200 <= status < 300:
            delivery.status = "delivered"
            return
        retries = webhook.options["retries"]
        if made >= retries["attempts"] or not _is_live(state, webhook):
            delivery.status = "failed"
            return

        def again() -> None:
            if delivery.status == "pending":
                state.queue(delivery)

        growth = 2 ** (made - 1) if retries["policy"] == "exponential" else 1
        state.clock.later(retries["delaySeconds"] * growth, again)

    def _post(self, delivery: Delivery) -> Tuple[Optional[int], Optional[str]]:
        parts = urlsplit(delivery.url)
        kind = _SecureConnection if parts.scheme == "https" else _Connection
        # One connection for each request: when a kept one turns out to be dead, nobody knows whether the
        # receiver has got the event, and the log has to be exact.
        connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        given = delivery.webhook.options["headers"]
        headers = {one["name"]: one["value"] for one in given if one["name"].lower() not in _OWN_HEADERS}
        headers["Content-Type"] = "application/json"
        headers["X-Webhook-Signature"] = delivery.signature
        headers["Connection"] = "close"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._open.add(connection)
        try:
            connection.request("POST", target, delivery.body, headers)
            response = connection.getresponse()
            with suppress(OSError, http.client.HTTPException):
                # One look, so that the other side need not find us gone; what it says may never end.
                response.read1(1 << 16)
            return response.status, None
        except (OSError, http.client.HTTPException) as error:
            return None, getattr(error, "strerror", None) or str(error) or type(error).__name__
        finally:
            self._open.discard(connection)
            connection.close()


class _Connection(http.client.HTTPConnection):
    # The library lets go of the socket when an answer has begun that ends with the connection.
    _connected: Optional[socket.socket] = None

    def connect(self) -> None:
        super().connect()
        self._connected = self.sock

    def cut(self) -> None:
        """Have whoever waits for the other side wait no longer."""
        connected = self._connected
        if connected is not None:
            with suppress(OSError):
                # The method of the class: that of a TLS socket pulls it away from under its reader.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _SecureConnection(_Connection):
    # Unlike that of the library, it holds its socket during the handshake too, which can so be cut off.
    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        secured = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self._connected = self.sock = secured
        secured.do_handshake()


def _is_live(state: State, webhook: Webhook) -> bool:
    return state.webhooks.get(webhook.id) is webhook and webhook.options["enabled"]
