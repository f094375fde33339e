"""Media: downloads, persisting, and files that are sent."""

from __future__ import annotations

import io
import ssl
from contextlib import closing

import httpx
import pytest

from tests.support.loopback import http
from tests.support.sandbox import (
    BASE,
    DAYS,
    FRIEND,
    IN_BASE64,
    JPEG,
    data_of,
    error_of,
    get_without_key,
)
from tests.support.tls import SecureLoopback
from titan import NotFoundError, TitanClient

pytestmark = pytest.mark.usefixtures("me")


def test_media_is_downloaded_directly(sandbox, api, titan, file):
    response = api.post(f"{BASE}/media/{file}/download")
    assert (response.status_code, response.content) == (200, JPEG)
    assert response.headers["Content-Type"] == "image/jpeg"
    shown = data_of(api.get(f"{BASE}/media/{file}"))
    (message,) = sandbox.chat("my-session", "5511988887777@s.whatsapp.net")["messages"]
    assert shown == {
        "id": file,
        "messageId": message["id"],
        "session": "my-session",
        "mimeType": "image/jpeg",
        "fileLength": len(JPEG),
        "persisted": False,
        "s3Url": None,
    }
    assert titan.media.get("my-session", file).s3_url is None
    assert titan.media.download("my-session", file) == JPEG


def test_persisted_media_is_downloaded_by_a_redirect_to_where_no_key_is_needed(api, titan, file):
    persisted = titan.media.persist("my-session", file)
    assert (persisted.persisted, persisted.file_length) == (True, len(JPEG))
    response = api.post(f"{BASE}/media/{file}/download")
    assert (response.status_code, response.content) == (302, b"")
    assert response.headers["Location"] == persisted.s3_url
    found = get_without_key(persisted.s3_url)
    assert (found.status_code, found.content) == (200, JPEG)
    assert found.headers["Content-Type"] == "image/jpeg"
    assert titan.media.get("my-session", file) == persisted
    assert titan.media.download("my-session", file) == JPEG


def test_media_leaves_whatsapp_after_14_days(sandbox, api, titan, file):
    sandbox.advance(14 * DAYS - 60)
    assert titan.media.download("my-session", file) == JPEG
    sandbox.advance(120)
    for verb in ("download", "persist"):
        gone = api.post(f"{BASE}/media/{file}/{verb}")
        assert error_of(gone, 404) == f"media is no longer on WhatsApp's servers: {file}"
    with pytest.raises(NotFoundError, match="is no longer on WhatsApp's servers"):
        titan.media.download("my-session", file)
    # Its record is still there.
    assert not titan.media.get("my-session", file).persisted


def test_persisted_media_stays(sandbox, titan, file):
    titan.media.persist("my-session", file)
    sandbox.advance(365 * DAYS)
    assert titan.media.download("my-session", file) == JPEG


def test_media_of_another_session_is_unknown(api, other, file):
    for method, verb in (("GET", ""), ("POST", "/download"), ("POST", "/persist")):
        unknown = api.request(method, f"/api/sessions/other/media/{file}{verb}")
        assert error_of(unknown, 404) == f"media not found: {file}"


def test_sent_bytes_are_downloaded(titan):
    message = titan.messages.send(
        "my-session", {"chatId": FRIEND, "type": "image", "base64": IN_BASE64, "caption": "Look"}
    )
    shown = titan.media.get("my-session", message.media_id)
    assert (shown.message_id, shown.mime_type, shown.file_length) == (message.id, "image/jpeg", len(JPEG))
    assert titan.media.download("my-session", message.media_id) == JPEG


def test_sent_address_is_where_a_download_leads(sandbox, api, certificate):
    trusting = httpx.Client(verify=ssl.create_default_context(cafile=certificate[0]), trust_env=False)
    server = SecureLoopback(lambda request: http(200, JPEG), certificate)
    titan = TitanClient(sandbox.base_url, sandbox.api_key, http_client=trusting)
    with closing(server), trusting, titan:
        url = f"{server.url}/a%20picture.jpg?size=1"
        message = titan.messages.send("my-session", {"chatId": FRIEND, "type": "image", "url": url})
        response = api.post(f"{BASE}/media/{message.media_id}/download")
        assert (response.status_code, response.headers["Location"]) == (302, url)
        assert titan.media.download("my-session", message.media_id) == JPEG
        titan.media.persist("my-session", message.media_id)
        assert titan.media.download("my-session", message.media_id) == JPEG
    assert [one.target for one in server.requests] == ["/a%20picture.jpg?size=1"] * 2
    # The key is for the sandbox alone.
    assert not any("authorization" in one.headers for one in server.requests)


@pytest.mark.parametrize("persisted", [False, True])
def test_download_to_a_path_and_a_stream(sandbox, titan, tmp_path, persisted):
    content = bytes(range(256)) * 10_000
    file = sandbox.receive("my-session", media=content)["media"]["id"]
    if persisted:
        titan.media.persist("my-session", file)
    assert titan.media.download_to("my-session", file, tmp_path / "file") == len(content)
    assert (tmp_path / "file").read_bytes() == content
    stream = io.BytesIO()
    titan.media.download_to("my-session", file, stream)
    assert stream.getvalue() == content


def test_send_file_sends_what_is_on_the_disk(sandbox, titan, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(JPEG * 10_000)
    picture = titan.messages.send_file("my-session", FRIEND, path, caption="Look")
    document = titan.messages.send_file("my-session", FRIEND, io.BytesIO(JPEG), filename="a.bin")
    assert (picture.type, document.type) == ("image", "file")
    assert titan.media.download("my-session", picture.media_id) == JPEG * 10_000
    assert titan.media.download("my-session", document.media_id) == JPEG
    first, second = sandbox.chat("my-session", FRIEND)["messages"]
    assert (first["text"], first["media"]["filename"]) == ("Look", None)
    assert second["media"]["filename"] == "a.bin"
