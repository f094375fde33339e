"""Handlers of media files."""

from __future__ import annotations

from ..base.errors import SandboxError
from ..state import File, Json
from ..whatsapp import media
from .request import ApiRequest, ApiResponse, Handlers
from .resources import Resource

_SECONDS_KEPT = 14 * 24 * 3600
"""How long WhatsApp's servers keep a file."""


def picture_url(request: ApiRequest) -> str:
    """Keep the picture that a request brings, and give its address."""
    content = media.from_body(request.body)
    if content is None:
        return str(request.body["url"])
    return media.address(request.state, media.add(request.state, request.session, "", content))


def _view(request: ApiRequest, file: File) -> Json:
    return {
        "id": file.id,
        "messageId": file.message_id,
        "session": file.session,
        "mimeType": file.mime_type,
        "fileLength": len(file.content or b""),
        "persisted": file.persisted,
        "s3Url": media.address(request.state, file) if file.persisted else None,
    }


def _download(request: ApiRequest) -> ApiResponse:
    file = _kept(request)
    if file.persisted:
        return _redirect(media.address(request.state, file))
    if file.content is None:
        return _redirect(file.source_url or "")
    return ApiResponse(None, content=file.content, media_type=file.mime_type)


def _redirect(url: str) -> ApiResponse:
    return ApiResponse(None, 302, content=b"", headers={"Location": url})


def _persist(request: ApiRequest) -> ApiResponse:
    file = _kept(request)
    file.persisted = True
    return ApiResponse(_view(request, file))


def _kept(request: ApiRequest) -> File:
    file = _files.find(request)
    age = (request.state.clock.now() - file.at).total_seconds()
    if not file.persisted and age > _SECONDS_KEPT:
        raise SandboxError(404, f"media has left WhatsApp's servers: {file.id}")
    return file


_files = Resource("media", "media", "mediaId", lambda request: request.account.files, _view)


HANDLERS: Handlers = {
    "media.get": _files.handlers()["media.get"],
    "media.download": _download,
    "media.persist": _persist,
}
