"""Proxies that the environment names: used where they should be, and nothing of them in an error."""

from __future__ import annotations

import contextlib
import socket
import sys

import httpx
import pytest

from tests.support.environment import forget_proxies
from tests.support.fake_server import API_KEY
from tests.support.loopback import Received, http_json, listening, serving
from tests.support.socks import Socks
from titan import APIConnectionError, ConfigurationError, TitanClient, TitanSecurityWarning
from titan._http.connections.addresses import is_loopback
from titan._http.connections.proxies import Proxies
from titan._http.connections.sockets import Stream


@pytest.fixture
def environment(monkeypatch):
    forget_proxies(monkeypatch)
    return monkeypatch


def answer_all(request: Received) -> bytes:
    for _ in request.pieces():
        pass
    return http_json({"data": []})


@pytest.fixture
def proxy():
    with serving(answer_all) as running:
        yield running


def client_of(address: str) -> TitanClient:
    with pytest.warns(TitanSecurityWarning):
        return TitanClient(address, API_KEY)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_used(environment, proxy, variable):
    environment.setenv(variable, proxy.url)
    with client_of("http://titan.invalid") as client:
        client.sessions.list()
        client.sessions.list()
    assert [one.target for one in proxy.requests] == ["http://titan.invalid/api/sessions"] * 2
    assert len(set(proxy.client_ports)) == 1


def test_a_proxy_without_a_scheme_is_one_of_http(environment, proxy):
    environment.setenv("HTTP_PROXY", proxy.url.partition("://")[2])
    with client_of("http://titan.invalid") as client:
        assert client.sessions.list() == []


def test_the_password_of_a_proxy_reaches_it_alone(environment, proxy):
    environment.setenv("HTTP_PROXY", proxy.url.replace("://", "://user:pa%40ss@"))
    with client_of("http://titan.invalid") as client:
        client.sessions.list()
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpwYUBzcw=="


def test_a_proxy_that_is_not_there_is_a_connection_error(environment, proxy, clock):
    proxy.close()
    environment.setenv("HTTP_PROXY", proxy.url)
    with client_of("http://titan.invalid") as client, pytest.raises(APIConnectionError) as caught:
        client.messages.send("s", {"type": "text"})
    assert caught.value.maybe_processed is False


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_server_on_this_machine_is_reached_without_a_proxy(environment, variable):
    # The key would go to the proxy in clear.
    environment.setenv(variable, "http://127.0.0.1:9")
    with serving(answer_all) as running:
        port = running.url.rpartition(":")[2]
        for address in (running.url, f"http://localhost:{port}", f"http://127.0.0.1:{port}/titan"):
            with TitanClient(address, API_KEY) as client:
                assert client.sessions.list() == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("api.localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.example.com", False),
        ("128.0.0.1", False),
        ("10.0.0.1", False),
        ("::2", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_its_names_and_addresses(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("without", "address", "is_direct"),
    [
        ("*", "http://titan.example", True),
        ("titan.example", "http://titan.example", True),
        ("TITAN.example", "http://titan.example", True),
        ("other.example,titan.example", "http://titan.example", True),
        ("other.example titan.example", "http://titan.example", True),
        ("example", "http://titan.example", True),
        (".example", "http://titan.example", True),
        ("*.example", "http://titan.example", True),
        ("an.example", "http://titan.example", False),
        ("titan.example.com", "http://titan.example", False),
        ("titan.example:8080", "http://titan.example:8080", True),
        ("titan.example:8080", "http://titan.example", False),
        ("titan.example:80", "http://titan.example", True),
        ("titan.example:443", "https://titan.example", True),
        ("10.0.0.0/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://11.1.2.3", False),
        ("10.1.2.3", "http://10.1.2.3:8000", True),
        ("[fd00::1]", "http://[fd00::1]", True),
        ("[fd00::1]:8000", "http://[fd00::1]:8000", True),
        ("fd00::1", "http://[fd00::1]", True),
        ("fe80::/10", "http://[fe80::1]", True),
        ("fe80::/10", "http://[fd80::1]", False),
        ("[::1],fe80::/10,10.0.0.0/8", "http://titan.example", False),
        ("http://titan.example", "http://titan.example", True),
        ("!?, [, :::, 999.0.0.0/8, %%%", "http://titan.example", False),
    ],
)
def test_no_proxy_in_every_form_that_tools_know(environment, without, address, is_direct):
    environment.setenv("ALL_PROXY", "http://proxy.example:3128")
    environment.setenv("NO_PROXY", without)
    assert (Proxies().of(httpx.URL(address)) is None) is is_direct


def test_strange_exceptions_in_no_proxy_break_no_call(environment, proxy):
    environment.setenv("HTTP_PROXY", proxy.url)
    environment.setenv("NO_PROXY", "localhost,[::1],fe80::/10,192.168.0.0/16,127.0.0.1")
    with client_of("http://titan.invalid") as client:
        assert client.sessions.list() == []


SECRET = "hunter2"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", f"gopher://user:{SECRET}@proxy.example:1"),
        ("ALL_PROXY", f"http://user:{SECRET}@proxy.example:port"),
        ("HTTPS_PROXY", f"http://user:{SECRET}##@proxy.example:1"),
        ("HTTPS_PROXY", f"http://user:{SECRET}/@proxy.example:1"),
        ("ALL_PROXY", f"socks5://user:{SECRET}@proxy.example:1"),
        ("HTTPS_PROXY", f"http://{SECRET}@"),
        ("https_proxy", f"http://[{SECRET}"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_when_the_client_is_made_without_its_password(
    environment, variable, value
):
    environment.setitem(sys.modules, "socksio", None)
    environment.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=r"(?i)https?_proxy|all_proxy") as caught:
        TitanClient("https://api.example.com", API_KEY)
    error = caught.value
    assert error.maybe_processed is False
    assert SECRET not in f"{error} {error!r} {error.message} {error.args}"
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_proxy_that_this_server_does_not_need_is_not_looked_at(environment):
    environment.setenv("HTTP_PROXY", "gopher://nonsense")
    TitanClient("https://api.example.com", API_KEY).close()
    environment.setenv("NO_PROXY", "example.com")
    environment.setenv("ALL_PROXY", "gopher://nonsense")
    TitanClient("https://api.example.com", API_KEY).close()


def test_a_call_goes_through_a_socks_proxy(environment):
    pytest.importorskip("socksio")
    with serving(answer_all) as running:
        socks = Socks(running.url)
        socks.start()
        environment.setenv("ALL_PROXY", socks.url)
        with contextlib.closing(socks), client_of("http://titan.invalid") as client:
            assert client.sessions.list() == []
    assert running.requests[0].headers["host"] == "titan.invalid"


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x05",
        b"\x05\xff",
        b"\x04\x00",
        b"\x05\x00\x05\x01\x00",
        b"\x00" * 300,
    ],
    ids=ascii,
)
def test_what_is_not_a_socks_proxy_is_a_connection_error(environment, clock, says):
    pytest.importorskip("socksio")
    socks = Socks("http://127.0.0.1:9", says=says)
    socks.start()
    environment.setenv("ALL_PROXY", socks.url)
    options = {"total_timeout": 0.5, "max_retries": 0}
    with pytest.warns(TitanSecurityWarning):
        client = TitanClient("http://titan.invalid", API_KEY, **options)
    with contextlib.closing(socks), client, pytest.raises(APIConnectionError) as caught:
        client.messages.send("s", {"type": "text"})
    assert says.decode("latin-1") not in str(caught.value)


EARLY = {"the end": b"", "one byte": b"H", "an answer": http_json({"error": "busy"}, 503)}


@pytest.mark.parametrize("early", EARLY)
def test_what_comes_right_behind_the_reply_of_a_socks_proxy_costs_no_other_connection(environment, early):
    pytest.importorskip("socksio")
    connections = []

    def connect_and_end(connection, over):
        connections.append(connection)
        connection.recv(1000)
        connection.sendall(b"\x05\x00")
        connection.recv(1000)
        # So that the end comes with the reply, and not later than the request.
        if hasattr(socket, "TCP_CORK"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00" + EARLY[early])
        connection.shutdown(socket.SHUT_WR)
        over.wait(10)

    with listening(connect_and_end) as address:
        environment.setenv("ALL_PROXY", f"socks5://{address}")
        with pytest.warns(TitanSecurityWarning):
            client = TitanClient("http://titan.invalid", API_KEY, max_retries=0, total_timeout=1)
        with client, pytest.raises(APIConnectionError):
            client.messages.send("s", {"type": "text"})
    assert len(connections) == 1


@pytest.mark.parametrize("early", EARLY)
def test_a_connection_takes_its_first_request_whatever_came_behind_the_reply_of_a_proxy(early):
    ours, theirs = socket.socketpair()
    stream = Stream(ours, None, True, 1.0)
    with theirs, contextlib.closing(stream):
        stream.write(b"\x05\x01\x00")
        theirs.sendall(b"\x05\x00")
        assert stream.read(100) == b"\x05\x00"
        theirs.sendall(EARLY[early])
        theirs.shutdown(socket.SHUT_WR)
        stream.write(b"GET / HTTP/1.1\r\n\r\n", 1.0)
        assert stream.read(1, 1.0) == EARLY[early][:1]
        assert theirs.recv(100) == b"\x05\x01\x00GET / HTTP/1.1\r\n\r\n"
