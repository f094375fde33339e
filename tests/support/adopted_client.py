"""A program for a copy of the repository: the client's requests, as a JSON list of verb and path.

It gets the operations to call as a JSON object of method to arguments.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any, Dict, List

import httpx

import titan
from titan import TitanClient
from titan.types_gen import SendMessageRequest, SessionStatus

assert SendMessageRequest
assert SessionStatus("CONNECTED").name == "CONNECTED"

# Enough for every helper: a session that is connected, a contact that exists, a file.
ANSWER: Dict[str, Any] = {
    "id": "x",
    "name": "my-session",
    "status": "CONNECTED",
    "qr": "data:image/png;base64,iVBORw0KGgo=",
}
requests: List[List[str]] = []


def answer(request: httpx.Request) -> httpx.Response:
    request.read()
    path = request.url.path
    requests.append([request.method, path])
    if path.endswith("/download"):
        return httpx.Response(200, content=b"file", headers={"Content-Type": "image/png"})
    if request.method == "GET" and path.rsplit("/", 1)[-1] in ("sessions", "labels", "calls"):
        return httpx.Response(200, json={"data": []})
    return httpx.Response(200, json={"data": ANSWER})


def call_helpers(client: TitanClient) -> None:
    client.pairing.wait("my-session")
    client.pairing.qr_png("my-session")
    client.messages.send_file("my-session", "x@g.us", io.BytesIO(b"file"), type="file", filename="a.txt")
    client.media.download_to("my-session", "med_1", io.BytesIO())


def main() -> None:
    http = httpx.Client(transport=httpx.MockTransport(answer))
    client = TitanClient("https://api.example.com", "titan_" + "k" * 98, http_client=http)
    for name, arguments in json.loads(sys.argv[1]).items():
        service, _, method = name.partition(".")
        getattr(getattr(client, service), method)(*arguments)
    call_helpers(client)
    as_browser = TitanClient("https://api.example.com", client_token="titan_ct_x", http_client=http)
    as_browser.messages.send("my-session", {"chatId": "x@g.us", "type": "text", "text": "Hi"})
    print(json.dumps([titan.__file__, requests]))


if __name__ == "__main__":
    main()
