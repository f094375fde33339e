"""Media: get, download, persist."""

from __future__ import annotations

from ..state import File
from ..whatsapp import media
from .request import ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _download(request: ApiRequest) -> ApiResponse:
    file = _find_available(request)
    if file.persisted:
        return _redirect(media.address_of(request.state, file))
    if file.content is None:
        return _redirect(file.source_url or "")
    # A file, whatever its type: a page that came in its place would not say so.
    headers = {"Content-Disposition": "attachment"}
    return ApiResponse(None, content=file.content, media_type=file.mime_type, headers=headers)


def _redirect(url: str) -> ApiResponse:
    return ApiResponse(None, 302, content=b"", headers={"Location": url})


def _persist(request: ApiRequest) -> ApiResponse:
    file = _find_available(request)
    file.persisted = True
    return ApiResponse(media.to_json(request.state, file))


def _find_available(request: ApiRequest) -> File:
    file = _files.find(request)
    media.check_available(request.state, file)
    return file


_files = Resource(
    "media",
    "media",
    "mediaId",
    lambda request: request.account.files,
    lambda request, file: media.to_json(request.state, file),
)

HANDLERS: Handlers = {
    "media.get": _files.get,
    "media.download": _download,
    "media.persist": _persist,
}
