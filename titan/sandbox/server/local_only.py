"""Stands before the app: lets in what comes from this machine, and adds the headers that every answer has."""

from __future__ import annotations

import ipaddress
from typing import Dict, List, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..base.addresses import is_loopback
from ..state import State

REMAINING = "titan.remaining"
"""Key in the ASGI scope: what the rate limit leaves to this request's credential."""

_RATE_LIMIT = ("X-RateLimit-Limit", "X-RateLimit-Remaining")
_DEPRECATION = {
    "deprecation": "Deprecation",
    "sunset": "Sunset",
    "sdk_deprecation": "Titan-SDK-Deprecation",
}
_LOOPBACK_ORIGIN = r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?"


class LocalOnlyMiddleware:
    """An ASGI app before the app.

    A page in a browser reaches this machine under a name of its own (DNS rebinding), or by a form that it
    posts here: the first shows in `Host`, the second in `Origin`.

    Args:
        app: What it stands before.
        refusal: Answers in its place.
        state: Says which headers every answer has.
        host: Address that the server listens on.
        allowed_hosts: Names beside this machine's own that `Host` may have.
    """

    def __init__(
        self, app: ASGIApp, refusal: Response, state: State, host: str, allowed_hosts: Sequence[str]
    ) -> None:
        self._app = app
        # An app in the browser, on a port of its own, is what client tokens are for.
        self._api = CORSMiddleware(
            app,
            allow_origin_regex=_LOOPBACK_ORIGIN,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Retry-After", *_RATE_LIMIT, *_DEPRECATION.values()],
        )
        self._refusal = refusal
        self._state = state
        self._is_open = not is_loopback(host)
        self._allowed_hosts = {name.lower() for name in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        # So that an encoded slash stays inside its segment.
        scope["path"] = scope["raw_path"].decode("latin-1")
        settings = self._state.settings
        scope[REMAINING] = settings.rate_limit

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                counts = (settings.rate_limit, scope[REMAINING])
                added = [(name, str(count)) for name, count in zip(_RATE_LIMIT, counts)]
                for setting, name in _DEPRECATION.items():
                    value: Optional[str] = getattr(settings, setting)
                    added += [] if value is None else [(name, value)]
                message["headers"] = [
                    *message["headers"],
                    *((name.lower().encode(), value.encode()) for name, value in added),
                ]
            await send(message)

        app = self._api if scope["path"].startswith("/api/") else self._app
        if self._is_foreign(scope["headers"]):
            app = self._refusal
        await app(scope, receive, send_with_headers)

    def _is_foreign(self, sent: List[Tuple[bytes, bytes]]) -> bool:
        headers: Dict[bytes, str] = {name: value.decode("latin-1") for name, value in sent}
        host = _host(f"//{headers.get(b'host', '')}")
        if host is None or not self._is_known(host):
            return True
        origin = headers.get(b"origin")
        if origin is None:
            return False
        named = _host(origin)
        return named is None or not (is_loopback(named) or named == host)

    def _is_known(self, host: str) -> bool:
        if is_loopback(host) or host in self._allowed_hosts:
            return True
        if not self._is_open:
            return False
        try:
            # Nobody can have an address of their own lead here.
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True


def _host(url: str) -> Optional[str]:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
