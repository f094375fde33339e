"""Webhooks of the sandbox: requests about them, receivers of all kinds, and the log of deliveries."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any, Dict, Iterator, List, Optional, Tuple

import httpx

from tests.support.loopback import Received, http, serving
from tests.support.sandbox import SECRET, data_of

CONNECTING = ["session.status", "session.qr", "session.status", "session.connected"]
"""The events of a session that is connected for the first time."""
ONCE = {"attempts": 1, "delaySeconds": 0, "policy": "exponential"}
"""Retries of a webhook that is tried once."""


def create_webhook(api: httpx.Client, url: str, **options: Any) -> Any:
    """Create a webhook that is signed with SECRET."""
    return data_of(api.post("/api/webhooks", json={"url": url, "hmacKey": SECRET, **options}), 201)


def update_webhook(api: httpx.Client, webhook: Dict[str, Any], **fields: Any) -> Any:
    return data_of(api.put(f"/api/webhooks/{webhook['id']}", json=fields))


@contextlib.contextmanager
def collecting() -> Iterator[Tuple[str, List[Tuple[Received, bytes]]]]:
    """A receiver that accepts everything and checks nothing; gives its URL and the pairs (request, body)."""
    posts: List[Tuple[Received, bytes]] = []

    def answer(request: Received) -> bytes:
        posts.append((request, b"".join(request.pieces())))
        return http(200)

    with serving(answer) as server:
        yield server.url, posts


class SlowReceiver:
    """A receiver that takes each delivery and does not respond until it may."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: List[bytes] = []
        self.arrived = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, request: Received) -> bytes:
        self.bodies.append(b"".join(request.pieces()))
        self.arrived.set()
        assert self.go_on.wait(30)
        return http(200)


@contextlib.contextmanager
def hanging() -> Iterator[SlowReceiver]:
    slow = SlowReceiver()
    with serving(slow) as server:
        slow.url = server.url
        try:
            yield slow
        finally:
            slow.go_on.set()


@contextlib.contextmanager
def refusing() -> Iterator[str]:
    """The URL of a port that nobody listens on, and that nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"


def attempts_of(delivery: Dict[str, Any]) -> List[Optional[int]]:
    """The status of each attempt; None where there was no response."""
    return [one["status"] for one in delivery["attempts"]]


def outcomes(sandbox: Any) -> List[Tuple[str, List[Optional[int]]]]:
    """The status of each delivery, and those of its attempts."""
    return [(one["status"], attempts_of(one)) for one in sandbox.deliveries]
