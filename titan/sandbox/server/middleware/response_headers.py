"""Middleware that adds the headers which every response has: rate limit and deprecation."""

from __future__ import annotations

from typing import List, Optional, Tuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...state import State

REMAINING = "titan.remaining"
"""Key in the ASGI scope: how many more requests the rate limit allows the caller of this one."""

LIMIT_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining")
_LIMIT, _REMAINING = (name.lower().encode() for name in LIMIT_HEADERS)
DEPRECATION_HEADERS = {
    "deprecation": "Deprecation",
    "sunset": "Sunset",
    "sdk_deprecation": "Titan-SDK-Deprecation",
}
"""Headers by the settings that hold their values."""


class ResponseHeadersMiddleware:
    """Adds the headers, also to errors and refusals.

    Args:
        app: The app below.
        state: Has the settings.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add headers to its response."""
        # So that an encoded slash stays inside its segment.
        scope["path"] = scope["raw_path"].decode("latin-1")
        settings = self._state.settings
        scope[REMAINING] = settings.rate_limit

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added: List[Tuple[bytes, bytes]] = [
                    (_LIMIT, str(settings.rate_limit).encode()),
                    (_REMAINING, str(scope[REMAINING]).encode()),
                ]
                for setting, name in DEPRECATION_HEADERS.items():
                    text: Optional[str] = getattr(settings, setting)
                    if text is not None:
                        added.append((name.lower().encode(), text.encode()))
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)
