"""What the tests of the sandbox share: requests to it by plain httpx, and a receiver of webhooks."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Dict, Iterator, List, Optional

import httpx

from tests.support.loopback import Received, http, serving
from titan import verify_webhook

FRIEND = "5511999999999@s.whatsapp.net"
TEXT = {"session": "my-session", "chatId": FRIEND, "type": "text", "text": "Hi"}
SECRET = "a secret of the tests"


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
    """What a webhook gets: it answers with each of the given statuses once, then with 200."""

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
