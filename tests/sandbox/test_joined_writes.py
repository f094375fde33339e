"""A response leaves with one call of the system, whatever the server writes it in."""

from __future__ import annotations

import asyncio
import socket

import pytest

from titan.sandbox.server.limits import connections
from titan.sandbox.server.limits.connections import JoiningTransport


class Recorder:
    """A transport that only notes what it is to do."""

    def __init__(self):
        self.calls = []

    def write(self, data):
        self.calls.append(bytes(data))

    def close(self):
        self.calls.append("close")

    def abort(self):
        self.calls.append("abort")

    def is_closing(self):
        return "close" in self.calls


def calls_after(use):
    """What reaches the transport below, until the loop has gone round."""
    recorder = Recorder()

    async def run():
        use(JoiningTransport(recorder, asyncio.get_running_loop()))
        await asyncio.sleep(0)

    asyncio.run(run())
    return recorder.calls


def test_head_and_body_go_together():
    def use(transport):
        transport.write(b"head ")
        transport.write(b"body")
        transport.write(b"")

    assert calls_after(use) == [b"head body"]


def test_what_was_written_goes_before_the_connection_closes():
    def use(transport):
        transport.write(b"half")
        transport.close()

    assert calls_after(use) == [b"half", "close"]


def test_an_aborted_connection_is_aborted_at_once():
    assert calls_after(lambda transport: transport.abort()) == ["abort"]


def test_nothing_is_written_for_nothing():
    assert calls_after(lambda transport: transport.write(b"")) == []


def test_large_bodies_are_not_copied(monkeypatch):
    monkeypatch.setattr(connections, "_MOST_BYTES_TO_JOIN", 5)

    def use(transport):
        transport.write(b"head ")
        transport.write(b"large body")
        transport.write(b"end")

    assert calls_after(use) == [b"head ", b"large body", b"end"]


@pytest.mark.parametrize("path", ["/api/sessions", "/api/nowhere", "/sandbox/messages", "/"])
def test_server_sends_a_response_at_once(sandbox, api, path, monkeypatch):
    sent = []
    original = connections.JoiningTransport.flush

    def note(transport):
        sent.append(list(transport._written))
        original(transport)

    monkeypatch.setattr(connections.JoiningTransport, "flush", note)
    api.get(path)
    assert len([parts for parts in sent if parts]) == 1


@pytest.mark.parametrize("rest", [b"", b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_client_that_has_nothing_more_to_say_is_answered(sandbox, rest):
    address = sandbox.base_url.partition("//")[2].split(":")
    for _ in range(20):
        with socket.create_connection((address[0], int(address[1])), 10) as connection:
            connection.sendall(b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\n\r\n" + rest)
            connection.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: connection.recv(10_000), b""))
        assert received.count(b"HTTP/1.1 401") >= 1
