"""This SDK."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List

from ..samples import CHAT, EVENT_BODY, KEY, SECRET, SESSION, TEXT, received_file, sent_file


class Side:
    """Calls as a user of this SDK writes them."""

    def __init__(self, address: str, files: Path) -> None:
        self._address = address
        self._files = files

    def _client(self) -> Any:
        from titan import TitanClient

        return TitanClient(self._address, KEY)

    def send(self) -> Callable[[], Any]:
        return partial(self._client().messages.send, SESSION, TEXT)

    def get(self) -> Callable[[], Any]:
        return partial(self._client().sessions.get, SESSION)

    def contacts(self, count: int) -> Callable[[], Any]:
        return partial(self._client().contacts.list, f"size-{count}")

    def only_validate(self, count: int) -> Callable[[], Any]:
        """What of `contacts` is pydantic's own."""
        from pydantic import TypeAdapter

        from titan.types_gen import Contact

        from ..samples import contacts_body

        adapter, body = TypeAdapter(Dict[str, List[Contact]]), contacts_body(count)
        return lambda: adapter.validate_json(body, strict=True)

    def upload(self, kilobytes: int) -> Callable[[], Any]:
        return partial(self._client().messages.send_file, SESSION, CHAT, sent_file(self._files, kilobytes))

    def download(self, kilobytes: int) -> Callable[[], Any]:
        return partial(self._client().media.download_to, f"size-{kilobytes}", "m", received_file(self._files))

    def client(self) -> Callable[[], Any]:
        self._open_client()  # the first one makes the TLS context that the others share
        return self._open_client

    def _open_client(self) -> Any:
        # With the pool, as the others: this one would make it at the first call.
        return self._client()._context.transport._connections.open()

    def verify_webhook(self) -> Callable[[], Any]:
        from titan import sign_webhook, verify_webhook

        return partial(verify_webhook, EVENT_BODY, sign_webhook(EVENT_BODY, SECRET), SECRET)

    def parse_webhook(self) -> Callable[[], Any]:
        from titan import parse_webhook

        assert json.loads(EVENT_BODY)["payload"]["text"] == parse_webhook(EVENT_BODY)["payload"].text
        return partial(parse_webhook, EVENT_BODY)
