"""How long a message can be edited, and deleted for everyone."""

from __future__ import annotations

import pytest

from tests.support.messages import act, find_message, send
from tests.support.sandbox import DAYS, FRIEND, data_of, error_of, payloads_of
from tests.support.sessions import refusal
from titan import ConflictError

pytestmark = pytest.mark.usefixtures("connected")

TOO_LATE = {
    "edit": "a message can be edited for 15 minutes after it was sent, no longer",
    "revoke": "a message can be deleted for everyone for two days after it was sent, no longer",
}


@pytest.mark.parametrize(
    ("verb", "fields", "seconds", "key"),
    [
        ("edit", {"text": "Hello"}, 15 * 60, "edit"),
        ("delete", {"forEveryone": True}, 2 * DAYS, "revoke"),
    ],
)
def test_message_can_be_changed_until_its_time_is_over(sandbox, api, receiver, verb, fields, seconds, key):
    early, late = send(api), send(api)
    sandbox.advance(seconds - 60)
    data_of(act(api, verb, early, **fields))
    sandbox.advance(61)
    assert error_of(act(api, verb, late, **fields), 409) == f"{TOO_LATE[key]}: {late['id']}"
    shown = find_message(sandbox, late)
    assert (shown["text"], shown["edited"], shown["deleted"]) == ("Hi", False, False)
    changed = payloads_of(sandbox, receiver, "message.edited", "message.revoked")
    assert [one["id"] for one in changed] == [early["id"]]


def test_sdk_raises_a_conflict_error_when_it_is_too_late(sandbox, titan):
    sent = titan.messages.send_text("my-session", FRIEND, "Hi")
    sandbox.advance(15 * 60 + 1)
    with pytest.raises(ConflictError, match="edited for 15 minutes"):
        titan.messages.edit("my-session", {"chatId": FRIEND, "messageId": sent.id, "text": "Hello"})
    # For the account alone, and reactions and stars, there is no limit.
    sandbox.advance(30 * DAYS)
    titan.messages.react("my-session", {"chatId": FRIEND, "messageId": sent.id, "reaction": "👍"})
    titan.messages.star("my-session", {"chatId": FRIEND, "messageId": sent.id, "star": True})
    titan.messages.delete("my-session", {"chatId": FRIEND, "messageId": sent.id})


def test_contacts_have_no_longer_either(sandbox):
    received = sandbox.receive("my-session", "Hi")
    sandbox.advance(15 * 60 + 1)
    with refusal(409, f"{TOO_LATE['edit']}: {received['id']}"):
        sandbox.edit("my-session", received["id"], "Hello")
    sandbox.revoke("my-session", received["id"])
    received = sandbox.receive("my-session", "Hi")
    sandbox.advance(2 * DAYS + 1)
    with refusal(409, f"{TOO_LATE['revoke']}: {received['id']}"):
        sandbox.revoke("my-session", received["id"])


def test_time_begins_when_a_message_was_written_not_when_it_came(sandbox):
    sandbox.disconnect("my-session")
    received = sandbox.receive("my-session", "Hi")
    sandbox.advance(15 * 60 + 1)
    sandbox.connect("my-session")
    with refusal(409, f"{TOO_LATE['edit']}: {received['id']}"):
        sandbox.edit("my-session", received["id"], "Hello")
