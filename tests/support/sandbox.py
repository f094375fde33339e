"""Requests to the sandbox by plain httpx, a receiver of webhooks, and the people and files of its tests."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from typing import Any, Callable, Dict, Iterator, List, Optional

import httpx

from tests.support.loopback import Received, http, serving
from titan import verify_webhook

BASE = "/api/sessions/my-session"
FRIEND = "5511999999999@s.whatsapp.net"
CARLA = "5511977776666@s.whatsapp.net"
GROUP = "120363012345678901@g.us"
TEXT = {"session": "my-session", "chatId": FRIEND, "type": "text", "text": "Hi"}
SECRET = "a secret of the tests"
JPEG = b"\xff\xd8\xff\xe0 a picture"
IN_BASE64 = base64.b64encode(JPEG).decode()
PNG = b"\x89PNG\r\n\x1a\n, the beginning of one"
DAYS = 24 * 3600
UNKNOWN_FIELD = {"nobody": ["knows", 1, None]}
"""What the fault `unknown_fields` puts into a response, as `unknownField`."""


def client(sandbox: Any, key: Optional[str] = None, **headers: str) -> httpx.Client:
    """Plain httpx with a key: no code of the SDK's client."""
    headers = {"Authorization": f"Bearer {key or sandbox.api_key}", **headers}
    # Without TLS contexts, which take longer to make than all the requests of a test.
    return httpx.Client(base_url=sandbox.base_url, headers=headers, trust_env=False, timeout=60, verify=False)


def error_of(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["docs"] == "https://docs.usetitan.app/"
    return response.json()["error"]


def data_of(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json()["data"]


class Receiver:
    """A receiver of webhooks: it responds with each of the given statuses once, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.url = ""
        self.bodies: List[bytes] = []
        self.headers: List[Dict[str, str]] = []
        self._statuses = list(statuses)

    def __call__(self, request: Received) -> Optional[bytes]:
        body = b"".join(request.pieces())
        if len(body) < int(request.headers["content-length"]):
            # Cut off, where a test ends in the middle of a delivery.
            return None
        assert verify_webhook(body, request.headers["x-webhook-signature"], SECRET)
        self.bodies.append(body)
        self.headers.append(request.headers)
        return http(self._statuses.pop(0) if self._statuses else 200)

    @property
    def events(self) -> List[Dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def names(self) -> List[str]:
        return [event["event"] for event in self.events]


@contextlib.contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """Run a receiver on loopback."""
    receiver = Receiver(*statuses)
    with serving(receiver) as server:
        receiver.url = f"{server.url}/titan"
        yield receiver


def subscribe(api: httpx.Client, receiver: Receiver, *events: str, **options: Any) -> Dict[str, Any]:
    """Create a webhook that is signed with SECRET."""
    body = {"url": receiver.url, "hmacKey": SECRET, "events": list(events), **options}
    return data_of(api.post("/api/webhooks", json=body), 201)


def payloads_of(sandbox: Any, receiver: Receiver, *names: str, session: str = "my-session") -> List[Any]:
    """The payloads of these events, in the order in which they came."""
    sandbox.wait_for_deliveries()
    return [one["payload"] for one in receiver.events if one["event"] in names and one["session"] == session]


def jid_of(session: Any) -> str:
    """The JID of a session's account."""
    return f"{session['phoneNumber'][1:]}@s.whatsapp.net"


def get_without_key(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
