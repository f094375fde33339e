"""Sockets whose every wait ends with the attempt's deadline, for httpcore to build its connections on."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
from typing import Any, Iterable, List, Optional, Tuple, Type, Union

import httpcore

from ..._clock import now
from ..._interruptions import find_interruption, raise_if_interrupted
from ..deadlines import Wait
from .tls_in_tls import TLSInTLS

# What one write takes at most: a slow receiver gets many, and the deadline is looked at before each.
_SLICE = 16 * 1024
# httpcore leaves the timeout out while it talks to a SOCKS proxy; everywhere else it passes one.
_OF_CONNECTING: Any = object()

# Seconds in which the pool does not look at the socket of the same idle connection again.
_LOOK_AFTER = 0.1

# Who asks whether a connection can be read: a pool that looks for an idle one, or the thread that uses it.
_POOL, _USER = 0, 1

# Where one header says how long the body is. Anything unusual is left to httpcore.
_HEAD_WITH_LENGTH = re.compile(
    rb"HTTP/1\.1 20[01] [^\r\n]*\r\n"
    rb"(?:(?!content-length|transfer-encoding)[^\r\n]+\r\n)*content-length: ?(\d{1,9})\r\n"
    rb"(?:(?!content-length|transfer-encoding)[^\r\n]+\r\n)*\r\n",
    re.IGNORECASE,
)

_SocketOption = Union[
    Tuple[int, int, int], Tuple[int, int, Union[bytes, bytearray]], Tuple[int, int, None, int]
]


class StaleConnectionError(Exception):
    """A connection is not used for a request: there is something to read on it, or it has ended.

    Not httpcore's `ConnectionNotAvailable`, at which httpcore before 1.0.3 keeps the connection in its pool
    for ever.
    """


class Backend(httpcore.NetworkBackend):
    """Opens connections.

    Args:
        max_idle: Seconds after which an idle connection is not used again; None: no limit.
        speaks_http1: Whether HTTP/1.1 is spoken where the server does not ask for HTTP/2.
    """

    def __init__(self, max_idle: Optional[float], *, speaks_http1: bool) -> None:
        self._settings = max_idle, speaks_http1

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Optional[float] = None,
        local_address: Optional[str] = None,
        socket_options: Optional[Iterable[_SocketOption]] = None,
    ) -> Stream:
        """Connect to the first address of a host that answers; each may take `timeout`."""
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            failure: Optional[OSError] = None
            for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
                sock = socket.socket(family, kind, protocol)
                try:
                    _set_options(sock, socket_options)
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    if local_address is not None:
                        sock.bind((local_address, 0))
                    sock.settimeout(_left(timeout))
                    sock.connect(address)
                    return Stream(sock, *self._settings, timeout)
                except OSError as error:
                    sock.close()
                    raise_if_interrupted(error)
                    failure = error
                except BaseException:
                    sock.close()
                    raise
            raise failure or OSError("the host has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: Optional[float] = None,
        socket_options: Optional[Iterable[_SocketOption]] = None,
    ) -> Stream:
        """Connect to a socket in the file system."""
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                _set_options(sock, socket_options)
                sock.settimeout(_left(timeout))
                sock.connect(path)
            except BaseException:
                sock.close()
                raise
        return Stream(sock, *self._settings, timeout)


class Stream(httpcore.NetworkStream):
    """One connection.

    Args:
        sock: The socket, connected.
        max_idle: As for `Backend`.
        speaks_http1: Whether requests go out as HTTP/1.1. Their heads then wait for the bodies, so that both
            go out at once. Not for HTTP/2, where one thread may read while another writes.
        connecting: The timeout with which it was connected.
    """

    def __init__(
        self,
        sock: Union[socket.socket, TLSInTLS],
        max_idle: Optional[float],
        speaks_http1: bool,
        connecting: Optional[float],
    ) -> None:
        self._socket = sock
        self._is_handed_on = False
        self._polls: List[Any] = [None, None]
        self._max_idle = max_idle
        self._speaks_http1 = speaks_http1
        self._connecting = connecting
        self._head = b""
        self._held = b""
        """The last byte that came, held back until httpcore asks for it."""
        self._is_between = True
        """Whether what is written next is the head of a request."""
        self._may_be_handed_over = False
        """Whether a request asked for another protocol on it: what comes and goes then passes untouched, and
        no other request follows."""
        self._has_usual_answer = False
        """Whether what is read next begins an answer whose length is that of its body."""
        self._was_read = False
        self._last_used = self._last_looked = now()

    def limit_idle(self, seconds: float) -> None:
        """Use the connection no more once it has been idle for so many seconds."""
        self._max_idle = seconds if self._max_idle is None else min(seconds, self._max_idle)

    def read(self, max_bytes: int, timeout: Optional[float] = _OF_CONNECTING) -> bytes:
        """Read what has come, at most so many bytes.

        httpcore keeps what it has read beyond the end of an answer, and takes it for the answer to the next
        request. So the last byte is held back until it asks for more: where it does not, there was something
        behind the answer, and the connection is not used again. Most answers are seen to be whole at once.
        """
        if self._held:
            held, self._held = self._held, b""
            return held
        seconds = self._connecting if timeout is _OF_CONNECTING else timeout
        if self._head:
            # A server may refuse a request before it has read it all: its answer tells more than the error.
            with contextlib.suppress(httpcore.WriteError):
                self._send(b"", seconds)
        self._is_between = True
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(_left(seconds))
            data: bytes = self._socket.recv(max_bytes)
        # A SOCKS proxy's reply is no answer: the request that follows is the first, and has this connection.
        self._was_read = self._was_read or timeout is not _OF_CONNECTING
        self._last_used = now()
        # A SOCKS proxy's reply is read at once; HTTP/2 has frames, which belong to requests.
        if timeout is _OF_CONNECTING or not self._is_watched or len(data) < 2 or self._is_whole(data):
            return data
        if len(data) >= _SLICE and self._is_readable(_USER):
            return data  # more of it has come, so the end is not in it: large pieces are not copied in vain
        self._held = data[-1:]
        return data[:-1]

    def write(self, buffer: bytes, timeout: Optional[float] = _OF_CONNECTING) -> None:
        """Write all of it.

        Raises:
            StaleConnectionError: Before another request than the first: there is something to read, or the
                connection has ended. The pool then takes another one. It asks before, too, but not about one
                that a thread has just read its answer from.
        """
        is_head = self._is_between and self._is_watched and timeout is not _OF_CONNECTING
        if is_head:
            if self._was_read and (self._held or self._is_readable(_USER)):
                if isinstance(timeout, Wait):
                    timeout.attempt.note_refused()
                raise StaleConnectionError
            self._is_between = False
            self._may_be_handed_over = buffer.startswith(b"CONNECT ") or b"\nupgrade:" in buffer.lower()
            self._has_usual_answer = not buffer.startswith(b"HEAD ")
        if isinstance(timeout, Wait) and self._was_read and timeout.attempt.idle is None:
            timeout.attempt.idle = now() - self._last_used
        if is_head and self._is_watched and len(buffer) < _SLICE:
            self._head = bytes(buffer)
        else:
            # What a SOCKS proxy is told is no part of a request: not a byte of that has gone out.
            self._send(buffer, _left(self._connecting) if timeout is _OF_CONNECTING else timeout)

    def _send(self, data: bytes, timeout: Optional[float]) -> None:
        """Send this, behind the head that still waits."""
        view = memoryview(self._head + data if self._head else data)
        self._head = b""
        if view and isinstance(timeout, Wait) and bytes(view[:8]) != b"CONNECT ":
            timeout.attempt.was_sent = True
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            while view:
                self._socket.settimeout(_left(timeout))
                view = view[self._socket.send(view[:_SLICE]) :]
        self._last_used = now()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __del__(self) -> None:
        # httpcore forgets a connection whose SOCKS proxy says something strange, and one that is opened while
        # its pool is closed.
        if not self._is_handed_on:
            self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> Stream:
        """Go on over TLS, which may itself run inside TLS to a proxy."""
        with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                self._socket.settimeout(_left(timeout))
                if isinstance(self._socket, ssl.SSLSocket):
                    layer: Any = TLSInTLS(self._socket, ssl_context, server_hostname, _left(timeout))
                else:
                    layer = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)  # type: ignore[arg-type]
            except BaseException:
                self.close()
                raise
        self._is_handed_on = True
        speaks_http1 = self._speaks_http1 and layer.selected_alpn_protocol() != "h2"
        return Stream(layer, self._max_idle, speaks_http1, timeout)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore and users ask about a connection."""
        if info == "is_readable":
            # httpcore asks this of an idle connection, and drops one that has something to say: that can
            # only be its end. One that was idle for too long is about to end as well.
            moment = now()
            is_old = self._max_idle is not None and moment - self._last_used >= self._max_idle
            if is_old or self._held or self._may_be_handed_over:
                return True
            # It asks about every idle connection at every request of every thread, and each look at a socket
            # lets another thread run first. `write` looks anyway, at the one that is used.
            if self._speaks_http1 and moment - max(self._last_used, self._last_looked) < _LOOK_AFTER:
                return False
            self._last_looked = moment
            return self._is_readable(_POOL)
        if info == "ssl_object":
            return getattr(self._socket, "_sslobj", None)
        if info == "client_addr":
            return self._socket.getsockname()
        if info == "server_addr":
            return self._socket.getpeername()
        return self._socket if info == "socket" else None

    @property
    def _is_watched(self) -> bool:
        """Whether requests and answers of HTTP/1.1 are told apart in what comes and goes."""
        return self._speaks_http1 and not self._may_be_handed_over

    def _is_whole(self, data: bytes) -> bool:
        """Whether this, the beginning of an answer, is all of it and nothing else."""
        head = _HEAD_WITH_LENGTH.match(data) if self._has_usual_answer else None
        self._has_usual_answer = False
        return head is not None and head.end() + int(head[1]) == len(data)

    def _is_readable(self, asking: int) -> bool:
        """Whether there is something to read, or the other side has closed.

        Args:
            asking: Who wants to know. Each has a poll object, since no two threads may use one at a time.
        """
        descriptor: int = self._socket.fileno()
        if descriptor < 0 or (not isinstance(self._socket, socket.socket) and self._socket.pending()):
            return True
        if not hasattr(select, "poll"):  # which takes descriptors of any size, as select does not
            return bool(select.select([descriptor], [], [], 0)[0])
        if self._polls[asking] is None:
            self._polls[asking] = select.poll()
            self._polls[asking].register(descriptor, select.POLLIN)
        return bool(self._polls[asking].poll(0))


class _mapped:  # noqa: N801 - used like a function, and cheaper than a generator
    """Turns what sockets raise into httpcore's exceptions, with the original as cause."""

    __slots__ = ("_error", "_timeout")

    def __init__(self, timeout: Type[Exception], error: Type[Exception]) -> None:
        self._timeout = timeout
        self._error = error

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Optional[BaseException], traceback: Any) -> None:
        # What a signal handler raised is none of the network's: httpcore swallows errors of writing.
        if not isinstance(error, OSError) or find_interruption(error) is not None:
            return
        if isinstance(error, socket.timeout):
            raise self._timeout(str(error)) from error
        raise self._error(str(error)) from error


def _left(timeout: Optional[float]) -> Optional[float]:
    """Seconds for the next wait.

    Raises:
        socket.timeout: None are left.
    """
    left = timeout.left() if isinstance(timeout, Wait) else timeout
    if left is not None and left <= 0:
        raise socket.timeout("timed out")
    return left


def _set_options(sock: Any, options: Optional[Iterable[_SocketOption]]) -> None:
    for option in options or ():
        sock.setsockopt(*option)
