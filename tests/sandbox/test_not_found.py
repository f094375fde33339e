"""Unknown ids are a 404 that names them, taken names a 409."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.support.sandbox import BASE, FRIEND, data_of, error_of

pytestmark = pytest.mark.usefixtures("me")


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
        ("GET", f"{BASE}/contacts/{FRIEND}", None, f"contact not found: {FRIEND}"),
        ("GET", f"{BASE}/contacts/1@lid", None, "contact not found: 1@lid"),
        ("GET", f"{BASE}/contacts/{FRIEND}/picture", None, f"contact not found: {FRIEND}"),
        ("POST", f"{BASE}/contacts/{FRIEND}/block", None, f"contact not found: {FRIEND}"),
        ("POST", f"{BASE}/contacts/{FRIEND}/unblock", None, f"contact not found: {FRIEND}"),
        ("POST", f"{BASE}/groups/join", {"code": "abc"}, "no group has this invite code"),
        ("GET", f"{BASE}/channels/1@newsletter", None, "channel not found: 1@newsletter"),
        ("DELETE", f"{BASE}/channels/1@newsletter", None, "channel not found: 1@newsletter"),
        ("POST", f"{BASE}/channels/1@newsletter/follow", None, "channel not found: 1@newsletter"),
        ("POST", f"{BASE}/channels/1@newsletter/unfollow", None, "channel not found: 1@newsletter"),
        ("POST", f"{BASE}/channels/1@newsletter/mute", None, "channel not found: 1@newsletter"),
        ("POST", f"{BASE}/channels/1@newsletter/unmute", None, "channel not found: 1@newsletter"),
        ("GET", f"{BASE}/presence/{FRIEND}", None, f"contact not found: {FRIEND}"),
        ("PUT", f"{BASE}/labels/99999", LABEL, "label not found: 99999"),
        ("DELETE", f"{BASE}/labels/99999", None, "label not found: 99999"),
        ("POST", f"{BASE}/labels/99999/chats", {"chatIds": []}, "label not found: 99999"),
        ("DELETE", f"{BASE}/labels/99999/chats", {"chatIds": []}, "label not found: 99999"),
        ("GET", f"{BASE}/chats/{FRIEND}", None, f"chat not found: {FRIEND}"),
        ("GET", f"{BASE}/chats/1@lid", None, "chat not found: 1@lid"),
        ("POST", f"{BASE}/chats/{FRIEND}/archive", None, f"chat not found: {FRIEND}"),
        ("POST", f"{BASE}/chats/{FRIEND}/unarchive", None, f"chat not found: {FRIEND}"),
        ("POST", f"{BASE}/chats/{FRIEND}/mute", {}, f"chat not found: {FRIEND}"),
        ("POST", f"{BASE}/chats/{FRIEND}/unmute", None, f"chat not found: {FRIEND}"),
        ("POST", f"{BASE}/messages/seen", {"chatId": FRIEND}, f"chat not found: {FRIEND}"),
        ("POST", f"{BASE}/messages/star", {**MESSAGE, "star": True}, f"chat not found: {FRIEND}"),
        ("GET", f"{BASE}/lids/1@lid", None, "LID not found: 1@lid"),
        ("GET", f"{BASE}/media/med_1", None, "media not found: med_1"),
        ("POST", f"{BASE}/media/med_1/download", None, "media not found: med_1"),
        ("POST", f"{BASE}/media/med_1/persist", None, "media not found: med_1"),
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
        refused = api.post(f"{BASE}/messages/{verb}", json={**MESSAGE, **more})
        assert error_of(refused, 404) == "message not found: msg_1"


def test_percent_encoded_ids_are_the_same_ids(api, chat):
    encoded = data_of(api.get(f"{BASE}/chats/{quote(chat, safe='')}"))
    assert encoded == data_of(api.get(f"{BASE}/chats/{chat}"))


def test_session_name_that_is_taken_is_a_conflict(api):
    refused = api.post("/api/sessions", json={"name": "my-session"})
    assert error_of(refused, 409) == "session already exists: my-session"
