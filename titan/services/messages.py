"""Sending messages, and what can be done to them."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, Dict, Mapping, Optional, Union

from .._http.files.upload import Base64Body, open_upload
from .._http.files.user_code import Progress
from ..types_gen import Message
from ._base import helper
from ._generated import messages, operations
from ._payloads import encode, with_session


class Messages(messages.Messages):
    """Sending messages, and what can be done to them."""

    @helper
    def send_file(
        self,
        session: str,
        chat_id: str,
        file: Union[str, os.PathLike[str], BinaryIO],
        *,
        type: Optional[str] = None,  # noqa: A002 - the wire name of the field
        filename: Optional[str] = None,
        mime_type: Optional[str] = None,
        caption: Optional[str] = None,
        extra: Optional[Mapping[str, Any]] = None,
        progress: Optional[Progress] = None,
    ) -> Message:
        """Send a file from a path or stream, in constant memory.

        JPEG, PNG and WebP go as image, MP4 as video, OGG and MP3 as voice, the rest as file; what it is,
        the MIME type tells, else the end of the file's name.

        Args:
            session: Session name.
            chat_id: JID of the chat.
            file: A path, or a binary stream, sent from its current position. A stream that cannot seek is
                copied to a temporary file first, since its length must be known, and is never sent again.
            type: `image`, `video`, `voice`, `file` or `sticker`, whatever the file is.
            filename: Name that the recipient sees. Default: the file's own, for type `file`.
            mime_type: MIME type of the file, such as `image/png`; only used to choose the type.
            caption: Text under the file.
            extra: Further fields of the message in wire names, such as `{"ptt": True}`.
            progress: Called with the bytes sent so far, and those of the whole file. When the request is
                repeated it starts again.

        Returns:
            The message. Titan's pages show two shapes of it, which have only `id`, `status` in common.

        Raises:
            ValueError: The file has more than 52,500,000 bytes (70,000,000 characters of base64).
            TypeError: `file` is neither a path nor a binary stream.
            OSError: The file cannot be read.
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        name = filename or os.path.basename(_name_of(file))
        kind = type or _type_of(name, mime_type)
        fields: Dict[str, Any] = {"chatId": chat_id, "type": kind}
        if filename is not None or kind == "file":
            fields["filename"] = name or "file"
        if caption is not None:
            fields["caption"] = caption
        fields = with_session({**fields, **(extra or {})}, session)
        if "base64" in fields or "url" in fields:
            raise ValueError("extra must not hold base64 or url: the file is what is sent")
        with open_upload(file) as (stream, can_seek):
            body = Base64Body(encode(fields), stream, progress, repeatable=can_seek)
            request = self._prepare(operations.MESSAGES_SEND, (session,), body, is_long=True)
            sent: Message = self._send(request, Message)
        return sent


_TYPE_OF_MIME = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "image",
    "video/mp4": "video",
    "audio/ogg": "voice",
    "audio/mpeg": "voice",
    "audio/mp3": "voice",
}
_TYPE_OF_ENDING = {
    ".jpg": "image",
    ".jpeg": "image",
    ".png": "image",
    ".webp": "image",
    ".mp4": "video",
    ".ogg": "voice",
    ".oga": "voice",
    ".opus": "voice",
    ".mp3": "voice",
}


def _type_of(name: str, mime_type: Optional[str]) -> str:
    if mime_type is not None:
        return _TYPE_OF_MIME.get(mime_type.partition(";")[0].strip().lower(), "file")
    return _TYPE_OF_ENDING.get(os.path.splitext(name)[1].lower(), "file")


def _name_of(file: Union[str, os.PathLike[str], BinaryIO]) -> str:
    """The file's own name; a stream over a descriptor has a number instead, others have none."""
    name = os.fspath(file) if isinstance(file, (str, os.PathLike)) else getattr(file, "name", "")
    return name if isinstance(name, str) else ""
