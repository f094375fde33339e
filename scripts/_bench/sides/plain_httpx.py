"""What people write by hand: httpx, pydantic, and the standard library."""

from __future__ import annotations

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any, Callable

from ..samples import CHAT, EVENT_BODY, KEY, SECRET, SESSION, TEXT, received_file, sent_file

_AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}


class Side:
    """Calls by hand."""

    def __init__(self, address: str, files: Path) -> None:
        self._address = address
        self._files = files

    def _client(self) -> Any:
        import httpx

        return httpx.Client(base_url=self._address, headers=_AUTHORIZATION)

    def send(self) -> Callable[[], Any]:
        client = self._client()
        return lambda: client.post("/api/messages/send", json={"session": SESSION, **TEXT}).json()["data"]

    def get(self) -> Callable[[], Any]:
        client = self._client()
        return lambda: client.get(f"/api/sessions/{SESSION}").json()["data"]

    def contacts(self, count: int) -> Callable[[], Any]:
        client = self._client()
        return lambda: client.get(f"/api/sessions/size-{count}/contacts").json()["data"]

    def typed_send(self) -> Callable[[], Any]:
        """As `send`, into a model written by hand."""
        from ._models_by_hand import Message

        send = self.send()
        return lambda: Message.model_validate(send())

    def only_load(self, count: int) -> Callable[[], Any]:
        """The least that reading such an answer takes."""
        from ..samples import contacts_body

        return partial(json.loads, contacts_body(count))

    def only_httpcore(self, verb: str) -> Callable[[], Any]:
        """The least that a call takes over the connections that both use."""
        import httpcore

        pool, method = httpcore.ConnectionPool(), verb.encode()
        path = "/api/messages/send" if verb == "POST" else f"/api/sessions/{SESSION}"
        host = self._address.partition("//")[2].encode()
        authorization = (b"Authorization", _AUTHORIZATION["Authorization"].encode())

        def call() -> Any:
            body = json.dumps({"session": SESSION, **TEXT}).encode() if verb == "POST" else b""
            headers = [(b"Host", host), authorization, (b"Content-Length", str(len(body)).encode())]
            response = pool.request(method, self._address + path, headers=headers, content=body)
            return json.loads(response.content)["data"]

        return call

    def upload(self, kilobytes: int) -> Callable[[], Any]:
        client = self._client()

        def call() -> Any:
            encoded = base64.b64encode(sent_file(self._files, kilobytes).read_bytes()).decode()
            message = {"session": SESSION, "chatId": CHAT, "type": "file", "filename": "a", "base64": encoded}
            return client.post("/api/messages/send", json=message).json()["data"]

        return call

    def download(self, kilobytes: int) -> Callable[[], Any]:
        client = self._client()

        def call() -> None:
            url = f"/api/sessions/size-{kilobytes}/media/m/download"
            with client.stream("POST", url) as response, received_file(self._files).open("wb") as target:
                for piece in response.iter_bytes():
                    target.write(piece)

        return call

    def client(self) -> Callable[[], Any]:
        return self._client

    def verify_webhook(self) -> Callable[[], Any]:
        import hashlib
        import hmac

        def sign() -> str:
            return "sha256=" + hmac.new(SECRET.encode(), EVENT_BODY, hashlib.sha256).hexdigest()

        header = sign()
        return lambda: hmac.compare_digest(sign(), header)

    def only_load_event(self) -> Callable[[], Any]:
        """The least that reading an event takes."""
        return partial(json.loads, EVENT_BODY)

    def parse_webhook(self) -> Callable[[], Any]:
        """With models for this one event, written by hand."""
        from ._models_by_hand import MessageReceived

        return partial(MessageReceived.model_validate_json, EVENT_BODY)
