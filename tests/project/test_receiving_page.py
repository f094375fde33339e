"""The endpoints of docs/guides/receiving.md answer as its table says."""

from __future__ import annotations

import pytest

from tests.support.deliveries import event_body, signed
from tests.support.documents import blocks_of
from titan import WebhookInProgressError

PAGE = "docs/guides/receiving.md"
SECRET = "a secret of the tests"


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("TITAN_WEBHOOK_SECRET", SECRET)
    return SECRET


def test_the_function_of_the_page_answers_as_its_table_says(secret):
    def busy(event):
        raise WebhookInProgressError("of another worker")

    (code,) = [block.code for block in blocks_of(PAGE) if "def receive(" in block.code]
    names = {}
    exec(compile(code, PAGE, "exec"), names)
    receive, router, body = names["receive"], names["router"], event_body()
    assert receive(body, signed(body, secret)) == 200
    assert receive(body, signed(body, "another secret")) == 401
    assert receive(b"[]", signed(b"[]", secret)) == 400
    router.on("message.received")(busy)
    assert receive(body, signed(body, secret)) == 503
