"""Sending messages, and what can be done to them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, Optional, Union

from .._http.files.upload import Base64Body, Upload
from .._http.files.user_code import Progress
from .._models.events import MessageEvent
from ..params_gen import QuotedMessageParams, SendMessageParams
from ..types_gen import Message, QuotedMessage, SendMessageRequest
from ._base import helper, without_our_frames
from ._file_kinds import File, FileType, check_voice_note, is_utf8, name_of, type_of
from ._generated import messages, operations
from ._payload.encoding import encode, with_session
from ._payload.request_check import check_request
from ._replies import make_reply


class Messages(messages.Messages):
    """Sending messages, and what can be done to them."""

    @helper
    def send_text(
        self,
        session: str,
        chat_id: str,
        text: str,
        *,
        quoted_message: Union[QuotedMessage, QuotedMessageParams, None] = None,
        mentions: Optional[Iterable[str]] = None,
        link_preview: Optional[bool] = None,
    ) -> Message:
        """Send a text; for all that a message can have, see `send`.

        Args:
            session: Session name.
            chat_id: JID of the chat.
            text: The text.
            quoted_message: The message this one answers: its `id`, and in groups its `participant`.
            mentions: JIDs of the people mentioned. Each must also stand in the text as `@` and the number.
            link_preview: Whether a link in the text gets a preview. Default: Titan's.

        Returns:
            The message. Titan's pages show two shapes of it, which have only `id`, `status` in common.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
            TypeError: `mentions` is a string: a list of them is meant.
        """
        if isinstance(mentions, str):
            raise TypeError("mentions is a string; pass a list of JIDs")
        optional = {
            "quotedMessage": quoted_message,
            "mentions": None if mentions is None else list(mentions),
            "linkPreview": link_preview,
        }
        message: Dict[str, Any] = {"chatId": chat_id, "type": "text", "text": text}
        message.update((name, value) for name, value in optional.items() if value is not None)
        return self._call(operations.MESSAGES_SEND, session, body=message, returns=Message)

    @helper
    def reply(
        self,
        event: MessageEvent,
        message: Union[str, SendMessageRequest, SendMessageParams, Mapping[str, Any]],
        *,
        quote: bool = True,
    ) -> Message:
        """Answer a message, in its chat and with its session, quoting it.

        It answers any event of a message, also one that the account wrote itself (`event.payload.from_me`):
        a bot that does not look at that answers its own answers.

        Args:
            event: The event, as a handler or `parse_webhook` has it, such as a MessageReceivedEvent.
            message: A text, or a message as for `send`, of which a dict may leave `chatId` out.
            quote: Whether the answer quotes the message, unless it has a `quotedMessage` of its own. A
                message that was deleted is not quoted.

        Returns:
            The message. Titan's pages show two shapes of it, which have only `id`, `status` in common.

        Raises:
            ValueError: The event has no chat to answer in, as that of a call or a story, or no session; or
                the message names another chat.
            TypeError: This is not an event, or not a message.
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        try:
            fields = make_reply(event, message, quote=quote)
        except Exception as error:
            failure = without_our_frames(error)
        else:
            return self._call(operations.MESSAGES_SEND, event.session, body=fields, returns=Message)
        raise failure

    @helper
    def send_file(
        self,
        session: str,
        chat_id: str,
        file: File,
        *,
        type: Optional[FileType] = None,  # noqa: A002 - the wire name of the field
        filename: Optional[str] = None,
        mime_type: Optional[str] = None,
        caption: Optional[str] = None,
        extra: Optional[Mapping[str, Any]] = None,
        progress: Optional[Progress] = None,
    ) -> Message:
        """Send a file from a path or stream, in constant memory.

        JPEG, PNG and WebP go as image, MP4 as video, OGG and MP3 as voice; what it is, the MIME type tells,
        else the end of the file's name. All else goes as file, a document to download: also `.gif`, `.heic`,
        `.mov`, `.webm`, `.m4a`, `.wav`, `.aac` and the like, which Titan does not take as picture, film or
        sound. The logger `titan` then says so at INFO, unless `type` says what is meant.

        Args:
            session: Session name.
            chat_id: JID of the chat.
            file: A path, or a binary stream, sent from its current position. A stream that cannot seek, and a
                path to a FIFO, is copied to a temporary file first, since its length must be known, and is
                never sent again. Uploads of web frameworks are streams too: Flask's and Django's as they
                are, of FastAPI's the `upload.file`.
            type: `image`, `video`, `voice`, `file` or `sticker`, whatever the file is.
            filename: Name that the recipient sees. Default: the file's own, for type `file`.
            mime_type: MIME type of the file, such as `image/png`; only used to choose the type. Default: what
                an upload or an answer of a server says of itself.
            caption: Text under the file.
            extra: Further fields of the message in wire names, such as `{"ptt": True}`.
            progress: Called with the bytes sent so far, and those of the whole file. When the request is
                repeated it starts again.

        Returns:
            The message. Titan's pages show two shapes of it, which have only `id`, `status` in common.

        Raises:
            ValueError: The file has more than 52,500,000 bytes (70,000,000 characters of base64), or its
                name is not UTF-8 (pass `filename`).
            TypeError: `file` is neither a path nor a binary stream.
            OSError: The file cannot be read.
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        name = filename or name_of(file)
        kind = type or type_of(file, name, mime_type)
        fields: Dict[str, Any] = {"chatId": chat_id, "type": kind}
        if filename is not None or kind == "file":
            fields["filename"] = name or "file"
        if caption is not None:
            fields["caption"] = caption
        fields = with_session({**fields, **(extra or {})}, session)
        check_request(operations.MESSAGES_SEND, fields, strict=self._context.strict_requests)
        if "base64" in fields or "url" in fields:
            raise ValueError("extra must not hold base64 or url: the file is what is sent")
        if not is_utf8(fields.get("filename")):
            raise ValueError("the name of the file is not UTF-8, and cannot be sent; pass filename=")
        with Upload(file) as upload:
            return self._send_body(session, Base64Body(encode(fields), upload, progress))

    @helper
    def send_voice(
        self,
        session: str,
        chat_id: str,
        file: File,
        *,
        filename: Optional[str] = None,
        extra: Optional[Mapping[str, Any]] = None,
        progress: Optional[Progress] = None,
    ) -> Message:
        """Send a file as a voice note, as if it was recorded in the chat (push-to-talk).

        What the file is, its first bytes tell: OGG with Opus or MP3, which are what Titan takes.

        Args:
            session: Session name.
            chat_id: JID of the chat.
            file: A path or a binary stream, as for `send_file`.
            filename: Name of the file. Default: none.
            extra: Further fields of the message in wire names, such as `quotedMessage`.
            progress: Called with the bytes sent so far, and those of the whole file. When the request is
                repeated it starts again.

        Returns:
            The message. Titan's pages show two shapes of it, which have only `id`, `status` in common.

        Raises:
            ValueError: The file is neither OGG with Opus nor MP3, and the text says how to convert it; or it
                has more than 52,500,000 bytes.
            TypeError: `file` is neither a path nor a binary stream.
            OSError: The file cannot be read.
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        fields: Dict[str, Any] = {"chatId": chat_id, "type": "voice", "ptt": True}
        if filename is not None:
            fields["filename"] = filename
        fields = with_session({**fields, **(extra or {})}, session)
        check_request(operations.MESSAGES_SEND, fields, strict=self._context.strict_requests)
        if "base64" in fields or "url" in fields:
            raise ValueError("extra must not hold base64 or url: the file is what is sent")
        with Upload(file) as upload:
            check_voice_note(upload)
            return self._send_body(session, Base64Body(encode(fields), upload, progress))

    def _send_body(self, session: str, body: Base64Body) -> Message:
        request = self._prepare(operations.MESSAGES_SEND, (session,), body, is_long=True)
        sent: Message = self._send(request, Message)
        return sent
