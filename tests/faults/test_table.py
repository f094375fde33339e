"""A part of the table of faults, played with every run of the tests; scripts/faults plays the whole."""

from __future__ import annotations

import pytest

from tests.faults.page import PATH, read_cells
from tests.faults.table import PART, problems_of, run_here

# It waits for deadlines, and what it tests depends little on Python.
pytestmark = pytest.mark.slow

_SHARES = 4


@pytest.mark.parametrize("share", range(_SHARES))
def test_calls_that_meet_a_fault_come_to_what_the_rules_and_the_page_say(certificates, share):
    chosen = PART[share::_SHARES]
    outcomes = run_here(chosen, certificates)
    assert list(problems_of(outcomes)) == []
    of_page = read_cells(PATH.read_text(encoding="utf-8"))
    assert {cell: outcome.shown for cell, outcome in outcomes.items()} == {
        cell: of_page.get(cell) for cell in chosen
    }
