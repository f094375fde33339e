"""No key, token, phone number, JID or text of a message gets into a log, a repr, an error or a warning."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import re
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.fake_server import API_KEY, FakeServer, json_response
from tests.support.libraries import LIBRARIES, each_way
from titan import (
    APIConnectionError,
    APIResponseError,
    TitanClient,
    TitanDeprecationWarning,
    TitanError,
    TitanSecurityWarning,
)
from titan._http.logs import LOGGERS, in_flight
from titan.types_gen import AccountKey, ClientToken, Message, PairingQR, Webhook

NUMBER = "5511999998888"
JID = f"{NUMBER}@s.whatsapp.net"
TEXT = "meet me at the old harbour"
TOKEN = "titan_ct_" + "t" * 40
SIGNATURE = "X-Signature=c2lnbmVk"
PRIVATE = (API_KEY, TOKEN, NUMBER, TEXT, SIGNATURE, "k" * 20, "c2lnbmVk")
SEND = {"chatId": JID, "type": "text", "text": TEXT}


def assert_private(shown):
    for secret in PRIVATE:
        assert secret not in shown


class Handler(BaseHTTPRequestHandler):
    """A Titan over real sockets, whose every answer and header repeats what is private."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        seen = self.server.seen
        seen.append(self.path)
        if path.endswith("/download"):
            where = f"http://localhost:{self.server.server_port}/bucket/{NUMBER}?{SIGNATURE}"
            return self.reply(302, b"", Location=where)
        if path.startswith("/bucket/"):
            return self.reply(200, b"\x89PNG")
        if path.endswith("/busy") and seen.count(self.path) < 3:
            return self.reply(503, b'{"error": "%s"}' % NUMBER.encode())
        if "missing" in path:
            return self.reply(404, f'{{"error": "no {JID} for {API_KEY}: {NUMBER}"}}'.encode())
        if "login" in path:
            return self.reply(200, f"<html>{NUMBER} {TEXT} {API_KEY}</html>".encode())
        if "cut" in path:
            self.close_connection = True
            return None
        return self.reply(200, f'{{"data": {{"id": "m", "text": "{TEXT}", "chatId": "{JID}"}}}}'.encode())

    def reply(self, status, body, **headers):
        self.send_response(status)
        headers = {"Content-Length": str(len(body)), "X-Echo": f"{JID} {API_KEY} {TEXT}", **headers}
        headers["Set-Cookie"] = f"number={NUMBER}"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - names of http.server

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.seen = []
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield http
        http.shutdown()
        thread.join()


@pytest.fixture
def url(server):
    server.seen.clear()
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def log(caplog):
    """All records of all loggers, as a log file would have them."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpx2", "httpcore2", "titan"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def everything(log):
    formatter = logging.Formatter("%(name)s %(levelname)s %(message)s")
    return "\n".join(
        [formatter.format(record) + repr(record.args) + str(record.msg) for record in log.records]
    )


CALLS = {
    "contact": lambda client: client.contacts.get("s", JID),
    "send": lambda client: client.messages.send("s", SEND),
    "submit": lambda client: client.submit(client.messages.send, "s", SEND),
    "with_response": lambda client: client.with_response(client.presence.get, "s", JID),
    "send_file": lambda client: client.messages.send_file("s", JID, io.BytesIO(TEXT.encode()), caption=TEXT),
    "redirect": lambda client: client.media.download("s", NUMBER),
    "redirect to file": lambda client: client.media.download_to("s", NUMBER, io.BytesIO()),
    "request": lambda client: client.request("GET", f"/api/{NUMBER}/x", params={"text": TEXT}),
    "retries": lambda client: client.request("GET", f"/api/{NUMBER}/busy"),
    "404": lambda client: client.contacts.get("s", f"missing {NUMBER}"),
    "HTML": lambda client: client.contacts.get("s", f"login {NUMBER}"),
    "connection lost": lambda client: client.contacts.block("s", f"cut {NUMBER}"),
    "connection lost in a send": lambda client: client.request("POST", f"/cut/{NUMBER}", json=SEND),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("credential", [{"api_key": API_KEY}, {"client_token": TOKEN}])
@each_way
def test_log_of_everything_holds_nothing_private(log, server, url, monkeypatch, name, credential, library):
    monkeypatch.setattr("titan._http.transport.random.random", lambda: 1.0)
    monkeypatch.setattr("titan._http.transport.time.sleep", lambda _: None)
    with contextlib.ExitStack() as stack:
        http = None if library is None else stack.enter_context(library.Client())
        client = stack.enter_context(TitanClient(url, http_client=http, **credential))
        stack.enter_context(contextlib.suppress(TitanError))
        CALLS[name](client)
    assert server.seen
    text = everything(log)
    assert_private(text)
    assert "harbour" not in text
    # It would be easy to pass by logging nothing.
    core = "httpcore2" if library is not None and library.__name__ == "httpx2" else "httpcore"
    assert {"titan", f"{core}.connection", f"{core}.http11"} <= {record.name for record in log.records}
    if library is not None and "connection lost" not in name:
        assert f"{library.__name__} INFO HTTP Request: " in text


def test_log_of_httpx_names_the_route_in_place_of_the_url(log, url):
    with httpx.Client() as http, TitanClient(url, API_KEY, http_client=http) as client:
        client.contacts.get("s", JID)
        client.media.download("s", NUMBER)
    lines = [
        record.getMessage()
        for record in log.records
        if record.name == "httpx" and record.levelno == logging.INFO
    ]
    assert lines == [
        'HTTP Request: GET /api/sessions/{session}/contacts/{contactId} "HTTP/1.1 200 OK"',
        'HTTP Request: POST /api/sessions/{session}/media/{mediaId}/download "HTTP/1.1 302 Found"',
        'HTTP Request: GET /api/sessions/{session}/media/{mediaId}/download "HTTP/1.1 200 OK"',
    ]


def test_other_users_of_httpx_log_as_before(log, url):
    with TitanClient(url, API_KEY) as client:
        with contextlib.suppress(TitanError):
            client.contacts.get("s", "missing")
        log.clear()
        with httpx.Client() as http:
            http.get(f"{url}/public")
    text = everything(log)
    assert f"HTTP Request: GET {url}/public" in text
    assert "receive_response_headers.complete return_value=" in text


# HTTP/2, on a client of the user's, brings hpack, which logs all headers.
@pytest.mark.parametrize(
    "name",
    [
        "httpx",
        "httpcore.connection",
        "httpcore.http11",
        "httpcore.http2",
        "httpcore.proxy",
        "httpcore.socks",
        "hpack.hpack",
        "hpack.table",
    ],
)
def test_every_logger_on_the_way_is_kept_private_while_a_request_is_on_it(log, name):
    logger = logging.getLogger(name)
    log.set_level(logging.DEBUG, logger=name)
    url = httpx.URL(f"https://api.example.com/{NUMBER}")
    in_flight.route = "/api/x"
    try:
        if name == "httpx":
            logger.info("HTTP Request: %s %s", "GET", url)
        else:
            logger.debug("Adding (b':path', b'/api/%s') to the table", NUMBER)
    finally:
        in_flight.route = None
    assert len(log.records) == 1
    assert NUMBER not in everything(log)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
def test_loggers_of_the_http_stack_are_all_known(library):
    core = importlib.import_module(library.__name__.replace("httpx", "httpcore"))
    sources = [*Path(library.__file__).parent.glob("*.py"), *Path(core.__file__).parent.glob("_sync/*.py")]
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    names = set(re.findall(r'getLogger\("([\w.]+)"\)', text))
    assert f"{core.__name__}.http11" in names
    assert names <= set(LOGGERS)


# What the SDK logs itself


def titan_lines(log):
    return [record.getMessage() for record in log.records if record.name == "titan"]


def test_own_log_has_method_route_status_attempt_and_milliseconds(log, connect, clock):
    server = FakeServer(httpx.Response(503), httpx.ReadTimeout("slow"), json_response({"data": {"id": "m"}}))
    connect(server).contacts.get("s", JID)
    assert titan_lines(log) == [
        "GET /api/sessions/{session}/contacts/{contactId}: 503 (attempt 1, 0 ms)",
        "GET /api/sessions/{session}/contacts/{contactId}: APITimeoutError (attempt 2, 0 ms)",
        "GET /api/sessions/{session}/contacts/{contactId}: 200 (attempt 3, 0 ms)",
    ]
    assert {record.levelno for record in log.records if record.name == "titan"} == {logging.DEBUG}


def test_own_log_counts_milliseconds(log, connect, clock):
    def handler(request):
        clock.now += 1.5
        return json_response([])

    connect(handler).sessions.list()
    assert titan_lines(log) == ["GET /api/sessions: 200 (attempt 1, 1500 ms)"]


def test_own_log_calls_any_other_path_custom(log, connect):
    connect(FakeServer(json_response([]))).request("PUT", f"/api/{NUMBER}", params={"a": NUMBER})
    assert [re.sub(r"\d+ ms", "0 ms", line) for line in titan_lines(log)] == [
        "PUT custom: 200 (attempt 1, 0 ms)"
    ]


def test_own_log_is_silent_above_debug(caplog, connect):
    caplog.set_level(logging.INFO)
    connect(FakeServer(json_response([]))).sessions.list()
    assert titan_lines(caplog) == []


# What objects and errors show


@pytest.mark.parametrize("name", ["404", "HTML", "connection lost", "connection lost in a send"])
def test_errors_show_nothing_private(url, monkeypatch, name):
    monkeypatch.setattr("titan._http.transport.time.sleep", lambda _: None)
    with TitanClient(url, API_KEY) as client, pytest.raises(TitanError) as caught:
        CALLS[name](client)
    error = caught.value
    assert_private(
        f"{error}{error!r}{error.args if name != '404' else ''}{error.__cause__}{error.__cause__!r}"
    )
    if isinstance(error, APIResponseError):
        assert TEXT.encode() in error.body


def test_refused_connection_shows_nothing_private(monkeypatch):
    monkeypatch.setattr("titan._http.transport.time.sleep", lambda _: None)
    with TitanClient("http://127.0.0.1:1", API_KEY) as client, pytest.raises(APIConnectionError) as caught:
        client.contacts.get("s", JID)
    assert_private(f"{caught.value}{caught.value!r}{caught.value.__cause__!r}")


def test_strict_mismatch_shows_no_value(connect):
    client = connect(
        FakeServer(json_response({"data": {"id": [NUMBER, TEXT, API_KEY]}})), strict_responses=True
    )
    with pytest.raises(APIResponseError, match="does not fit") as caught:
        client.messages.send("s", SEND)
    assert_private(f"{caught.value}{caught.value!r}{caught.value.args}")


@pytest.mark.parametrize(
    "model",
    [
        ClientToken(token=TOKEN, session="s"),
        AccountKey(id="key_1", key=API_KEY),
        Webhook(id=1, url="https://example.com", hmac_key=API_KEY),
        PairingQR(qr=f"2@{API_KEY}"),
        Message(id="m", chat_id=JID, from_phone_number=f"+{NUMBER}"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_models_and_what_is_around_them_show_nothing_private(connect, model):
    client = connect(FakeServer(json_response({"data": model.to_dict()})))
    response = client.with_response(client.messages.send, "s", SEND)
    submitted = client.submit(client.messages.send, "s", SEND)
    assert_private(f"{model}{model!r}{[model]}{response}{response!r}{submitted}{submitted!r}")
    assert type(model).__name__ in repr(model)


def test_client_and_services_show_nothing_private(connect):
    client = connect(FakeServer(json_response([])), headers={"X-Mine": TEXT})
    other = client.with_options(headers={"X-Other": TEXT})
    parts = [client, other, *(getattr(client, name) for name in dir(client) if not name.startswith("_"))]
    assert_private("".join(f"{part}{part!r}" for part in parts))


@pytest.mark.parametrize(
    "arguments",
    [{"api_key": API_KEY + "\n" + "k"}, {"api_key": TOKEN}, {"api_key": API_KEY, "client_token": TOKEN}],
)
def test_refused_credentials_are_not_shown(arguments):
    with pytest.raises(ValueError, match="api_key") as caught:
        TitanClient("https://api.example.com", **arguments)
    assert_private(f"{caught.value}{caught.value!r}{caught.value.args}")


def test_warnings_show_nothing_private(connect):
    server = FakeServer(json_response([], headers={"Sunset": "soon"}))
    with pytest.warns(TitanDeprecationWarning) as caught:
        connect(server).contacts.list("s")
    assert_private("".join(str(warning.message) for warning in caught))


# Plain http


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "http://LOCALHOST:8080/titan",
        "http://titan.localhost",
        "http://127.0.0.1:8080",
        "http://127.8.9.10",
        "http://[::1]:8080",
        "https://api.example.com",
        "https://10.0.0.1",
    ],
)
def test_tls_and_loopback_give_no_warning(url):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TitanClient(url, API_KEY).close()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "HTTP://api.example.com",
        "http://10.0.0.1:8080",
        "http://192.168.1.2",
        "http://0.0.0.0",
        "http://[::]",
        "http://[2001:db8::1]",
        "http://titan:8080",
        "http://localhost.example.com",
        "http://notlocalhost",
        "http://127.0.0.1.example.com",
    ],
)
def test_plain_http_to_another_machine_warns_once_a_client_at_the_callers_line(connect, url):
    server = FakeServer(json_response([]))
    with (
        warnings.catch_warnings(record=True) as caught,
        httpx.Client(transport=httpx.MockTransport(server)) as http,
    ):
        warnings.simplefilter("default")
        for _ in range(2):
            client = TitanClient(url, API_KEY, http_client=http)
            client.sessions.list()
            client.with_options(timeout=5).sessions.list()
    assert [warning.category for warning in caught] == [TitanSecurityWarning] * 2
    assert {warning.filename for warning in caught} == {__file__}
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert {source[warning.lineno - 1].strip() for warning in caught} == {
        "client = TitanClient(url, API_KEY, http_client=http)"
    }
    assert_private("".join(str(warning.message) for warning in caught))


def test_error_filter_raises_from_the_constructor():
    with warnings.catch_warnings():
        warnings.simplefilter("error", TitanSecurityWarning)
        with pytest.raises(TitanSecurityWarning, match="plain http"):
            TitanClient("http://api.example.com", API_KEY)
