"""The routes of the page: its files, snapshots of the state, a stream that says when it has changed."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from pathlib import PurePath
from typing import AsyncIterator, Awaitable, Callable, Dict, Iterator, List

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ..base.encoding import encode
from ..state import State
from ..whatsapp import qr_codes
from . import overview

# Not by path: the package may be inside a wheel.
_FOLDER = files("titan.sandbox.page") / "static"
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# A file that somebody sent must not become a page of this origin.
_MEDIA_HEADERS = {**_SECURITY_HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
_SECONDS_BETWEEN_CHECKS = 0.05
_SECONDS_BETWEEN_KEEPALIVES = 15.0


def create_routes(state: State, is_stopping: Callable[[], bool]) -> List[Route]:
    """Make the routes of the page.

    Args:
        state: What it shows.
        is_stopping: Tells whether the server wants to end, and streams have to.

    Returns:
        Routes of the page, its files, its data and its stream of changes.
    """
    page = _Page(state, is_stopping)
    return [
        Route("/", _serve_file("index.html", "text/html")),
        *_file_routes(),
        Route("/sandbox/overview", page.show_overview),
        Route("/sandbox/text", page.show_text),
        Route("/sandbox/events", page.stream_changes),
        Route("/sandbox/sessions/{session}/qr.png", page.show_qr_code),
        Route("/sandbox/files/{file}", page.serve_media),
    ]


def _file_routes() -> Iterator[Route]:
    for file in _FOLDER.iterdir():
        media_type = _MEDIA_TYPES.get(PurePath(file.name).suffix)
        if media_type is not None:
            yield Route(f"/page/{file.name}", _serve_file(file.name, media_type))


def _serve_file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    content = (_FOLDER / name).read_bytes()

    async def endpoint(_request: Request) -> Response:
        return Response(content, headers=_SECURITY_HEADERS, media_type=media_type)

    return endpoint


class _Page:
    """The endpoints of what the page loads while it is open."""

    def __init__(self, state: State, is_stopping: Callable[[], bool]) -> None:
        self._state = state
        self._is_stopping = is_stopping

    async def show_overview(self, request: Request) -> Response:
        query: Dict[str, str] = dict(request.query_params)
        messages = query.get("messages", "")[:9]
        with self._state.reading():
            data = overview.take(
                self._state,
                query.get("session", ""),
                query.get("chat", ""),
                int(messages) if messages.isdecimal() else overview.MESSAGES_AT_FIRST,
            )
            body = encode({"data": data})
        return Response(body, headers=_SECURITY_HEADERS, media_type="application/json")

    async def show_text(self, request: Request) -> Response:
        query: Dict[str, str] = dict(request.query_params)
        with self._state.reading():
            text = overview.find_text(self._state, query)
        status = 404 if text is None else 200
        body = encode({"data": text})
        return Response(body, status, headers=_SECURITY_HEADERS, media_type="application/json")

    async def show_qr_code(self, request: Request) -> Response:
        with self._state.reading():
            pairing = self._state.find_session(request.path_params["session"]).pairing
        if pairing is None:
            # Scanned since the page got its snapshot.
            return Response(status_code=204, headers=_SECURITY_HEADERS)
        return Response(qr_codes.draw(pairing.qr), headers=_SECURITY_HEADERS, media_type="image/png")

    async def serve_media(self, request: Request) -> Response:
        with self._state.reading():
            file = self._state.find_file(request.path_params["file"])
        if file.content is None:
            return RedirectResponse(file.source_url or "", 302)
        return Response(file.content, headers=_MEDIA_HEADERS, media_type=file.mime_type)

    async def stream_changes(self, _request: Request) -> Response:
        return StreamingResponse(self._changes(), headers=_SECURITY_HEADERS, media_type="text/event-stream")

    async def _changes(self) -> AsyncIterator[str]:
        sent_version, idle = -1, 0.0
        while not self._is_stopping():
            if self._state.version != sent_version:
                sent_version, idle = self._state.version, 0.0
                yield f'event: change\ndata: {{"version": {sent_version}}}\n\n'
            elif idle >= _SECONDS_BETWEEN_KEEPALIVES:
                idle = 0.0
                yield ": keepalive\n\n"
            await asyncio.sleep(_SECONDS_BETWEEN_CHECKS)
            idle += _SECONDS_BETWEEN_CHECKS
