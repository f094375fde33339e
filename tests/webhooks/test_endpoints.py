"""A router as an endpoint on real servers: uvicorn, waitress, wsgiref."""

from __future__ import annotations

import json
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.deliveries import SECRET, message_body, signed
from tests.support.endpoints import DONE, END, LIMIT, SERVERS, Endpoint, chunks
from titan import WebhookRouter, sign_webhook
from titan.webhooks import RecentEvents


@pytest.fixture(scope="module", params=SERVERS)
def served(request):
    listener = socket.create_server(("127.0.0.1", 0))
    endpoint = Endpoint(request.param, listener.getsockname()[1])
    router = WebhookRouter(SECRET, seen=RecentEvents())
    router.on("message.received")(lambda event: endpoint.handle(event))
    with listener, SERVERS[request.param](router, listener):
        yield endpoint


@pytest.fixture
def endpoint(served):
    served.reset()
    return served


_ids = iter(range(1_000_000))


@pytest.fixture
def body():
    """An event that never came before."""
    return message_body(f"evt_{next(_ids)}", text="Hello!")


def assert_refused(answer, status):
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert list(json.loads(answer.body)) == ["error"]


def test_signed_delivery_is_handled_and_accepted(endpoint, body):
    answer = endpoint.deliver(body)
    assert (answer.status, json.loads(answer.body)) == (200, DONE)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.body))
    (event,) = endpoint.handled
    assert event.to_dict() == json.loads(body)


@pytest.mark.parametrize(
    "headers",
    [
        lambda body: {},
        lambda body: {"X-Webhook-Signature": ""},
        lambda body: signed(body, "another secret"),
        lambda body: signed(body + b" "),
    ],
    ids=["missing", "empty", "of another secret", "of another body"],
)
def test_forged_delivery_is_401(endpoint, body, headers):
    assert_refused(endpoint.send(body, headers=headers(body)), 401)
    assert endpoint.handled == []


def test_replayed_delivery_is_accepted_and_not_handled_again(endpoint, body):
    assert [endpoint.deliver(body).status for _ in range(3)] == [200, 200, 200]
    assert len(endpoint.handled) == 1


def test_event_that_is_being_handled_is_503_until_it_was_handled(endpoint, body):
    busy, go_on = threading.Event(), threading.Event()

    def wait(event):
        busy.set()
        assert go_on.wait(10)

    endpoint.act = wait
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(endpoint.deliver, body)
        assert busy.wait(10)
        for _ in range(2):
            assert_refused(endpoint.deliver(body), 503)
        go_on.set()
        assert first.result().status == 200
    assert endpoint.deliver(body).status == 200
    assert len(endpoint.handled) == 1


@pytest.mark.parametrize("unreadable", [b"", b"{", b"[]", b"{}", b"\xff\x00", b"event=message.received"])
def test_signed_body_that_is_not_an_event_is_400(endpoint, unreadable):
    assert_refused(endpoint.deliver(unreadable), 400)


def test_failing_handler_is_500_and_the_event_is_handled_when_it_comes_again(endpoint, body, caplog):
    def fail(event):
        raise LookupError("of the handler")

    endpoint.act = fail
    assert_refused(endpoint.deliver(body), 500)
    endpoint.act = lambda event: None
    assert endpoint.deliver(body).status == 200
    assert len(endpoint.handled) == 1
    assert [record.levelname for record in caplog.records if record.name == "titan"] == ["ERROR"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_any_other_method_is_405(endpoint, method):
    answer = endpoint.send(headers=signed(b""), method=method)
    assert answer.headers["allow"] == "POST"
    if method == "HEAD":
        assert (answer.status, answer.body) == (405, b"")
    else:
        assert_refused(answer, 405)


@pytest.mark.parametrize("at", [0, 1, -1])
def test_truncated_delivery_is_not_handled(endpoint, body, at, caplog):
    caplog.set_level(logging.INFO)
    answer = endpoint.send(body[:at], headers=signed(body), length=len(body), end=True)
    if endpoint.kind == "wsgiref":
        assert_refused(answer, 400)
    else:
        # uvicorn tells the app that nobody is left; waitress does not even call it.
        assert answer is None or answer.status == 400
    assert endpoint.handled == []
    assert caplog.records == []
    assert endpoint.deliver(body).status == 200


def test_client_that_is_gone_before_the_answer_does_no_harm(endpoint, body, caplog):
    caplog.set_level(logging.INFO)
    gone, handled = threading.Event(), threading.Event()
    endpoint.act = lambda event: (gone.wait(10), handled.set())
    with socket.create_connection(("127.0.0.1", endpoint.port)) as connection:
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode()
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items()).encode()
        connection.sendall(head + lines + b"\r\n" + body)
    gone.set()
    assert handled.wait(10)
    assert endpoint.deliver(body).status == 200
    assert [event.id for event in endpoint.handled] == [json.loads(body)["id"]]
    assert [record for record in caplog.records if record.name in ("titan", "uvicorn.error")] == []


# A server that closes a connection with bytes unread resets it, and the answer can get lost. So these
# requests end where they can be refused.


@pytest.mark.parametrize("length", [LIMIT + 1, 10**12])
def test_declared_length_over_the_limit_is_413_before_the_body_is_sent(endpoint, body, length):
    if endpoint.kind == "waitress":  # it calls no app before the whole body has come
        assert_refused(endpoint.deliver(body.ljust(min(length, 3 * LIMIT))), 413)
    else:
        assert_refused(endpoint.send(headers=signed(body), length=length), 413)
    assert endpoint.handled == []
    assert endpoint.deliver(body).status == 200


def test_body_of_the_largest_size_is_taken(endpoint, body):
    assert endpoint.deliver(body.ljust(LIMIT)).status == 200
    assert len(endpoint.handled) == 1


def send_chunked(endpoint, body, *pieces):
    headers = {"Transfer-Encoding": "chunked", **signed(body)}
    return endpoint.send(*pieces, headers=headers, length="chunked")


def test_chunked_body_is_read(endpoint, body):
    if endpoint.kind == "wsgiref":  # it cannot tell where such a body ends
        assert_refused(send_chunked(endpoint, body), 400)
        assert endpoint.handled == []
    else:
        assert send_chunked(endpoint, body, *chunks(body[:5], body[5:]), END).status == 200
        assert len(endpoint.handled) == 1


def test_chunked_body_over_the_limit_is_413_while_it_comes(endpoint, body):
    large = body.ljust(LIMIT + 1)
    if endpoint.kind == "wsgiref":
        assert_refused(send_chunked(endpoint, large), 400)
        return
    end = [END] if endpoint.kind == "waitress" else []  # it calls no app before the whole body has come
    pieces = chunks(large[:5000], large[5000:9000], large[9000:])
    assert_refused(send_chunked(endpoint, large, *pieces, *end), 413)
    assert endpoint.handled == []
    assert endpoint.deliver(body).status == 200


@pytest.mark.parametrize("length", ["abc", "-5", "+5", "5.0", "0x5", "5 5", "1_0"])
def test_content_length_that_is_not_a_number_is_400(endpoint, length):
    assert endpoint.send(headers=signed(b""), length=length).status == 400


def test_slow_delivery_is_handled(endpoint, body):
    pieces = [body[start : start + 8] for start in range(0, len(body), 8)]
    assert endpoint.send(*pieces, headers=signed(body), pause=0.005).status == 200
    assert [event.to_dict() for event in endpoint.handled] == [json.loads(body)]


def test_signature_is_found_in_any_case(endpoint, body):
    headers = {"x-wEBHOOK-signature": sign_webhook(body, SECRET)}
    assert endpoint.send(body, headers=headers).status == 200


def test_other_deliveries_are_answered_while_a_handler_takes_its_time(endpoint, body):
    busy, go_on = threading.Event(), threading.Event()

    def wait(event):
        if event.payload["text"] == "slow":
            busy.set()
            assert go_on.wait(10)

    endpoint.act = wait
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(endpoint.deliver, message_body(f"evt_{next(_ids)}", text="slow"))
        assert busy.wait(10)
        assert endpoint.deliver(body).status == 200
        assert len(endpoint.handled) == 1
        go_on.set()
        assert slow.result().status == 200
    assert len(endpoint.handled) == 2


def test_many_deliveries_at_once_are_each_handled(endpoint):
    bodies = [message_body(f"evt_{next(_ids)}", text=str(number)) for number in range(100)]
    with ThreadPoolExecutor(16) as pool:
        statuses = [answer.status for answer in pool.map(endpoint.deliver, bodies)]
    assert statuses == [200] * 100
    assert sorted(event.id for event in endpoint.handled) == sorted(json.loads(body)["id"] for body in bodies)
