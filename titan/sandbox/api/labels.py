"""Labels: tags for chats."""

from __future__ import annotations

from typing import List, Tuple

from ..state import Json, Label
from . import chats
from .calls import DONE, Answer, Call, Handlers
from .resources import Resource, gone


def view(label: Label) -> Json:
    """Show a label as Titan does."""
    return {"id": label.id, "name": label.name, "color": label.color}


def _create(call: Call) -> Tuple[str, Label]:
    label = Label(str(call.state.number()), call.body["name"], call.body.get("color", 0))
    return label.id, label


def _update(call: Call, label: Label) -> None:
    label.name = call.body.get("name", label.name)
    label.color = call.body.get("color", label.color)


def _chat_ids(call: Call) -> List[str]:
    return [chats.existing(call.state, call.session, one).id for one in call.body["chatIds"]]


def _assign(call: Call) -> Answer:
    _labels.find(call).chats.update(_chat_ids(call))
    return DONE


def _unassign(call: Call) -> Answer:
    _labels.find(call).chats.difference_update(_chat_ids(call))
    return DONE


_labels = Resource(
    "labels", "label", "labelId", lambda call: call.account.labels, lambda call, label: view(label)
)

HANDLERS: Handlers = {
    **_labels.handlers(create=_create, update=_update, delete=gone, get=False),
    "labels.assign": _assign,
    "labels.unassign": _unassign,
}
