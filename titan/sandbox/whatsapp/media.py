"""The files that come and go with messages."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any, Mapping, Optional

from ..base.errors import SandboxError
from ..state import File, Session, State

_SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"%PDF": "application/pdf",
}


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
        mime_type=mime_type or mime_type_of(content or b""),
        at=state.clock.now(),
        content=content,
        filename=filename,
        source_url=source_url,
    )
    session.account.files[file.id] = file
    return file


def from_body(body: Mapping[str, Any]) -> Optional[bytes]:
    """Read the file that a request brings; None where it names a URL.

    Raises:
        SandboxError: 400 when there is neither, or it is no base64.
    """
    if "base64" in body:
        try:
            return base64.b64decode(body["base64"], validate=True)
        except (binascii.Error, ValueError):
            raise SandboxError(400, "base64 is not base64") from None
    if "url" in body:
        return None
    raise SandboxError(400, "missing required field: url or base64")


def address(state: State, file: File) -> str:
    """Give the address where everybody can fetch a file, without a key."""
    return f"{state.base_url}/sandbox/files/{file.id}"


def mime_type_of(content: bytes) -> str:
    """Tell the type of a file from its first bytes."""
    if content[4:8] == b"ftyp":
        return "video/mp4"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    found = (kind for start, kind in _SIGNATURES.items() if content.startswith(start))
    return next(found, "application/octet-stream")
