"""Journals on each database, and outboxes whose messages go to a local Titan."""

from __future__ import annotations

import pytest

from tests.support.outbox import Setup, emptied_postgres
from titan import TitanClient
from titan.outbox.work import running


@pytest.fixture(scope="session")
def postgres():
    from tests.support.postgres import running_postgres

    with running_postgres("the outbox on PostgreSQL") as server:
        yield server


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def url(request, tmp_path):
    """The address of an empty journal, on each database."""
    if request.param == "SQLite":
        return f"sqlite:///{tmp_path}/outbox.db"
    return emptied_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/outbox.db"


@pytest.fixture
def client(sandbox):
    with TitanClient(sandbox.base_url, sandbox.api_key, strict_responses=True) as client:
        yield client


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    """A run waits for hardly anything: it returns as soon as nothing can go at once."""
    monkeypatch.setattr(running, "_SECONDS_OF_WORK", 0.2)


@pytest.fixture
def setup(sandbox, client, url):
    """The session `shop` of a local Titan, and outboxes on one journal."""
    sandbox.configure(delivered_after=None, read_after=None)
    sandbox.connect("shop")
    with Setup(sandbox, client, url) as setup:
        yield setup


@pytest.fixture
def outbox(setup):
    return setup.outbox()


def pytest_itemcollected(item: pytest.Item) -> None:
    """It depends little on Python, and on SQLAlchemy, of which the oldest Python has the lowest version."""
    item.add_marker("slow")
    if "PostgreSQL" in item.name:
        item.add_marker("once")
