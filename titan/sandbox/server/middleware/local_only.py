"""Middleware that lets in only requests that come from this machine."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Optional, Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ...base.hosts import is_loopback
from ..responses import create_error

_ANSWERS_REMEMBERED = 64


class LocalOnlyMiddleware:
    """Refuses foreign requests with a 403.

    A page in a browser reaches this machine under a name of its own (DNS rebinding), or by a form that it
    posts here: the first shows in `Host`, the second in `Origin`.

    Args:
        app: The app below.
        host: Address that the server listens on.
        allowed_hosts: Names beside this machine's own that `Host` may have.
    """

    def __init__(self, app: ASGIApp, host: str, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._refusal = create_error(403, "this sandbox responds only to requests for this machine")
        self._is_open = not is_loopback(host)
        self._allowed_hosts = {name.lower() for name in allowed_hosts}
        self._is_foreign = lru_cache(_ANSWERS_REMEMBERED)(self._find_out)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        host, origin = b"", None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"origin":
                origin = value
        app = self._refusal if self._is_foreign(host, origin) else self._app
        await app(scope, receive, send)

    def _find_out(self, host_header: bytes, origin_header: Optional[bytes]) -> bool:
        host = _host_of(f"//{host_header.decode('latin-1')}")
        if host is None or not self._is_known(host):
            return True
        if origin_header is None:
            return False
        origin_host = _host_of(origin_header.decode("latin-1"))
        return origin_host is None or not (is_loopback(origin_host) or origin_host == host)

    def _is_known(self, host: str) -> bool:
        if is_loopback(host) or host in self._allowed_hosts:
            return True
        if not self._is_open:
            return False
        try:
            # Nobody can make an address of their own lead here.
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True


def _host_of(url: str) -> Optional[str]:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
