"""The page: a phone in the browser. What it shows comes from `snapshot`, what it does goes to `control`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import AsyncIterator, Awaitable, Callable, Dict, List

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ..state import State
from ..whatsapp import qr as qr_codes
from ..whatsapp import snapshot

_FOLDER = Path(__file__).parent / "static"
_FILES = {
    "/": ("index.html", "text/html"),
    "/page/phone.css": ("phone.css", "text/css"),
    "/page/phone.js": ("phone.js", "text/javascript"),
    "/page/icon.svg": ("icon.svg", "image/svg+xml"),
}
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# A file that somebody sent must not become a page of this origin.
_SECURITY_OF_FILES = {**_SECURITY, "Content-Security-Policy": "default-src 'none'; sandbox"}
_SECONDS_BETWEEN_LOOKS = 0.05
_SECONDS_BETWEEN_SIGNS_OF_LIFE = 15.0


def routes(state: State, is_stopping: Callable[[], bool]) -> List[Route]:
    """Make the routes of the page.

    Args:
        state: What it shows.
        is_stopping: Tells whether the server wants to end, and streams have to.

    Returns:
        Routes of the page, its files, its data and its stream of changes.
    """

    def file_endpoint(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
        content = (_FOLDER / name).read_bytes()

        async def endpoint(_request: Request) -> Response:
            return Response(content, headers=_SECURITY, media_type=media_type)

        return endpoint

    async def show(request: Request) -> Response:
        query: Dict[str, str] = dict(request.query_params)
        with state.reading():
            data = snapshot.everything(state, query.get("session"), query.get("chat"))
        return JSONResponse({"data": data}, headers=_SECURITY)

    async def qr(request: Request) -> Response:
        with state.reading():
            waiting = state.session(request.path_params["session"]).pairing
        if waiting is None:
            # Scanned since the page was told of it.
            return Response(status_code=204, headers=_SECURITY)
        return Response(qr_codes.draw(waiting.qr), headers=_SECURITY, media_type="image/png")

    async def sent_file(request: Request) -> Response:
        with state.reading():
            file = state.file(request.path_params["file"])
        if file.content is None:
            return RedirectResponse(file.source_url or "", 302)
        return Response(file.content, headers=_SECURITY_OF_FILES, media_type=file.mime_type)

    async def changes() -> AsyncIterator[str]:
        seen, silent = -1, 0.0
        while not is_stopping():
            if state.version != seen:
                seen, silent = state.version, 0.0
                yield f'event: change\ndata: {{"version": {seen}}}\n\n'
            elif silent >= _SECONDS_BETWEEN_SIGNS_OF_LIFE:
                silent = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            silent += _SECONDS_BETWEEN_LOOKS

    async def events(_request: Request) -> Response:
        return StreamingResponse(changes(), headers=_SECURITY, media_type="text/event-stream")

    return [
        *(Route(path, file_endpoint(*file)) for path, file in _FILES.items()),
        Route("/sandbox/overview", show),
        Route("/sandbox/events", events),
        Route("/sandbox/sessions/{session}/qr.png", qr),
        Route("/sandbox/files/{file}", sent_file),
    ]
