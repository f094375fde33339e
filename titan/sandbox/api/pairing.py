"""Pairing: a QR code to scan, or a code to type on the phone."""

from __future__ import annotations

import base64
import secrets

from ..base import jids
from ..whatsapp import lifecycle, qr_codes
from .handling import ApiRequest, ApiResponse, Handlers


def _qr(request: ApiRequest) -> ApiResponse:
    qr = lifecycle.find_pairing(request.session).qr
    if request.query.get("format") == "image":
        return ApiResponse(None, content=qr_codes.draw(qr), media_type="image/png")
    if request.state.settings.qr_format == "image":
        qr = f"data:image/png;base64,{base64.b64encode(qr_codes.draw(qr)).decode()}"
    return ApiResponse({"qr": qr, "event": "code"})


def _code(request: ApiRequest) -> ApiResponse:
    pairing = lifecycle.find_pairing(request.session)
    pairing.phone_number = jids.to_phone(jids.from_phone(request.body["phoneNumber"], "phoneNumber"))
    return ApiResponse({"code": f"{secrets.randbelow(10**8):08}"})


HANDLERS: Handlers = {"pairing.qr": _qr, "pairing.code": _code}
