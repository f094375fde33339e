"""The code of docs/receiving.md runs."""

from __future__ import annotations

import re

import pytest

from tests.support.deliveries import event_body, signed
from tests.support.project import ROOT
from titan import WebhookInProgressError

PAGE = (ROOT / "docs" / "receiving.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def names(monkeypatch):
    """What the code of the page defines."""
    monkeypatch.setenv("TITAN_WEBHOOK_SECRET", "secret")
    defined = {}
    for block in BLOCKS:
        exec(compile(block, "receiving.md", "exec"), defined)
    return defined


def test_the_endpoint_of_the_page_answers_as_its_table_says(names):
    def busy(event):
        raise WebhookInProgressError("of another worker")

    receive, router, body = names["receive"], names["router"], event_body()
    assert receive(body, signed(body, "secret")) == 200
    assert receive(body, signed(body, "another secret")) == 401
    assert receive(b"[]", signed(b"[]", "secret")) == 400
    router.on("message.received")(busy)
    assert receive(body, signed(body, "secret")) == 503


def test_no_python_block_of_the_page_escapes_this_test():
    assert len(BLOCKS) == PAGE.count("```python") > 0
