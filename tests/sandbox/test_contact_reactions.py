"""What contacts do to messages: reactions, votes, edits, deletion."""

from __future__ import annotations

import pytest

from tests.support.messages import create_group, find_message, send
from tests.support.sandbox import (
    BASE,
    CARLA,
    FRIEND,
    data_of,
    payloads_of,
)
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")


def test_contact_reacts(sandbox, api, receiver):
    message = send(api)
    sandbox.react("my-session", message["id"], "❤️")
    assert find_message(sandbox, message)["reactions"] == [{"sender": FRIEND, "reaction": "❤️"}]
    sandbox.react("my-session", message["id"], "")
    assert find_message(sandbox, message)["reactions"] == []
    lid = data_of(api.get(f"{BASE}/contacts/{FRIEND}"))["lid"]
    about = {
        "id": message["id"],
        "chatId": FRIEND,
        "fromMe": False,
        "sender": {"phoneNumber": "+5511999999999", "lid": lid, "mode": "pn"},
    }
    assert payloads_of(sandbox, receiver, "message.reaction") == [
        {**about, "reaction": "❤️"}, {**about, "reaction": ""}
    ]  # fmt: skip


def test_each_member_of_a_group_has_a_reaction_of_their_own(sandbox, api):
    group = create_group(api, FRIEND, CARLA)
    message = send(api, chatId=group)
    sandbox.react("my-session", message["id"], "👍")
    sandbox.react("my-session", message["id"], "👎", sender=CARLA)
    assert sandbox.messages[0]["reactions"] == {FRIEND: "👍", CARLA: "👎"}


def test_somebody_reacts_where_there_is_no_contact(sandbox, api):
    channel = data_of(api.post(f"{BASE}/channels", json={"name": "News"}), 201)["id"]
    message = send(api, chatId=channel)
    sandbox.react("my-session", message["id"], "👍")
    assert list(sandbox.messages[0]["reactions"].values()) == ["👍"]


def test_contacts_vote_and_change_their_minds(sandbox, api, receiver):
    group = create_group(api, FRIEND, CARLA)
    poll = send(api, chatId=group, type="poll", question="When?", options=["Mon", "Tue"])
    sandbox.vote("my-session", poll["id"], ["Mon"])
    sandbox.vote("my-session", poll["id"], ["Mon"], sender=CARLA)
    sandbox.vote("my-session", poll["id"], ["Tue"], sender=CARLA)
    votes = {"question": "When?", "options": [{"text": "Mon", "votes": 1}, {"text": "Tue", "votes": 1}]}
    assert find_message(sandbox, poll)["poll"] == votes
    shown = sandbox.vote("my-session", poll["id"], [])
    assert [one["votes"] for one in shown["poll"]["options"]] == [0, 1]
    events = payloads_of(sandbox, receiver, "message.vote")
    assert [(one["sender"]["phoneNumber"], one["options"]) for one in events] == [
        ("+5511999999999", ["Mon"]),
        ("+5511977776666", ["Mon"]),
        ("+5511977776666", ["Tue"]),
        ("+5511999999999", []),
    ]


def test_votes_that_the_poll_does_not_have_are_refused(sandbox, api):
    poll = send(api, type="poll", question="When?", options=["Mon", "Tue"])
    several = send(api, type="poll", question="When?", options=["Mon", "Tue"], multipleAnswers=True)
    text = send(api)
    for message, options, reason in (
        (poll, ["Sun"], "options must be options of the poll"),
        (text, ["Mon"], "options must be options of the poll"),
        (poll, ["Mon", "Tue"], "this poll allows one answer only"),
    ):
        with pytest.raises(SandboxError, match=reason) as refused:
            sandbox.vote("my-session", message["id"], options)
        assert refused.value.status == 400
    shown = sandbox.vote("my-session", several["id"], ["Mon", "Tue"])
    assert [one["votes"] for one in shown["poll"]["options"]] == [1, 1]


def test_contact_edits_and_revokes_a_message(sandbox, receiver):
    message = sandbox.receive("my-session", "Hi", sender=FRIEND)
    shown = sandbox.edit("my-session", message["id"], "Hello")
    assert (shown["text"], shown["edited"]) == ("Hello", True)
    shown = sandbox.revoke("my-session", message["id"])
    assert (shown["text"], shown["deleted"]) == (None, True)
    edited, revoked = payloads_of(sandbox, receiver, "message.edited", "message.revoked")
    assert (edited["text"], edited["fromMe"]) == ("Hello", False)
    assert edited["sender"] == revoked["sender"]
    assert revoked["sender"]["phoneNumber"] == "+5511999999999"


def test_contact_cannot_change_what_the_account_sent(sandbox, api):
    message = send(api)
    for change in (lambda: sandbox.edit("my-session", message["id"], "!"),
                   lambda: sandbox.revoke("my-session", message["id"])):  # fmt: skip
        with pytest.raises(SandboxError, match="the account sent this message") as refused:
            change()
        assert refused.value.status == 409
    assert find_message(sandbox, message)["text"] == "Hi"


def test_contact_can_do_nothing_with_a_deleted_message(sandbox):
    message = sandbox.receive("my-session", content={"type": "poll", "question": "?", "options": ["a", "b"]})
    sandbox.revoke("my-session", message["id"])
    for change in (
        lambda: sandbox.edit("my-session", message["id"], "!"),
        lambda: sandbox.revoke("my-session", message["id"]),
        lambda: sandbox.react("my-session", message["id"], "👍"),
        lambda: sandbox.vote("my-session", message["id"], ["a"]),
    ):
        with pytest.raises(SandboxError, match=f"message was deleted: {message['id']}") as refused:
            change()
        assert refused.value.status == 404


def test_option_that_is_chosen_twice_has_one_vote(sandbox, api):
    poll = send(api, type="poll", question="?", options=["a", "b"], multipleAnswers=True)
    voted = sandbox.vote("my-session", poll["id"], ["a", "a", "b"])
    assert [one["votes"] for one in voted["poll"]["options"]] == [1, 1]
