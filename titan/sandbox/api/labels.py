"""Labels: create, list, update, delete; labelling chats."""

from __future__ import annotations

from typing import List, Tuple

from ..state import Label
from ..whatsapp import chats, labels
from .handling import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource, do_nothing


def _create(request: ApiRequest) -> Tuple[str, Label]:
    label = Label(str(request.state.next_number()), request.body["name"], request.body.get("color", 0))
    return label.id, label


def _update(request: ApiRequest, label: Label) -> None:
    label.name = request.body.get("name", label.name)
    label.color = request.body.get("color", label.color)


def _chat_ids(request: ApiRequest) -> List[str]:
    return [chats.find(request.state, request.session, one).id for one in request.body["chatIds"]]


def _assign(request: ApiRequest) -> ApiResponse:
    _labels.find(request).chats.update(_chat_ids(request))
    return DONE


def _unassign(request: ApiRequest) -> ApiResponse:
    _labels.find(request).chats.difference_update(_chat_ids(request))
    return DONE


_labels = Resource(
    "labels",
    "label",
    "labelId",
    lambda request: request.account.labels,
    lambda _request, label: labels.to_json(label),
)

HANDLERS: Handlers = {
    **_labels.handlers(create=_create, update=_update, delete=do_nothing, get=False),
    "labels.assign": _assign,
    "labels.unassign": _unassign,
}
