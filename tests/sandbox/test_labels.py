"""Labels: creating, changing, and putting them on chats."""

from __future__ import annotations

import pytest

from tests.support.sandbox import BASE, CARLA, error_of

pytestmark = pytest.mark.usefixtures("me")


def labels_of(sandbox, chat):
    return [one["name"] for one in sandbox.chat("my-session", chat)["labels"]]


def test_label_is_created_and_changed(titan):
    lead = titan.labels.create("my-session", {"name": "Lead", "color": 4})
    plain = titan.labels.create("my-session", {"name": "Plain"})
    assert (lead.name, lead.color, plain.color) == ("Lead", 4, 0)
    assert titan.labels.list("my-session") == [lead, plain]
    renamed = titan.labels.update("my-session", lead.id, {"name": "Customer"})
    assert (renamed.id, renamed.name, renamed.color) == (lead.id, "Customer", 4)
    recoloured = titan.labels.update("my-session", lead.id, {"color": 7})
    assert (recoloured.name, recoloured.color) == ("Customer", 7)
    assert titan.labels.list("my-session") == [recoloured, plain]


def test_label_is_put_on_chats_and_taken_off(sandbox, titan, chat):
    sandbox.receive("my-session", "Hi", sender=CARLA)
    lid = titan.contacts.get("my-session", CARLA).lid
    label = titan.labels.create("my-session", {"name": "Lead"})
    titan.labels.assign("my-session", label.id, {"chatIds": [chat, lid]})
    assert (labels_of(sandbox, chat), labels_of(sandbox, CARLA)) == (["Lead"], ["Lead"])
    titan.labels.unassign("my-session", label.id, {"chatIds": [lid]})
    assert (labels_of(sandbox, chat), labels_of(sandbox, CARLA)) == (["Lead"], [])


def test_deleted_label_leaves_its_chats(sandbox, titan, chat):
    lead = titan.labels.create("my-session", {"name": "Lead"})
    paid = titan.labels.create("my-session", {"name": "Paid"})
    for label in (lead, paid):
        titan.labels.assign("my-session", label.id, {"chatIds": [chat]})
    titan.labels.delete("my-session", lead.id)
    assert titan.labels.list("my-session") == [paid]
    assert labels_of(sandbox, chat) == ["Paid"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_unknown_chats_cannot_be_labelled(sandbox, api, titan, chat, method):
    label = titan.labels.create("my-session", {"name": "Lead"})
    titan.labels.assign("my-session", label.id, {"chatIds": [chat]})
    other = titan.labels.create("my-session", {"name": "Paid"})
    for one in (label, other):
        refused = api.request(method, f"{BASE}/labels/{one.id}/chats", json={"chatIds": [chat, CARLA]})
        assert error_of(refused, 404) == f"chat not found: {CARLA}"
    assert labels_of(sandbox, chat) == ["Lead"]


def test_label_belongs_to_one_account(api, titan, other):
    label = titan.labels.create("my-session", {"name": "Lead"})
    assert titan.labels.list("other") == []
    refused = api.delete(f"/api/sessions/other/labels/{label.id}")
    assert error_of(refused, 404) == f"label not found: {label.id}"
