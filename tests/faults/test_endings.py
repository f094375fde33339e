"""Connections that end without a word just after they were made or answered: behind proxies, and in a row."""

from __future__ import annotations

import contextlib
from unittest import mock

import httpx
import pytest

from tests.faults.cells import PROMPT, Pauses
from tests.faults.operations import OPERATIONS
from tests.faults.privacy import CHAT, KEY
from tests.faults.rules import MAX_RETRIES
from tests.faults.server import Exchange, FaultServer
from tests.support.environment import forget_proxies
from tests.support.loopback import Received, http_json, serving
from titan import APIConnectionError, DeadlineTransport, ServiceUnavailableError, TitanClient
from titan._http import transport

pytestmark = [
    # What they test depends on httpcore, and little on Python.
    pytest.mark.slow,
    # Behind a proxy the server has a name that is not of loopback, and plain HTTP to it is warned of.
    pytest.mark.filterwarnings("ignore::titan.TitanSecurityWarning"),
]


# Proxies


SOCKS_YES = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
EARLY_ANSWER = http_json({"error": "too many connections"}, 503, {"Connection": "close"})


def say_yes_as_socks(exchange: Exchange, behind: bytes = b"") -> None:
    exchange.connection.recv(1000)
    exchange.send(b"\x05\x00")
    exchange.connection.recv(1000)
    exchange.send(SOCKS_YES + behind)


def say_yes_as_http(exchange: Exchange) -> None:
    exchange.read_head()
    exchange.send(b"HTTP/1.1 200 Connection established\r\n\r\n")


def close(exchange: Exchange) -> None:
    """Say that nothing more comes."""
    exchange.drain()


def reset(exchange: Exchange) -> None:
    # Or the yes would be taken back with it.
    exchange.server.over.wait(0.02)
    exchange.reset()


def answer_early(exchange: Exchange) -> None:
    """Refuse before anything was asked."""
    # Or it could come in one piece with the yes.
    exchange.server.over.wait(0.02)
    exchange.send(EARLY_ANSWER)
    exchange.drain()


def say_yes_and_answer_early(exchange: Exchange) -> None:
    """Refuse in one piece with the yes."""
    say_yes_as_socks(exchange, EARLY_ANSWER)
    exchange.drain()


WAYS = {
    "SOCKS": ("http", "socks5", say_yes_as_socks),
    "SOCKS and TLS": ("https", "socks5", say_yes_as_socks),
    "HTTP and TLS": ("https", "http", say_yes_as_http),
}


def call_by_proxy(monkeypatch, tmp_path, play, url, kind, called, *, is_own):
    """Call an operation by way of a proxy; give the error, and how many connections the proxy got."""
    if kind == "socks5":
        pytest.importorskip("socksio")
    forget_proxies(monkeypatch)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(contextlib.closing(FaultServer([play], called.answer_with_id)))
        proxy = f"{kind}://{server.address}"
        given = None
        if is_own:
            monkeypatch.setenv("ALL_PROXY", proxy)
        else:
            given = stack.enter_context(httpx.Client(transport=DeadlineTransport(proxy=proxy)))
        options = {"total_timeout": PROMPT, "max_retries": MAX_RETRIES, "http_client": given}
        client = stack.enter_context(TitanClient(url, KEY, **options))
        stack.enter_context(mock.patch.object(transport, "time", Pauses(lambda: None)))
        with pytest.raises((APIConnectionError, ServiceUnavailableError)) as caught:
            called.call(client, tmp_path)
    return caught.value, server.connections


@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize("operation", ["messages.send", "contacts.get"])
@pytest.mark.parametrize("end", [close, reset, answer_early])
@pytest.mark.parametrize("way", WAYS)
def test_a_proxy_that_says_yes_and_ends_costs_one_connection_an_attempt(
    monkeypatch, tmp_path, way, end, operation, is_own
):
    scheme, kind, say_yes = WAYS[way]

    def play(exchange: Exchange) -> None:
        say_yes(exchange)
        end(exchange)

    called = OPERATIONS[operation]
    url = f"{scheme}://titan.invalid"
    error, connections = call_by_proxy(monkeypatch, tmp_path, play, url, kind, called, is_own=is_own)
    # A time-out is an APIConnectionError, too.
    assert type(error) in (APIConnectionError, ServiceUnavailableError)
    if scheme == "https":
        assert (type(error), error.maybe_processed) == (APIConnectionError, False)
    is_repeated = called.is_repeatable or not error.maybe_processed
    assert connections == (MAX_RETRIES + 1 if is_repeated else 1)


@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize("operation", ["messages.send", "contacts.get"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_comes_in_one_piece_with_the_yes_of_a_socks_proxy_is_no_answer(
    monkeypatch, tmp_path, scheme, operation, is_own
):
    called, url = OPERATIONS[operation], f"{scheme}://titan.invalid"
    error, connections = call_by_proxy(
        monkeypatch, tmp_path, say_yes_and_answer_early, url, "socks5", called, is_own=is_own
    )
    assert (type(error), error.maybe_processed) == (APIConnectionError, False)
    assert connections == MAX_RETRIES + 1


# Connections that carried a request


def answer_and_close(request: Received) -> None:
    """Answer with what was asked for, and end the connection without having said so."""
    text = request.json()["text"] if request.method == "POST" else ""
    request.connection.sendall(http_json({"data": {"id": text, "pushName": "x"}}))


@contextlib.contextmanager
def client_of(address: str, *, is_own: bool):
    with contextlib.ExitStack() as stack:
        given = None if is_own else stack.enter_context(httpx.Client(transport=DeadlineTransport()))
        options = {"total_timeout": PROMPT, "http_client": given}
        yield stack.enter_context(TitanClient(address, KEY, **options))


@pytest.mark.parametrize("is_own", [True, False])
def test_more_connections_may_end_than_there_are_at_once(is_own):
    texts = [f"number {number}" for number in range(150)]
    with serving(answer_and_close) as running, client_of(running.url, is_own=is_own) as client:
        for text in texts:
            sent = client.messages.send("s", {"chatId": CHAT, "type": "text", "text": text})
            assert sent.id == text
            running.wait_until_all_are_closed()
        assert len(running.requests) == running.connections == len(texts)


@pytest.mark.parametrize("is_own", [True, False])
def test_where_a_used_connection_has_ended_and_nobody_listens_any_more_nothing_was_sent(tmp_path, is_own):
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(serving(answer_and_close))
        client = stack.enter_context(client_of(running.url, is_own=is_own))
        stack.enter_context(mock.patch.object(transport, "time", Pauses(lambda: None)))
        OPERATIONS["contacts.get"].call(client, tmp_path)
        running.close()
        with pytest.raises(APIConnectionError) as caught:
            OPERATIONS["messages.send"].call(client, tmp_path)
        assert caught.value.maybe_processed is False
