"""The profile of an account, and what stays when its session ends."""

from __future__ import annotations

import pytest

from tests.support.sandbox import (
    BASE,
    IN_BASE64,
    JPEG,
    data_of,
    error_of,
    get_without_key,
    jid_of,
    payloads_of,
)

pytestmark = pytest.mark.usefixtures("me")


def test_profile_is_that_of_the_account(titan, me):
    assert titan.profile.get("my-session").model_dump(exclude_unset=True) == {
        "id": jid_of(me),
        "phone_number": me.phone_number,
        "name": me.push_name,
        "status": "Hey there! I am using WhatsApp.",
    }


def test_session_without_an_account_has_no_profile(titan):
    titan.sessions.create({"name": "new"})
    assert titan.profile.get("new").model_dump(exclude_unset=True) == {}


def test_new_name_is_shown_by_the_session_and_its_messages(sandbox, titan, me, other, receiver):
    greeting = {"chatId": jid_of(other), "type": "text", "text": "Hi"}
    titan.messages.send("my-session", greeting)
    titan.profile.update_name("my-session", {"name": "Front desk"})
    assert titan.profile.get("my-session").name == "Front desk"
    assert titan.sessions.get("my-session").push_name == "Front desk"
    titan.messages.send("my-session", greeting)
    names = [one["pushName"] for one in payloads_of(sandbox, receiver, "message.received", session="other")]
    assert names == [me.push_name, "Front desk"]
    assert payloads_of(sandbox, receiver, "contact.update", session="other") == [
        {"phoneNumber": me.phone_number, "pushName": "Front desk"}
    ]
    assert titan.contacts.get("other", jid_of(me)).push_name == "Front desk"


def test_new_status_is_shown(titan):
    titan.profile.update_status("my-session", {"status": "Open until six"})
    assert titan.profile.get("my-session").status == "Open until six"


def test_new_picture_is_shown_without_a_key(titan):
    titan.profile.update_picture("my-session", {"base64": IN_BASE64})
    found = get_without_key(titan.profile.get("my-session").profile_url)
    assert (found.content, found.headers["Content-Type"]) == (JPEG, "image/jpeg")
    titan.profile.update_picture("my-session", {"url": "https://example.com/a.jpg"})
    assert titan.profile.get("my-session").profile_url == "https://example.com/a.jpg"


@pytest.mark.parametrize(
    ("picture", "message"),
    [({}, "missing required field: url or base64"), ({"base64": "no base64"}, "base64 is not valid base64")],
)
def test_invalid_picture_is_refused(api, titan, group, picture, message):
    for path in ("profile/picture", f"groups/{group.id}/picture"):
        assert error_of(api.put(f"{BASE}/{path}", json={"session": "my-session", **picture}), 400) == message
    assert titan.profile.get("my-session").profile_url is None


def test_everything_of_an_account_stays_when_its_session_is_stopped(sandbox, titan, chat):
    label = titan.labels.create("my-session", {"name": "Lead"})
    titan.profile.update_name("my-session", {"name": "Front desk"})
    titan.sessions.stop("my-session")
    assert [one.id for one in titan.chats.list("my-session")] == [chat]
    sandbox.connect("my-session")
    assert titan.labels.list("my-session") == [label]
    assert titan.profile.get("my-session").name == "Front desk"


def test_another_account_starts_with_nothing(sandbox, titan, chat, group):
    titan.labels.create("my-session", {"name": "Lead"})
    sandbox.logout("my-session")
    sandbox.connect("my-session")
    for service in (titan.chats, titan.contacts, titan.groups, titan.labels, titan.presence):
        assert service.list("my-session") == []
    assert [one.id for one in titan.groups.list("other")] == [group.id]


def test_account_that_is_paired_again_gets_its_groups_and_channels_back(sandbox, api):
    account = sandbox.connect("my-session")
    body = {"session": "my-session", "name": "Team", "participants": []}
    group = data_of(api.post(f"{BASE}/groups", json=body), 201)["id"]
    channel = data_of(api.post(f"{BASE}/channels", json={"name": "News"}), 201)["id"]
    sandbox.logout("my-session")
    assert data_of(api.get(f"{BASE}/chats")) == data_of(api.get(f"{BASE}/groups")) == []
    data_of(api.post(f"{BASE}/start"))
    sandbox.scan("my-session", phone_number=account["phoneNumber"])
    assert [one["id"] for one in data_of(api.get(f"{BASE}/groups"))] == [group]
    assert [one["id"] for one in data_of(api.get(f"{BASE}/chats"))] == [group, channel]
