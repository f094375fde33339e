"""Sending messages, and what can be done to them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, Dict, Mapping, Optional, Union

from .._http.files import Base64Body, Progress, opened
from .._http.transport import Call
from ..types_gen import Message
from ._base import Service, encode, helper, path, with_session

if TYPE_CHECKING:
    from ..params_gen import (
        DeleteMessageParams,
        EditMessageParams,
        ReactParams,
        SeenParams,
        SendMessageParams,
        StarMessageParams,
        TypingParams,
    )
    from ..types_gen import (
        DeleteMessageRequest,
        EditMessageRequest,
        ReactRequest,
        SeenRequest,
        SendMessageRequest,
        StarMessageRequest,
        TypingRequest,
    )


class Messages(Service):
    """Sending messages, and what can be done to them."""

    def send(self, session: str, message: Union[SendMessageRequest, SendMessageParams]) -> Message:
        """Send a message of any type.

        One route for text, media, polls, locations and contacts. In safe mode, a setting of the session,
        Titan types before it sends and waits before media and voice notes: an ordinary send can then take
        16 seconds.

        Args:
            session: Session name.
            message: `chatId`, `type` (text, image, video, voice, file, sticker, poll, location, contact)
                and the fields of that type. Media come by `url` (HTTPS, at most 50 MB) or as `base64` (at
                most 70 MB); for files see `send_file`.

        Returns:
            The message. Titan's pages show two shapes of it, which have only `id`, `status` in common.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        fields = with_session(message, session)
        sent: Message = self._post_message(session, encode(fields), long="url" in fields)
        return sent

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
        with opened(file) as (stream, can_seek):
            body = Base64Body(encode(fields), stream, progress, repeatable=can_seek)
            sent: Message = self._post_message(session, body, long=True)
        return sent

    def _post_message(self, session: str, content: Union[bytes, Base64Body], *, long: bool) -> Any:
        as_client = self._context.has_client_token
        route = "/api/sessions/{session}/messages/send" if as_client else "/api/messages/send"
        call = Call(
            "POST",
            route,
            path(route, (session,) if as_client else ()),
            content,
            inferred=as_client,
            long=long,
            respond_async=self._context.wrapping == "submitted",
        )
        return self._send(call, Message)

    def react(self, session: str, reaction: Union[ReactRequest, ReactParams]) -> None:
        """React to a message.

        An empty `reaction` removes the one that is there. Client tokens need the action `send_reaction`.

        Args:
            session: Session name.
            reaction: `chatId`, `messageId`, and `reaction`, an emoji; an empty one removes the reaction
                that is there.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call("POST", "/api/sessions/{session}/messages/react", session, body=reaction)

    def typing(self, session: str, typing: Union[TypingRequest, TypingParams]) -> None:
        """Show in a chat that a message is being prepared.

        Client tokens need the action `send_typing`.

        Args:
            session: Session name.
            typing: `chatId`, and `state`: `composing`, `recording` or `paused`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST", "/api/sessions/{session}/messages/typing", session, body=typing, idempotent=True
        )

    def seen(self, session: str, seen: Union[SeenRequest, SeenParams, Mapping[str, Any]]) -> None:
        """Mark messages as read.

        Client tokens need the action `send_seen`.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            seen: `chatId`, and `messageIds` to mark only those.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/messages/seen",
            session,
            body=seen,
            idempotent=True,
            inferred=True,
        )

    def edit(
        self, session: str, edit: Union[EditMessageRequest, EditMessageParams, Mapping[str, Any]]
    ) -> Message:
        """Change the text of a sent message.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            edit: `chatId`, `messageId`, and the new `text`.

        Returns:
            The message as it now is.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/messages/edit",
            session,
            body=edit,
            returns=Message,
            inferred=True,
        )

    def delete(
        self, session: str, deletion: Union[DeleteMessageRequest, DeleteMessageParams, Mapping[str, Any]]
    ) -> None:
        """Delete a message.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            deletion: `chatId`, `messageId`, and `forEveryone` to delete it not only for this account.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST", "/api/sessions/{session}/messages/delete", session, body=deletion, inferred=True
        )

    def star(
        self, session: str, star: Union[StarMessageRequest, StarMessageParams, Mapping[str, Any]]
    ) -> None:
        """Star or unstar a message.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            star: `chatId`, `messageId`, and `star`: true to star, false to unstar.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            "POST",
            "/api/sessions/{session}/messages/star",
            session,
            body=star,
            idempotent=True,
            inferred=True,
        )


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
