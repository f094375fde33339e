"""Images, videos and other files in messages."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, Optional, Union

from .._http.files import Download, Progress
from .._http.transport import Call, Sink
from ..types_gen import Media
from ._base import Service, helper, path


class MediaFiles(Service):
    """Images, videos and other files in messages."""

    def get(self, session: str, media_id: str) -> Media:
        """Get what is known of a media file.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.

        Returns:
            Type, size, and whether the file is persisted.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
        """
        return self._call("GET", "/api/sessions/{session}/media/{mediaId}", session, media_id, returns=Media)

    def download(self, session: str, media_id: str) -> bytes:
        """Download a media file.

        The bytes come at once, or a redirect to where they are. WhatsApp's servers keep media for about
        14 days: persist what is needed longer.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.

        Returns:
            The bytes of the file.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
        """
        data: bytes = self._download(session, media_id)
        return data

    @helper
    def download_to(
        self,
        session: str,
        media_id: str,
        target: Union[str, os.PathLike[str], BinaryIO],
        *,
        progress: Optional[Progress] = None,
    ) -> int:
        """Download a media file to a path or stream, in constant memory.

        The target gets the whole file or nothing: a path is replaced at the end, a stream is written after
        everything has come.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.
            target: A path, or a binary stream to write to.
            progress: Called with the bytes so far, and those of the whole file, or None where the server
                does not tell. After an interruption it starts again.

        Returns:
            The size of the file in bytes.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
            OSError: The target cannot be written.
        """
        download = Download(target, progress)
        self._download(session, media_id, download)
        return download.size

    def _download(self, session: str, media_id: str, sink: Optional[Sink] = None) -> Any:
        route = "/api/sessions/{session}/media/{mediaId}/download"
        call = Call(
            "POST",
            route,
            path(route, (session, media_id)),
            idempotent=True,
            long=True,
            respond_async=self._context.wrapping == "submitted",
            follow_redirects=True,
        )
        return self._send(call, bytes, sink)

    def persist(self, session: str, media_id: str) -> Media:
        """Copy a media file to Titan's storage.

        The copy stays when the file leaves the servers of WhatsApp.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.

        Returns:
            The file, with `s3_url` where it is now.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/media/{mediaId}/persist",
            session,
            media_id,
            returns=Media,
            idempotent=True,
        )
