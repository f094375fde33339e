"""The client that openapi-python-client makes."""

from __future__ import annotations

import base64
import json
from importlib import import_module
from pathlib import Path
from typing import Any, Callable

from ..samples import CHAT, EVENT_BODY, KEY, SESSION, received_file, sent_file

PACKAGE = "made_by_openapi_python_client"


def _module(name: str) -> Any:
    return import_module(f"{PACKAGE}.{name}")


class Side:
    """Calls as a user of that client writes them."""

    def __init__(self, address: str, files: Path) -> None:
        self._address = address
        self._files = files

    def _client(self) -> Any:
        return import_module(PACKAGE).AuthenticatedClient(base_url=self._address, token=KEY)

    def send(self) -> Callable[[], Any]:
        client, operation = self._client(), _module("api.messages.messages_send")
        message = _module("models.text_message").TextMessage

        def call() -> Any:
            text = message(session=SESSION, chat_id=CHAT, type_="text", text="Hello from Titan!")
            return operation.sync(client=client, body=text).data

        return call

    def get(self) -> Callable[[], Any]:
        client, operation = self._client(), _module("api.sessions.sessions_get")
        return lambda: operation.sync(SESSION, client=client).data

    def contacts(self, count: int) -> Callable[[], Any]:
        client, operation = self._client(), _module("api.contacts.contacts_list")
        return lambda: operation.sync(f"size-{count}", client=client).data

    def upload(self, kilobytes: int) -> Callable[[], Any]:
        client, operation = self._client(), _module("api.messages.messages_send")
        message = _module("models.file_message").FileMessage

        def call() -> Any:
            encoded = base64.b64encode(sent_file(self._files, kilobytes).read_bytes()).decode()
            file = message(session=SESSION, chat_id=CHAT, type_="file", filename="a", base64=encoded)
            return operation.sync(client=client, body=file).data

        return call

    def download(self, kilobytes: int) -> Callable[[], Any]:
        client, operation = self._client(), _module("api.media.media_download")

        def call() -> None:
            file = operation.sync(f"size-{kilobytes}", "m", client=client)
            received_file(self._files).write_bytes(file.payload.getvalue())

        return call

    def client(self) -> Callable[[], Any]:
        return lambda: self._client().get_httpx_client()

    def parse_webhook(self) -> Callable[[], Any]:
        event = _module("models.message_received_event").MessageReceivedEvent
        return lambda: event.from_dict(json.loads(EVENT_BODY))
