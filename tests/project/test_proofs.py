"""The proofs of scripts/prove run, in a small form, and find what they look for."""

import sys

import pytest

from tests.support.project import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from _proofs import find_parts, hostile, interrupts, load, processes
from _proofs._alone import ProofError, run_alone
from _proofs.load import Outcome

# They start servers and interpreters.
pytestmark = pytest.mark.heavy


def answered(number, *, as_if=None):
    shown = number if as_if is None else as_if
    return Outcome(number, "answered", f"msg_{shown}", f"message {shown}")


def test_all_is_well_where_each_message_was_processed_as_its_sender_was_told():
    outcomes = [answered(0), Outcome(1, "failed"), Outcome(2, "unclear"), Outcome(3, "unclear")]
    counts = load.count_sends(outcomes, {0: 1, 2: 1})
    assert {name: count for name, count in counts.items() if count} == {
        "answered": 1,
        "failed": 1,
        "unclear": 2,
    }
    assert not load.check_sends({**counts, "faults": 3, "per second": 1}).failures


@pytest.mark.parametrize(
    ("outcome", "times", "name"),
    [
        (answered(7), 0, "lost"),
        (answered(7), 2, "doubled"),
        (Outcome(7, "unclear"), 2, "doubled"),
        (Outcome(7, "failed"), 1, "failed but processed"),
        (answered(7, as_if=8), 1, "mixed"),
    ],
)
def test_a_message_that_is_not_as_its_sender_was_told_is_a_failure(outcome, times, name):
    counts = load.count_sends([outcome], {7: times})
    assert counts[name] == 1
    assert load.check_sends({**counts, "faults": 0, "per second": 1}).failures == [f"1 sends {name}"]


@pytest.mark.parametrize(
    "result",
    [
        load.check_calls({"calls": 10, "grown": 50_000_000, "files": 0}),
        load.check_calls({"calls": 10, "grown": 0, "files": 3}),
        load.check_dropped({"clients": 5, "files": 1, "threads": 0, "warnings": 0}),
        load.check_dropped({"clients": 5, "files": 0, "threads": 0, "warnings": 2}),
        interrupts.check({"calls afterwards": 9}),
    ],
)
def test_what_grows_stays_open_or_shows_nothing_is_a_failure(result):
    assert result.failures


def test_what_ends_in_an_error_proves_nothing():
    with pytest.raises(ProofError, match="AttributeError"):
        run_alone("load", "no_such_function")


def test_every_part_is_found_with_its_title():
    parts = find_parts()
    assert {"load", "processes", "interrupts"} <= set(parts)
    assert parts["load"].title == "Many threads, many calls"


def test_sends_from_many_threads_with_faults():
    found = run_alone("load", "send_from_threads", 1_500, load.SHARE)
    assert found["faults"] > 20
    assert found["unclear"] > 0
    assert not load.check_sends(found).failures


def test_many_calls_on_one_client():
    assert not load.check_calls(run_alone("load", "call_again_and_again", 6_000)).failures


def test_clients_that_are_dropped():
    assert not load.check_dropped(run_alone("load", "drop_clients", 10)).failures


def test_workers_that_are_forked_under_traffic():
    found = run_alone("processes", "send_from_workers", 3, 100)
    assert found["sends"] > 300
    assert not processes.check(found).failures


def test_calls_that_are_interrupted():
    found = run_alone("interrupts", "interrupt_calls", {"send": 60, "upload": 15, "download": 15})
    assert not interrupts.check(found).failures


def test_a_report_of_hostile_input_is_read():
    report = "  - during generate phase (1 seconds):\n - 120 passing, 0 failing\n- 30 passing, 0 failing\n"
    assert not hostile.read_report(f"{report}5 passed in 3 s", 0).failures
    assert "150" in str(hostile.read_report(f"{report}5 passed", 0).figures)
    assert hostile.read_report(f"{report}FAILED tests/x.py::y - z\n1 failed", 1).failures == [
        "tests/x.py::y - z"
    ]
    assert "status 4" in hostile.read_report("no such file", 4).failures[0]
    assert hostile.read_report("5 passed", 0).failures == ["no example was tried, so nothing was shown"]


def test_what_tries_hostile_input_is_there():
    assert all((ROOT / path).exists() for path in hostile.TESTS)
