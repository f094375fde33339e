"""The status of a sent message: when it advances, and what ends that."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support.messages import act, find_message, send, statuses_of
from tests.support.sandbox import BASE, CARLA, FRIEND, data_of
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")


def test_statuses_come_by_the_clock(sandbox, api, receiver):
    sandbox.configure(delivered_after=60, read_after=180)
    message = send(api)
    assert message["status"] == "sent"
    sandbox.advance(61)
    assert sandbox.messages[0]["status"] == "delivered"
    sandbox.advance(120)
    assert sandbox.messages[0]["status"] == "read"
    wanted = [(message["id"], status) for status in ("sent", "delivered", "read")]
    assert statuses_of(sandbox, receiver) == wanted


def test_statuses_come_at_their_own_times_however_far_the_clock_jumps(sandbox, api, receiver):
    sandbox.configure(delivered_after=60, read_after=180)
    send(api)
    sandbox.advance(10_000)
    sandbox.wait_for_deliveries()
    acks = [one for one in receiver.events if one["event"] == "message.ack"]
    at = [datetime.fromisoformat(one["timestamp"].replace("Z", "+00:00")) for one in acks]
    assert [round((one - at[0]).total_seconds()) for one in at] == [0, 60, 180]


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"delivered_after": None, "read_after": None}, "sent"),
        ({"delivered_after": 5, "read_after": None}, "delivered"),
        ({"delivered_after": None, "read_after": 5}, "read"),
    ],
)
def test_status_that_is_switched_off_does_not_come_by_itself(sandbox, api, settings, status):
    sandbox.configure(**settings)
    send(api)
    sandbox.advance(10**6)
    assert sandbox.messages[0]["status"] == status


def test_statuses_come_by_a_control_call_and_never_go_back(sandbox, api, receiver):
    message = send(api)
    assert sandbox.acknowledge("my-session", message["id"], "delivered")["status"] == "delivered"
    assert sandbox.acknowledge("my-session", message["id"], "sent")["status"] == "delivered"
    assert sandbox.acknowledge("my-session", message["id"])["status"] == "read"
    assert sandbox.acknowledge("my-session", message["id"], "delivered")["status"] == "read"
    wanted = [(message["id"], status) for status in ("sent", "delivered", "read")]
    assert statuses_of(sandbox, receiver) == wanted


def test_incoming_message_cannot_be_acknowledged_by_a_control_call(sandbox):
    message = sandbox.receive("my-session", "Hi")
    with pytest.raises(SandboxError, match="came in") as refused:
        sandbox.acknowledge("my-session", message["id"])
    assert refused.value.status == 409
    # Otherwise it would be read, and still be counted as unread.
    assert find_message(sandbox, message)["status"] == "delivered"


def test_status_does_not_advance_without_the_session(sandbox, api):
    sandbox.configure(delivered_after=60)
    send(api)
    data_of(api.delete(BASE))
    sandbox.advance(60)
    assert sandbox.messages[0]["status"] == "sent"


def test_an_answer_shows_that_all_before_it_was_read(sandbox, api, receiver):
    first, second = send(api), send(api)
    elsewhere = send(api, chatId=CARLA)
    sandbox.receive("my-session", "Yes?", sender=FRIEND)
    steps = [(one["id"], status) for one in (first, second) for status in ("delivered", "read")]
    assert statuses_of(sandbox, receiver)[3:] == steps
    assert find_message(sandbox, elsewhere)["status"] == "sent"


def test_what_was_read_already_is_not_read_again(sandbox, api, receiver):
    send(api)
    sandbox.receive("my-session", "Yes?", sender=FRIEND)
    message = send(api)
    sandbox.receive("my-session", "Yes!", sender=FRIEND)
    steps = [(message["id"], status) for status in ("sent", "delivered", "read")]
    assert statuses_of(sandbox, receiver)[3:] == steps


def test_message_is_pending_for_as_long_as_a_test_says(sandbox, api, receiver):
    sandbox.configure(sent_after=60, delivered_after=30)
    message = send(api)
    assert message["status"] == "pending"
    assert statuses_of(sandbox, receiver) == []
    sandbox.advance(31)
    assert find_message(sandbox, message)["status"] == "delivered"
    sandbox.advance(30)
    assert statuses_of(sandbox, receiver) == [(message["id"], "sent"), (message["id"], "delivered")]


def test_statuses_wait_while_there_is_no_connection(sandbox, api, receiver):
    sandbox.configure(delivered_after=60, read_after=120)
    message = send(api)
    sandbox.disconnect("my-session")
    sandbox.advance(300)
    assert find_message(sandbox, message)["status"] == "sent"
    sandbox.connect("my-session")
    assert find_message(sandbox, message)["status"] == "read"
    assert [status for _, status in statuses_of(sandbox, receiver)] == ["sent", "delivered", "read"]


@pytest.mark.parametrize("end", ["logout", "revoke"])
def test_statuses_end_with_the_account_and_with_the_message(sandbox, api, receiver, end):
    sandbox.configure(delivered_after=60, read_after=120)
    message = send(api)
    if end == "logout":
        sandbox.logout("my-session")
    else:
        data_of(act(api, "delete", message, forEveryone=True))
    sandbox.advance(300)
    assert [status for _, status in statuses_of(sandbox, receiver)] == ["sent"]
