"""Images, videos and other files in messages."""

from __future__ import annotations

import os
from typing import Optional, Union

from .._http.files.download import Download
from .._http.files.user_code import Progress
from .._http.files.writing import BinaryWriter
from ._base import helper
from ._generated import media, operations


class MediaService(media.MediaService):
    """Images, videos and other files in messages."""

    @helper
    def download_to(
        self,
        session: str,
        media_id: str,
        target: Union[str, os.PathLike[str], BinaryWriter],
        *,
        progress: Optional[Progress] = None,
    ) -> int:
        """Download a media file to a path or stream, in constant memory.

        A plain file gets the whole or nothing: it is replaced at the end and keeps its mode and, where that
        is allowed, its owner; links to it stay links. Where a file cannot be replaced (it has further hard
        links, is mounted, or its folder cannot be written), and where the target is a stream, a device or a
        FIFO, it is written once everything has come.

        A page or an error document in place of the file is an APIResponseError, unless the server names it
        as an attachment (`Content-Disposition`); `client.request` reaches it all the same.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.
            target: A path, or a binary stream to write to. A FIFO waits until somebody reads it, a pipe that
                is full until it is not.
            progress: Called with the bytes so far, and those of the whole file, or None where the server
                does not tell. After an interruption it starts again.

        Returns:
            The size of the file in bytes.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
            OSError: The target cannot be written; where it was partly written, the text says how far.
            TypeError: `target` is neither a path nor a binary stream.
        """
        download = Download(target, progress)
        request = self._prepare(operations.MEDIA_DOWNLOAD, (session, media_id), is_long=True)
        self._send(request, bytes, download)
        return download.size
