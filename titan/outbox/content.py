"""What a message says: from what the caller gives to what the journal keeps."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, BinaryIO, Dict, Mapping, NamedTuple, Optional, Tuple, Union

from .. import jid
from .._http.files.upload import LARGEST_FILE, Upload
from .._models.base import TitanModel
from .._privacy import Secret
from ..jid import _drop_device
from ..services._file_kinds import check_voice_note, is_utf8, name_of, type_of
from ..services._generated import operations
from ..services._payload.encoding import encode, with_session
from ..services._payload.request_check import check_request
from ..types_gen import Message

LARGEST_INLINE = 1_000_000
"""Characters of a message as JSON, with what it holds in base64."""
_CHUNK = 1024 * 1024

Path = Union[str, "os.PathLike[str]"]


class Content(NamedTuple):
    """What the journal keeps of a message that was added: values of its columns."""

    session: str
    chat_id: str
    is_number: int
    type: Optional[str]
    payload: str
    file_path: Optional[str]
    file_size: Optional[int]
    file_sha256: Optional[str]
    digest: str
    text_hash: Optional[str]


def read_content(
    session: str, message: Union[TitanModel, Mapping[str, Any]], file: Optional[Path], *, strict: bool
) -> Secret[Content]:
    """Check a message, and make of it what the journal keeps.

    Args:
        session: Session name.
        message: As for `messages.send`.
        file: What goes with it, by its path.
        strict: Whether what the contract does not know is refused.

    Raises:
        ValueError: It cannot be sent as it is.
        TypeError: It is no message, or the file is no path.
        OSError: The file cannot be read.
    """
    fields = Secret(with_session(message, session))
    if file is not None:
        _add_type_of_file(fields, file)
    check_request(operations.MESSAGES_SEND, fields.reveal(), strict=strict)
    chat_id, is_number = Secret(_read_chat_id(fields.reveal())), _is_number(fields.reveal())
    del fields.reveal()["session"]
    payload = Secret(encode({**fields.reveal(), "chatId": chat_id.reveal()}).decode())
    if len(payload.reveal()) > LARGEST_INLINE:
        raise ValueError(
            f"the message has more than {LARGEST_INLINE:,} characters; do not put a file into it as base64, "
            "but pass its path: file=…"
        )
    sha256 = size = None
    path = Secret(None if file is None else os.path.abspath(os.fspath(file)))
    if file is not None:
        with open(file, "rb") as opened:
            size, sha256 = fingerprint(opened)
    # The same dict in another order is the same message.
    canonical = Secret(json.dumps(json.loads(payload.reveal()), sort_keys=True))
    parts = Secret(json.dumps([session, canonical.reveal(), path.reveal(), sha256]))
    text = Secret(fields.reveal().get("text") if fields.reveal().get("type") == "text" else None)
    kind = fields.reveal().get("type")
    return Secret(
        Content(
            session,
            chat_id.reveal(),
            int(is_number),
            str(kind) if kind is not None else None,
            payload.reveal(),
            path.reveal(),
            size,
            sha256,
            hashlib.sha256(parts.reveal().encode()).hexdigest(),
            hash_text(text.reveal()),
        )
    )


def hash_text(text: object) -> Optional[str]:
    """A hash of the text of a message, which the journal compares in place of it; None of what is no text."""
    if not isinstance(text, str) or not text:
        return None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(file: BinaryIO) -> Tuple[int, str]:
    """Size and SHA-256 of an open file, which is read to its end."""
    digest, size = hashlib.sha256(), 0
    while True:
        piece = file.read(_CHUNK)
        if not piece:
            return size, digest.hexdigest()
        digest.update(piece)
        size += len(piece)


def _add_type_of_file(fields: Secret[Dict[str, Any]], file: object) -> None:
    """Say in a message what kind its file is, and refuse a file that could not be sent."""
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(
            f"file must be a path, not {type(file).__name__}: a stream is gone when the message is sent"
        )
    message = fields.reveal()
    if "base64" in message or "url" in message:
        raise ValueError("a message with file= must not hold base64 or url: the file is what is sent")
    name = Secret(message.get("filename") or name_of(file))
    message.setdefault("type", type_of(file, name.reveal(), None))
    if message["type"] == "file":
        message.setdefault("filename", name.reveal() or "file")
    if not is_utf8(message.get("filename")):
        raise ValueError(
            "the name of the file is not UTF-8, and cannot be sent; put `filename` into the message"
        )
    if os.stat(file).st_size > LARGEST_FILE:
        raise ValueError(f"the file is too large; Titan takes at most {LARGEST_FILE:,} bytes")
    if message["type"] == "voice" and message.get("ptt"):
        with Upload(file) as upload:
            check_voice_note(upload)


def _read_chat_id(fields: Mapping[str, Any]) -> str:
    chat_id = fields.get("chatId")
    if not isinstance(chat_id, str) or not chat_id.strip():
        raise ValueError("the message has no chatId")
    return _drop_device(chat_id.strip()) if "@" in chat_id else jid.user(chat_id)


def _is_number(fields: Mapping[str, Any]) -> bool:
    return "@" not in fields["chatId"]


def is_person(chat_id: str) -> bool:
    """Whether a chat is that of one person, who can be a stranger."""
    return chat_id.endswith(("@s.whatsapp.net", "@lid", "@c.us"))


def describe_sent(message: Union[Message, str]) -> Dict[str, Any]:
    """What is known of a message that was sent, by what `messages.send` returned, or its id."""
    if isinstance(message, str):
        return {"chat_id": "", "type": None, "status": None}
    return {
        "chat_id": message.chat_id or "",
        "type": None if message.type is None else str(message.type),
        "status": None if message.status is None else str(message.status),
    }
