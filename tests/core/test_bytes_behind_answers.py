"""Bytes behind an answer belong to no request: the next one on that connection does not read them."""

from __future__ import annotations

import contextlib
import gzip
import io
import ssl
import threading

import httpx
import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import Loopback, http, http_json, listening, serving
from tests.support.tls import SecureLoopback, server_context
from titan import DeadlineTransport, TitanClient
from titan._http.connections.sockets import StaleConnectionError, Stream
from titan._http.connections.tls_in_tls import TLSInTLS

pytestmark = pytest.mark.slow

OWN = {"data": {"id": "own"}}
STRAY = http_json({"data": {"id": "stray"}})


def in_chunks(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


ANSWERS = {
    "length": http_json(OWN),
    "chunks": in_chunks(b'{"data": {"id": "own"}}'),
    "chunks and trailers": in_chunks(b'{"data": {"id": "own"}}')[:-2] + b"X-Y: 1\r\n\r\n",
    "100 first": b"HTTP/1.1 100 Continue\r\n\r\n" + http_json(OWN),
    "gzip": http(200, gzip.compress(b'{"data": {"id": "own"}}', mtime=0), {"Content-Encoding": "gzip"}),
    "long": http_json({"data": {"id": "own", "text": "x" * 200_000}}),
    "an error": http_json({"error": "no"}, 404),
}
BEHIND = {
    "an answer": STRAY,
    "one byte": b"H",
    "a line": b"\r\n",
    "half an answer": STRAY[:20],
    "noise": bytes(range(200)),
    "a long answer": http_json({"data": {"id": "stray", "text": "x" * 200_000}}),
    "exactly what one read takes": b"\r\n" * 32_768,
}


def first_with(answer: bytes, behind: bytes):
    """Answers with something behind the answer where it is asked for the first."""

    def respond(request):
        for _ in request.pieces():
            pass
        return answer + behind if request.target.endswith("first") else http_json(OWN)

    return serving(respond)


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_next_request_does_not_read_what_stands_behind_an_answer(answer, behind):
    with (
        first_with(ANSWERS[answer], BEHIND[behind]) as running,
        TitanClient(running.url, API_KEY, total_timeout=5, max_retries=0) as client,
    ):
        with contextlib.suppress(Exception):
            client.request("POST", "/api/first")
        assert client.request("POST", "/api/second") == {"id": "own"}
        assert running.client_ports[0] != running.client_ports[1]
        assert len(running.requests) == 2


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_connection_with_nothing_behind_its_answers_is_used_again(answer):
    with first_with(ANSWERS[answer], b"") as running, TitanClient(running.url, API_KEY) as client:
        for _ in range(3):
            with contextlib.suppress(Exception):
                client.request("POST", "/api/first")
        assert len(set(running.client_ports)) == 1


def test_an_answer_without_a_body_leaves_the_connection_usable():
    with serving(lambda request: b"HTTP/1.1 204 No Content\r\n\r\n") as running:
        with TitanClient(running.url, API_KEY) as client:
            for method in ("DELETE", "HEAD", "GET"):
                client.request(method, "/api/x")
        assert len(set(running.client_ports)) == 1


def test_a_download_in_pieces_leaves_the_connection_usable():
    data = bytes(range(256)) * 4_000
    with serving(lambda request: http(200, data)) as running, TitanClient(running.url, API_KEY) as client:
        for _ in range(3):
            target = io.BytesIO()
            assert client.media.download_to("s", "m", target) == len(data)
            assert target.getvalue() == data
        assert len(set(running.client_ports)) == 1


def test_over_tls_too(monkeypatch, certificate):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    running = SecureLoopback(
        lambda request: http_json(OWN) + (STRAY if request.target.endswith("first") else b""), certificate
    )
    with contextlib.closing(running), TitanClient(running.url, API_KEY, max_retries=0) as client:
        for path in ("first", "second", "third"):
            assert client.request("GET", f"/api/{path}") == {"id": "own"}
        first, second, third = running.client_ports
        assert first != second == third


@pytest.mark.parametrize("http2", [False, True])
@pytest.mark.parametrize("offered", ["plain", "no protocol", "http/1.1"])
def test_on_our_transport_in_a_client_of_the_users_too(http2, offered, certificate):
    """Where HTTP/2 is on as well, and the server speaks HTTP/1.1."""

    def respond(request):
        return http_json(OWN) + (STRAY if request.target.endswith("first") else b"")

    running = Loopback(respond) if offered == "plain" else SecureLoopback(respond, certificate)
    if offered == "http/1.1":
        running._context.set_alpn_protocols(["http/1.1"])
    transport = DeadlineTransport(verify=ssl.create_default_context(cafile=certificate[0]), http2=http2)
    with contextlib.closing(running), httpx.Client(transport=transport) as own:
        client = TitanClient(running.url, API_KEY, http_client=own)
        for path in ("first", "second", "third"):
            assert client.request("GET", f"/api/{path}") == {"id": "own"}
        first, second, third = running.client_ports
        assert first != second == third


@pytest.mark.parametrize(("http1", "is_secure"), [(False, False), (False, True), (True, True)])
def test_http2_is_spoken_where_it_is_agreed_on(http1, is_secure, certificate):
    pytest.importorskip("h2")
    context = server_context(certificate)
    context.set_alpn_protocols(["h2"])

    def serve(connection, over):
        secured = context.wrap_socket(connection, server_side=True) if is_secure else connection
        with secured:
            answer_over_http2(secured)

    transport = DeadlineTransport(
        verify=ssl.create_default_context(cafile=certificate[0]), http1=http1, http2=True
    )
    with listening(serve) as address, httpx.Client(transport=transport) as own:
        url = f"{'https' if is_secure else 'http'}://{address}"
        client = TitanClient(url, API_KEY, http_client=own)
        for number in range(3):
            text = str(number) * 50_000
            assert client.request("POST", "/api/x", json={"text": text}) == {"text": text}


def answer_over_http2(connection) -> None:
    """Answer each request with what it says, over one connection."""
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import DataReceived, StreamEnded

    state = H2Connection(H2Configuration(client_side=False))
    state.initiate_connection()
    connection.sendall(state.data_to_send())
    bodies = {}
    while data := connection.recv(65536):
        for event in state.receive_data(data):
            if isinstance(event, DataReceived):
                bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                body = bodies[event.stream_id]
                state.send_headers(
                    event.stream_id, [(":status", "200"), ("content-type", "application/json")]
                )
                for start in range(0, len(body), 16_000):
                    state.send_data(event.stream_id, body[start : start + 16_000])
                state.end_stream(event.stream_id)
        connection.sendall(state.data_to_send())


def test_threads_get_their_own_answers_where_each_has_something_behind_it():
    def respond(request):
        asked = request.target.rpartition("/")[2]
        return http_json({"data": {"id": asked}}) + STRAY

    wrong = []
    with serving(respond) as running, TitanClient(running.url, API_KEY, max_retries=0) as client:

        def call(thread: int) -> None:
            for number in range(30):
                asked = f"{thread}-{number}"
                if client.request("GET", f"/api/{asked}") != {"id": asked}:
                    wrong.append(asked)

        threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(running.requests) == 240


def test_a_record_that_waits_inside_tls_in_tls_counts_as_something_to_read(certificate):
    """Over TLS in TLS, several records come in one read of the outer connection."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(*certificate)
    client_side = ssl.create_default_context(cafile=certificate[0])
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    inner = server_side.wrap_bio(to_server, to_client, server_side=True)
    layer = TLSInTLS.__new__(TLSInTLS)
    layer._incoming, layer._outgoing = to_client, to_server
    layer._sslobj = client_side.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    for _ in range(4):
        for side in (layer._sslobj, inner):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    inner.write(b"answer")
    inner.write(b"behind it")
    assert layer._sslobj.read(6) == b"answer"
    assert layer.pending() > 0
    assert layer._sslobj.read(100) == b"behind it"
    assert layer.pending() == 0


def test_an_answer_to_head_has_no_body_whatever_its_length_says():
    def respond(request):
        behind = b"x" * 20 if request.method == "HEAD" else b'{"data": {"id": "own"}}'
        return (
            http(200, b"")[:-2].replace(b"Content-Length: 0", b"Content-Length: %d" % len(behind))
            + b"\r\n"
            + behind
        )

    with serving(respond) as running, TitanClient(running.url, API_KEY, max_retries=0) as client:
        client.request("HEAD", "/api/first")
        assert client.request("GET", "/api/second") == {"id": "own"}
        assert running.client_ports[0] != running.client_ports[1]


class Unused:
    """Stands in for a socket that nothing is sent over."""

    def close(self):
        pass


UNUSUAL = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\n{}\r\n0\r\n\r\n",
    "its name in a value": b"HTTP/1.1 200 OK\r\nX: Content-Length: 9\r\nContent-Length: 2\r\n\r\n{}",
    "capitals": b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\n\r\n{}",
    "no content": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nabcde",
    "a hint": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/",
}


@pytest.mark.parametrize(
    ("name", "is_whole"),
    [
        *((name, False) for name in ("two lengths", "a length and chunks", "no content", "a hint")),
        *((name, True) for name in ("capitals", "its name in a value")),
    ],
)
def test_only_what_is_sure_to_be_a_whole_answer_is_taken_for_one(name, is_whole):
    for data, expected in ((UNUSUAL[name], is_whole), (UNUSUAL[name] + b"x", False)):
        stream = Stream(Unused(), None, True, 1.0)
        stream.write(b"GET / HTTP/1.1\r\n\r\n", 1.0)
        assert stream._is_whole(data) is expected
        assert stream._is_whole(data) is False, "what comes next begins no answer"


def test_a_stream_with_a_byte_held_back_is_not_fit_for_another_request():
    class Socket:
        def settimeout(self, seconds):
            pass

        def recv(self, size):
            return b"answer"

        def close(self):
            pass

        def fileno(self):
            raise AssertionError("nobody needs to ask the system")

    stream = Stream(Socket(), None, True, 1.0)
    assert stream.read(100, 1.0) == b"answe"
    assert stream.get_extra_info("is_readable") is True
    with pytest.raises(StaleConnectionError):
        stream.write(b"GET / HTTP/1.1\r\n\r\n", 1.0)
    assert stream.read(100, 1.0) == b"r"
