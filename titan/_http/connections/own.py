"""Connections of our own: a pool for each proxy, made at the first request that needs it."""

from __future__ import annotations

import os
import re
import ssl
from os import getpid
from typing import Any, Dict, List, Optional, Tuple

import httpx

from ..._init_lock import init_lock
from ...errors import ConfigurationError
from .addresses import origin_of
from .proxies import Proxies

_Certificates = Tuple[Optional[str], Optional[str]]


class OwnConnections:
    """The way to the socket without a client of httpx, which would cost more than all the rest.

    A forked process gets connections of its own: two processes that write to one socket would mix up each
    other's requests. Whose they are shows at each request, since servers that fork in C run no hook.

    Args:
        base_url: Address of the server.

    Raises:
        ConfigurationError: The environment's settings for proxies or certificates cannot be used.
    """

    is_own = True
    library = httpx

    def __init__(self, base_url: httpx.URL) -> None:
        self._origin = origin_of(base_url)
        self._proxies = Proxies()
        self._proxy = self._proxies.of(base_url)
        self._certificates = _certificates()
        self._process = getpid()
        self._main: Optional[httpx.BaseTransport] = None
        self._others: Dict[Optional[str], httpx.BaseTransport] = {}
        self._inherited: List[object] = []
        self.is_closed = False

    def open(self) -> Optional[str]:
        """Make ready for a request; what speaks against it, or None.

        Raises:
            ConfigurationError: The certificates that the environment names cannot be used.
        """
        if self._process != getpid():
            self._forget_parent()
        if self._main is None:
            with init_lock():
                self._main = self._main or new_pool(self._certificates, self._proxy)
        return None

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its response is not yet read."""
        pool = self._main
        if pool is None or origin_of(request.url) != self._origin:
            pool = self._pool_for(request.url)
        try:
            return pool.handle_request(request)
        except Exception as error:
            from .transport import is_about_socks  # loaded by now, as the pool is

            # Of httpx's own pool, which serves where ours cannot take its place.
            if not is_about_socks(error):
                raise
        raise httpx.ProxyError("the proxy does not speak SOCKS5")

    def close(self) -> None:
        """Close them all."""
        self.is_closed = True
        for pool in [self._main, *self._others.values()]:
            if pool is not None and self._process == getpid():
                pool.close()

    def _pool_for(self, url: httpx.URL) -> httpx.BaseTransport:
        """The pool for an address that a download was redirected to."""
        proxy = self._proxies.of(url)
        key = None if proxy is None else str(proxy.url)
        with init_lock():
            if key not in self._others:
                self._others[key] = new_pool(self._certificates, proxy)
            return self._others[key]

    def _forget_parent(self) -> None:
        with init_lock():
            if self._process == getpid():
                return
            # Kept all the same: to close them here would end TLS connections that the parent goes on using.
            self._inherited += [self._main, *self._others.values()]
            self._main, self._others = None, {}
            self._process = getpid()


def new_pool(certificates: _Certificates, proxy: Optional[httpx.Proxy]) -> httpx.BaseTransport:
    """A pool of connections, by way of a proxy if one is given."""
    # It brings httpcore, which would make the import of the client dearer.
    from .transport import DeadlineTransport

    return DeadlineTransport(verify=_ssl_context(certificates), proxy=proxy)


def limit_idle(response: httpx.Response) -> None:
    """Let the connection of a response lie idle for less than the server announces to keep it."""
    announced = re.search(r"timeout\s*=\s*(\d{1,6})", response.headers.get("Keep-Alive", ""), re.IGNORECASE)
    stream: Any = response.extensions.get("network_stream")
    if announced and hasattr(stream, "limit_idle"):
        stream.limit_idle(max(0, int(announced[1]) - 1))


def _certificates() -> _Certificates:
    """What SSL_CERT_FILE and SSL_CERT_DIR name now.

    Raises:
        ConfigurationError: Something that does not exist.
    """
    named = os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
    for variable, path, exists in zip(
        ("SSL_CERT_FILE", "SSL_CERT_DIR"), named, (os.path.isfile, os.path.isdir)
    ):
        if path is not None and not exists(path):
            raise ConfigurationError(f"{variable} names {path}, which does not exist")
    return named


_ssl_contexts: Dict[_Certificates, ssl.SSLContext] = {}


def _ssl_context(certificates: _Certificates) -> ssl.SSLContext:
    """Made once a process: loading the certificates takes twenty times as long as the rest of a client.

    Raises:
        ConfigurationError: They cannot be read.
    """
    context = _ssl_contexts.get(certificates)
    if context is None:
        try:
            file, folder = certificates
            if file or folder:
                context = ssl.create_default_context(cafile=file, capath=folder)
            else:
                context = httpx.create_ssl_context(trust_env=False)
        except Exception as error:
            raise ConfigurationError(
                f"the certificates that the environment names cannot be used: {type(error).__name__}: {error}"
            ) from error
        _ssl_contexts[certificates] = context
    return context
