"""Many threads, sessions and messages at once: nothing is lost, nothing is doubled, and the log is exact."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.sandbox import FRIEND, SECRET, receiving
from titan import TitanClient

# Half a minute that needs the machine for itself, and the code is the same on every Python.
pytestmark = pytest.mark.heavy

MESSAGES = 10_000
SESSIONS = 50
THREADS = 16


def session_of(number):
    return f"session-{number % SESSIONS}"


def test_nothing_is_lost_and_nothing_doubled(sandbox, capsys, record_property):
    for number in range(SESSIONS):
        sandbox.connect(session_of(number))
    with receiving() as receiver, TitanClient(sandbox.base_url, sandbox.api_key) as titan:
        titan.webhooks.create({"url": receiver.url, "hmacKey": SECRET, "events": ["message.sent"]})

        def send_share(first):
            """Give the ids of the messages that one thread sends, by their numbers."""
            return {
                number: titan.messages.send(
                    session_of(number), {"chatId": FRIEND, "type": "text", "text": f"message {number}"}
                ).id
                for number in range(first, MESSAGES, THREADS)
            }

        started = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            shares = list(threads.map(send_share, range(THREADS)))
        sent_after = time.perf_counter() - started
        sandbox.wait_for_deliveries(300)
        delivered_after = time.perf_counter() - started
        events = receiver.events

    ids = {number: name for share in shares for number, name in share.items()}
    assert len(set(ids.values())) == len(ids) == MESSAGES

    # The sandbox has what the responses said, each message once, and those of a thread in order.
    kept = sandbox.messages
    numbers = {one["id"]: int(one["text"].partition(" ")[2]) for one in kept}
    assert len(kept) == MESSAGES
    assert numbers == {name: number for number, name in ids.items()}
    in_order = list(numbers.values())
    for first in range(THREADS):
        assert [number for number in in_order if number % THREADS == first] == sorted(shares[first])
    for number in range(SESSIONS):
        messages = sandbox.chat(session_of(number), FRIEND)["messages"]
        own = [one for one in kept if one["session"] == session_of(number)]
        assert [one["id"] for one in messages] == [one["id"] for one in own]
        assert len(own) == MESSAGES // SESSIONS

    # The log says what the receiver has seen: each event once, at the first attempt.
    log = sandbox.deliveries
    assert Counter((one["status"], len(one["attempts"])) for one in log) == {("delivered", 1): MESSAGES}
    assert len(events) == MESSAGES
    assert len({event["id"] for event in events}) == MESSAGES
    assert [one["eventId"] for one in log] == [event["id"] for event in events]
    assert [event["payload"]["id"] for event in events] == list(numbers)
    assert all(event["session"] == session_of(numbers[event["payload"]["id"]]) for event in events)

    per_second = round(MESSAGES / sent_after)
    record_property("messages_per_second", per_second)
    record_property("deliveries_per_second", round(MESSAGES / delivered_after))
    with capsys.disabled():
        print(f"\n{MESSAGES} messages of {SESSIONS} sessions from {THREADS} threads: {per_second} a second")
