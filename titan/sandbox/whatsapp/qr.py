"""Drawing QR codes."""

from __future__ import annotations

import io
from functools import lru_cache


@lru_cache(maxsize=64)
def draw(text: str) -> bytes:
    """Draw a QR code."""
    # Loaded when the first picture is asked for: most sandboxes never draw one.
    import segno

    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()
