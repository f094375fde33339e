"""The client that openapi-generator makes (its generator `python`)."""

from __future__ import annotations

import base64
from importlib import import_module
from pathlib import Path
from typing import Any, Callable

from ..samples import CHAT, EVENT_BODY, KEY, SESSION, received_file, sent_file

PACKAGE = "made_by_openapi_generator"


class Side:
    """Calls as a user of that client writes them."""

    def __init__(self, address: str, files: Path) -> None:
        self._address = address
        self._files = files

    @property
    def _package(self) -> Any:
        return import_module(PACKAGE)

    def _client(self) -> Any:
        return self._package.ApiClient(self._package.Configuration(host=self._address, access_token=KEY))

    def send(self) -> Callable[[], Any]:
        package = self._package
        api = package.MessagesApi(self._client())

        def call() -> Any:
            text = package.TextMessage(session=SESSION, chat_id=CHAT, type="text", text="Hello from Titan!")
            return api.messages_send(package.SendMessageRequest(text)).data

        return call

    def get(self) -> Callable[[], Any]:
        api = self._package.SessionsApi(self._client())
        return lambda: api.sessions_get(SESSION).data

    def contacts(self, count: int) -> Callable[[], Any]:
        api = self._package.ContactsApi(self._client())
        return lambda: api.contacts_list(f"size-{count}").data

    def upload(self, kilobytes: int) -> Callable[[], Any]:
        package = self._package
        api = package.MessagesApi(self._client())

        def call() -> Any:
            encoded = base64.b64encode(sent_file(self._files, kilobytes).read_bytes()).decode()
            fields = {"session": SESSION, "chat_id": CHAT, "filename": "a", "base64": encoded}
            return api.messages_send(package.SendMessageRequest(package.FileMessage(type="file", **fields)))

        return call

    def download(self, kilobytes: int) -> Callable[[], Any]:
        api = self._package.MediaApi(self._client())
        return lambda: received_file(self._files).write_bytes(api.media_download(f"size-{kilobytes}", "m"))

    def client(self) -> Callable[[], Any]:
        # With the pool, as the others: this one would make it at the first call.
        return lambda: self._client().rest_client.pool_manager.connection_from_url(self._address)

    def parse_webhook(self) -> Callable[[], Any]:
        event = import_module(f"{PACKAGE}.models.message_received_event").MessageReceivedEvent
        return lambda: event.from_json(EVENT_BODY)
