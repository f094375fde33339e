"""Many messages from several processes that are killed, with connections cut and events out of order."""

from __future__ import annotations

import sys

import pytest

from tests.support.project import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from _proofs import outbox as proof

# Processes are started and killed for half a minute.
pytestmark = pytest.mark.heavy

SOME = proof.Plan(messages=500, sessions=20, processes=3, kills=3, faults=3)
SPREAD = SOME._replace(messages=300, processes=4, with_celery=True)
FEW = SOME._replace(messages=200, processes=1, kills=2, faults=2)


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(SOME, id="several"),
        pytest.param(SPREAD, id="Celery"),
        pytest.param(FEW, id="one"),
    ],
)
def test_no_message_is_sent_twice_and_the_journal_tells_the_truth(plan, sqlite_url, request, record_property):
    if plan.processes > 1:
        journal = request.getfixturevalue("postgres").url
        request.getfixturevalue("emptied")
    else:
        journal = sqlite_url
    found = proof.try_out(journal, plan)
    for name, value in found._asdict().items():
        record_property(name, value)
    print(found)
    assert proof.check("here", plan, found).failures == []
    assert found.kills == plan.kills
    assert found.in_sandbox == found.sent


@pytest.fixture
def emptied(postgres):
    from tests.support.outbox import emptied_postgres

    return emptied_postgres(postgres)


GOOD = proof.Found(98, 0, 98, 0, 3, 0, 2, 0, 0, 5, 2, 1, 1, 0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"doubled": 1},
        {"sent_but_not_there": 1},
        {"settled_wrongly": 1},
        {"unclear_but_there": 1},
        {"left": 1},
        {"unclear": 7},
    ],
)
def test_what_is_not_as_promised_is_a_failure(wrong):
    assert proof.check("here", SOME, GOOD).failures == []
    assert len(proof.check("here", SOME, GOOD._replace(**wrong)).failures) == 1
