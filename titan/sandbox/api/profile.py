"""The account's own profile."""

from __future__ import annotations

from ..base import jids
from ..state import Json
from . import media
from .request import DONE, ApiRequest, ApiResponse, Handlers


def _get(request: ApiRequest) -> ApiResponse:
    account = request.account
    if not account.jid:
        return ApiResponse({})
    shown: Json = {
        "id": account.jid,
        "phoneNumber": jids.phone(account.jid),
        "name": account.push_name,
        "status": account.about,
    }
    if account.picture_url is not None:
        shown["profileUrl"] = account.picture_url
    return ApiResponse(shown)


def _update_name(request: ApiRequest) -> ApiResponse:
    request.account.push_name = request.body["name"]
    return DONE


def _update_status(request: ApiRequest) -> ApiResponse:
    request.account.about = request.body["status"]
    return DONE


def _update_picture(request: ApiRequest) -> ApiResponse:
    request.account.picture_url = media.picture_url(request)
    return DONE


HANDLERS: Handlers = {
    "profile.get": _get,
    "profile.update_name": _update_name,
    "profile.update_status": _update_status,
    "profile.update_picture": _update_picture,
}
