"""Endpoints for webhooks on real servers, each on a thread of this process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import threading
import time
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import uvicorn
import waitress
from waitress import wasyncore

from tests.support.deliveries import signed

LIMIT = 10_000
DONE = {"data": {"success": True}}


@contextlib.contextmanager
def on_uvicorn(router, listener):
    with serving_asgi(router.asgi_app(max_bytes=LIMIT), listener):
        yield


@contextlib.contextmanager
def serving_asgi(app, listener):
    """Serve any ASGI application on uvicorn."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None, ws="none"))
    with running(lambda: server.run(sockets=[listener])):
        while not server.started:
            time.sleep(0.005)
        yield
        server.should_exit = True


@contextlib.contextmanager
def on_waitress(router, listener):
    with serving_wsgi(router.wsgi_app(max_bytes=LIMIT), listener):
        yield


@contextlib.contextmanager
def serving_wsgi(app, listener):
    """Serve any WSGI application on waitress."""
    server = waitress.create_server(app, sockets=[listener], threads=4)
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

    def send(
        self, *pieces, headers=(), method="POST", length=None, pause=0.0, end=False, path="/hooks/titan"
    ):
        """One request on a connection of its own; its answer, None where the connection was just closed."""
        head = {"Host": "127.0.0.1", "Connection": "close", **dict(headers)}
        if length != "chunked":
            head["Content-Length"] = sum(map(len, pieces)) if length is None else length
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            for piece in pieces:
                time.sleep(pause)
                connection.sendall(piece)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return read_answer(connection)


def call_wsgi(app, body, headers):
    """Give a WSGI app a request, without a server; the status of its answer."""
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    environ.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()})
    started = []
    b"".join(app(environ, lambda *call: started.append(call)))
    return int(started[0][0].split()[0])


def call_asgi(app, body, headers):
    """Give an ASGI app a request, without a server; the status of its answer."""
    return asyncio.run(answer_of_asgi(app, body, headers))


async def answer_of_asgi(app, body, headers):
    """Give an ASGI app a request on this event loop; the status of its answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "http", "method": "POST", "path": "/", "headers": lines}, receive, send)
    return sent[0]["status"]


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
