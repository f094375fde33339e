"""The operations that each fault is played to: one of each kind that the rules tell apart."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

import yaml

from tests.faults.privacy import CHAT, GROUP, NUMBER, TEXT
from tests.support.loopback import http, http_json
from tests.support.project import ROOT
from titan import TitanClient

FILE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(4_000))
"""A file of 128,000 bytes, of which no part looks like another."""

# What a server can repeat of a request, in places where it may turn up on the client's side.
ECHO = {"X-Echo": f"{CHAT} {TEXT}", "Set-Cookie": f"number={NUMBER}"}


class Operation(NamedTuple):
    """An operation, called as users call it."""

    name: str
    line: str
    """Its request, as `sdk.yaml` names it."""
    result: str
    """What comes back: `model`, `nothing` or `file`."""
    has_body: bool
    call: Callable[[TitanClient, Path], Any]
    read_result: Callable[[Any, Path], str]
    """What tells the answer that was read from others: its id or the bytes of the file."""

    @property
    def is_repeatable(self) -> bool:
        """Whether `sdk.yaml` allows to send it again after an unclear outcome."""
        return self.line.split(" ")[0] in ("GET", "PUT", "DELETE") or self.line in _marked_idempotent()

    def answer_with_id(self, ident: str) -> bytes:
        """The whole answer of a server that carried out the request with this id, which is in the answer."""
        headers = {ANSWERS: ident, **ECHO}
        if self.result == "file":
            content = ident.encode() if ident in (FORMER, STRAY) else FILE
            return http(200, content, {"Content-Type": "image/png", **headers})
        data = {"id": ident, "pushName": ident, "chatId": CHAT, "text": TEXT}
        return http_json({"data": data if self.result == "model" else {"success": True}}, 200, headers)


ANSWER = "answer"
"""The id of the request whose outcome is looked at, and in the answer that belongs to it."""
FORMER = "former"
"""The id of an earlier request on the same connection, and in the answer to it."""
STRAY = "stray"
"""The id in an answer that belongs to no request."""
ANSWERS = "X-Answers"
"""The header that names the request which is answered."""
PART = "a part"
"""How the name of a part of the file begins."""


def _read_id(result: Any, folder: Path) -> str:
    return str(getattr(result, "id", None) or result.push_name)


def _read_nothing(result: Any, folder: Path) -> str:
    assert result.data is None
    return str(result.headers[ANSWERS])


def _read_bytes(result: Any, folder: Path) -> str:
    return name_of(result)


def _read_file(result: Any, folder: Path) -> str:
    data = (folder / "target").read_bytes()
    assert result == len(data)
    return name_of(data)


def name_of(data: bytes) -> str:
    """What tells the bytes of a file from all others."""
    if data == FILE:
        return ANSWER
    if data in (FORMER.encode(), STRAY.encode()):
        return data.decode()
    kind = PART if FILE.startswith(data) else "a file"
    return f"{kind} of {len(data):,} bytes, {hashlib.sha256(data).hexdigest()}"


@functools.cache
def _marked_idempotent() -> List[str]:
    document: Dict[str, Any] = yaml.safe_load((ROOT / "sdk.yaml").read_text(encoding="utf-8"))
    return [
        line
        for service in document["services"].values()
        for line, about in service["operations"].items()
        if "idempotent" in about.get("is", [])
    ]


MESSAGE = {"chatId": CHAT, "type": "text", "text": TEXT}

OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation(
            "contacts.get",
            "GET /api/sessions/{session}/contacts/{contactId}",
            *("model", False, lambda client, folder: client.contacts.get("s", CHAT), _read_id),
        ),
        Operation(
            "groups.update_subject",
            "PUT /api/sessions/{session}/groups/{groupId}/subject",
            *("nothing", True),
            lambda client, folder: client.with_response(
                client.groups.update_subject, "s", GROUP, {"subject": TEXT}
            ),
            _read_nothing,
        ),
        Operation(
            "webhooks.delete",
            "DELETE /api/webhooks/{webhookId}",
            *("nothing", False),
            lambda client, folder: client.with_response(client.webhooks.delete, NUMBER),
            _read_nothing,
        ),
        Operation(
            "messages.typing",
            "POST /api/sessions/{session}/messages/typing",
            *("nothing", True),
            lambda client, folder: client.with_response(
                client.messages.typing, "s", {"chatId": CHAT, "state": "composing"}
            ),
            _read_nothing,
        ),
        Operation(
            "messages.send",
            "POST /api/messages/send",
            *("model", True, lambda client, folder: client.messages.send("s", MESSAGE), _read_id),
        ),
        Operation(
            "media.download",
            "POST /api/sessions/{session}/media/{mediaId}/download",
            *("file", False, lambda client, folder: client.media.download("s", NUMBER), _read_bytes),
        ),
        Operation(
            "media.download_to",
            "POST /api/sessions/{session}/media/{mediaId}/download",
            *("file", False),
            lambda client, folder: client.media.download_to("s", NUMBER, folder / "target"),
            _read_file,
        ),
        Operation(
            "messages.send_file",
            "POST /api/messages/send",
            *("model", True),
            lambda client, folder: client.messages.send_file("s", CHAT, folder / "source", caption=TEXT),
            _read_id,
        ),
    )
}
