"""The account's own profile: get, and update its name, status and picture."""

from __future__ import annotations

from ..whatsapp import media, sessions
from .handling import DONE, ApiRequest, ApiResponse, Handlers


def _get(request: ApiRequest) -> ApiResponse:
    return ApiResponse(sessions.profile_to_json(request.account))


def _update_name(request: ApiRequest) -> ApiResponse:
    request.account.push_name = request.body["name"]
    return DONE


def _update_status(request: ApiRequest) -> ApiResponse:
    request.account.about = request.body["status"]
    return DONE


def _update_picture(request: ApiRequest) -> ApiResponse:
    request.account.picture_url = media.add_picture(request.state, request.session, request.body)
    return DONE


HANDLERS: Handlers = {
    "profile.get": _get,
    "profile.update_name": _update_name,
    "profile.update_status": _update_status,
    "profile.update_picture": _update_picture,
}
