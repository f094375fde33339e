"""The sandbox beside messages: media, groups, channels, labels, chats, contacts, presence and profile.

What each shows is read by the SDK's client with strict responses: so it fits the generated types, too.
"""

import base64
import io
import time
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from tests.support.loopback import http, serving
from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import FRIEND, TEXT, data_of, error_of, receiving, subscribe
from titan import BadRequestError, NotFoundError, PermissionDeniedError, TitanClient
from titan.sandbox import SandboxError

S = "/api/sessions/my-session"
JPEG = b"\xff\xd8\xff\xe0 a picture"
IN_BASE64 = base64.b64encode(JPEG).decode()
CARLA = "5511977776666@s.whatsapp.net"
GROUP = "120363012345678901@g.us"
DAYS = 24 * 3600


@pytest.fixture
def titan(sandbox):
    with TitanClient(sandbox.base_url, sandbox.api_key, strict_responses=True) as client:
        yield client


@pytest.fixture(autouse=True)
def me(sandbox, titan):
    sandbox.connect("my-session")
    return titan.sessions.get("my-session")


@pytest.fixture
def other(sandbox, titan):
    """A second session of the same sandbox."""
    sandbox.connect("other")
    return titan.sessions.get("other")


@pytest.fixture
def receiver(api):
    with receiving() as receiver:
        subscribe(api, receiver)
        yield receiver


def jid_of(session):
    return f"{session.phone_number[1:]}@s.whatsapp.net"


def told(sandbox, receiver, name, session="my-session"):
    """The payloads of an event, in the order in which they came."""
    sandbox.wait_for_deliveries()
    return [one["payload"] for one in receiver.events if (one["event"], one["session"]) == (name, session)]


def without_key(url):
    return httpx.get(url, trust_env=False)


# --- media ------------------------------------------------------------------------------------------


@pytest.fixture
def file(sandbox):
    """Id of a picture that came in."""
    return sandbox.receive("my-session", "Look", media=JPEG)["media"]["id"]


def test_media_is_downloaded_directly(sandbox, api, titan, file):
    response = api.post(f"{S}/media/{file}/download")
    assert (response.status_code, response.content) == (200, JPEG)
    assert response.headers["Content-Type"] == "image/jpeg"
    shown = data_of(api.get(f"{S}/media/{file}"))
    (message,) = sandbox.chat("my-session", "5511988887777@s.whatsapp.net")["messages"]
    assert shown == {
        "id": file,
        "messageId": message["id"],
        "session": "my-session",
        "mimeType": "image/jpeg",
        "fileLength": len(JPEG),
        "persisted": False,
        "s3Url": None,
    }
    assert titan.media.get("my-session", file).s3_url is None
    assert titan.media.download("my-session", file) == JPEG


def test_persisted_media_is_downloaded_by_a_redirect_to_where_no_key_is_needed(api, titan, file):
    persisted = titan.media.persist("my-session", file)
    assert (persisted.persisted, persisted.file_length) == (True, len(JPEG))
    response = api.post(f"{S}/media/{file}/download")
    assert (response.status_code, response.content) == (302, b"")
    assert response.headers["Location"] == persisted.s3_url
    found = without_key(persisted.s3_url)
    assert (found.status_code, found.content) == (200, JPEG)
    assert found.headers["Content-Type"] == "image/jpeg"
    assert titan.media.get("my-session", file) == persisted
    assert titan.media.download("my-session", file) == JPEG


def test_media_leaves_whatsapp_after_14_days(sandbox, api, titan, file):
    sandbox.advance(14 * DAYS - 60)
    assert titan.media.download("my-session", file) == JPEG
    sandbox.advance(120)
    for verb in ("download", "persist"):
        gone = api.post(f"{S}/media/{file}/{verb}")
        assert error_of(gone, 404) == f"media is no longer on WhatsApp's servers: {file}"
    with pytest.raises(NotFoundError, match="is no longer on WhatsApp's servers"):
        titan.media.download("my-session", file)
    # That there was one is still known.
    assert not titan.media.get("my-session", file).persisted


def test_persisted_media_stays(sandbox, titan, file):
    titan.media.persist("my-session", file)
    sandbox.advance(365 * DAYS)
    assert titan.media.download("my-session", file) == JPEG


def test_media_of_another_session_is_unknown(api, other, file):
    for method, verb in (("GET", ""), ("POST", "/download"), ("POST", "/persist")):
        unknown = api.request(method, f"/api/sessions/other/media/{file}{verb}")
        assert error_of(unknown, 404) == f"media not found: {file}"


def test_sent_bytes_are_downloaded(titan):
    message = titan.messages.send(
        "my-session", {"chatId": FRIEND, "type": "image", "base64": IN_BASE64, "caption": "Look"}
    )
    shown = titan.media.get("my-session", message.media_id)
    assert (shown.message_id, shown.mime_type, shown.file_length) == (message.id, "image/jpeg", len(JPEG))
    assert titan.media.download("my-session", message.media_id) == JPEG


def test_sent_address_is_where_a_download_leads(api, titan):
    with serving(lambda request: http(200, JPEG)) as server:
        url = f"{server.url}/a%20picture.jpg?size=1"
        message = titan.messages.send("my-session", {"chatId": FRIEND, "type": "image", "url": url})
        response = api.post(f"{S}/media/{message.media_id}/download")
        assert (response.status_code, response.headers["Location"]) == (302, url)
        assert titan.media.download("my-session", message.media_id) == JPEG
        titan.media.persist("my-session", message.media_id)
        assert titan.media.download("my-session", message.media_id) == JPEG
    assert [one.target for one in server.requests] == ["/a%20picture.jpg?size=1"] * 2
    # The key is for the sandbox alone.
    assert not any("authorization" in one.headers for one in server.requests)


@pytest.mark.parametrize("persisted", [False, True])
def test_download_to_a_path_and_a_stream(sandbox, titan, tmp_path, persisted):
    content = bytes(range(256)) * 10_000
    file = sandbox.receive("my-session", media=content)["media"]["id"]
    if persisted:
        titan.media.persist("my-session", file)
    assert titan.media.download_to("my-session", file, tmp_path / "file") == len(content)
    assert (tmp_path / "file").read_bytes() == content
    stream = io.BytesIO()
    titan.media.download_to("my-session", file, stream)
    assert stream.getvalue() == content


def test_send_file_sends_what_is_on_the_disk(sandbox, titan, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(JPEG * 10_000)
    picture = titan.messages.send_file("my-session", FRIEND, path, caption="Look")
    document = titan.messages.send_file("my-session", FRIEND, io.BytesIO(JPEG), filename="a.bin")
    assert (picture.type, document.type) == ("image", "file")
    assert titan.media.download("my-session", picture.media_id) == JPEG * 10_000
    assert titan.media.download("my-session", document.media_id) == JPEG
    first, second = sandbox.chat("my-session", FRIEND)["messages"]
    assert (first["text"], first["media"]["filename"]) == ("Look", None)
    assert second["media"]["filename"] == "a.bin"


# --- groups -----------------------------------------------------------------------------------------


@pytest.fixture
def group(titan, other):
    """A group of both sessions and a third person."""
    return titan.groups.create("my-session", {"name": "Us", "participants": [jid_of(other), FRIEND]})


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


def test_new_group_is_told_to_its_members_that_have_a_session(sandbox, titan, me, other, receiver):
    titan.groups.create("my-session", {"name": "Not us", "participants": [FRIEND]})
    group = titan.groups.create("my-session", {"name": "Us", "participants": [jid_of(other)]})
    added = {"id": group.id, "action": "add", "participants": [jid_of(me), jid_of(other)]}
    assert told(sandbox, receiver, "group.participant")[1:] == [added]
    assert told(sandbox, receiver, "group.participant", "other") == [added]


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
        assert told(sandbox, receiver, "group.update", session) == [
            {"id": group.id, "name": "All of us", "description": ""},
            {"id": group.id, "name": "All of us", "description": "Since 2025"},
        ]


def test_picture_of_a_group_is_told_with_its_address(sandbox, titan, group, receiver):
    titan.groups.update_picture("my-session", group.id, {"base64": IN_BASE64})
    titan.groups.update_picture("my-session", group.id, {"url": "https://example.com/a.jpg"})
    first, second = (one["profileUrl"] for one in told(sandbox, receiver, "group.update", "other"))
    assert without_key(first).content == JPEG
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
    # Who joins gets to know the others, and they those who joined.
    assert titan.contacts.get("my-session", CARLA).lid == added[0].lid
    assert titan.contacts.get("other", FRIEND).phone_number == "+5511999999999"
    assert titan.chats.get("other", group.id).name == "Us"
    payload = {"id": group.id, "action": "add", "participants": [CARLA, jid_of(other)]}
    assert told(sandbox, receiver, "group.participant")[-1] == payload
    assert told(sandbox, receiver, "group.participant", "other") == [payload]


def test_people_are_named_by_lid_as_well(sandbox, titan, me):
    lid = sandbox.add_contact("my-session", CARLA, "Carla")["lid"]
    group = titan.groups.create("my-session", {"name": "Us", "participants": [lid]})
    assert people(group) == [me.phone_number, "+5511977776666"]


@pytest.mark.parametrize(
    ("jid", "error", "message"),
    [
        ("1@lid", NotFoundError, "LID not found: 1@lid"),
        (GROUP, BadRequestError, "participants must be the JID of a person"),
        ("me@s.whatsapp.net", BadRequestError, "participants must be a JID"),
        ("Ana", BadRequestError, "participants must be a phone number"),
    ],
)
def test_who_is_no_person_is_not_put_into_a_group(titan, group, jid, error, message):
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
    # Who is removed is told as well.
    assert told(sandbox, receiver, "group.participant", "other") == [payload]
    with pytest.raises(SandboxError, match="must both be in the group"):
        sandbox.receive("my-session", "Still here", sender=FRIEND, group=group.id)


def test_admins_are_made_and_unmade(sandbox, titan, me, other, group, receiver):
    titan.groups.promote("my-session", group.id, {"participants": [jid_of(other), FRIEND]})
    promoted = titan.groups.get("other", group.id)
    assert admins(promoted) == [me.phone_number, other.phone_number, "+5511999999999"]
    assert [one.is_super_admin for one in promoted.participants] == [True, False, False]
    titan.groups.demote("my-session", group.id, {"participants": [FRIEND]})
    assert admins(titan.groups.get("other", group.id)) == [me.phone_number, other.phone_number]
    assert told(sandbox, receiver, "group.participant") == [
        {"id": group.id, "action": "promote", "participants": [jid_of(other), FRIEND]},
        {"id": group.id, "action": "demote", "participants": [FRIEND]},
    ]


@pytest.mark.parametrize(("method", "verb"), [("DELETE", ""), ("POST", "/promote"), ("POST", "/demote")])
def test_strangers_are_neither_removed_nor_promoted_nor_demoted(api, titan, group, method, verb):
    path = f"{S}/groups/{group.id}/participants{verb}"
    refused = api.request(method, path, json={"participants": [FRIEND, CARLA]})
    assert error_of(refused, 404) == f"participant not found: {CARLA}"
    # Nor are those who were named beside them.
    assert titan.groups.get("my-session", group.id) == group


def test_who_leaves_has_the_chat_but_no_longer_the_group(sandbox, api, titan, me, other, group, receiver):
    titan.groups.leave("other", group.id)
    assert titan.groups.list("other") == []
    assert people(titan.groups.get("my-session", group.id)) == [me.phone_number, "+5511999999999"]
    assert titan.chats.get("other", group.id).name == "Us"
    refused = api.post("/api/messages/send", json={**TEXT, "session": "other", "chatId": group.id})
    assert error_of(refused, 404) == f"group not found: {group.id}"
    payload = {"id": group.id, "action": "leave", "participants": [jid_of(other)]}
    assert told(sandbox, receiver, "group.participant") == [payload]


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
    assert told(sandbox, receiver, "group.participant", "other")[-1] == removed


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
    assert told(sandbox, receiver, "group.participant")[1] == payload
    assert told(sandbox, receiver, "group.participant", "other")[0] == payload


def test_revoked_invitation_lets_nobody_in(titan, other):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [FRIEND]})
    old = titan.groups.invite("my-session", group.id)
    new = titan.groups.revoke_invite("my-session", group.id)
    assert new.code != old.code
    assert titan.groups.invite("my-session", group.id) == new
    with pytest.raises(NotFoundError, match="no group has this invite code"):
        titan.groups.join("other", {"code": old.code})
    assert titan.groups.join("other", {"code": new.code}).id == group.id


# --- channels ---------------------------------------------------------------------------------------


@pytest.fixture
def channel(titan):
    return titan.channels.create("my-session", {"name": "News"})


def test_created_channel_is_listed_and_followed_by_its_creator(titan, other):
    given = {"name": "News", "description": "Daily", "profileUrl": "https://example.com/a.jpg"}
    channel = titan.channels.create("my-session", given)
    assert channel.id.endswith("@newsletter")
    assert channel.model_dump(exclude={"id"}) == {
        "name": "News",
        "description": "Daily",
        "followers": 1,
        "muted": False,
        "profile_url": "https://example.com/a.jpg",
    }
    assert titan.channels.list("my-session") == [channel]
    assert titan.channels.get("my-session", channel.id) == channel
    assert titan.chats.get("my-session", channel.id).name == "News"
    assert titan.channels.list("other") == []


def test_channel_is_followed_and_unfollowed(api, titan, other, channel):
    # Also a second time: once is enough.
    for _ in range(2):
        titan.channels.follow("other", channel.id)
        assert titan.channels.get("my-session", channel.id).followers == 2
    assert [one.id for one in titan.channels.list("other")] == [channel.id]
    assert titan.chats.get("other", channel.id).name == "News"
    titan.channels.unfollow("other", channel.id)
    assert titan.channels.get("my-session", channel.id).followers == 1
    assert titan.channels.list("other") == []
    again = api.post(f"/api/sessions/other/channels/{channel.id}/unfollow")
    assert error_of(again, 404) == f"channel not found: {channel.id}"


def test_channel_is_muted_for_one_account(titan, other, channel):
    titan.channels.follow("other", channel.id)
    titan.channels.mute("other", channel.id)
    assert titan.channels.get("other", channel.id).muted
    assert not titan.channels.get("my-session", channel.id).muted
    titan.channels.unmute("other", channel.id)
    assert not titan.channels.get("other", channel.id).muted


def test_channel_is_deleted_by_its_creator_only(api, titan, other, channel):
    titan.channels.follow("other", channel.id)
    with pytest.raises(PermissionDeniedError, match="only its creator can delete a channel"):
        titan.channels.delete("other", channel.id)
    titan.channels.delete("my-session", channel.id)
    assert titan.channels.list("my-session") == titan.channels.list("other") == []
    refused = api.post(f"/api/sessions/other/channels/{channel.id}/follow")
    assert error_of(refused, 404) == f"channel not found: {channel.id}"


# --- labels -----------------------------------------------------------------------------------------


@pytest.fixture
def chat(sandbox):
    """JID of a chat that exists."""
    return sandbox.receive("my-session", "Hi", sender=FRIEND, push_name="Ana")["chatId"]


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
def test_chats_that_there_are_not_get_no_label(sandbox, api, titan, chat, method):
    label = titan.labels.create("my-session", {"name": "Lead"})
    titan.labels.assign("my-session", label.id, {"chatIds": [chat]})
    other = titan.labels.create("my-session", {"name": "Paid"})
    for one in (label, other):
        refused = api.request(method, f"{S}/labels/{one.id}/chats", json={"chatIds": [chat, CARLA]})
        assert error_of(refused, 404) == f"chat not found: {CARLA}"
    assert labels_of(sandbox, chat) == ["Lead"]


def test_label_belongs_to_one_account(api, titan, other):
    label = titan.labels.create("my-session", {"name": "Lead"})
    assert titan.labels.list("other") == []
    refused = api.delete(f"/api/sessions/other/labels/{label.id}")
    assert error_of(refused, 404) == f"label not found: {label.id}"


# --- chats ------------------------------------------------------------------------------------------


def test_chat_is_listed_and_found_by_jid_and_lid(titan, chat):
    lid = titan.contacts.get("my-session", chat).lid
    shown = titan.chats.get("my-session", chat)
    assert shown.model_dump(exclude={"last_message_at"}, exclude_unset=True) == {
        "id": FRIEND,
        "name": "Ana",
        "is_group": False,
        "archived": False,
        "muted": False,
        "pinned": False,
        "unread_count": 1,
    }
    assert shown.last_message_at is not None
    assert titan.chats.list("my-session") == [shown]
    assert titan.chats.get("my-session", lid) == shown


def test_chat_is_archived_and_taken_out_again(sandbox, titan, chat, receiver):
    titan.chats.archive("my-session", chat)
    assert titan.chats.get("my-session", chat).archived
    titan.chats.unarchive("my-session", titan.contacts.get("my-session", chat).lid)
    assert not titan.chats.get("my-session", chat).archived
    assert told(sandbox, receiver, "chat.archive") == [
        {"chatId": chat, "archived": True},
        {"chatId": chat, "archived": False},
    ]


def test_mute_ends_with_its_duration(sandbox, titan, chat, receiver):
    titan.chats.mute("my-session", chat, {"duration": 3600})
    muted = titan.chats.get("my-session", chat)
    assert muted.muted
    left = muted.muted_until - muted.last_message_at
    assert timedelta(seconds=3600) <= left < timedelta(seconds=3700)
    sandbox.advance(3500)
    assert titan.chats.get("my-session", chat).muted
    sandbox.advance(101)
    shown = titan.chats.get("my-session", chat)
    assert (shown.muted, shown.muted_until) == (False, None)
    (payload,) = told(sandbox, receiver, "chat.mute")
    assert payload.pop("mutedUntil").endswith("Z")
    assert payload == {"chatId": chat, "muted": True}


def test_mute_without_duration_lasts_until_it_is_ended(sandbox, titan, chat, receiver):
    titan.chats.mute("my-session", chat)
    sandbox.advance(10_000 * DAYS)
    shown = titan.chats.get("my-session", chat)
    assert (shown.muted, shown.muted_until) == (True, None)
    titan.chats.unmute("my-session", chat)
    assert not titan.chats.get("my-session", chat).muted
    assert told(sandbox, receiver, "chat.mute") == [
        {"chatId": chat, "muted": True},
        {"chatId": chat, "muted": False},
    ]


def test_mute_for_longer_than_time_goes_is_refused(api, titan, chat):
    refused = api.post(f"{S}/chats/{chat}/mute", json={"duration": 10**15})
    assert error_of(refused, 400) == "duration is too large"
    assert not titan.chats.get("my-session", chat).muted


def test_unread_messages_are_counted_by_chat(sandbox, titan, chat):
    sandbox.receive("my-session", "2", sender=FRIEND)
    sandbox.receive("my-session", "3", sender=CARLA)
    titan.messages.send("my-session", {"chatId": FRIEND, "type": "text", "text": "4"})
    counts = {one.id: one.unread_count for one in titan.chats.list("my-session")}
    assert counts == {FRIEND: 2, CARLA: 1}
    titan.messages.seen("my-session", {"chatId": FRIEND})
    counts = {one.id: one.unread_count for one in titan.chats.list("my-session")}
    assert counts == {FRIEND: 0, CARLA: 1}


# --- contacts ---------------------------------------------------------------------------------------


def test_contacts_are_those_whom_the_account_had_to_do_with(sandbox, titan):
    assert titan.contacts.list("my-session") == []
    numbers = [f"55119000000{number}" for number in range(1, 8)]
    sent, received, in_group, added, watched, calling, writing_in_group = (
        f"{number}@s.whatsapp.net" for number in numbers
    )
    titan.messages.send("my-session", {"chatId": sent, "type": "text", "text": "Hi"})
    sandbox.receive("my-session", "Hi", sender=received, push_name="Ana")
    titan.groups.create("my-session", {"name": "G", "participants": [in_group]})
    sandbox.add_contact("my-session", added, "Bo")
    titan.presence.subscribe("my-session", watched)
    sandbox.call("my-session", sender=calling)
    sandbox.receive("my-session", "Hi", sender=writing_in_group, group=GROUP)
    known = {one.phone_number: one.push_name for one in titan.contacts.list("my-session")}
    # Somebody who calls is in no address book.
    assert known == {
        f"+{numbers[0]}": f"+{numbers[0]}",
        f"+{numbers[1]}": "Ana",
        f"+{numbers[2]}": f"+{numbers[2]}",
        f"+{numbers[3]}": "Bo",
        f"+{numbers[4]}": f"+{numbers[4]}",
        f"+{numbers[6]}": f"+{numbers[6]}",
    }


def test_contact_is_found_by_jid_and_lid(sandbox, titan):
    added = sandbox.add_contact("my-session", "+55 11 99999-9999", "Ana")
    assert added["jid"] == FRIEND
    contact = titan.contacts.get("my-session", FRIEND)
    assert contact.model_dump(exclude_unset=True) == {
        "phone_number": "+5511999999999",
        "push_name": "Ana",
        "name": "Ana",
        "business_name": None,
        "lid": added["lid"],
    }
    assert titan.contacts.get("my-session", added["lid"]) == contact
    assert titan.contacts.list("my-session") == [contact]


def test_contact_of_one_account_is_a_stranger_to_another(sandbox, api, other):
    lid = sandbox.add_contact("my-session", FRIEND, "Ana")["lid"]
    for name in (FRIEND, lid):
        refused = api.get(f"/api/sessions/other/contacts/{name}")
        assert error_of(refused, 404) == f"contact not found: {name}"


def test_numbers_are_checked(titan):
    numbers = ["+5511999999999", "+55 (11) 98888-7777", "+5511999990000", "12", "nobody"]
    first, second, *nobodies = titan.contacts.check("my-session", {"phoneNumbers": numbers})
    assert (first.phone_number, first.exists, first.jid) == (numbers[0], True, FRIEND)
    assert (second.phone_number, second.jid) == (numbers[1], "5511988887777@s.whatsapp.net")
    assert [one.model_dump(exclude_unset=True) for one in nobodies] == [
        {"phone_number": number, "exists": False} for number in numbers[2:]
    ]
    # To ask about somebody is not to know them.
    assert titan.contacts.list("my-session") == []


def test_blocked_contact_is_blocked_by_one_account_only(sandbox, titan, other):
    for session in ("my-session", "other"):
        sandbox.receive(session, "Hi", sender=FRIEND)
    titan.contacts.block("my-session", titan.contacts.get("my-session", FRIEND).lid)
    with pytest.raises(SandboxError, match="the account has blocked"):
        sandbox.receive("my-session", "Hi", sender=FRIEND)
    sandbox.receive("other", "Hi", sender=FRIEND)
    titan.contacts.unblock("my-session", FRIEND)
    sandbox.receive("my-session", "Hi", sender=FRIEND)


def test_picture_of_a_contact_is_that_of_its_session(sandbox, titan, other):
    for person in (FRIEND, jid_of(other)):
        sandbox.add_contact("my-session", person, "Somebody")
        assert titan.contacts.picture("my-session", person).url is None
    titan.profile.update_picture("other", {"base64": IN_BASE64})
    assert titan.contacts.picture("my-session", FRIEND).url is None
    shown = titan.contacts.picture("my-session", jid_of(other))
    assert shown.url == titan.profile.get("other").profile_url
    assert without_key(shown.url).content == JPEG


# --- LIDs -------------------------------------------------------------------------------------------


def test_lid_is_the_same_wherever_it_is_shown(sandbox, titan, me, other):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [jid_of(other)]})
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": [other.phone_number]})
    contact = titan.contacts.get("my-session", jid_of(other))
    assert {other.lid, group.participants[1].lid, check.lid, contact.lid} == {other.lid}
    assert me.lid == group.owner_lid == group.participants[0].lid != other.lid
    for session in (me, other):
        mapping = titan.lids.get("my-session", session.lid)
        assert (mapping.lid, mapping.phone_number) == (session.lid, session.phone_number)


def test_lid_does_not_tell_the_number(titan):
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": ["+5511999999999"]})
    assert "99999999" not in check.lid
    assert titan.lids.get("my-session", check.lid).phone_number == "+5511999999999"


# --- presence ---------------------------------------------------------------------------------------


def test_presence_is_told_to_who_has_subscribed(sandbox, titan, other, receiver):
    for session in ("my-session", "other"):
        sandbox.add_contact(session, FRIEND, "Ana")
    titan.presence.subscribe("my-session", FRIEND)
    for presence in ("available", "available", "composing", "recording", "unavailable"):
        for session in ("my-session", "other"):
            sandbox.set_presence(session, FRIEND, presence)
    events = told(sandbox, receiver, "presence.update")
    last_seen = events[-1].pop("lastSeen")
    lid = titan.contacts.get("my-session", FRIEND).lid
    who = {"from": {"phoneNumber": "+5511999999999", "lid": lid, "mode": "pn"}}
    assert events == [
        {**who, "presence": "available"},
        {**who, "presence": "composing", "state": "composing"},
        {**who, "presence": "recording", "state": "recording"},
        {**who, "presence": "unavailable"},
    ]
    assert last_seen.endswith("Z")
    assert told(sandbox, receiver, "presence.update", "other") == []
    # Who asks is told without a subscription.
    assert titan.presence.get("other", FRIEND).presence == "unavailable"


def test_presence_is_listed_for_those_subscribed_to(sandbox, titan):
    for person in (FRIEND, CARLA):
        sandbox.add_contact("my-session", person, "Somebody")
        sandbox.set_presence("my-session", person, "available")
    titan.presence.subscribe("my-session", titan.contacts.get("my-session", FRIEND).lid)
    (shown,) = titan.presence.list("my-session")
    assert (shown.chat_id, shown.presence, shown.last_seen) == (FRIEND, "available", None)


def test_last_seen_is_when_somebody_went(sandbox, titan):
    titan.presence.subscribe("my-session", FRIEND)
    sandbox.set_presence("my-session", FRIEND, "available")
    sandbox.advance(3600)
    sandbox.set_presence("my-session", FRIEND, "unavailable")
    before = titan.presence.get("my-session", FRIEND)
    sandbox.advance(3600)
    assert titan.presence.get("my-session", FRIEND) == before
    created = titan.sessions.get("my-session").created_at
    assert timedelta(hours=1) <= before.last_seen - created < timedelta(hours=1, minutes=1)
    lid = titan.contacts.get("my-session", FRIEND).lid
    assert titan.presence.get("my-session", lid) == before


def test_presence_of_who_is_blocked_is_not_told(sandbox, titan, receiver):
    titan.presence.subscribe("my-session", FRIEND)
    titan.contacts.block("my-session", FRIEND)
    sandbox.set_presence("my-session", FRIEND, "available")
    assert told(sandbox, receiver, "presence.update") == []


def test_only_a_person_has_a_presence(api, group, channel):
    for jid in (group.id, channel.id):
        refused = api.post(f"{S}/presence/{jid}/subscribe")
        assert error_of(refused, 404) == f"contact not found: {jid}"
    refused = api.post(f"{S}/presence/status@broadcast/subscribe")
    assert error_of(refused, 400) == "chatId must be the JID of a person"


def test_own_presence_is_set(api, titan):
    titan.presence.set("my-session", {"presence": "available"})
    refused = api.post(f"{S}/presence", json={"presence": "composing"})
    assert error_of(refused, 400) == "presence must be one of: available, unavailable"


# --- profile ----------------------------------------------------------------------------------------


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
    names = [one["pushName"] for one in told(sandbox, receiver, "message.received", "other")]
    assert names == [me.push_name, "Front desk"]
    assert told(sandbox, receiver, "contact.update", "other") == [
        {"phoneNumber": me.phone_number, "pushName": "Front desk"}
    ]
    assert titan.contacts.get("other", jid_of(me)).push_name == "Front desk"


def test_new_status_is_shown(titan):
    titan.profile.update_status("my-session", {"status": "Open until six"})
    assert titan.profile.get("my-session").status == "Open until six"


def test_new_picture_is_shown_without_a_key(titan):
    titan.profile.update_picture("my-session", {"base64": IN_BASE64})
    found = without_key(titan.profile.get("my-session").profile_url)
    assert (found.content, found.headers["Content-Type"]) == (JPEG, "image/jpeg")
    titan.profile.update_picture("my-session", {"url": "https://example.com/a.jpg"})
    assert titan.profile.get("my-session").profile_url == "https://example.com/a.jpg"


@pytest.mark.parametrize(
    ("picture", "message"),
    [({}, "missing required field: url or base64"), ({"base64": "no base64"}, "base64 is not valid base64")],
)
def test_picture_that_is_none_is_refused(api, titan, group, picture, message):
    for path in ("profile/picture", f"groups/{group.id}/picture"):
        assert error_of(api.put(f"{S}/{path}", json={"session": "my-session", **picture}), 400) == message
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


# --- strangers and conflicts ------------------------------------------------------------------------


LABEL, MESSAGE = {"name": "L"}, {"chatId": FRIEND, "messageId": "msg_1"}


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("GET", "/api/sessions/nobody", None, "session not found: nobody"),
        (
            "POST",
            "/api/client-tokens",
            {"session": "nobody", "ephemeralId": "e"},
            "session not found: nobody",
        ),
        ("GET", f"{S}/contacts/{FRIEND}", None, f"contact not found: {FRIEND}"),
        ("GET", f"{S}/contacts/1@lid", None, "contact not found: 1@lid"),
        ("GET", f"{S}/contacts/{FRIEND}/picture", None, f"contact not found: {FRIEND}"),
        ("POST", f"{S}/contacts/{FRIEND}/block", None, f"contact not found: {FRIEND}"),
        ("POST", f"{S}/contacts/{FRIEND}/unblock", None, f"contact not found: {FRIEND}"),
        ("POST", f"{S}/groups/join", {"code": "abc"}, "no group has this invite code"),
        ("GET", f"{S}/channels/1@newsletter", None, "channel not found: 1@newsletter"),
        ("DELETE", f"{S}/channels/1@newsletter", None, "channel not found: 1@newsletter"),
        ("POST", f"{S}/channels/1@newsletter/follow", None, "channel not found: 1@newsletter"),
        ("POST", f"{S}/channels/1@newsletter/unfollow", None, "channel not found: 1@newsletter"),
        ("POST", f"{S}/channels/1@newsletter/mute", None, "channel not found: 1@newsletter"),
        ("POST", f"{S}/channels/1@newsletter/unmute", None, "channel not found: 1@newsletter"),
        ("GET", f"{S}/presence/{FRIEND}", None, f"contact not found: {FRIEND}"),
        ("POST", f"{S}/presence/1@lid/subscribe", None, "LID not found: 1@lid"),
        ("PUT", f"{S}/labels/99999", LABEL, "label not found: 99999"),
        ("DELETE", f"{S}/labels/99999", None, "label not found: 99999"),
        ("POST", f"{S}/labels/99999/chats", {"chatIds": []}, "label not found: 99999"),
        ("DELETE", f"{S}/labels/99999/chats", {"chatIds": []}, "label not found: 99999"),
        ("GET", f"{S}/chats/{FRIEND}", None, f"chat not found: {FRIEND}"),
        ("GET", f"{S}/chats/1@lid", None, "chat not found: 1@lid"),
        ("POST", f"{S}/chats/{FRIEND}/archive", None, f"chat not found: {FRIEND}"),
        ("POST", f"{S}/chats/{FRIEND}/unarchive", None, f"chat not found: {FRIEND}"),
        ("POST", f"{S}/chats/{FRIEND}/mute", {}, f"chat not found: {FRIEND}"),
        ("POST", f"{S}/chats/{FRIEND}/unmute", None, f"chat not found: {FRIEND}"),
        ("POST", f"{S}/messages/seen", {"chatId": FRIEND}, f"chat not found: {FRIEND}"),
        ("POST", f"{S}/messages/star", {**MESSAGE, "star": True}, f"chat not found: {FRIEND}"),
        ("GET", f"{S}/lids/1@lid", None, "LID not found: 1@lid"),
        ("GET", f"{S}/media/med_1", None, "media not found: med_1"),
        ("POST", f"{S}/media/med_1/download", None, "media not found: med_1"),
        ("POST", f"{S}/media/med_1/persist", None, "media not found: med_1"),
        ("GET", "/api/webhooks/99999", None, "webhook not found: 99999"),
        ("PUT", "/api/webhooks/99999", {"label": "l"}, "webhook not found: 99999"),
        ("DELETE", "/api/webhooks/99999", None, "webhook not found: 99999"),
        ("PATCH", "/api/account/keys/key_1", {"label": "l"}, "key not found: key_1"),
        ("DELETE", "/api/account/keys/key_1", None, "key not found: key_1"),
        ("GET", f"/sandbox/sessions/my-session/chats/{FRIEND}", None, f"chat not found: {FRIEND}"),
        ("POST", "/sandbox/sessions/my-session/messages/msg_1/ack", {}, "message not found: msg_1"),
        ("GET", "/sandbox/files/med_1", None, "file not found: med_1"),
    ],
)
def test_stranger_is_404_by_name(api, method, path, body, message):
    assert error_of(api.request(method, path, json=body), 404) == message


def test_unknown_message_is_404_by_name(api, chat):
    for verb, more in (("react", {"reaction": "!"}), ("edit", {"text": "!"}), ("delete", {}),
                       ("delete", {"forEveryone": True}), ("star", {"star": True})):  # fmt: skip
        refused = api.post(f"{S}/messages/{verb}", json={**MESSAGE, **more})
        assert error_of(refused, 404) == "message not found: msg_1"


def test_percent_encoded_ids_are_the_same_ids(api, chat):
    encoded = data_of(api.get(f"{S}/chats/{quote(chat, safe='')}"))
    assert encoded == data_of(api.get(f"{S}/chats/{chat}"))


def test_session_name_that_is_taken_is_a_conflict(api):
    refused = api.post("/api/sessions", json={"name": "my-session"})
    assert error_of(refused, 409) == "session already exists: my-session"


OPERATIONS = [
    (path, method, operation)
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if "/{session}" in path or operation["operationId"] == "messages.send"
]
COMMANDS = [
    pytest.param(*one, id=one[2]["operationId"]) for one in OPERATIONS if "202" in one[2]["responses"]
]


@pytest.mark.parametrize(("path", "method", "operation"), COMMANDS)
def test_command_to_whatsapp_needs_a_connection(sandbox, api, path, method, operation):
    sandbox.disconnect("my-session")
    body = None
    if "requestBody" in operation:
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        body = {**next(iter(examples.values()))["value"]}
        if "session" in body:
            body["session"] = "my-session"
    filled = path.replace("{session}", "my-session")
    for name, jid in (("groupId", GROUP), ("channelId", "1@newsletter"), ("labelId", "1")):
        filled = filled.replace(f"{{{name}}}", jid)
    filled = filled.replace("{chatId}", FRIEND).replace("{contactId}", FRIEND)
    refused = api.request(method, filled, json=body)
    assert error_of(refused, 409) == "session is not connected: my-session"


def test_what_is_known_can_be_read_without_a_connection(sandbox, titan, chat, file):
    titan.groups.create("my-session", {"name": "G", "participants": [CARLA]})
    sandbox.disconnect("my-session")
    for service in (titan.chats, titan.contacts, titan.groups):
        assert service.list("my-session") != []
    assert titan.chats.get("my-session", chat).unread_count == 1
    assert titan.media.download("my-session", file) == JPEG
    assert titan.profile.get("my-session").name


def test_account_that_is_paired_anew_finds_its_groups_and_channels_again(sandbox, api):
    account = sandbox.connect("my-session")
    body = {"session": "my-session", "name": "Team", "participants": []}
    group = data_of(api.post(f"{S}/groups", json=body), 201)["id"]
    channel = data_of(api.post(f"{S}/channels", json={"name": "News"}), 201)["id"]
    sandbox.logout("my-session")
    assert data_of(api.get(f"{S}/chats")) == data_of(api.get(f"{S}/groups")) == []
    data_of(api.post(f"{S}/start"))
    sandbox.scan("my-session", phone_number=account["phoneNumber"])
    assert [one["id"] for one in data_of(api.get(f"{S}/groups"))] == [group]
    assert [one["id"] for one in data_of(api.get(f"{S}/chats"))] == [group, channel]
