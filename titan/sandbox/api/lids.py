"""LIDs: the phone numbers behind them."""

from __future__ import annotations

from ..base import jids
from ..base.errors import SandboxError
from .request import ApiRequest, ApiResponse, Handlers


def _get(request: ApiRequest) -> ApiResponse:
    lid = jids.drop_device(request.path["lid"])
    jid = request.state.directory.find(lid)
    if jid == lid:
        # Also where the person is known: nobody has seen the number.
        raise SandboxError(404, f"LID not found: {lid}")
    return ApiResponse({"lid": lid, "phoneNumber": jids.to_phone(jid)})


HANDLERS: Handlers = {"lids.get": _get}
