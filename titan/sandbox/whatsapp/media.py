"""Media: the files that came or went with messages, and profile pictures."""

from __future__ import annotations

import base64
import binascii
import secrets
from functools import partial
from typing import Any, Mapping, Optional

from ..base.encoding import Json
from ..base.errors import SandboxError
from ..state import File, Session, State

_SECONDS_KEPT = 14 * 24 * 3600
"""How long WhatsApp's servers keep a file."""

_SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"GIF8": "image/gif",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"\xff\xf2": "audio/mpeg",
    b"%PDF": "application/pdf",
}

_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_ALLOWED = {
    "image": ("JPEG, PNG or WebP", ("image/jpeg", "image/png", "image/webp")),
    "video": ("MP4", ("video/mp4",)),
    "voice": ("OGG or MP3", ("audio/ogg", "audio/mpeg")),
    "sticker": ("WebP", ("image/webp",)),
    "picture": ("an image", _PICTURES),
}
"""What files may be, in words and by their types; where nothing stands, anything."""


def add(
    state: State,
    session: Session,
    message_id: str,
    content: Optional[bytes],
    *,
    mime_type: Optional[str] = None,
    filename: Optional[str] = None,
    source_url: Optional[str] = None,
) -> File:
    """Keep a file."""
    file = File(
        id=f"med_{secrets.token_hex(10)}",
        session=session.name,
        message_id=message_id,
        mime_type=mime_type or detect_mime_type(content or b""),
        at=state.clock.now(),
        content=content,
        filename=filename,
        source_url=source_url,
    )
    files = session.account.files
    files[file.id] = file
    state.kept_bytes.add(
        len(content or b""), partial(files.pop, file.id, None), state.settings.max_file_bytes
    )
    return file


def decode(body: Mapping[str, Any], use: str) -> Optional[bytes]:
    """Read the file that a body brings; None where it names a URL.

    Args:
        body: What has it.
        use: The type of the message that it is for, or `picture`, which decides what it may be.

    Raises:
        SandboxError: 400 when there is neither, the base64 is wrong, or it is another kind of file.
    """
    if "base64" in body:
        try:
            content = base64.b64decode(body["base64"], validate=True)
        except (binascii.Error, ValueError):
            raise SandboxError(400, "base64 is not valid base64") from None
        in_words, allowed = _ALLOWED.get(use, ("", ()))
        if allowed and detect_mime_type(content) not in allowed:
            raise SandboxError(400, f"base64 must be {in_words}")
        return content
    if "url" in body:
        return None
    raise SandboxError(400, "missing required field: url or base64")


def add_picture(state: State, session: Session, body: Mapping[str, Any]) -> str:
    """Keep the profile picture that a body brings, and return its address.

    Raises:
        SandboxError: 400 when there is none, the base64 is wrong, or it is no picture.
    """
    content = decode(body, "picture")
    if content is None:
        return str(body["url"])
    return address_of(state, add(state, session, "", content))


def address_of(state: State, file: File) -> str:
    """Return the address from which everybody can fetch a file, without a key."""
    return f"{state.base_url}/sandbox/files/{file.id}"


def check_available(state: State, file: File) -> None:
    """Refuse a file that was neither persisted nor is still on WhatsApp's servers.

    Raises:
        SandboxError: 404.
    """
    age = (state.clock.now() - file.at).total_seconds()
    if not file.persisted and age > _SECONDS_KEPT:
        raise SandboxError(404, f"media is no longer on WhatsApp's servers: {file.id}")


def detect_mime_type(content: bytes) -> str:
    """Tell the type of a file from its first bytes."""
    if content[4:8] == b"ftyp":
        return "video/mp4"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    found = (kind for start, kind in _SIGNATURES.items() if content.startswith(start))
    return next(found, "application/octet-stream")


def to_json(state: State, file: File) -> Json:
    """Show a file as Titan does."""
    return {
        "id": file.id,
        "messageId": file.message_id,
        "session": file.session,
        "mimeType": file.mime_type,
        "fileLength": len(file.content or b""),
        "persisted": file.persisted,
        "s3Url": address_of(state, file) if file.persisted else None,
    }
