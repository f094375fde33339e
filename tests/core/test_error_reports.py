"""What Sentry sends of an error, with the local variables of every frame: nothing private from ours."""

from __future__ import annotations

import contextlib
import io
import json

import pytest

from tests.support.fake_server import API_KEY
from tests.support.libraries import each_way
from tests.support.loopback import Received, http, http_json, serving
from titan import NotFoundError, TitanClient

pytestmark = pytest.mark.slow

sentry_sdk = pytest.importorskip("sentry_sdk", reason="NOT TESTED: sentry-sdk is not installed")
from sentry_sdk.scrubber import EventScrubber  # noqa: E402

NUMBER = "5511999998888"
JID = f"{NUMBER}@s.whatsapp.net"
TEXT = "meet me at the old harbour"
TOKEN = "titan_ct_" + "t" * 40
SEND = {"chatId": JID, "type": "text", "text": TEXT}
KEYS = (API_KEY, "k" * 20, TOKEN, "t" * 20)
PRIVATE = (*KEYS, NUMBER, "99999", TEXT, "harbour", "c2lnbmVk")


class Kept(sentry_sdk.Transport):
    """Keeps the events that Sentry would send."""

    def __init__(self, options=None) -> None:
        super().__init__(options)
        self.events = []

    def capture_envelope(self, envelope) -> None:
        # The bytes that would go over the wire.
        self.events += [json.loads(item.get_bytes()) for item in envelope.items if item.type == "event"]


def report(error: BaseException) -> dict:
    """The event that Sentry makes of an error."""
    kept = Kept()
    client = sentry_sdk.Client(
        dsn="http://key@127.0.0.1:1/1",
        transport=kept,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=True,
        max_value_length=100_000,
        # Its own blanks variables by their names, which would hide what leaks.
        event_scrubber=EventScrubber(denylist=[], pii_denylist=[]),
    )
    with sentry_sdk.isolation_scope(), sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        scope.capture_exception(error)
    (event,) = kept.events
    return event


def leaks(event: dict) -> list:
    """The frames and parts of an event in which something private stands.

    A user's own frames hold what the user gave, and so does that of the method that was called.
    """
    found = []
    for one in event["exception"]["values"]:
        frames = one.pop("stacktrace", {"frames": []})["frames"]
        is_inside = False
        for frame in frames:
            module = frame.get("module") or ""
            if module.partition(".")[0] == "tests":
                continue
            is_method = not frame["function"].startswith("_") and (
                not is_inside or module.startswith(("titan.services.", "titan.services._generated."))
            )
            is_inside = True
            is_method = is_method and not module.startswith("titan.services._base")
            shown = json.dumps(frame["vars"])
            found += [
                f"{secret} in {module}.{frame['function']}: {shown}"
                for secret in (KEYS if is_method else PRIVATE)
                if secret in shown
            ]
    shown = json.dumps(event)
    return found + [f"{secret} in {shown}" for secret in PRIVATE if secret in shown]


def cut(request: Received) -> None:
    """Close the connection without an answer."""


def stall(request: Received) -> None:
    request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
    request.connection.recv(1)


def cut_within(request: Received) -> None:
    list(request.pieces())
    request.connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{TEXT} {NUMBER}".encode())


def redirect(request: Received) -> bytes:
    list(request.pieces())
    return http(302, b"", {"Location": f"/bucket/{NUMBER}?X-Signature=c2lnbmVk"})


def status(code: int):
    return lambda request: http_json({"error": f"no {JID}, {API_KEY}: see +{NUMBER}"}, code)


def not_http(request: Received) -> bytes:
    return f"{NUMBER} {TEXT}\r\n\r\n".encode()


def page(request: Received) -> bytes:
    return http(200, f"<html>{NUMBER} {TEXT} {API_KEY}</html>".encode(), {"Content-Type": "text/html"})


def misfit(request: Received) -> bytes:
    return http_json({"data": {"id": [NUMBER, TEXT, API_KEY], "chatId": JID}})


def failed(request: Received) -> bytes:
    return http_json({"error": f"no {JID}: +{NUMBER}"})


def get(client):
    return client.contacts.get("s", JID)


def send(client):
    return client.messages.send("s", SEND)


FAILURES = {
    "read timeout": (stall, lambda client: client.with_options(timeout=0.2).contacts.get("s", JID)),
    "deadline": (stall, lambda client: client.with_options(total_timeout=0.2).contacts.get("s", JID)),
    "connection lost": (cut, send),
    "not HTTP": (not_http, send),
    "400": (status(400), send),
    "404": (status(404), get),
    "429": (status(429), send),
    "503": (status(503), send),
    "page in place of JSON": (page, send),
    "200 that says it failed": (failed, send),
    "strict mismatch": (misfit, send),
    "unexpected redirect": (redirect, send),
    "download cut": (cut_within, lambda client: client.media.download("s", NUMBER)),
    "download to a file cut": (
        cut_within,
        lambda client: client.media.download_to("s", NUMBER, io.BytesIO()),
    ),
    "redirect loop": (redirect, lambda client: client.media.download("s", NUMBER)),
    "file": (
        status(400),
        lambda client: client.messages.send_file("s", JID, io.BytesIO(TEXT.encode()), caption=TEXT),
    ),
    "submit": (status(404), lambda client: client.submit(client.messages.send, "s", SEND)),
    "with_response": (status(404), lambda client: client.with_response(client.contacts.get, "s", JID)),
    "request": (
        status(404),
        lambda client: client.request("POST", f"/api/{NUMBER}", json=SEND, params={"q": TEXT}),
    ),
    "bad id": (cut, lambda client: client.contacts.get("s", f"../{JID}")),
    "bad session": (cut, lambda client: client.messages.send(f"+{NUMBER}/{TEXT}", SEND)),
    "session that differs": (cut, lambda client: client.messages.send("s", {**SEND, "session": TEXT})),
    "payload that is no JSON": (cut, lambda client: client.messages.send("s", {**SEND, "x": object()})),
    "payload of the wrong type": (cut, lambda client: client.messages.send("s", [TEXT, NUMBER])),
    "bad query": (cut, lambda client: client.request("GET", f"/api/../{NUMBER}", params={"q": TEXT})),
    "file that fails": (cut, lambda client: client.messages.send_file("s", JID, object(), caption=TEXT)),
}


@each_way
@pytest.mark.parametrize("name", FAILURES)
def test_a_report_of_a_failed_call_holds_nothing_private(name, library):
    answer, call = FAILURES[name]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(serving(answer))
        http = None if library is None else stack.enter_context(library.Client())
        client = stack.enter_context(
            TitanClient(server.url, API_KEY, http_client=http, max_retries=0, strict_responses=True)
        )
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each of its own kind
            call(client)
        assert leaks(report(caught.value)) == []


def test_a_report_of_a_refused_connection_holds_nothing_private():
    client = TitanClient("http://127.0.0.1:1", client_token=TOKEN, max_retries=0)
    with client, pytest.raises(Exception) as caught:  # noqa: PT011
        send(client)
    assert leaks(report(caught.value)) == []


def test_a_report_of_a_closed_client_holds_nothing_private():
    client = TitanClient("http://127.0.0.1:1", API_KEY)
    client.close()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        send(client)
    assert leaks(report(caught.value)) == []


CONSTRUCTORS = {
    "key with a space": {"api_key": f"{API_KEY} x"},
    "key of the wrong type": {"api_key": [API_KEY]},
    "token as key": {"api_key": TOKEN},
    "both": {"api_key": API_KEY, "client_token": TOKEN},
    "address with the key": {"base_url": f"https://x:{API_KEY}@api.example.com", "api_key": API_KEY},
    "address without a scheme": {"base_url": "api.example.com", "api_key": API_KEY},
    "wrong timeout": {"api_key": API_KEY, "timeout": "x"},
    "wrong retries": {"api_key": API_KEY, "max_retries": -1},
    "wrong header": {"client_token": TOKEN, "headers": {"X-A": "\n"}},
    "credential as a header": {"api_key": API_KEY, "headers": {"authorization": f"Bearer {API_KEY}"}},
    "key of a proxy in a header": {"api_key": API_KEY, "headers": {"X-Key": TOKEN, "X-A": "\n"}},
    "headers of the wrong type": {"api_key": API_KEY, "headers": [("X-Key", TOKEN)]},
    "headers beside a wrong timeout": {"api_key": API_KEY, "headers": {"X-Key": TOKEN}, "timeout": -1},
    "wrong http_client": {"api_key": API_KEY, "http_client": object()},
    "warning as error": {"api_key": API_KEY, "base_url": "http://api.example.com"},
}


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_a_report_of_a_failed_constructor_holds_no_credential(name):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        TitanClient(**{"base_url": "https://api.example.com", **CONSTRUCTORS[name]})
    assert leaks(report(caught.value)) == []


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Authorization": f"Bearer {API_KEY}"}},
        {"headers": {"X-Key": TOKEN}, "timeout": -1},
        {"headers": {"X-Key": TOKEN}, "unknown": 1},
        {"params": [API_KEY]},
    ],
)
def test_a_report_of_refused_options_holds_no_credential(options):
    client = TitanClient("https://api.example.com", API_KEY)
    with client, pytest.raises((TypeError, ValueError)) as caught:
        client.with_options(**options)
    assert leaks(report(caught.value)) == []


def test_what_is_private_in_a_frame_of_ours_would_be_found():
    scope = {"__name__": "titan._http.below"}
    exec("def below(text):\n    raise ValueError('no')\ndef _call(text):\n    below(text)", scope)
    for _ in range(2):
        with pytest.raises(ValueError, match="no") as caught:
            scope["_call"](TEXT)
    assert len(leaks(report(caught.value))) == 4
    with pytest.raises(ValueError, match="harbour") as titled:
        raise ValueError(TEXT)
    assert leaks(report(titled.value)) != []


def test_a_report_from_a_client_that_is_traced_holds_nothing_private():
    pytest.importorskip("opentelemetry.trace", reason="NOT TESTED: opentelemetry is not installed")
    from titan.opentelemetry import trace_client

    with serving(status(404)) as server, TitanClient(server.url, API_KEY) as client:
        trace_client(client)
        with pytest.raises(NotFoundError) as caught:
            get(client)
    assert leaks(report(caught.value)) == []
