"""Pairing: a QR code to scan, or a code to type on the phone."""

from __future__ import annotations

import base64
import io
import secrets
from functools import lru_cache

from ..base import jids
from ..whatsapp import lifecycle
from .calls import Answer, Call, Handlers


@lru_cache(maxsize=64)
def png(text: str) -> bytes:
    """Draw a QR code."""
    # Loaded when the first picture is asked for: most sandboxes never draw one.
    import segno

    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def _qr(call: Call) -> Answer:
    qr = lifecycle.waiting(call.session).qr
    if call.query.get("format") == "image":
        return Answer(None, content=png(qr), media_type="image/png")
    if call.state.settings.qr_format == "image":
        qr = f"data:image/png;base64,{base64.b64encode(png(qr)).decode()}"
    return Answer({"qr": qr, "event": "code"})


def _code(call: Call) -> Answer:
    pairing = lifecycle.waiting(call.session)
    pairing.phone_number = jids.phone(jids.from_phone(call.body["phoneNumber"], "phoneNumber"))
    return Answer({"code": f"{secrets.randbelow(10**8):08}"})


HANDLERS: Handlers = {"pairing.qr": _qr, "pairing.code": _code}
