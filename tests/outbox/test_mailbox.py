"""The queue of a run: it never waits longer than it was asked to, and wakes for what comes."""

from __future__ import annotations

import threading

import pytest

from titan.outbox.work.mailbox import Mailbox


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1e-9, 1e-6, 1e-5])
def test_wait_that_is_over_before_it_begins_ends(seconds):
    # queue.SimpleQueue of Python 3.9 to 3.12 hangs here within some thousand times.
    def wait():
        for _ in range(5000):
            assert Mailbox().take(seconds) is None
        ended.append(True)

    ended = []
    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(60)
    assert ended == [True]


def test_what_comes_is_read_in_its_order():
    mailbox = Mailbox()
    for number in range(5):
        mailbox.put(number)
    assert [mailbox.take(0) for _ in range(6)] == [0, 1, 2, 3, 4, None]
    # What was read before does not wake it again.
    assert mailbox.take(0.01) is None
    mailbox.put(5)
    assert mailbox.take(60) == 5


def test_reader_that_waits_is_woken():
    mailbox, found = Mailbox(), []
    reading = threading.Thread(target=lambda: found.append(mailbox.take(float("inf"))), daemon=True)
    reading.start()
    mailbox.put("news")
    reading.join(60)
    assert found == ["news"]


def test_nothing_is_lost_between_many_writers_and_one_reader():
    mailbox = Mailbox()
    writers = [
        threading.Thread(target=lambda: [mailbox.put(number) for number in range(2000)], daemon=True)
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    found = [mailbox.take(60) for _ in range(8000)]
    assert sorted(found) == sorted([*range(2000)] * 4)
    assert mailbox.take(0) is None
