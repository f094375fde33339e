"""Middleware for apps in a browser, on a port of their own: they are what client tokens are for."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from .response_headers import DEPRECATION_HEADERS, LIMIT_HEADERS

_LOOPBACK_ORIGIN = r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?"


class CorsMiddleware:
    """Lets pages of this machine use the API, and nothing but the API.

    Args:
        app: The app below.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._api = CORSMiddleware(
            app,
            allow_origin_regex=_LOOPBACK_ORIGIN,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Retry-After", *LIMIT_HEADERS, *DEPRECATION_HEADERS.values()],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_of_a_page = any(name == b"origin" for name, _ in scope["headers"])
        app = self._api if is_of_a_page and scope["path"].startswith("/api/") else self._app
        await app(scope, receive, send)
