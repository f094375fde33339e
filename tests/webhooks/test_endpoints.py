from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
import uvicorn
import waitress
from waitress import wasyncore

from titan import WebhookRouter, WebhookSignatureError, sign_webhook
from titan.webhooks import RecentEvents

SECRET = "a secret of the tests"
LIMIT = 10_000
DONE = {"data": {"success": True}}


def body_of(event_id="evt_1", name="message.received", **payload) -> bytes:
    return json.dumps({"id": event_id, "event": name, "payload": payload}).encode()


def signed(body, secret=SECRET):
    return {"X-Webhook-Signature": sign_webhook(body, secret)}


# Real servers, each on a thread of this process.


@contextlib.contextmanager
def on_uvicorn(router, listener):
    config = uvicorn.Config(router.asgi_app(max_bytes=LIMIT), lifespan="on", log_config=None, ws="none")
    server = uvicorn.Server(config)
    with running(lambda: server.run(sockets=[listener])):
        while not server.started:
            time.sleep(0.005)
        yield
        server.should_exit = True


@contextlib.contextmanager
def on_waitress(router, listener):
    server = waitress.create_server(router.wsgi_app(max_bytes=LIMIT), sockets=[listener], threads=4)
    with running(server.run):
        yield
        # The loop ends when it has nothing left to watch.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    server.task_dispatcher.shutdown()


class ThreadedWSGIServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def on_wsgiref(router, listener):
    server = ThreadedWSGIServer(listener.getsockname(), QuietHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = "127.0.0.1", listener.getsockname()[1]
    server.setup_environ()
    server.set_app(router.wsgi_app(max_bytes=LIMIT))
    with server, running(lambda: server.serve_forever(poll_interval=0.01)):
        yield
        server.shutdown()


@contextlib.contextmanager
def running(run):
    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(10)
    assert not thread.is_alive()


SERVERS = {"uvicorn": on_uvicorn, "waitress": on_waitress, "wsgiref": on_wsgiref}


class Endpoint:
    """A running endpoint, and what its handler was called with."""

    def __init__(self, kind, port):
        self.kind = kind
        self.port = port

    def reset(self):
        self.handled = []
        self.threads = []
        self.act = lambda event: None

    def handle(self, event):
        self.threads.append(threading.current_thread())
        self.act(event)
        self.handled.append(event)

    def deliver(self, body, **options):
        return self.send(body, headers=signed(body), **options)

    def send(self, *pieces, headers=(), method="POST", length=None, pause=0.0, end=False):
        """One request on a connection of its own; its answer, None where the connection was just closed."""
        head = {"Host": "127.0.0.1", "Connection": "close", **dict(headers)}
        if length != "chunked":
            head["Content-Length"] = sum(map(len, pieces)) if length is None else length
        lines = [f"{method} /hooks/titan HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            for piece in pieces:
                time.sleep(pause)
                connection.sendall(piece)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return read_answer(connection)


def read_answer(connection):
    received = b""
    with contextlib.suppress(ConnectionError):
        while True:
            piece = connection.recv(65536)
            if not piece:
                break
            received += piece
    if not received:
        return None
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
    return SimpleNamespace(status=int(status_line.split()[1]), headers=headers, body=body)


def chunks(*pieces):
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]


(END,) = chunks(b"")


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
    return body_of(f"evt_{next(_ids)}", text="Hello!")


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


@pytest.mark.parametrize("unreadable", [b"", b"{", b"[]", b"{}", b"\xff\x00", b"event=message.received"])
def test_signed_body_that_is_no_event_is_400(endpoint, unreadable):
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
def test_content_length_that_is_no_number_is_400(endpoint, length):
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
        slow = pool.submit(endpoint.deliver, body_of(f"evt_{next(_ids)}", text="slow"))
        assert busy.wait(10)
        assert endpoint.deliver(body).status == 200
        assert len(endpoint.handled) == 1
        go_on.set()
        assert slow.result().status == 200
    assert len(endpoint.handled) == 2


def test_many_deliveries_at_once_are_each_handled(endpoint):
    bodies = [body_of(f"evt_{next(_ids)}", text=str(number)) for number in range(100)]
    with ThreadPoolExecutor(16) as pool:
        statuses = [answer.status for answer in pool.map(endpoint.deliver, bodies)]
    assert statuses == [200] * 100
    assert sorted(event.id for event in endpoint.handled) == sorted(json.loads(body)["id"] for body in bodies)


# What a server does not show.


def router_with(*handlers, **options):
    router = WebhookRouter(SECRET, **options)
    for handler in handlers:
        router.on("*")(handler)
    return router


def call_asgi(app, messages, method="POST", headers=(), kind="http"):
    """Give an ASGI app these messages; the ones that it sent."""
    sent, left = [], list(messages)
    scope = {"type": kind, "asgi": {"version": "3.0"}, "path": "/", "headers": headers}
    if kind == "http":
        scope["method"] = method

    async def receive():
        assert left, "the app asked for more than there is"
        return left.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert left == [], "the app did not ask for all"
    return sent


def request_of(*pieces):
    return [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]


def asgi_headers(body, **more):
    headers = {"x-webhook-signature": sign_webhook(body, SECRET), **more}
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]


def call_wsgi(app, environ):
    started = []
    base = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO()}
    body = b"".join(app({**base, **environ}, lambda *arguments: started.append(arguments)))
    ((status, headers),) = started
    return status, dict(headers), body


class Input:
    """A WSGI input that fails where more is asked for than the server says there is."""

    def __init__(self, body, most_at_once=1 << 16):
        self.left = io.BytesIO(body)
        self.most_at_once = most_at_once
        self.given = 0

    def read(self, size):
        assert 0 < size <= self.most_at_once
        piece = self.left.read(size)
        self.given += len(piece)
        return piece


def test_asgi_body_comes_in_pieces_and_with_fields_left_out():
    called, body = [], body_of()
    messages = [{"type": "http.request", "body": body[:3], "more_body": True}, *request_of(b"", body[3:])]
    messages[1].pop("body")
    messages[2].pop("more_body")
    sent = call_asgi(router_with(called.append).asgi_app(), messages, headers=asgi_headers(body))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[0]["status"], json.loads(sent[1]["body"])) == (200, DONE)
    assert len(called) == 1


def test_asgi_headers_may_be_any_iterable_of_pairs():
    body = body_of()
    sent = call_asgi(
        router_with().asgi_app(), request_of(body), headers=(list(pair) for pair in asgi_headers(body))
    )
    assert sent[0]["status"] == 200


def test_asgi_answer_to_head_has_no_body():
    start, body = call_asgi(router_with().asgi_app(), [], method="HEAD")
    assert (start["status"], body["body"]) == (405, b"")
    assert int(dict(start["headers"])[b"content-length"]) > 0


@pytest.mark.parametrize("before", [0, 1])
def test_asgi_client_that_leaves_while_it_sends_is_not_answered(before):
    called, body = [], body_of()
    messages = [{"type": "http.request", "body": body, "more_body": True}] * before
    app = router_with(called.append).asgi_app()
    assert call_asgi(app, [*messages, {"type": "http.disconnect"}], headers=asgi_headers(body)) == []
    assert called == []


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ("11", 413),
        ("9" * 5000, 413),
        ("0" * 5000 + "11", 413),
        ("ten", 400),
        ("-1", 400),
        ("١", 400),
        ("²", 400),
    ],
    ids=lambda value: str(value)[:9],
)
def test_body_that_is_not_worth_reading_is_not_read(declared, status):
    app = router_with().asgi_app(max_bytes=10)
    headers = [(b"content-length", declared.encode("utf-8"))]
    assert call_asgi(app, [], headers=headers)[0]["status"] == status
    environ = {"CONTENT_LENGTH": declared, "wsgi.input": None}
    assert call_wsgi(router_with().wsgi_app(max_bytes=10), environ)[0].startswith(str(status))


def test_leading_zeros_of_a_length_do_not_count():
    body = body_of()
    length = str(len(body)).zfill(5000)
    assert call_asgi(
        router_with().asgi_app(), request_of(body), headers=asgi_headers(body, content_length=length)
    )[0]["status"] == 200  # fmt: skip


def test_asgi_body_is_read_up_to_the_limit_and_no_further():
    messages = request_of(b" " * 6, b" " * 4, b" ", b" " * 100)
    assert call_asgi(router_with().asgi_app(max_bytes=10), messages[:3])[0]["status"] == 413


def test_asgi_body_shorter_than_declared_is_400():
    called, body = [], body_of()
    headers = asgi_headers(body, content_length=str(len(body) + 1))
    assert (
        call_asgi(router_with(called.append).asgi_app(), request_of(body), headers=headers)[0]["status"]
        == 400
    )
    assert called == []


def test_asgi_lifespan_is_answered():
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    assert call_asgi(router_with().asgi_app(), messages, kind="lifespan") == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


def test_asgi_websocket_is_refused():
    assert call_asgi(router_with().asgi_app(), [], kind="websocket") == [{"type": "websocket.close"}]


def test_asgi_scope_of_another_type_is_an_error():
    with pytest.raises(ValueError, match=r"webhooks do not come by carrier\.pigeon"):
        call_asgi(router_with().asgi_app(), [], kind="carrier.pigeon")


def test_asgi_handler_runs_in_a_worker_thread():
    threads, body = [], body_of()
    app = router_with(lambda event: threads.append(threading.current_thread())).asgi_app()
    call_asgi(app, request_of(body), headers=asgi_headers(body))
    assert threads != [threading.current_thread()]


@pytest.mark.parametrize(
    "error", [ValueError, StopIteration, StopAsyncIteration, RecursionError, TimeoutError]
)
def test_whatever_exception_a_handler_raises_is_500(error):
    def fails(event):
        raise error

    body = body_of()
    router = router_with(fails)
    assert call_asgi(router.asgi_app(), request_of(body), headers=asgi_headers(body))[0]["status"] == 500
    environ = {
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, SECRET),
    }
    assert call_wsgi(router.wsgi_app(), environ)[0] == "500 Internal Server Error"


def test_webhook_error_of_a_handler_is_its_failure_and_not_the_senders():
    inner = router_with()
    router, body = router_with(lambda event: inner.handle(b"{}", None)), body_of()
    assert call_asgi(router.asgi_app(), request_of(body), headers=asgi_headers(body))[0]["status"] == 500
    with pytest.raises(WebhookSignatureError):
        router.handle(body, sign_webhook(body, SECRET))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_end_of_the_program_is_not_an_answer(error):
    def ends(event):
        raise error

    body = body_of()
    environ = {
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, SECRET),
    }
    with pytest.raises(error):
        call_wsgi(router_with(ends).wsgi_app(), environ)


def wsgi_environ(body, **more):
    return {"wsgi.input": Input(body), "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, SECRET), **more}


def test_wsgi_input_is_never_read_past_content_length():
    body = body_of()
    environ = wsgi_environ(body, CONTENT_LENGTH=str(len(body)))
    environ["wsgi.input"] = Input(body + b"POST / HTTP/1.1", most_at_once=len(body))
    assert call_wsgi(router_with().wsgi_app(), environ)[0] == "200 OK"
    assert environ["wsgi.input"].given == len(body)


@pytest.mark.parametrize("absent", [{}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": None}])
def test_wsgi_input_of_unknown_length_is_read_only_where_it_ends_by_itself(absent):
    body = body_of()
    ends = wsgi_environ(body, **absent, **{"wsgi.input_terminated": True})
    assert call_wsgi(router_with().wsgi_app(), ends)[0] == "200 OK"
    open_ended = wsgi_environ(body, **absent)
    assert call_wsgi(router_with().wsgi_app(), open_ended)[0] == "401 Unauthorized"
    assert open_ended["wsgi.input"].given == 0


def test_wsgi_input_without_a_length_is_read_one_byte_past_the_limit_at_most():
    environ = wsgi_environ(b" " * 1000, **{"wsgi.input_terminated": True})
    assert call_wsgi(router_with().wsgi_app(max_bytes=100), environ)[0].startswith("413 ")
    assert environ["wsgi.input"].given == 101


def test_wsgi_connection_that_breaks_while_it_is_read_is_400():
    class Broken:
        def read(self, size):
            raise ConnectionResetError

    environ = wsgi_environ(b"", CONTENT_LENGTH="5")
    environ["wsgi.input"] = Broken()
    assert call_wsgi(router_with().wsgi_app(), environ)[0] == "400 Bad Request"


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD"])
@pytest.mark.parametrize(
    "body", [body_of(), b"[]", b" " * (LIMIT + 1)], ids=["an event", "no event", "too large"]
)
@pytest.mark.parametrize("secret", [SECRET, "another secret"], ids=["signed", "forged"])
def test_wsgi_app_keeps_to_the_standard(method, body, secret):
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": "", "CONTENT_LENGTH": str(len(body))}
    environ.update({"wsgi.input": io.BytesIO(body), "HTTP_X_WEBHOOK_SIGNATURE": sign_webhook(body, secret)})
    setup_testing_defaults(environ)
    started = []
    answer = validator(router_with().wsgi_app(max_bytes=LIMIT))(environ, lambda *call: started.append(call))
    assert (len(b"".join(answer)) > 0) is (method != "HEAD")
    answer.close()
    assert len(started) == 1


def test_limit_is_1_mib_unless_told():
    large = body_of().ljust(1024 * 1024)
    for body, status in ((large, 200), (large + b" ", 413)):
        messages = request_of(body)
        assert (
            call_asgi(router_with().asgi_app(), messages, headers=asgi_headers(body))[0]["status"] == status
        )
        environ = wsgi_environ(body, CONTENT_LENGTH=str(len(body)))
        assert call_wsgi(router_with().wsgi_app(), environ)[0].startswith(str(status))


@pytest.mark.parametrize("limit", [0, -1])
def test_limit_that_lets_nothing_through_is_refused(limit):
    for build in (router_with().wsgi_app, router_with().asgi_app):
        with pytest.raises(ValueError, match="max_bytes must be positive"):
            build(max_bytes=limit)


def test_log_of_a_failure_tells_where_it_was_and_nothing_of_the_event(caplog):
    caplog.set_level(logging.DEBUG)

    def handler_that_fails(event):
        try:
            raise KeyError(event.payload["text"])
        except KeyError as error:
            raise ValueError(f"{event.payload['from']} wrote {event.payload['text']}, {SECRET}") from error

    body = body_of("evt_5511999999999_1", text="Pssst!", **{"from": "5511999999999@s.whatsapp.net"})
    environ = wsgi_environ(body, CONTENT_LENGTH=str(len(body)))
    status, _, answer = call_wsgi(router_with(handler_that_fails).wsgi_app(), environ)
    assert status == "500 Internal Server Error"
    (record,) = [record for record in caplog.records if record.name == "titan"]
    assert record.levelno == logging.ERROR
    for told in ("message.received", "evt_", "ValueError", "handler_that_fails", "test_endpoints.py"):
        assert told in record.getMessage()
    for private in ("Pssst", "5511999999999", SECRET):
        assert private not in caplog.text
        assert private not in answer.decode()
    assert (record.exc_info, record.exc_text, record.stack_info) == (None, None, None)


@pytest.mark.parametrize("signature", ["sha256=00", sign_webhook(b"[]", SECRET)])
def test_refused_delivery_is_not_logged(caplog, signature):
    caplog.set_level(logging.DEBUG)
    environ = {"CONTENT_LENGTH": "2", "wsgi.input": io.BytesIO(b"[]"), "HTTP_X_WEBHOOK_SIGNATURE": signature}
    assert call_wsgi(router_with().wsgi_app(), environ)[0][0] == "4"
    assert [record for record in caplog.records if record.name == "titan"] == []
