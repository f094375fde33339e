"""Handlers with a database that drops its connections: `around` lets Django and SQLAlchemy get new ones.

A delivery is not a request of theirs. They do not learn that it has begun or ended, and keep a dead
connection for good.
"""

from __future__ import annotations

import sys
from typing import Iterator

import psycopg
import pytest

from tests.support.deliveries import SECRET, message_body
from tests.support.examples import Program, post, running
from tests.support.postgres import Postgres, running_postgres

# Each starts a server of its own, and PostgreSQL anew.
pytestmark = pytest.mark.heavy

SERVE = {
    "WSGI": "import waitress; waitress.serve(router.wsgi_app(), port=int(os.environ['PORT']), threads=1)",
    "ASGI": "import uvicorn; uvicorn.run(router.asgi_app(workers=1), port=int(os.environ['PORT']))",
}
COMMON = """
import os
from contextlib import contextmanager
from titan import WebhookRouter
from titan.webhooks import RecentEvents
"""
DJANGO = """
import django
from django.conf import settings

engine = "django.db.backends.postgresql"
database = {{"ENGINE": engine, "HOST": "127.0.0.1", "PORT": {port}, "USER": "postgres", "NAME": "postgres"}}
settings.configure(DATABASES={{"default": {{**database, **{options}}}}})
django.setup()

from django.db import close_old_connections, models

class Handled(models.Model):
    id = models.TextField(primary_key=True)

    class Meta:
        app_label = db_table = "handled"

@contextmanager
def fresh_connections():
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()

def store(event):
    Handled.objects.create(id=event.id)
"""
SQLALCHEMY = """
from sqlalchemy import create_engine, text
from sqlalchemy.orm import scoped_session, sessionmaker

session = scoped_session(sessionmaker(create_engine({url!r}, **{options})))

@contextmanager
def fresh_connections():
    try:
        yield
        session.commit()
    finally:
        session.remove()

def store(event):
    session.execute(text("INSERT INTO handled (id) VALUES (:id)"), {{"id": event.id}})
    if not {around}:
        session.commit()
"""
ROUTER = """
router = WebhookRouter({secret!r}, seen=RecentEvents(), around={around})
router.on("message.received")(store)
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres("handlers whose database drops its connections") as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE handled (id TEXT PRIMARY KEY)")
        yield server


@pytest.fixture
def serve(postgres, tmp_path):
    """Start the program of a library, with a way to serve it."""

    def serve(library, way, around, **options):
        url = postgres.url.replace("postgresql:", "postgresql+psycopg:")
        port = int(url.rpartition(":")[2].partition("/")[0])
        code = "\n".join(
            [
                COMMON,
                library.format(port=port, url=url, options=options, around=around),
                ROUTER.format(secret=SECRET, around="fresh_connections" if around else None),
                SERVE[way],
            ]
        )
        with psycopg.connect(postgres.url) as connection:
            connection.execute("DELETE FROM handled")
        return running(lambda port: [sys.executable, "-c", code], tmp_path)

    return serve


def deliver(program: Program, *numbers: int) -> list[int]:
    return [post(program.port, message_body(f"evt_{number}"), path="/") for number in numbers]


def handled(postgres):
    with psycopg.connect(postgres.url) as connection:
        return sorted(row[0] for row in connection.execute("SELECT id FROM handled"))


EACH = [
    pytest.param(library, way, id=f"{name}-{way}")
    for name, library in [("Django", DJANGO), ("SQLAlchemy", SQLALCHEMY)]
    for way in SERVE
]
# Django's default is to keep none; this keeps one as long as it works.
KEPT = {DJANGO: {"CONN_MAX_AGE": None}, SQLALCHEMY: {}}
CHECKED = {DJANGO: {}, SQLALCHEMY: {"pool_pre_ping": True}}


@pytest.mark.parametrize(("library", "way"), EACH)
def test_with_around_only_the_first_delivery_after_a_restart_fails(serve, postgres, library, way):
    with serve(library, way, around=True, **KEPT[library]) as program:
        assert deliver(program, 1, 2) == [200, 200]
        for first in (3, 6):
            postgres.restart()
            assert deliver(program, first, first + 1, first + 2) == [500, 200, 200]
            assert deliver(program, first) == [200]
        assert handled(postgres) == [f"evt_{number}" for number in range(1, 9)]


@pytest.mark.parametrize(("library", "way"), EACH)
def test_with_around_and_connections_that_are_checked_no_delivery_fails(serve, postgres, library, way):
    with serve(library, way, around=True, **CHECKED[library]) as program:
        for number in (1, 3, 5):
            assert deliver(program, number, number + 1) == [200, 200]
            postgres.restart()
        assert handled(postgres) == [f"evt_{number}" for number in range(1, 7)]


@pytest.mark.parametrize(("library", "way"), EACH)
def test_without_around_every_delivery_after_a_restart_fails(serve, postgres, library, way):
    with serve(library, way, around=False) as program:
        assert deliver(program, 1, 2) == [200, 200]
        postgres.restart()
        assert deliver(program, *range(3, 9), *range(3, 9)) == [500] * 12
        assert handled(postgres) == ["evt_1", "evt_2"]
