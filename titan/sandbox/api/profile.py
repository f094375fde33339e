"""The account's own profile."""

from __future__ import annotations

from ..base import jids
from ..state import Json
from . import media
from .calls import DONE, Answer, Call, Handlers


def _get(call: Call) -> Answer:
    account = call.account
    if not account.jid:
        return Answer({})
    shown: Json = {
        "id": account.jid,
        "phoneNumber": jids.phone(account.jid),
        "name": account.push_name,
        "status": account.about,
    }
    if account.picture_url is not None:
        shown["profileUrl"] = account.picture_url
    return Answer(shown)


def _update_name(call: Call) -> Answer:
    call.account.push_name = call.body["name"]
    return DONE


def _update_status(call: Call) -> Answer:
    call.account.about = call.body["status"]
    return DONE


def _update_picture(call: Call) -> Answer:
    call.account.picture_url = media.picture_url(call)
    return DONE


HANDLERS: Handlers = {
    "profile.get": _get,
    "profile.update_name": _update_name,
    "profile.update_status": _update_status,
    "profile.update_picture": _update_picture,
}
