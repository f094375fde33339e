"""Reads the messages that a test lets come in: their content, and their file."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Any, Mapping, NamedTuple, Optional

from pydantic import BeforeValidator
from typing_extensions import Annotated

from ..base import jids
from ..base.encoding import Json, encode
from ..base.errors import SandboxError
from ..spec.contract import Contract
from ..spec.operations import load_operations
from ..state import File, Session, State
from ..whatsapp import media
from ..whatsapp.messages import formats


def _decode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None


Base64 = Annotated[bytes, BeforeValidator(_decode)]
"""Bytes; over HTTP in base64."""


class Incoming(NamedTuple):
    """A message that comes in."""

    request: Json
    """It, in the shape of a body that asks for one to be sent."""
    file: Optional[File]


class IncomingReader:
    """Reads what a test lets come in."""

    def __init__(self, state: State) -> None:
        self._state = state
        # Made when it is needed: it takes its time.
        self._contract = lru_cache(maxsize=1)(Contract)

    def read(
        self,
        session: Session,
        text: Optional[str],
        content: Optional[bytes],
        mime_type: Optional[str],
        filename: Optional[str],
        other: Optional[Mapping[str, Any]],
    ) -> Incoming:
        """Read a message.

        Args:
            session: The session that it comes to.
            text: Its text, or the caption of its file.
            content: The bytes of its file.
            mime_type: Type of the file.
            filename: Name of the file.
            other: A message of another kind.

        Returns:
            The message.

        Raises:
            SandboxError: 400.
        """
        if mime_type is not None and not re.fullmatch(r"[\w.+-]+/[\w.+-]+(;[ -~]*)?", mime_type, re.ASCII):
            raise SandboxError(400, "mimeType must be a media type, such as image/jpeg")
        if other is not None:
            if text is not None or content is not None:
                raise SandboxError(400, "give either content, or text and media")
            request = self._check(session, other)
            if request["type"] not in formats.TYPES_WITH_MEDIA:
                return Incoming(request, None)
            content, filename = media.decode(request, request["type"]), request.get("filename")
        elif content is None:
            if text is None:
                raise SandboxError(400, "missing required field: text")
            return Incoming({"type": "text", "text": text}, None)
        else:
            kind = _kind_of_file(mime_type or media.detect_mime_type(content), filename)
            request = {"type": kind, "caption": text}
        now, url = self._state.clock.now(), request.get("url")
        return Incoming(request, File("", session.name, "", mime_type or "", now, content, filename, url))

    def _check(self, session: Session, content: Mapping[str, Any]) -> Json:
        body = {"session": session.name, "chatId": jids.STATUS, **content}
        operation = load_operations().get("messages.send")
        if operation is None:
            raise SandboxError(501, "the contract has no messages.send, which says what content can be")
        checked: Json = self._contract().read_body(operation, "application/json", encode(body))
        self._contract().check(operation, {}, (), checked)
        return {name: value for name, value in checked.items() if name not in ("session", "chatId")}


def _kind_of_file(mime_type: str, filename: Optional[str]) -> str:
    kinds = {"image": "image", "video": "video", "audio": "voice"}
    return "file" if filename is not None else kinds.get(mime_type.partition("/")[0], "file")
