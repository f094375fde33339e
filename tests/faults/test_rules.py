"""The table of faults is complete, its rules are those of the documents, and its checks can fail."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from unittest import mock

import httpx
import pytest

from tests.faults import cells, privacy
from tests.faults.catalogue import FAULTS, GROUPS, statuses
from tests.faults.model import ANSWERED, LOST, NOT_SENT, STALLED, UNREADABLE, Kind, Meaning, When
from tests.faults.operations import ANSWER, OPERATIONS
from tests.faults.page import PATH, read_cells, write_page
from tests.faults.privacy import CHAT, KEY, TEXT, find_leaks_of, observing
from tests.faults.rules import exception_of, expect, is_repeated, may_be_processed, pause_after
from tests.faults.server import FaultServer, answer_well
from tests.faults.table import PART, WHOLE_TABLE
from titan import APIConnectionError, APIStatusError, APITimeoutError, TitanClient, TitanError, errors
from titan._http import response, transport
from titan._http.connections.sockets import Stream

pytestmark = pytest.mark.slow

SEND, GET = OPERATIONS["messages.send"], OPERATIONS["contacts.get"]


# What there is


def test_the_operations_are_one_of_each_kind():
    repeatable = {name for name, operation in OPERATIONS.items() if operation.is_repeatable}
    assert set(OPERATIONS) - repeatable == {"messages.send", "messages.send_file"}
    assert {operation.line.partition(" ")[0] for operation in OPERATIONS.values()} == {
        *("GET", "PUT", "DELETE", "POST")
    }


def test_the_whole_table_is_every_fault_to_every_operation_at_every_and_at_the_first_attempt():
    assert len(WHOLE_TABLE) == len(set(WHOLE_TABLE)) == len(FAULTS) * len(OPERATIONS) * 2
    assert set(PART) < set(WHOLE_TABLE)
    assert {fault for fault, operation, _ in PART if operation == "messages.send"} == set(FAULTS)
    assert {operation for _, operation, _ in PART} == set(OPERATIONS)


def test_every_status_that_has_a_class_of_its_own_is_in_the_table():
    own = {
        kind._usual_status
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, APIStatusError) and kind._usual_status
    }
    assert own <= {int(fault.name) for fault in statuses.GROUP.faults}


# What the rules say, on examples that were worked out by hand


@pytest.mark.parametrize(
    ("fault", "operation", "when", "exception", "maybe", "whole"),
    [
        ("refused", SEND, When.EVERY, "APIConnectionError", False, 0),
        ("refused", SEND, When.FIRST, "", False, 1),
        ("closed after the request", SEND, When.FIRST, "APIConnectionError", True, 1),
        ("closed after the request", GET, When.FIRST, "", True, 2),
        ("closed after the request", GET, When.EVERY, "APIConnectionError", True, 3),
        ("silent", GET, When.EVERY, "APITimeoutError", True, 1),
        ("silent for one wait", GET, When.EVERY, "APITimeoutError", True, 3),
        ("503", SEND, When.FIRST, "ServiceUnavailableError", True, 1),
        ("503", GET, When.FIRST, "", True, 2),
        ("429", SEND, When.FIRST, "", False, 2),
        ("429 Retry-After: 121", SEND, When.FIRST, "RateLimitError", False, 1),
        ("409", SEND, When.EVERY, "ConflictError", False, 1),
        ("307", SEND, When.EVERY, "APIStatusError", False, 1),
        ("303", SEND, When.EVERY, "APIStatusError", True, 1),
        ("expired certificate", SEND, When.EVERY, "APIConnectionError", False, 0),
        ("HTML", GET, When.FIRST, "APIResponseError", True, 1),
    ],
)
def test_the_rules_say_what_a_call_comes_to(fault, operation, when, exception, maybe, whole):
    expected = expect(FAULTS[fault], operation, when)
    assert expected[:3] == (exception, maybe, whole)


@pytest.mark.parametrize("meaning", [NOT_SENT, LOST, STALLED, UNREADABLE, Meaning(Kind.STATUS, 500)])
def test_a_message_is_only_repeated_where_it_surely_was_not_processed(meaning):
    assert is_repeated(meaning, SEND) <= (not may_be_processed(meaning))


def test_pauses_grow_to_eight_seconds():
    longest = [pause_after(Meaning(Kind.STATUS, 503), GET, number)[1] for number in (0, 1)]
    assert longest == [0.5, 1.0]
    assert exception_of(ANSWERED) == "APIConnectionError"


# The page


def test_the_page_has_every_cell_and_nothing_else():
    assert set(read_cells(PATH.read_text(encoding="utf-8"))) == set(WHOLE_TABLE)


def test_the_page_is_written_from_its_cells():
    page = PATH.read_text(encoding="utf-8")
    assert write_page(read_cells(page)) == page


def test_another_outcome_changes_the_page():
    page = PATH.read_text(encoding="utf-8")
    shown = read_cells(page)
    for cell in (WHOLE_TABLE[0], PART[-1], ("404", "webhooks.delete", "every")):
        changed = write_page({**shown, cell: "ok ×9"})
        assert changed != page
        assert read_cells(changed)[cell] == "ok ×9"


def test_every_group_and_fault_is_explained():
    for group in GROUPS:
        assert group.about
        if any(fault.sentence for fault in group.faults):
            assert all(fault.sentence.endswith(".") for fault in group.faults)


# The checks can fail


def outcome_of(name, operation, when, certificates):
    return cells.run_cell(FAULTS[name], operation, when, certificates)


@pytest.mark.parametrize(
    "fault", ["closed after the request", "503 without Retry-After", "reset inside the body"]
)
def test_a_message_that_is_sent_twice_is_reported(certificates, fault):
    with mock.patch.object(transport.retries, "is_repeated", return_value=True):
        outcome = outcome_of(fault, SEND, When.FIRST, certificates)
    assert outcome.is_doubled
    assert "a message was received 2 times" in outcome.problems


@pytest.mark.parametrize("fault", ["silent for one wait", "closed inside the headers", "500"])
def test_a_false_maybe_processed_is_reported(certificates, fault):
    with mock.patch.object(
        TitanError, "maybe_processed", property(lambda error: False, lambda error, value: None)
    ):
        outcome = outcome_of(fault, SEND, When.EVERY, certificates)
    assert "maybe_processed is False" in outcome.problems


WAITS = {
    **dict.fromkeys(("closed after the request", "500", "503 without Retry-After", "429"), (0.24, 1.01)),
    "429 Retry-After: 2": (1.99, 3.01),
    "503 Retry-After: 120": (119.9, 132.1),
    "503 a date in 10 s": (8.8, 11.1),
}
"""Faults, and seconds that are too few and too many to wait after them."""


@pytest.mark.parametrize("fault", WAITS)
def test_a_pause_that_is_too_short_or_too_long_is_reported(certificates, fault):
    for seconds in (0.0, *WAITS[fault]):
        with mock.patch.object(transport.retries, "delay", return_value=seconds):
            outcome = outcome_of(fault, GET, When.EVERY, certificates)
        assert [problem.partition(" [")[0] for problem in outcome.problems] == ["the pauses were"]


def test_another_exception_is_reported(certificates):
    with mock.patch.object(transport, "read_response", side_effect=OSError("x")):
        outcome = outcome_of("200", SEND, When.EVERY, certificates)
    assert "OSError is no TitanError" in outcome.problems


def test_a_call_that_takes_too_long_or_too_much_is_reported(certificates):
    with mock.patch.multiple(cells, PROMPT=-1.0, MEMORY=1):
        outcome = outcome_of("200", SEND, When.EVERY, certificates)
    assert any(problem.startswith("it took") and "bytes" in problem for problem in outcome.problems)
    assert any(problem.startswith("it took") and problem.endswith(" s") for problem in outcome.problems)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_answer_to_another_request_is_reported(certificates, operation):
    of_file = OPERATIONS[operation].result == "file"
    name = "a file behind the answer" if of_file else "an answer behind the answer"
    with mock.patch.object(Stream, "_is_whole", return_value=True):
        outcome = outcome_of(name, OPERATIONS[operation], When.EVERY, certificates)
    assert outcome.is_mixed_up


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_answer_to_an_earlier_request_of_the_same_operation_is_reported(certificates, operation):
    def answer_twice(exchange):
        exchange.read_whole()
        exchange.send(exchange.answer * 2)
        return True

    fault = FAULTS["an answer behind the answer"]._replace(warm=answer_twice)
    outcome = cells.run_cell(fault, OPERATIONS[operation], When.EVERY, certificates)
    assert outcome.problems == []
    with mock.patch.object(Stream, "_is_whole", return_value=True):
        outcome = cells.run_cell(fault, OPERATIONS[operation], When.EVERY, certificates)
    assert outcome.is_mixed_up
    assert "it returned what belongs to another request" in outcome.problems


def test_a_file_that_is_left_behind_is_reported(certificates):
    from titan._http.files.targets import PlainFileTarget

    with mock.patch.object(PlainFileTarget, "discard_copy"):
        outcome = outcome_of(
            "closed inside the body", OPERATIONS["media.download_to"], When.EVERY, certificates
        )
    assert any("was left behind" in problem for problem in outcome.problems)


def test_a_client_that_is_given_is_the_one_that_is_played_with(certificates):
    fault = FAULTS["an answer behind the answer"]
    outcome = cells.run_cell(fault, SEND, When.EVERY, certificates, httpx.Client)
    assert outcome.is_mixed_up, "httpx takes it, which is why there is a transport of ours"


CHANGES = {
    "cut after its hundredth byte": lambda data: data[:100],
    "with another last byte": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "with a byte too much": lambda data: data + b"x",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("operation", ["media.download", "media.download_to"])
@pytest.mark.parametrize("fault", ["200", "deep nesting", "cut without a length"])
def test_a_file_that_is_changed_on_its_way_is_reported(certificates, fault, operation, change):
    def read(response, chunks):
        yield CHANGES[change](b"".join(chunks))

    with mock.patch.object(response, "_check_file", read):
        outcome = outcome_of(fault, OPERATIONS[operation], When.EVERY, certificates)
    assert [problem.partition(" '")[0] for problem in outcome.problems] == ["the result was"]


def test_a_credential_that_follows_a_redirect_is_reported(certificates):
    with mock.patch("titan._http.request.origin_of", return_value="same"):
        outcome = outcome_of("302 to another origin", OPERATIONS["media.download"], When.EVERY, certificates)
    assert "another origin got the credential" in outcome.problems


def run_cell_as_if(fault, operation, changes):
    """Judge a cell that is played as the rules say, but for what is changed in its first plays.

    Returns:
        The outcome, and how often the cell was played.
    """
    expected = expect(fault, operation, When.EVERY)
    error = getattr(errors, expected.exception)("x") if expected.exception else None
    if error is not None:
        error.maybe_processed = expected.maybe_processed
    well = cells.Played(
        *(error, "" if error else ANSWER, expected.whole, 1, 0.1, 0),
        [least for least, _ in expected.pauses],
        *([], [], 0),
    )
    plays = [well._replace(**change) for change in changes] + [well] * 9
    with mock.patch.object(cells, "play", side_effect=plays) as played:
        return cells.run_cell(fault, operation, When.EVERY, None), played.call_count


WRONG = {
    "an exception of others": {"error": OSError("x")},
    "another class": {"error": APIConnectionError("x", maybe_processed=True)},
    "a result": {"error": None, "value": ANSWER},
    "a false maybe_processed": {"error": APITimeoutError("x", maybe_processed=False)},
    "a file": {"left_behind": [".x.part"]},
    "a credential elsewhere": {"credentials_elsewhere": 1},
    "a leak": {"leaks": ["harbour is in the log"]},
    "memory": {"memory": 10**9},
    "received twice": {"whole": 2},
    "never received": {"whole": 0},
}
LATE = {"seconds": 60.0}


@pytest.mark.parametrize("change", WRONG)
@pytest.mark.parametrize("fault", ["silent", "silent for one wait", "silent inside the body"])
def test_what_no_slow_machine_causes_is_reported_even_if_it_happens_once(fault, change):
    assert run_cell_as_if(FAULTS[fault], SEND, [])[0].problems == []
    for also in ({}, LATE):
        outcome, plays = run_cell_as_if(FAULTS[fault], SEND, [{**WRONG[change], **also}])
        assert outcome.problems
        assert plays == 1


TIMED_OUT = APITimeoutError("x", maybe_processed=True)
SLOW = {
    "late": (FAULTS["200"], LATE),
    "a time-out in place of the error": (FAULTS["slow body of an error"], {"error": TIMED_OUT}),
    "a time-out in place of the result": (
        FAULTS["late"]._replace(timeout=0.3),
        {"error": TIMED_OUT, "whole": 3, "pauses": [0.4, 0.9], "value": ""},
    ),
    "one attempt more": (FAULTS["late"]._replace(timeout=0.3), {"pauses": [0.4], "whole": 2}),
}


@pytest.mark.parametrize("slow", SLOW)
def test_what_a_slow_machine_causes_is_reported_the_third_time(slow):
    fault, change = SLOW[slow]
    outcome, plays = run_cell_as_if(fault, GET, [change] * 2)
    assert (outcome.problems, plays) == ([], 3)
    outcome, plays = run_cell_as_if(fault, GET, [change] * 3)
    assert outcome.problems
    assert plays == 3


@pytest.mark.parametrize("change", [{"error": TIMED_OUT}, {"pauses": [0.4]}, {"whole": 2}])
def test_where_no_limit_is_short_no_time_out_or_attempt_too_much_is_excused(change):
    outcome, plays = run_cell_as_if(FAULTS["200"], GET, [change])
    assert outcome.problems
    assert plays == 1


@pytest.mark.parametrize("private_value", [KEY, CHAT, TEXT])
def test_what_is_logged_warned_or_raised_with_something_private_in_it_is_reported(private_value):
    with observing() as observed:
        logging.getLogger("anything").debug("%s", [private_value])
    assert privacy.find_leaks(observed.text, "the log")
    with observing() as observed:
        warnings.warn(private_value, stacklevel=1)
    assert privacy.find_leaks(observed.text, "the log")
    with observing() as observed:
        logging.getLogger("anything").debug("harmless")
    assert privacy.find_leaks(observed.text, "the log") == []
    error = APIConnectionError("safe")
    error.note = private_value
    assert find_leaks_of(error) == [f"{secret} is in the pickle" for secret in SECRET_OF[private_value]]


SECRET_OF = {KEY: ["s3cr3tk3y"], CHAT: ["5511999998888"], TEXT: ["harbour"]}


# The server


def test_the_server_counts_what_it_read():
    with contextlib.closing(FaultServer([answer_well], SEND.answer_with_id)) as server:
        with TitanClient(f"http://{server.address}", KEY) as client:
            client.messages.send("s", {"chatId": CHAT, "type": "text", "text": TEXT})
            client.messages.send_file("s", CHAT, io.BytesIO(b"x" * 300_000))
        assert (server.heads, server.whole, server.credentials) == (2, 2, 2)


def test_a_request_of_which_a_part_came_is_not_counted_as_whole(certificates):
    fault = FAULTS["closed after the request's head"]
    played = cells.play(fault, OPERATIONS["messages.send_file"], When.EVERY, certificates)
    assert (played.heads, played.whole) == (1, 0)
