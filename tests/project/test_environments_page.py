"""The code of docs/environments.md runs."""

from __future__ import annotations

import re

import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import echo, serving
from tests.support.project import ROOT

PAGE = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_code_of_the_page_runs_in_its_order():
    pytest.importorskip("opentelemetry", reason="NOT TESTED: opentelemetry is not installed")
    names = {}
    with serving(echo) as server:
        for block in BLOCKS:
            code = block.replace("https://api.example.com", server.url).replace("titan_...", API_KEY)
            exec(compile(code, "environments.md", "exec"), names)
        assert names["client"].sessions.list() == []
    names["client"].close()
    names["http_client"].close()
    assert len(BLOCKS) == PAGE.count("```python")
