"""LIDs: the phone numbers behind them."""

from __future__ import annotations

from ..base import jids
from ..base.errors import SandboxError
from .handling import ApiRequest, ApiResponse, Handlers


def _get(request: ApiRequest) -> ApiResponse:
    lid, known = request.path["lid"], request.state.lids
    if lid not in known:
        raise SandboxError(404, f"LID not found: {lid}")
    return ApiResponse({"lid": lid, "phoneNumber": jids.to_phone(known[lid])})


HANDLERS: Handlers = {"lids.get": _get}
