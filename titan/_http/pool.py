"""The connections of a client: a pool of its own, made at the first request, or the user's httpx.Client."""

from __future__ import annotations

import functools
import os
import ssl
import weakref
from typing import List, Optional

import httpx

from .._init_lock import init_lock
from ..errors import ConfigurationError


class Connections:
    """The httpx.Client that requests go through.

    A forked process gets connections of its own: two processes that write to one socket would mix up each
    other's requests. A client that the user gave is the user's to replace.

    Args:
        given: The user's own, or None for a pool of ours.

    Raises:
        TypeError: `given` is not an httpx.Client.
    """

    def __init__(self, given: Optional[httpx.Client]) -> None:
        if given is not None and not isinstance(given, httpx.Client):
            raise TypeError(f"http_client must be an httpx.Client, not {type(given).__name__}")
        self.is_own = given is None
        self._given = given
        self._pool: Optional[httpx.Client] = None
        self._inherited: List[httpx.Client] = []
        self._is_closed = False
        _all_connections.add(self)

    def open(self) -> Optional[httpx.Client]:
        """The client to send a request with; None where it is closed."""
        http = self._given or self._pool
        if http is None and not self._is_closed:
            with init_lock:
                http = self._pool = self._pool or new_pool()
        return None if http is None or self._is_closed or http.is_closed else http

    def close(self) -> None:
        """Close our own pool; a client that the user gave stays open."""
        self._is_closed = True
        if self._pool is not None:
            self._pool.close()

    def forget_pool(self) -> None:
        """Begin anew in a process that was forked.

        The pool is kept all the same: closing it here would end TLS connections that the parent goes on
        using.
        """
        if self._pool is not None:
            self._inherited.append(self._pool)
            self._pool = None


def new_pool() -> httpx.Client:
    """A pool of connections, with the environment's proxies and certificates.

    Raises:
        ConfigurationError: The environment's settings for them cannot be used.
    """
    try:
        # By default httpx keeps only 20 idle: more threads than that would connect anew again and again.
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=5.0)
        return httpx.Client(verify=_ssl_context(), limits=limits)
    except Exception as error:
        raise ConfigurationError(
            "the environment's settings for proxies or certificates cannot be used: "
            f"{type(error).__name__}: {error}"
        ) from error


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """Made once a process: loading the certificates takes twenty times as long as the rest of a client."""
    return httpx.create_ssl_context()


_all_connections: weakref.WeakSet[Connections] = weakref.WeakSet()


def _forget_pools() -> None:
    for connections in list(_all_connections):
        connections.forget_pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pools)
