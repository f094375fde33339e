"""QR codes: their text, and pictures of them."""

from __future__ import annotations

import io
import secrets
from functools import lru_cache


def create() -> str:
    """Make up the text of a QR code, of the form that WhatsApp's have."""
    parts = (secrets.token_urlsafe(64), *(secrets.token_urlsafe(32) for _ in range(3)))
    return "2@" + ",".join(parts)


@lru_cache(maxsize=64)
def draw(text: str) -> bytes:
    """Draw a QR code as PNG."""
    # Loaded when the first picture is wanted: most sandboxes never draw one.
    import segno

    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()
