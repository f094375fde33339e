"""No credential, and below the called method nothing private, is left in a local variable of ours."""

from __future__ import annotations

import contextlib
import io
import json
import time
import warnings

import pytest

from tests.support.libraries import WAYS, name_of
from tests.support.loopback import http, http_json, serving
from tests.support.tracebacks import find_private, frames_of
from titan import TitanClient, parse_webhook

# What is left in frames of ours depends on no version of anything.
pytestmark = [pytest.mark.slow, pytest.mark.once]

KEY = "titan_" + "s3cr3tk3y" * 8
PRIVATE_HEADER = "privateheader"
NUMBER = "5511999998888"
JID = f"{NUMBER}@s.whatsapp.net"
TEXT = "meet me at the old harbour"
PATH = "holiday-photo"
CREDENTIALS = ("s3cr3tk3y", PRIVATE_HEADER)
PRIVATE = (NUMBER, "harbour", PATH)
SEND = {"chatId": JID, "type": "text", "text": TEXT}
BODY = {"data": {"id": "m", "chatId": JID, "text": TEXT}}
EVENT = parse_webhook(
    json.dumps(
        {"event": "message.received", "session": "s", "payload": {"id": "m", "chatId": JID, "text": TEXT}}
    )
)

CALLS = {
    "send": lambda client: client.messages.send("s", SEND),
    "send_text": lambda client: client.messages.send_text("s", JID, TEXT),
    "reply": lambda client: client.messages.reply(EVENT, TEXT),
    "send_file": lambda client: client.messages.send_file(
        "s", JID, io.BytesIO(TEXT.encode()), filename=f"{PATH}.txt", caption=TEXT
    ),
    "send_voice": lambda client: client.messages.send_voice(
        "s", JID, io.BytesIO(b"ID3" + TEXT.encode()), filename=f"{PATH}.mp3"
    ),
    "contacts.get": lambda client: client.contacts.get("s", JID),
    "download": lambda client: client.media.download("s", NUMBER),
    "download_to": lambda client: client.media.download_to("s", NUMBER, io.BytesIO()),
    "request": lambda client: client.request("POST", f"/api/{NUMBER}", json=SEND, params={"q": TEXT}),
    "submit": lambda client: client.submit(client.messages.send, "s", SEND),
    "with_response": lambda client: client.with_response(client.contacts.get, "s", JID),
    "with_options": lambda client: client.with_options(
        headers={"X-Token": PRIVATE_HEADER}, params={"q": TEXT}, total_timeout=20
    ).messages.send("s", SEND),
    "pairing.wait": lambda client: client.pairing.wait("s", timeout=1, interval=0),
}

ECHO = {"X-Echo": f"{JID} {TEXT}", "Set-Cookie": f"number={NUMBER}"}


def closing(request):
    return None


def breaking(request):
    request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + TEXT.encode())


ANSWERS = {
    "400": lambda request: http_json({"error": f"no {JID}"}, 400, ECHO),
    "401": lambda request: http_json({"error": f"no {JID}"}, 401, ECHO),
    "404": lambda request: http_json({"error": f"no {JID}"}, 404, ECHO),
    "429": lambda request: http_json({"error": f"no {JID}"}, 429, {**ECHO, "Retry-After": "999"}),
    "503": lambda request: http(503, TEXT.encode(), ECHO),
    "redirect": lambda request: http(301, b"", {**ECHO, "Location": f"https://x.example/{NUMBER}"}),
    "endless redirect": lambda request: http(302, b"", {**ECHO, "Location": f"/{NUMBER}/{TEXT[:4]}"}),
    "broken redirect": lambda request: http(302, b"", {"Location": f"https://[{NUMBER}"}),
    "HTML": lambda request: http(200, f"<html>{JID} {TEXT}</html>".encode(), {"Content-Type": "text/html"}),
    "no JSON": lambda request: http(200, f'{{"data": {TEXT}'.encode(), ECHO),
    "another shape": lambda request: http_json({"data": [5, JID, TEXT]}, 200, ECHO),
    "failure": lambda request: http_json({"success": False, "message": TEXT, "to": JID}, 200, ECHO),
    "202": lambda request: http_json({"data": {"correlationId": 5}}, 202, ECHO),
    "204": lambda request: b"HTTP/1.1 204 No Content\r\n\r\n",
    "206": lambda request: http(206, TEXT.encode(), ECHO),
    "strange coding": lambda request: http(200, TEXT.encode(), {**ECHO, "Content-Encoding": "br"}),
    "cut gzip": lambda request: http(200, b"\x1f\x8b\x08\0", {**ECHO, "Content-Encoding": "gzip"}),
    "too large": lambda request: http(200, TEXT.encode() * 100_000, ECHO),
    "closed": closing,
    "cut": breaking,
    "no HTTP": lambda request: f"{JID} {TEXT}\r\n\r\n".encode(),
    "wrong header": lambda request: f"HTTP/1.1 200 OK\r\n{JID} {TEXT}\r\n\r\n".encode(),
    "deprecated": lambda request: http_json(BODY, 200, {**ECHO, "Deprecation": "true"}),
}


@pytest.fixture(params=WAYS, ids=name_of)
def make_client(request):
    with contextlib.ExitStack() as stack:

        def make(url, **options):
            if request.param is not None:
                options["http_client"] = stack.enter_context(request.param.Client())
            options = {"max_retries": 0, "headers": {"X-Private": PRIVATE_HEADER}, **options}
            return stack.enter_context(TitanClient(url, KEY, **options))

        yield make


def error_of(call, *args, **options):
    """The error that a call ends with; None where it does not fail."""
    try:
        call(*args, **options)
    except Exception as error:
        return error
    return None


def assert_private(error):
    assert find_private(error, credentials=CREDENTIALS, private=PRIVATE) == []


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.filterwarnings("error")
def test_frames_of_a_failed_call_hold_nothing_private(make_client, answer):
    failed = []
    with serving(ANSWERS[answer]) as server:
        for name, call in CALLS.items():
            client = make_client(server.url, max_response_bytes=100_000, strict_responses=True)
            error = error_of(call, client)
            if error is not None:
                failed.append(name)
                assert_private(error)
    assert failed, "nothing failed"


@pytest.mark.parametrize("failure", ["refused", "timeout", "over", "closed"])
def test_frames_of_a_call_without_an_answer_hold_nothing_private(make_client, failure):
    with serving(lambda request: time.sleep(0.3)) as server:
        url = "http://127.0.0.1:1" if failure == "refused" else server.url
        options = {"timeout": {"timeout": 0.05}, "over": {"total_timeout": 0.05}}.get(failure, {})
        for call in CALLS.values():
            client = make_client(url, **options)
            if failure == "closed":
                client.close()
            error = error_of(call, client)
            assert error is not None
            assert_private(error)


# Arguments that are refused before anything is sent.
REFUSED = {
    "session": lambda client: client.messages.send(f"{NUMBER}/{TEXT}", SEND),
    "other session": lambda client: client.messages.send("s", {**SEND, "session": TEXT}),
    "no JSON": lambda client: client.messages.send("s", {**SEND, "x": object()}),
    "NaN": lambda client: client.messages.send("s", {**SEND, "x": float("nan")}),
    "surrogate": lambda client: client.messages.send("s", {**SEND, "text": f"{TEXT}\ud800"}),
    "no payload": lambda client: client.messages.send("s", TEXT),
    "path": lambda client: client.contacts.get("s", f"../{NUMBER}"),
    "control character": lambda client: client.contacts.get("s", f"{NUMBER}\n{TEXT}"),
    "query": lambda client: client.request("GET", f"/api/{NUMBER}", params={TEXT: "\ud800"}),
    "request path": lambda client: client.request("GET", f"https://x.example/{NUMBER}"),
    "request body": lambda client: client.request("POST", f"/api/{NUMBER}", json={TEXT: object()}),
    "long path": lambda client: client.request("GET", f"/api/{NUMBER * 10_000}", params={"text": TEXT}),
    "file": lambda client: client.messages.send_file("s", JID, f"/nowhere/{PATH}", caption=TEXT),
    "text stream": lambda client: client.messages.send_file("s", JID, io.StringIO(TEXT)),
    "extra": lambda client: client.messages.send_file("s", JID, io.BytesIO(), extra={"url": TEXT}),
    "surrogate in the file's name": lambda client: client.messages.send_file(
        "s", JID, io.BytesIO(b"x"), filename=f"{PATH}\ud800"
    ),
    "voice": lambda client: client.messages.send_voice("s", JID, io.BytesIO(TEXT.encode())),
    "target": lambda client: client.media.download_to("s", NUMBER, f"/nowhere/{PATH}/{TEXT}"),
    "folder": lambda client: client.media.download_to("s", f"/{NUMBER}", "/"),
    "mentions": lambda client: client.messages.send_text("s", JID, TEXT, mentions=JID),
    "reply to another chat": lambda client: client.messages.reply(EVENT, {**SEND, "chatId": f"1{JID}"}),
    "reply to nobody": lambda client: client.messages.reply(parse_webhook('{"event": "x"}'), TEXT),
    "submit": lambda client: client.submit(client.messages.send_text, "s", JID, TEXT),
    "with_response": lambda client: client.with_response(print, "s", JID),
    "options": lambda client: client.with_options(headers={"X-A": f"{PRIVATE_HEADER}\n"}),
    "option": lambda client: client.with_options(timeout=-1, headers={"X-A": PRIVATE_HEADER}),
    "unknown option": lambda client: client.with_options(api_key=KEY),
    "params": lambda client: client.with_options(params=KEY),
    "headers": lambda client: client.with_options(headers=KEY),
    "Authorization": lambda client: client.with_options(headers={"Authorization": f"Bearer {KEY}"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_frames_of_a_refused_argument_hold_nothing_private(make_client, name):
    with serving(lambda request: http_json(BODY)) as server:
        error = error_of(REFUSED[name], make_client(server.url))
    assert error is not None
    assert_private(error)


CONSTRUCTED = {
    "quotes": {"api_key": f'"{KEY}"'},
    "white space": {"api_key": f"{KEY} {KEY}"},
    "bytes": {"api_key": KEY.encode()},
    "two": {"api_key": KEY, "client_token": f"titan_ct_{KEY}"},
    "client token as key": {"api_key": f"titan_ct_{KEY}"},
    "address": {"api_key": KEY, "base_url": "ftp://x"},
    "user info": {"api_key": KEY, "base_url": f"https://user:{KEY}@x.example"},
    "query": {"api_key": KEY, "base_url": f"https://x.example/?{KEY}"},
    "timeout": {"api_key": KEY, "timeout": -1},
    "kind of timeout": {"api_key": KEY, "timeout": "1"},
    "retries": {"api_key": KEY, "max_retries": -1},
    "header": {"api_key": KEY, "headers": {"X-A": f"{PRIVATE_HEADER}\n"}},
    "kind of header": {"api_key": KEY, "headers": {"X-A": 1, "X-B": PRIVATE_HEADER}},
    "other header": {"api_key": KEY, "timeout": -1, "headers": {"X-B": PRIVATE_HEADER}},
    "http_client": {"api_key": KEY, "http_client": object()},
    "plain http": {"api_key": KEY, "base_url": "http://x.example"},
}


@pytest.mark.parametrize("name", CONSTRUCTED)
def test_frames_of_a_constructor_that_fails_hold_nothing_private(name):
    arguments = {"base_url": "https://x.example", **CONSTRUCTED[name]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = error_of(TitanClient, **arguments)
    assert error is not None
    assert_private(error)
    assert not any(credential in str(error) for credential in CREDENTIALS)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "TITAN_API_KEY"])
def test_frames_of_an_environment_that_cannot_be_used_hold_nothing_private(monkeypatch, variable):
    monkeypatch.setenv(variable, f'"http://user:{KEY}##@h:x"')
    arguments = {} if variable == "TITAN_API_KEY" else {"api_key": KEY}
    scheme = "http" if variable == "HTTP_PROXY" else "https"
    error = error_of(TitanClient, f"{scheme}://x.example", **arguments)
    assert error is not None
    assert_private(error)


def test_the_frames_of_a_leaking_function_are_seen():
    class Holder:
        def __init__(self):
            self.inside = KEY

        def __repr__(self):
            return "<safe>"

    def leak(holder):
        raise ValueError

    for holder in (KEY, [KEY], {"a": (KEY,)}, {KEY}, Holder()):
        error = error_of(leak, holder)
        assert any("s3cr3tk3y" in frame.shown for frame in frames_of(error) if frame.function == "leak")
