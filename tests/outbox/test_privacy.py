"""Nothing of a message shows in logs, errors, their variables, or what is printed."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import select

from tests.support.outbox import ack, answer, claim, person, sent_event, text
from titan import TitanClient, TitanError
from titan.outbox import Outbox
from titan.outbox.journal import rows, schema
from titan.outbox.work.sending import key_of

SECRET_TEXT = "a very private text"
KEY = "order of 5511999999999"


def values_in(error):
    """The `repr` of all local variables in the frames of this package that an error passed through."""
    shown = []
    traceback = error.__traceback__
    while traceback is not None:
        if "/titan/outbox/" in traceback.tb_frame.f_code.co_filename:
            shown += map(repr, traceback.tb_frame.f_locals.values())
        traceback = traceback.tb_next
    return "\n".join(shown)


def test_logs_hold_neither_numbers_nor_texts_nor_keys(setup, outbox, caplog):
    caplog.set_level(logging.DEBUG)
    outbox.add(KEY, "shop", text(SECRET_TEXT, person(3)))
    setup.sandbox.ban("shop")
    outbox.run()
    setup.sandbox.connect("shop")
    outbox.record(ack("m1", "read"))
    outbox.run()
    assert setup.texts == [SECRET_TEXT]
    for private in (SECRET_TEXT, person(3)[:13], KEY, setup.sandbox.api_key):
        assert private not in caplog.text


def test_message_shows_neither_number_nor_key_in_its_repr(outbox):
    outbox.add(KEY, "shop", text(SECRET_TEXT))
    shown = repr(outbox.get(KEY))
    assert shown == "OutboxMessage(key='order of …', session='shop', status='queued')"
    assert outbox.get(KEY).to_dict()["key"] == KEY


def test_reason_holds_no_number(setup, outbox, monkeypatch):
    def send(self, *arguments):
        raise TitanError("refused for +55 11 99999-9999", method="POST", route="/api/messages/send")

    monkeypatch.setattr("titan.services.messages.Messages.send", send)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    assert outbox.get("a").status == "unclear"
    assert "99999" not in outbox.get("a").reason


@pytest.mark.parametrize(
    "message", [text(SECRET_TEXT), text(SECRET_TEXT, session="other"), text(SECRET_TEXT, "x")]
)
def test_errors_hold_nothing_private_in_their_variables(outbox, message):
    outbox.add(KEY, "shop", text("another"))
    with pytest.raises(ValueError, match=r"message|session|phone") as caught:
        outbox.add(KEY, "shop", message)
    shown = f"{values_in(caught.value)} {caught.value!r} {caught.value.__cause__} {caught.value.__context__}"
    assert SECRET_TEXT not in shown
    assert "5511999999999" not in shown


def test_errors_of_the_database_hold_nothing_private(outbox, monkeypatch):
    def fail(database, connection, values, now):
        connection.execute(schema.messages.insert(), [{**one, "status": None} for one in values])

    monkeypatch.setattr(rows, "add", fail)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of SQLAlchemy
        outbox.add(KEY, "shop", text(SECRET_TEXT))
    error = caught.value
    shown = f"{values_in(error)} {error!s} {error!r} {error.__cause__} {error.__context__} {vars(error)}"
    assert type(error).__module__.startswith("sqlalchemy")
    assert SECRET_TEXT not in shown
    assert "5511999999999" not in shown


def test_address_of_the_journal_shows_no_password(client):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of SQLAlchemy
        Outbox(client, "mysql://user:hunter2@localhost/x")
    assert "hunter2" not in f"{caught.value} {values_in(caught.value)}"


def test_journal_does_not_hold_the_key(setup, outbox):
    setup.sandbox.fail("messages.send", status=429, retry_after=60)
    outbox.add("a", "shop", text("Hi"))
    outbox.run()
    with outbox._database.reading() as connection:
        (row,) = connection.execute(select(schema.keys)).all()
    assert setup.sandbox.api_key not in row.id
    assert len(row.id) == 32


def test_text_of_an_event_is_kept_as_a_hash(outbox):
    outbox.add("a", "shop", text(SECRET_TEXT))
    (claimed,) = claim(outbox)
    outbox.record(sent_event("m1", SECRET_TEXT))
    with outbox._database.reading() as connection:
        (row,) = connection.execute(select(schema.events)).all()
    assert SECRET_TEXT not in repr(row)
    answer(outbox, claimed, message_id="m1")


def test_client_of_another_key_is_another_key(setup):
    with TitanClient(setup.sandbox.base_url, "titan_another") as other:
        assert key_of(other) != key_of(setup.client)
