"""`total_timeout` over real sockets: whatever the other side does, the call ends on time."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import threading
import time
import types
from typing import Callable, Iterator

import httpx
import pytest

from tests.support.environment import forget_proxies
from tests.support.fake_server import API_KEY
from tests.support.libraries import LIBRARIES
from tests.support.loopback import full_listener, http_json, listening, say_nothing, serving
from tests.support.socks import Socks, pump
from tests.support.tls import SecureLoopback, server_context
from titan import (
    APIConnectionError,
    APITimeoutError,
    DeadlineTransport,
    TitanClient,
    TitanError,
    TitanSecurityWarning,
)
from titan._http.connections.sockets import Backend

pytestmark = pytest.mark.slow

TOTAL = 0.5
# What the rule allows, and what a busy machine adds.
LATE = 0.3 + 0.5


def dribble(connection: socket.socket, over: threading.Event, head: bytes, drop: bytes) -> None:
    connection.sendall(head)
    while not over.wait(0.05):
        connection.sendall(drop)


def dribble_headers(connection, over):
    dribble(connection, over, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")


def send_102_for_ever(connection, over):
    dribble(connection, over, b"", b"HTTP/1.1 102 Processing\r\n\r\n")


def dribble_a_body(connection, over):
    dribble(connection, over, b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" ")


def dribble_chunks(connection, over):
    dribble(connection, over, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")


def stop_in_the_body(connection, over):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n ")
    over.wait(60)


def stop_in_the_body_of_an_error(connection, over):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 99\r\n\r\n{")
    over.wait(60)


SLOW = [
    say_nothing,
    dribble_headers,
    send_102_for_ever,
    dribble_a_body,
    dribble_chunks,
    stop_in_the_body,
    stop_in_the_body_of_an_error,
]
slow = pytest.mark.parametrize("behave", SLOW, ids=lambda one: one.__name__)


def took(call: Callable[[], object], error=TitanError):
    started = time.monotonic()
    with pytest.raises(error) as caught:
        call()
    return time.monotonic() - started, caught.value


@slow
def test_a_call_ends_on_time(behave):
    with listening(behave) as host, TitanClient(f"http://{host}", API_KEY, total_timeout=TOTAL) as client:
        seconds, error = took(lambda: client.messages.send("s", {"type": "text"}))
    assert seconds < TOTAL + LATE
    assert error.maybe_processed is True


@slow
def test_a_call_that_can_be_repeated_ends_on_time_with_its_retries(behave):
    with listening(behave) as host:
        options = {"total_timeout": TOTAL, "timeout": 0.2, "max_retries": 9}
        with TitanClient(f"http://{host}", API_KEY, **options) as client:
            seconds, _ = took(client.sessions.list)
    assert seconds < TOTAL + LATE


@slow
def test_a_client_on_our_transport_ends_on_time_too(behave):
    with listening(behave) as host, httpx.Client(transport=DeadlineTransport()) as http:
        client = TitanClient(f"http://{host}", API_KEY, total_timeout=TOTAL, http_client=http)
        seconds, _ = took(client.sessions.list)
    assert seconds < TOTAL + LATE


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
@pytest.mark.parametrize("behave", [say_nothing, stop_in_the_body], ids=lambda one: one.__name__)
def test_on_another_client_no_wait_exceeds_what_was_left_when_it_began(behave, library):
    with listening(behave) as host, library.Client() as http:
        client = TitanClient(f"http://{host}", API_KEY, total_timeout=TOTAL, http_client=http)
        seconds, error = took(client.sessions.list, APITimeoutError)
    assert "total_timeout is over" in str(error)
    assert seconds < 2 * TOTAL + LATE


def test_a_download_ends_on_time_and_leaves_nothing(tmp_path):
    for behave in (dribble_headers, dribble_a_body, stop_in_the_body):
        with listening(behave) as host, TitanClient(f"http://{host}", API_KEY, total_timeout=TOTAL) as client:
            seconds, _ = took(lambda client=client: client.media.download_to("s", "m", tmp_path / "file"))
        assert seconds < TOTAL + LATE
        assert list(tmp_path.iterdir()) == []


def test_an_upload_that_nobody_reads_ends_on_time():
    with (
        listening(say_nothing) as host,
        TitanClient(f"http://{host}", API_KEY, total_timeout=TOTAL) as client,
    ):
        for send in (
            lambda: client.messages.send_file("s", "c", io.BytesIO(bytes(30_000_000))),
            lambda: client.messages.send("s", {"type": "file", "base64": "x" * 30_000_000}),
        ):
            seconds, error = took(send, APIConnectionError)
            assert seconds < TOTAL + LATE
            assert error.maybe_processed is True


def test_an_upload_that_is_read_in_sips_ends_on_time():
    def sip(connection, over):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not over.wait(0.02) and connection.recv(2000):
            pass

    with listening(sip) as host, TitanClient(f"http://{host}", API_KEY, total_timeout=TOTAL) as client:
        seconds, _ = took(lambda: client.messages.send_file("s", "c", io.BytesIO(bytes(30_000_000))))
    assert seconds < TOTAL + LATE


def test_a_handshake_of_tls_that_stalls_or_dribbles_ends_on_time():
    def dribble_a_handshake(connection, over):
        connection.recv(65536)
        dribble(connection, over, b"\x16\x03\x03\x40\x00", b"\x02")

    for behave in (say_nothing, dribble_a_handshake):
        with (
            listening(behave) as host,
            TitanClient(f"https://{host}", API_KEY, total_timeout=TOTAL) as client,
        ):
            seconds, error = took(lambda client=client: client.messages.send("s", {"type": "text"}))
        assert seconds < TOTAL + LATE
        assert error.maybe_processed is False


@pytest.fixture
def environment(monkeypatch):
    forget_proxies(monkeypatch)
    return monkeypatch


@pytest.mark.parametrize("behave", [say_nothing, dribble_headers], ids=lambda one: one.__name__)
def test_a_proxy_that_stalls_before_the_tunnel_is_there_ends_on_time(environment, behave):
    with listening(behave) as host:
        environment.setenv("HTTPS_PROXY", f"http://{host}")
        with TitanClient("https://titan.invalid", API_KEY, total_timeout=TOTAL, max_retries=0) as client:
            seconds, _ = took(lambda: client.messages.send("s", {"type": "text"}))
    assert seconds < TOTAL + LATE


@pytest.mark.parametrize("address", ["http://titan.invalid", "https://titan.invalid"])
@pytest.mark.filterwarnings("ignore::titan.TitanSecurityWarning")
def test_a_socks_proxy_that_stalls_ends_on_time(environment, address):
    pytest.importorskip("socksio")
    socks = Socks("http://127.0.0.1:9", says=b"")
    socks.start()
    environment.setenv("ALL_PROXY", socks.url)
    with contextlib.closing(socks):
        with TitanClient(address, API_KEY, total_timeout=TOTAL, max_retries=0) as client:
            seconds, _ = took(lambda: client.messages.send("s", {"type": "text"}))
        assert seconds < TOTAL + LATE
        # Without a deadline, a proxy has as long as connecting has.
        options = {"timeout": httpx.Timeout(30, connect=TOTAL), "max_retries": 0}
        with TitanClient(address, API_KEY, **options) as client:
            seconds, _ = took(lambda: client.messages.send("s", {"type": "text"}))
        assert seconds < TOTAL + LATE


def test_waiting_for_a_free_connection_ends_on_time():
    limits = httpx.Limits(max_connections=1)
    with listening(say_nothing) as host, httpx.Client(transport=DeadlineTransport(limits=limits)) as http:
        client = TitanClient(f"http://{host}", API_KEY, http_client=http, max_retries=0)
        holder = threading.Thread(
            target=lambda: took(client.with_options(total_timeout=3 * TOTAL).sessions.list), daemon=True
        )
        holder.start()
        time.sleep(TOTAL / 2)
        seconds, error = took(lambda: client.with_options(total_timeout=TOTAL).messages.send("s", {}))
        holder.join()
    assert seconds < TOTAL + LATE
    assert error.maybe_processed is False


def test_a_host_with_several_addresses_that_do_not_answer_ends_on_time(monkeypatch):
    with full_listener() as full:
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args: [address] * 5)
        with pytest.warns(TitanSecurityWarning):
            client = TitanClient("http://titan.invalid", API_KEY, total_timeout=TOTAL)
        with client:
            seconds, error = took(lambda: client.messages.send("s", {"type": "text"}))
    assert seconds < TOTAL + LATE
    assert error.maybe_processed is False


def test_the_next_address_of_a_host_is_tried(monkeypatch):
    with (
        serving(lambda request: http_json({"data": []})) as running,
        socket.create_server(("127.0.0.1", 0)) as one,
    ):
        closed = one.getsockname()
        one.close()
        host, _, port = running.url.rpartition("/")[2].partition(":")
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (closed, (host, int(port)))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args: found)
        stream = Backend(None, speaks_http1=True).connect_tcp("titan.invalid", 80, timeout=5)
        assert stream.get_extra_info("server_addr") == (host, int(port))
        stream.close()


@contextlib.contextmanager
def proxying(target: str, certificate, *, silent_behind_tunnel: bool = False) -> Iterator[str]:
    """A proxy over https that connects everybody to one server; gives its address."""
    context = server_context(certificate)

    def behave(connection, over):
        with context.wrap_socket(connection, server_side=True) as client:
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if silent_behind_tunnel:
                over.wait(60)
                return
            host, _, port = target.rpartition("/")[2].partition(":")
            with socket.create_connection((host, int(port))) as server:
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                server.shutdown(socket.SHUT_RDWR)
                back.join(10)

    with listening(behave) as host:
        yield f"https://{host}"


def test_a_call_goes_over_tls_inside_tls_through_a_proxy(environment, certificate):
    # The `ssl` module has no socket for that.
    environment.setenv("SSL_CERT_FILE", certificate[0])
    payload = "x" * 300_000
    running = SecureLoopback(lambda request: http_json({"data": [request.json()["text"]]}), certificate)
    with contextlib.closing(running), proxying(running.url, certificate) as proxy:
        environment.setenv("ALL_PROXY", proxy)
        with TitanClient("https://titan.invalid", API_KEY, total_timeout=20) as client:
            for _ in range(2):
                assert client.request("POST", "/api/any", json={"text": payload}) == [payload]
    assert len(set(running.client_ports)) == 1


def test_tls_inside_tls_keeps_to_the_deadline(environment, certificate):
    environment.setenv("SSL_CERT_FILE", certificate[0])
    with proxying("", certificate, silent_behind_tunnel=True) as proxy:
        environment.setenv("ALL_PROXY", proxy)
        options = {"total_timeout": TOTAL, "max_retries": 0}
        with TitanClient("https://titan.invalid", API_KEY, **options) as client:
            seconds, error = took(lambda: client.messages.send("s", {"type": "text"}))
    assert seconds < TOTAL + LATE
    assert error.maybe_processed is False


def test_a_server_over_tls_that_stops_in_the_body_ends_on_time(environment, certificate):
    environment.setenv("SSL_CERT_FILE", certificate[0])
    context = server_context(certificate)

    def behave(connection, over):
        with context.wrap_socket(connection, server_side=True) as secure:
            stop_in_the_body(secure, over)

    with listening(behave) as host, TitanClient(f"https://{host}", API_KEY, total_timeout=TOTAL) as client:
        seconds, _ = took(client.sessions.list, APITimeoutError)
    assert seconds < TOTAL + LATE


class OtherPool:
    """Stands in for the class that httpx's pool is of today."""


def test_without_our_pool_calls_work_and_a_deadline_holds_for_each_wait(monkeypatch):
    from titan._http.connections import transport

    core = types.SimpleNamespace(**{**vars(transport.httpcore), "ConnectionPool": OtherPool})
    monkeypatch.setattr(transport, "httpcore", core)
    with (
        serving(lambda request: http_json({"data": []})) as running,
        TitanClient(running.url, API_KEY, total_timeout=5) as client,
    ):
        assert client.sessions.list() == client.sessions.list() == []
        pool = client._context.transport._connections._main._pool
        assert type(pool).__module__.startswith("httpcore")
    with (
        listening(say_nothing) as host,
        TitanClient(f"http://{host}", API_KEY, total_timeout=TOTAL) as client,
    ):
        seconds, error = took(client.sessions.list, APITimeoutError)
    assert seconds < TOTAL + LATE
    assert "total_timeout is over" in str(error)


def test_our_transport_replaces_nothing_but_the_pool():
    # Tools hook into the methods of httpx's class.
    own = {name for name in vars(DeadlineTransport) if not name.startswith("__")}
    assert own == set()
    assert DeadlineTransport.handle_request is httpx.HTTPTransport.handle_request
    assert DeadlineTransport.close is httpx.HTTPTransport.close


def test_our_transport_takes_what_that_of_httpx_takes(certificate):
    import inspect

    ours = inspect.signature(DeadlineTransport).parameters
    theirs = inspect.signature(httpx.HTTPTransport).parameters
    assert set(theirs) <= set(ours)
    running = SecureLoopback(lambda request: http_json({"data": []}), certificate)
    context = ssl.create_default_context(cafile=certificate[0])
    with contextlib.closing(running), httpx.Client(transport=DeadlineTransport(verify=context)) as own:
        client = TitanClient(running.url, API_KEY, http_client=own, total_timeout=5)
        assert client.sessions.list() == []
        with httpx.Client(transport=DeadlineTransport()) as other:
            client = TitanClient(running.url, API_KEY, http_client=other, max_retries=0)
            with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
                client.sessions.list()


def test_our_transport_connects_to_unix_sockets_and_from_an_address(tmp_path):
    path = str(tmp_path / "titan.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(http_json({"data": []}))
                connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with httpx.Client(transport=DeadlineTransport(uds=path)) as own:
            client = TitanClient("http://localhost", API_KEY, http_client=own, total_timeout=5)
            assert client.sessions.list() == []
        thread.join(10)
    with (
        serving(lambda request: http_json({"data": []})) as running,
        httpx.Client(transport=DeadlineTransport(local_address="127.0.0.2")) as own,
    ):
        TitanClient(running.url, API_KEY, http_client=own).sessions.list()
    assert len(running.requests) == 1
