"""What is bounded: bodies, messages, deliveries, files, connections, and the time that a request may take."""

from __future__ import annotations

import base64
import contextlib
import gc
import http.client
import json
import socket
import threading
import time
import tracemalloc

import pytest

from tests.support.endpoints import chunks, read_answer
from tests.support.sandbox import (
    BASE,
    FRIEND,
    JPEG,
    TEXT,
    client,
    data_of,
    error_of,
    receiving,
    subscribe,
    wait_until,
)
from tests.support.webhooks import ONCE, create_webhook, hanging, update_webhook
from titan.sandbox import Sandbox

IMAGE = {"session": "my-session", "chatId": FRIEND, "type": "image"}
OTHER = "5511988888888@s.whatsapp.net"


def address_of(sandbox):
    host, port = sandbox.base_url[len("http://") :].split(":")
    return host, int(port)


def send(api, text, chat_id=FRIEND):
    return data_of(api.post("/api/messages/send", json={**TEXT, "chatId": chat_id, "text": text}))


# --- Bodies


def pieces(size, piece=b"x" * 65536):
    for _ in range(size // len(piece)):
        yield piece


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/messages/send"), ("PUT", f"{BASE}/client-rules"), ("POST", "/sandbox/settings")],
)
@pytest.mark.parametrize("announced", [True, False])
def test_body_that_is_too_large_is_refused_without_being_kept(sandbox, api, method, path, announced):
    sandbox.configure(max_body_bytes=1_000_000)
    size = 32 * 1024 * 1024
    headers = {"Content-Type": "application/json", **({"Content-Length": str(size)} if announced else {})}
    tracemalloc.start()
    try:
        response = api.request(method, path, content=pieces(size), headers=headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert error_of(response, 413) == "the body has more than 1000000 bytes"
    assert peak < 6_000_000
    # The connection, or a new one, goes on.
    data_of(api.get("/api/sessions"))


def test_body_of_the_largest_size_is_taken(sandbox, connected, api):
    body = json.dumps(TEXT).encode()
    sandbox.configure(max_body_bytes=len(body))
    headers = {"Content-Type": "application/json"}
    data_of(api.post("/api/messages/send", content=body, headers=headers))
    assert error_of(api.post("/api/messages/send", content=body + b" ", headers=headers), 413)


def test_client_that_asks_first_is_refused_before_it_sends(sandbox):
    sandbox.configure(max_body_bytes=1000)
    with socket.create_connection(address_of(sandbox), 10) as connection:
        connection.sendall(
            b"POST /sandbox/settings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


# --- Messages, deliveries, files


def test_oldest_messages_go_when_there_are_too_many(sandbox, connected, api):
    sandbox.configure(max_messages=5)
    for number in range(4):
        send(api, f"sent {number}")
        sandbox.receive("my-session", f"received {number}", sender=OTHER)
    assert [one["text"] for one in sandbox.messages] == ["sent 0", "sent 1", "sent 2", "sent 3"]
    assert [one["text"] for one in sandbox.chat("my-session", FRIEND)["messages"]] == ["sent 2", "sent 3"]
    shown = sandbox.chat("my-session", OTHER)
    assert [one["text"] for one in shown["messages"]] == ["received 1", "received 2", "received 3"]
    # What is gone is not unread for ever.
    assert shown["unreadCount"] == 3
    for number in range(4, 8):
        send(api, f"sent {number}")
    assert len(sandbox.messages) == 5
    assert sandbox.chat("my-session", OTHER)["unreadCount"] == 1


def test_oldest_deliveries_go_when_there_are_too_many(sandbox, connected, api):
    sandbox.configure(max_deliveries=3)
    with receiving() as receiver:
        subscribe(api, receiver, "message.received")
        for number in range(8):
            sandbox.receive("my-session", f"{number}", sender=FRIEND)
        sandbox.wait_for_deliveries()
        assert len(receiver.events) == 8
    assert [json.loads(one["body"])["payload"]["text"] for one in sandbox.deliveries] == ["5", "6", "7"]


def test_pending_deliveries_never_go(sandbox, connected, api):
    sandbox.configure(max_deliveries=2)
    with hanging() as slow:
        webhook = create_webhook(api, slow.url, events=["message.received"], retries=ONCE)
        for number in range(6):
            sandbox.receive("my-session", f"{number}", sender=FRIEND)
        assert slow.arrived.wait(10)
        assert [one["status"] for one in sandbox.deliveries] == ["pending"] * 6
        slow.go_on.set()
        sandbox.wait_for_deliveries()
    assert [one["status"] for one in sandbox.deliveries] == ["delivered"] * 2
    update_webhook(api, webhook, enabled=False)


@pytest.mark.parametrize("way", ["sent", "received", "received as content", "picture"])
def test_oldest_files_go_when_there_are_too_many_bytes(sandbox, connected, api, way):
    text = base64.b64encode(JPEG * 1000).decode()
    sandbox.configure(max_file_bytes=5 * len(text))

    def keep():
        if way == "picture":
            data_of(api.put(f"{BASE}/profile/picture", json={"base64": text}))
            return data_of(api.get(f"{BASE}/profile"))["profileUrl"]
        if way == "sent":
            message = data_of(api.post("/api/messages/send", json={**IMAGE, "base64": text}))
            return f"/sandbox/files/{message['mediaId']}"
        if way == "received":
            return sandbox.receive("my-session", media=JPEG * 1000, sender=FRIEND)["media"]["url"]
        content = {"type": "image", "base64": text}
        return sandbox.receive("my-session", content=content, sender=FRIEND)["media"]["url"]

    urls = [keep() for _ in range(10)]
    statuses = [api.get(url).status_code for url in urls]
    kept = statuses.count(200)
    assert 2 <= kept <= 6
    assert statuses == [404] * (10 - kept) + [200] * kept
    # What is left of the messages can be looked at.
    if way != "picture":
        shown = data_of(api.get("/sandbox/overview", params={"session": "my-session", "chat": FRIEND}))
        assert [one["media"] is None for one in shown["messages"]] == [one == 404 for one in statuses]
        assert len(sandbox.chat("my-session", FRIEND)["messages"]) == 10
    if way == "sent":
        assert sum("base64" in one["request"] for one in sandbox.messages) <= kept + 1


def test_memory_of_what_was_sent_is_bounded(sandbox, connected, api):
    text = base64.b64encode(b"\xff\xd8\xff" + bytes(1_000_000)).decode()
    sandbox.configure(max_file_bytes=5_000_000, delivered_after=None)
    tracemalloc.start()
    try:
        for _ in range(20):
            data_of(api.post("/api/messages/send", json={**IMAGE, "base64": text}))
        # Requests of the client are in circles.
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 9_000_000


# --- Connections


def dribble(connection, data, over):
    """Send a byte at a time until the other side has had enough."""
    with contextlib.suppress(OSError):
        for byte in data:
            connection.sendall(bytes([byte]))
            if over.wait(0.02):
                return


HEAD = b"POST /sandbox/settings HTTP/1.1\r\nHost: localhost\r\n"
SLOW = {
    "head byte by byte": (b"", HEAD + b"X: " + b"x" * 100_000),
    "body byte by byte": (HEAD + b"Content-Length: 100000\r\n\r\n", b" " * 100_000),
    "chunked body byte by byte": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        b"".join(chunks(*[b" "] * 20_000)),
    ),
    "silence": (b"", b""),
    "half a head and silence": (HEAD, b""),
    "half a body and silence": (HEAD + b"Content-Length: 9\r\n\r\n{", b""),
    "another head after a request": (
        b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + b"X" * 10_000,
    ),
}


@pytest.mark.parametrize("way", SLOW)
def test_request_that_does_not_come_in_time_is_ended(way):
    at_once, slowly = SLOW[way]
    over = threading.Event()
    with Sandbox(request_timeout=0.4) as sandbox, socket.create_connection(address_of(sandbox), 10) as slow:
        started = time.monotonic()
        slow.sendall(at_once)
        if way.startswith("another"):
            first = http.client.HTTPResponse(slow)
            first.begin()
            first.read()
            assert first.status == 401
        thread = threading.Thread(target=dribble, args=(slow, slowly, over))
        thread.start()
        answer = read_answer(slow)
        over.set()
        thread.join(10)
        assert 0.3 < time.monotonic() - started < 5
        assert answer is None or answer.status == 408
        wait_until(lambda: not sandbox._server.server_state.connections)
        # Others are answered as ever.
        with client(sandbox) as api:
            data_of(api.get("/api/sessions"))


@pytest.mark.parametrize(
    "begun", [b"POST /api/webhooks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{", b"GET /api/se"]
)
def test_request_whose_beginning_came_with_the_one_before_has_to_come_in_time_too(begun):
    with Sandbox(request_timeout=0.4) as sandbox, socket.create_connection(address_of(sandbox), 10) as slow:
        slow.sendall(b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\n\r\n" + begun)
        received = b"".join(iter(lambda: slow.recv(10_000), b""))
        assert received.startswith(b"HTTP/1.1 401")
        assert b"HTTP/1.1 408" in received


def test_kept_connection_and_long_answer_are_no_slow_requests():
    with Sandbox(request_timeout=0.2) as sandbox, client(sandbox) as api:
        sandbox.fail("*", delay=0.6)
        for _ in range(2):
            data_of(api.get("/api/sessions"))
        stream = socket.create_connection(address_of(sandbox), 10)
        with stream:
            stream.sendall(b"GET /sandbox/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.5)
            sandbox.connect("s")
            stream.settimeout(10)
            received = b""
            while received.count(b"event: change") < 2:
                piece = stream.recv(10_000)
                assert piece
                received += piece


def test_body_that_comes_steadily_may_take_longer_than_that():
    body = json.dumps({"qrSeconds": 5}).encode() + b" " * 400_000
    with Sandbox(request_timeout=0.2) as sandbox, socket.create_connection(address_of(sandbox), 10) as slow:
        slow.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 40_000):
            slow.sendall(body[start : start + 40_000])
            time.sleep(0.08)
        assert read_answer(slow).status == 200


def test_connections_beyond_the_most_are_refused_and_their_places_are_free_again():
    with Sandbox(max_connections=3) as sandbox, contextlib.ExitStack() as stack:
        address = address_of(sandbox)
        silent = [stack.enter_context(socket.create_connection(address, 10)) for _ in range(3)]
        wait_until(lambda: len(sandbox._server.server_state.connections) == 3)
        for _ in range(5):
            with socket.create_connection(address, 10) as refused:
                answer = read_answer(refused)
                assert answer.status == 503
                assert json.loads(answer.body)["error"] == "there are more than 3 connections"
        for one in silent:
            one.close()
        wait_until(lambda: not sandbox._server.server_state.connections)
        with client(sandbox) as api:
            data_of(api.get("/api/sessions"))


def test_oldest_messages_go_also_from_chats_that_became_one(sandbox, connected, api):
    stranger = "77777@lid"
    sandbox.configure(max_messages=3)
    sandbox.receive("my-session", "0", sender=stranger)
    sandbox.receive("my-session", "1", sender=FRIEND)
    sandbox.receive("my-session", "2", sender=stranger, phone_number=FRIEND.partition("@")[0])
    assert [one["text"] for one in sandbox.chat("my-session", FRIEND)["messages"]] == ["0", "1", "2"]
    for number in range(3, 5):
        sandbox.receive("my-session", f"{number}", sender=FRIEND)
    shown = sandbox.chat("my-session", FRIEND)
    assert [one["text"] for one in shown["messages"]] == ["2", "3", "4"]
    assert shown["unreadCount"] == 3
