"""Groups: who is in them, who may change them, and their events."""

from __future__ import annotations

import time

import pytest

from tests.support.sandbox import (
    BASE,
    CARLA,
    FRIEND,
    GROUP,
    IN_BASE64,
    JPEG,
    TEXT,
    data_of,
    error_of,
    get_without_key,
    jid_of,
    payloads_of,
)
from titan import BadRequestError, NotFoundError, PermissionDeniedError
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("me")


def people(group):
    return [one.phone_number for one in group.participants]


def admins(group):
    return [one.phone_number for one in group.participants if one.is_admin]


def test_created_group_is_listed_with_its_people(sandbox, titan, me, other, group, receiver):
    assert group.id.endswith("@g.us")
    assert (group.name, group.description, group.owner_lid) == ("Us", "", me.lid)
    assert abs(group.created_at - time.time()) < 60
    friend = titan.contacts.get("my-session", FRIEND)
    assert [one.model_dump() for one in group.participants] == [
        {"phone_number": me.phone_number, "lid": me.lid, "is_admin": True, "is_super_admin": True},
        {"phone_number": other.phone_number, "lid": other.lid, "is_admin": False, "is_super_admin": False},
        {"phone_number": "+5511999999999", "lid": friend.lid, "is_admin": False, "is_super_admin": False},
    ]
    for session in ("my-session", "other"):
        assert titan.groups.list(session) == [group]
        assert titan.groups.get(session, group.id) == group
        (chat,) = titan.chats.list(session)
        assert (chat.id, chat.name, chat.is_group, chat.unread_count) == (group.id, "Us", True, 0)
    assert [one.phone_number for one in titan.contacts.list("other")] == [me.phone_number, "+5511999999999"]


def test_members_with_a_session_get_an_event_about_a_new_group(sandbox, titan, me, other, receiver):
    titan.groups.create("my-session", {"name": "Not us", "participants": [FRIEND]})
    group = titan.groups.create("my-session", {"name": "Us", "participants": [jid_of(other)]})
    added = {"id": group.id, "action": "add", "participants": [jid_of(me), jid_of(other)]}
    assert payloads_of(sandbox, receiver, "group.participant")[1:] == [added]
    assert payloads_of(sandbox, receiver, "group.participant", session="other") == [added]


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/leave", None),
        ("PUT", "/subject", {"session": "stranger", "subject": "!"}),
        ("PUT", "/description", {"session": "stranger", "description": "!"}),
        ("PUT", "/picture", {"session": "stranger", "url": "https://example.com/a.jpg"}),
        ("POST", "/participants", {"participants": [FRIEND]}),
        ("DELETE", "/participants", {"participants": [FRIEND]}),
        ("POST", "/participants/promote", {"participants": [FRIEND]}),
        ("POST", "/participants/demote", {"participants": [FRIEND]}),
        ("GET", "/invite", None),
        ("POST", "/invite/revoke", None),
    ],
)
def test_group_is_known_to_its_members_only(sandbox, api, titan, group, method, verb, body):
    sandbox.connect("stranger")
    for jid in (group.id, GROUP):
        refused = api.request(method, f"/api/sessions/stranger/groups/{jid}{verb}", json=body)
        assert error_of(refused, 404) == f"group not found: {jid}"
    assert titan.groups.list("stranger") == []
    assert titan.groups.get("my-session", group.id) == group


def test_subject_and_description_are_seen_by_all(sandbox, titan, group, receiver):
    titan.groups.update_subject("my-session", group.id, {"subject": "All of us"})
    titan.groups.update_description("other", group.id, {"description": "Since 2025"})
    for session in ("my-session", "other"):
        shown = titan.groups.get(session, group.id)
        assert (shown.name, shown.description) == ("All of us", "Since 2025")
        assert titan.chats.get(session, group.id).name == "All of us"
        assert payloads_of(sandbox, receiver, "group.update", session=session) == [
            {"id": group.id, "name": "All of us", "description": ""},
            {"id": group.id, "name": "All of us", "description": "Since 2025"},
        ]


def test_event_about_the_picture_of_a_group_has_its_address(sandbox, titan, group, receiver):
    titan.groups.update_picture("my-session", group.id, {"base64": IN_BASE64})
    titan.groups.update_picture("my-session", group.id, {"url": "https://example.com/a.jpg"})
    first, second = (
        one["profileUrl"] for one in payloads_of(sandbox, receiver, "group.update", session="other")
    )
    assert get_without_key(first).content == JPEG
    assert second == "https://example.com/a.jpg"


def test_people_are_added(sandbox, titan, me, other, receiver):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [FRIEND]})
    added = titan.groups.add_participants("my-session", group.id, {"participants": [CARLA, jid_of(other)]})
    assert [(one.phone_number, one.is_admin) for one in added] == [
        ("+5511977776666", False),
        (other.phone_number, False),
    ]
    shown = titan.groups.get("other", group.id)
    assert people(shown) == [me.phone_number, "+5511999999999", "+5511977776666", other.phone_number]
    # A new member has the others as contacts, and they the new one.
    assert titan.contacts.get("my-session", CARLA).lid == added[0].lid
    assert titan.contacts.get("other", FRIEND).phone_number == "+5511999999999"
    assert titan.chats.get("other", group.id).name == "Us"
    payload = {"id": group.id, "action": "add", "participants": [CARLA, jid_of(other)]}
    assert payloads_of(sandbox, receiver, "group.participant")[-1] == payload
    assert payloads_of(sandbox, receiver, "group.participant", session="other") == [payload]


def test_people_can_be_named_by_lid(sandbox, titan, me):
    lid = sandbox.add_contact("my-session", CARLA, "Carla")["lid"]
    group = titan.groups.create("my-session", {"name": "Us", "participants": [lid]})
    assert people(group) == [me.phone_number, "+5511977776666"]


@pytest.mark.parametrize(
    ("jid", "error", "message"),
    [
        ("me@lid", BadRequestError, "participants must be a JID"),
        (GROUP, BadRequestError, "participants must be the JID of a person"),
        ("me@s.whatsapp.net", BadRequestError, "participants must be a JID"),
        ("Ana", BadRequestError, "participants must be a phone number"),
    ],
)
def test_only_people_can_be_put_into_a_group(titan, group, jid, error, message):
    with pytest.raises(error, match=message):
        titan.groups.create("my-session", {"name": "G", "participants": [FRIEND, jid]})
    with pytest.raises(error, match=message):
        titan.groups.add_participants("my-session", group.id, {"participants": [CARLA, jid]})
    assert titan.groups.list("my-session") == [group]


def test_people_are_removed(sandbox, titan, me, other, group, receiver):
    titan.groups.remove_participants("my-session", group.id, {"participants": [jid_of(other), FRIEND]})
    assert people(titan.groups.get("my-session", group.id)) == [me.phone_number]
    assert titan.groups.list("other") == []
    payload = {"id": group.id, "action": "remove", "participants": [jid_of(other), FRIEND]}
    # The removed member gets the event too.
    assert payloads_of(sandbox, receiver, "group.participant", session="other") == [payload]
    with pytest.raises(SandboxError, match="must both be in the group"):
        sandbox.receive("my-session", "Still here", sender=FRIEND, group=group.id)


def test_members_are_promoted_and_demoted(sandbox, titan, me, other, group, receiver):
    titan.groups.promote("my-session", group.id, {"participants": [jid_of(other), FRIEND]})
    promoted = titan.groups.get("other", group.id)
    assert admins(promoted) == [me.phone_number, other.phone_number, "+5511999999999"]
    assert [one.is_super_admin for one in promoted.participants] == [True, False, False]
    titan.groups.demote("my-session", group.id, {"participants": [FRIEND]})
    assert admins(titan.groups.get("other", group.id)) == [me.phone_number, other.phone_number]
    assert payloads_of(sandbox, receiver, "group.participant") == [
        {"id": group.id, "action": "promote", "participants": [jid_of(other), FRIEND]},
        {"id": group.id, "action": "demote", "participants": [FRIEND]},
    ]


@pytest.mark.parametrize(("method", "verb"), [("DELETE", ""), ("POST", "/promote"), ("POST", "/demote")])
def test_strangers_are_neither_removed_nor_promoted_nor_demoted(api, titan, group, method, verb):
    path = f"{BASE}/groups/{group.id}/participants{verb}"
    refused = api.request(method, path, json={"participants": [FRIEND, CARLA]})
    assert error_of(refused, 404) == f"participant not found: {CARLA}"
    # Nor is anybody who was named with them.
    assert titan.groups.get("my-session", group.id) == group


def test_member_who_leaves_keeps_the_chat_but_not_the_group(sandbox, api, titan, me, other, group, receiver):
    titan.groups.leave("other", group.id)
    assert titan.groups.list("other") == []
    assert people(titan.groups.get("my-session", group.id)) == [me.phone_number, "+5511999999999"]
    assert titan.chats.get("other", group.id).name == "Us"
    refused = api.post("/api/messages/send", json={**TEXT, "session": "other", "chatId": group.id})
    assert error_of(refused, 404) == f"group not found: {group.id}"
    payload = {"id": group.id, "action": "leave", "participants": [jid_of(other)]}
    assert payloads_of(sandbox, receiver, "group.participant") == [payload]


def test_group_is_deleted_by_its_creator_only(sandbox, api, titan, me, other, group, receiver):
    titan.groups.promote("my-session", group.id, {"participants": [jid_of(other)]})
    with pytest.raises(PermissionDeniedError, match="only its creator can delete a group"):
        titan.groups.delete("other", group.id)
    titan.groups.delete("my-session", group.id)
    for session in ("my-session", "other"):
        assert titan.groups.list(session) == []
        gone = api.get(f"/api/sessions/{session}/groups/{group.id}")
        assert error_of(gone, 404) == f"group not found: {group.id}"
    everybody = [jid_of(me), jid_of(other), FRIEND]
    removed = {"id": group.id, "action": "remove", "participants": everybody}
    assert payloads_of(sandbox, receiver, "group.participant", session="other")[-1] == removed


def test_invitation_lets_another_session_join(sandbox, titan, me, other, receiver):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [FRIEND]})
    invite = titan.groups.invite("my-session", group.id)
    assert invite.link == f"https://chat.whatsapp.com/{invite.code}"
    assert titan.groups.invite("my-session", group.id) == invite
    for _ in range(2):
        joined = titan.groups.join("other", {"code": invite.code})
        assert people(joined) == [me.phone_number, "+5511999999999", other.phone_number]
    assert titan.groups.list("other") == [joined] == titan.groups.list("my-session")
    assert titan.chats.get("other", group.id).name == "Us"
    payload = {"id": group.id, "action": "join", "participants": [jid_of(other)]}
    assert payloads_of(sandbox, receiver, "group.participant")[1] == payload
    assert payloads_of(sandbox, receiver, "group.participant", session="other")[0] == payload


def test_revoked_invitation_lets_nobody_in(titan, other):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [FRIEND]})
    old = titan.groups.invite("my-session", group.id)
    new = titan.groups.revoke_invite("my-session", group.id)
    assert new.code != old.code
    assert titan.groups.invite("my-session", group.id) == new
    with pytest.raises(NotFoundError, match="no group has this invite code"):
        titan.groups.join("other", {"code": old.code})
    assert titan.groups.join("other", {"code": new.code}).id == group.id


@pytest.fixture
def shy(sandbox, other):
    """Carla and the second session, who let nobody add them to groups."""
    sandbox.add_contact("my-session", CARLA, "Carla", refuses_groups=True)
    sandbox.add_contact("my-session", other.phone_number, "Other", refuses_groups=True)


def test_who_lets_nobody_add_them_is_not_added(sandbox, titan, me, other, shy, receiver):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [CARLA]})
    assert people(group) == [me.phone_number]
    asked = [CARLA, FRIEND, jid_of(other)]
    added = titan.groups.add_participants("my-session", group.id, {"participants": asked})
    # Who is missing in the answer was not added.
    assert [one.phone_number for one in added] == ["+5511999999999"]
    assert people(titan.groups.get("my-session", group.id)) == [me.phone_number, "+5511999999999"]
    payloads = payloads_of(sandbox, receiver, "group.participant")
    assert [one["participants"] for one in payloads] == [[jid_of(me)], [FRIEND]]
    assert titan.groups.list("other") == []
    assert payloads_of(sandbox, receiver, "group.participant", session="other") == []


def test_nobody_added_makes_no_event(sandbox, titan, shy, receiver):
    group = titan.groups.create("my-session", {"name": "Us", "participants": []})
    assert titan.groups.add_participants("my-session", group.id, {"participants": [CARLA]}) == []
    assert len(payloads_of(sandbox, receiver, "group.participant")) == 1


def test_who_lets_nobody_add_them_can_join_by_the_invite(titan, other, shy):
    group = titan.groups.create("my-session", {"name": "Us", "participants": []})
    code = titan.groups.invite("my-session", group.id).code
    assert titan.groups.join("other", {"code": code}).id == group.id


def test_privacy_setting_is_changed_over_http_and_is_that_of_the_person(sandbox, titan, api, shy):
    group = titan.groups.create("my-session", {"name": "Us", "participants": []})
    lid = titan.contacts.get("my-session", CARLA).lid
    assert titan.groups.add_participants("my-session", group.id, {"participants": [lid]}) == []
    body = {"phoneNumber": CARLA, "pushName": "Carla"}
    data_of(api.post("/sandbox/sessions/my-session/contacts", json=body))
    assert titan.groups.add_participants("my-session", group.id, {"participants": [CARLA]}) == []
    data_of(api.post("/sandbox/sessions/other/contacts", json={**body, "refusesGroups": False}))
    assert len(titan.groups.add_participants("my-session", group.id, {"participants": [CARLA]})) == 1


def test_privacy_setting_of_a_stranger_stays_when_the_number_becomes_known(sandbox, titan, me):
    lid = "123456789012345@lid"
    sandbox.add_contact("my-session", lid, "Ana", refuses_groups=True)
    sandbox.add_contact("my-session", FRIEND, "Ana", jid=lid)
    group = titan.groups.create("my-session", {"name": "Us", "participants": [FRIEND]})
    assert people(group) == [me.phone_number]


def test_who_is_in_the_group_already_is_in_the_answer_and_in_no_event(sandbox, titan, me, receiver):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [FRIEND]})
    sandbox.add_contact("my-session", FRIEND, "Ana", refuses_groups=True)
    added = titan.groups.add_participants("my-session", group.id, {"participants": [FRIEND, CARLA]})
    assert [one.phone_number for one in added] == ["+5511999999999", "+5511977776666"]
    assert payloads_of(sandbox, receiver, "group.participant")[-1]["participants"] == [CARLA]
