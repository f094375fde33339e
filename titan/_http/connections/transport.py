"""httpx's own transport, on sockets that keep to a deadline."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any, Dict, Iterable, Optional, Union

import httpcore
import httpx

from .sockets import Backend, StaleConnectionError

LONGEST_IDLE = 4.0
"""Seconds. uvicorn and Node close idle connections after 5: a request that meets the end is lost."""

# Each is a connection that had answered before and has ended since, so that a new one is soon reached.
_MOST_STALE = 1000

_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=LONGEST_IDLE)


class DeadlineTransport(httpx.HTTPTransport):
    """A transport for your own `httpx.Client`, with which `total_timeout` holds to the full.

    For example, `httpx.Client(transport=DeadlineTransport(verify="ca.pem"))`. Requests of other programs
    through the same client have the timeouts that they ask for. It overrides no method of
    `httpx.HTTPTransport`, so tools that hook into that class see its requests.

    Args:
        verify: As for `httpx.HTTPTransport`: True, an `ssl.SSLContext`, or False.
        cert: A certificate of the client's own, as for `httpx.HTTPTransport`.
        trust_env: Whether `SSL_CERT_FILE` and `SSL_CERT_DIR` are read.
        http1: Whether HTTP/1.1 is spoken.
        http2: Whether HTTP/2 is spoken; needs `httpx[http2]`.
        limits: How many connections there are at most, and how long they may be idle. Default: 100, and
            4 seconds.
        proxy: Address of a proxy, or an `httpx.Proxy`.
        uds: Path of a Unix socket to connect to, in place of the host.
        local_address: Address to connect from.
        retries: How often connecting is tried again.
        socket_options: Options for each socket, as `socket.setsockopt` takes them.
    """

    def __init__(
        self,
        verify: Union[ssl.SSLContext, str, bool] = True,
        cert: Any = None,
        trust_env: bool = True,
        http1: bool = True,
        http2: bool = False,
        limits: httpx.Limits = _LIMITS,
        proxy: Union[str, httpx.URL, httpx.Proxy, None] = None,
        uds: Optional[str] = None,
        local_address: Optional[str] = None,
        retries: int = 0,
        socket_options: Optional[Iterable[Any]] = None,
    ) -> None:
        context = httpx.create_ssl_context(verify=verify, cert=cert, trust_env=trust_env)
        given = httpx.Proxy(proxy) if isinstance(proxy, (str, httpx.URL)) else proxy
        options: Dict[str, Any] = {"http1": http1, "http2": http2, "retries": retries}
        super().__init__(
            verify=context,
            limits=limits,
            proxy=given,
            uds=uds,
            local_address=local_address,
            socket_options=socket_options,
            **options,
        )
        options.update(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=Backend(limits.keepalive_expiry, speaks_http1=http1 or not http2),
        )
        # The one thing here that httpx does not document. Where a future version has it no more, its own
        # pool serves, and a deadline holds for each wait by itself.
        if isinstance(getattr(self, "_pool", None), httpcore.ConnectionPool):
            options["socket_options"] = socket_options
            if given is None:
                options.update(uds=uds, local_address=local_address)
            self._pool = _proxy_pool(given, options) if given else _Pool(**options)


class _Pool(httpcore.ConnectionPool):
    """A pool that takes another connection where one turns out to be stale."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        for _ in range(_MOST_STALE):
            # Nothing of the request has gone out, and its body was not begun.
            with contextlib.suppress(StaleConnectionError):
                return super().handle_request(request)
        raise httpcore.ConnectError("the server ended each connection before the request could be sent")


class _HTTPProxyPool(_Pool, httpcore.HTTPProxy):
    """The same by way of an HTTP proxy."""


class _SOCKSPool(_Pool, httpcore.SOCKSProxy):
    """The same by way of a SOCKS proxy."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        try:
            return super().handle_request(request)
        except Exception as error:
            if not is_about_socks(error):
                raise
        # What httpcore does not catch of its SOCKS library.
        raise httpcore.ProxyError("the proxy does not speak SOCKS5")


def is_about_socks(error: Exception) -> bool:
    """Whether it was raised in the middle of talking to a SOCKS proxy, and by neither httpx nor httpcore."""
    if type(error).__module__.startswith(("httpx", "httpcore")):
        return False
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    module = "" if traceback is None else str(traceback.tb_frame.f_globals.get("__name__"))
    return module.startswith("socksio.") or module.endswith(".socks_proxy")


def _proxy_pool(proxy: httpx.Proxy, options: Dict[str, Any]) -> httpcore.ConnectionPool:
    address = proxy.url
    url = httpcore.URL(
        scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
    )
    if address.scheme.startswith("socks5"):
        del options["socket_options"]  # which httpcore has for all others
        return _SOCKSPool(proxy_url=url, proxy_auth=proxy.raw_auth, **options)
    return _HTTPProxyPool(
        proxy_url=url,
        proxy_auth=proxy.raw_auth,
        proxy_headers=proxy.headers.raw,
        proxy_ssl_context=_context_of(proxy, options["ssl_context"]),
        **options,
    )


def _context_of(proxy: httpx.Proxy, of_server: ssl.SSLContext) -> Optional[ssl.SSLContext]:
    """How TLS to the proxy itself is verified: like that to the server, unless it says otherwise."""
    if proxy.url.scheme != "https":
        return None
    given: Optional[ssl.SSLContext] = getattr(proxy, "ssl_context", None)  # httpx 0.25 cannot give one
    return given or of_server
