"""A small HTTP server for deliveries: it verifies each, tells of it, and forwards it to an app."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Callable, List, NamedTuple, Optional, Tuple, cast
from urllib.parse import quote, urlsplit

from .._signature import verify_webhook
from ..errors import WebhookPayloadError
from .output import printable

if TYPE_CHECKING:
    from typing_extensions import Self

    from .._privacy import Secret
    from ..webhooks import Event

_LONGEST_BODY = 1024 * 1024
_MOST_DROPPED = 16 * _LONGEST_BODY
_LONGEST_ANSWER = 64 * 1024
_SECONDS = 30.0
# They are about one connection, not about the request; the body has a length of its own.
_OF_THE_CONNECTION = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
    *("transfer-encoding", "upgrade", "host", "content-length", "expect"),
}

# What stands for itself in a path and a query; what is escaped already stays as it is.
_OF_A_TARGET = "/?%:@!$&'()*+,;=-._~"

HeaderLines = List[Tuple[str, str]]


class Answer(NamedTuple):
    """What Titan gets for a delivery."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


OnEvent = Callable[["Event", Optional[Answer]], None]
"""Told of each event, and of what the app answered, where there is one."""


class AppAddress:
    """Where deliveries are forwarded to.

    Args:
        url: The address of the app's endpoint.

    Raises:
        ValueError: This is not an http(s) address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it must begin with http:// or https://, and name a host")
        if parts.username is not None:
            raise ValueError("it must not hold a user name or password: they would not be sent")
        self._is_tls = parts.scheme == "https"
        self._host, self._port = _in_ascii(parts.hostname), parts.port
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        self._target = quote(target, safe=_OF_A_TARGET)

    def post(self, body: bytes, headers: HeaderLines) -> Answer:
        """Send a delivery on as it came.

        Returns:
            What the app answered.

        Raises:
            OSError: It cannot be reached.
            http.client.HTTPException: What it said is not HTTP.
        """
        kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=_SECONDS)
        try:
            connection.putrequest("POST", self._target, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in _OF_THE_CONNECTION:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            content_type = response.headers.get("Content-Type", "text/plain; charset=utf-8")
            return Answer(response.status, response.read(_LONGEST_ANSWER), content_type)
        finally:
            connection.close()


def _in_ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise ValueError("its host is not one") from None


class Receiver:
    """Receives deliveries on loopback, while the context lasts.

    Args:
        port: Port to listen on; 0 takes a free one.
        secret: What deliveries are signed with.
        app: Where they are forwarded to, if anywhere.
        on_event: Told of each event; by one thread at a time.
        on_trouble: Told, in a sentence, of a delivery that was refused or could not be forwarded.

    Raises:
        OSError: The port cannot be had.
    """

    def __init__(
        self,
        port: int,
        secret: Secret[str],
        app: Optional[AppAddress],
        on_event: OnEvent,
        on_trouble: Callable[[str], None],
    ) -> None:
        self._secret = secret
        self._app = app
        self._on_event = on_event
        self._on_trouble = on_trouble
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.receive = self.receive
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1})

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def receive(self, body: bytes, headers: HeaderLines) -> Answer:
        """Verify, forward and tell of a delivery.

        Returns:
            What Titan gets: what the app answered, where there is one, so that what failed comes again.
        """
        from ..webhooks import parse_webhook
        from ..webhooks.headers import signature_in

        signature = signature_in(headers)
        if not verify_webhook(body, signature, self._secret.reveal()):
            kind = "has no signature" if not signature else "has a signature that does not fit"
            self._tell_trouble(f"refused a delivery: it {kind}")
            return Answer(401, b"the signature is missing or does not fit")
        try:
            event = parse_webhook(body)
        except WebhookPayloadError as error:
            self._tell_trouble(f"refused a delivery: {printable(error)}")
            return Answer(400, b"this is not an event")
        answer = None if self._app is None else self._forward(self._app, body, headers)
        with self._lock:
            self._on_event(event, answer)
        return answer or Answer(200)

    def _forward(self, app: AppAddress, body: bytes, headers: HeaderLines) -> Answer:
        try:
            return app.post(body, headers)
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            self._tell_trouble(f"your app cannot be reached: {printable(reason)}; Titan delivers again")
            return Answer(502, b"the app cannot be reached")

    def _tell_trouble(self, sentence: str) -> None:
        with self._lock:
            self._on_trouble(sentence)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receive: Callable[[bytes, HeaderLines], Answer]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a connection that broke: Titan delivers again."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS

    def do_POST(self) -> None:
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            self._answer(Answer(411, b"the length of the body is missing"))
            return
        if not 0 <= length <= _LONGEST_BODY:
            self._drop(length)
            self._answer(Answer(413, b"the body is too long"))
            return
        body = self.rfile.read(length)
        if len(body) == length:
            self._answer(cast(_Server, self.server).receive(body, list(self.headers.items())))

    def _drop(self, length: int) -> None:
        """Read what is not wanted: to close before that would break the connection before the answer."""
        left = min(length, _MOST_DROPPED)
        while left > 0:
            piece = self.rfile.read(min(left, _LONGEST_BODY))
            if not piece:
                return
            left -= len(piece)

    def do_GET(self) -> None:
        self._answer(Answer(405, b"this is for deliveries: POST"))

    def _answer(self, answer: Answer) -> None:
        if answer.status >= 400:
            self.close_connection = True
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
        """Write no log: each delivery has its line already."""
