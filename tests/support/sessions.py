"""Sessions of the sandbox: requests about them, and the events that tell of their statuses."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import Any, Dict, Iterator, List, Tuple

import httpx
import pytest

from tests.support.sandbox import Receiver, data_of, receiving, subscribe
from titan.sandbox import SandboxError

EVENTS = ("session.status", "session.qr", "session.connected", "session.logged_out")


class NewEvents:
    """The events about sessions that a webhook has got since the last look."""

    def __init__(self, sandbox: Any, receiver: Receiver) -> None:
        self._sandbox = sandbox
        self._receiver = receiver
        self._seen = 0

    def envelopes(self) -> List[Dict[str, Any]]:
        self._sandbox.wait_for_deliveries()
        new = self._receiver.events[self._seen :]
        self._seen += len(new)
        return new

    def __call__(self) -> List[Tuple[str, Any]]:
        """Their names and payloads."""
        return [(event["event"], event["payload"]) for event in self.envelopes()]


@contextmanager
def watching(sandbox: Any, api: httpx.Client, *events: str) -> Iterator[NewEvents]:
    """Watch the events of sessions, or others."""
    with receiving() as receiver:
        subscribe(api, receiver, *(events or EVENTS))
        yield NewEvents(sandbox, receiver)


def status_event(status: str, reason: Any) -> Tuple[str, Any]:
    return ("session.status", {"status": status, "statusReason": reason})


def status_of(session: Dict[str, Any]) -> Tuple[str, Any]:
    return session["status"], session["statusReason"]


def get_session(api: httpx.Client, name: str = "s") -> Any:
    return data_of(api.get(f"/api/sessions/{name}"))


def create_session(api: httpx.Client, name: str = "s", **options: Any) -> Any:
    return data_of(api.post("/api/sessions", json={"name": name, **options}), 201)


def start_session(api: httpx.Client, name: str = "s") -> Any:
    return data_of(api.post(f"/api/sessions/{name}/start"))


def stop_session(api: httpx.Client, name: str = "s") -> Any:
    return data_of(api.post(f"/api/sessions/{name}/stop"))


def qr_of(api: httpx.Client, name: str = "s") -> str:
    return data_of(api.get(f"/api/sessions/{name}/pairing/qr"))["qr"]


def create_key(api: httpx.Client, **changes: Any) -> Any:
    body = {"label": "k", "lifetimeDays": 1, "scopes": ["*"], **changes}
    return data_of(api.post("/api/account/keys", json=body), 201)


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def seconds_between(first: str, second: str) -> float:
    return (parse_time(second) - parse_time(first)).total_seconds()


@contextmanager
def refusal(status: int, message: str) -> Iterator[None]:
    """Expect that the sandbox refuses a control call."""
    with pytest.raises(SandboxError) as raised:
        yield
    assert (raised.value.status, raised.value.message) == (status, message)
