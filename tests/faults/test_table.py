"""A part of the table of faults, played with every run of the tests; scripts/faults plays the whole."""

from __future__ import annotations

import httpx
import pytest

from tests.faults.cells import give_none
from tests.faults.page import PATH, read_cells
from tests.faults.table import PART, TO_A_SEND, problems_of, run_here
from titan import DeadlineTransport

# It waits for deadlines, and what it tests depends little on Python.
pytestmark = pytest.mark.slow

_SHARES = 4


def give_our_transport() -> httpx.Client:
    return httpx.Client(transport=DeadlineTransport())


def check_cells(chosen, certificates, give):
    outcomes = run_here(chosen, certificates, give)
    assert list(problems_of(outcomes)) == []
    of_page = read_cells(PATH.read_text(encoding="utf-8"))
    assert {cell: outcome.shown for cell, outcome in outcomes.items()} == {
        cell: of_page.get(cell) for cell in chosen
    }


@pytest.mark.parametrize("share", range(_SHARES))
def test_calls_that_meet_a_fault_come_to_what_the_rules_and_the_page_say(certificates, share):
    check_cells(PART[share::_SHARES], certificates, give_none)


@pytest.mark.parametrize("share", range(_SHARES))
def test_our_transport_in_a_given_client_brings_all_of_it_there(certificates, share):
    check_cells(TO_A_SEND[share::_SHARES], certificates, give_our_transport)
