"""The example with which users of the outbox start."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.examples import EXAMPLES
from tests.support.project import ROOT


def run(sandbox, folder):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "outbox.py"), "shop", "people.csv"],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "TITAN_WEBHOOK_SECRET"},
            "PYTHONPATH": str(ROOT),
            "TITAN_BASE_URL": sandbox.base_url,
            "TITAN_API_KEY": sandbox.api_key,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_invoice_is_sent_once_however_often_the_program_runs(sandbox, tmp_path):
    sandbox.connect("shop")
    head, nobody = "invoice,phone,text\n", "12,+55 11 90000-0000,Your invoice 12\n"
    (tmp_path / "people.csv").write_text(f"{head}11,+55 11 99999-9999,Your invoice 11\n{nobody}")
    printed = run(sandbox, tmp_path)
    assert "{'sent': 1, 'failed': 1}" in printed
    assert "not on WhatsApp" in printed
    assert run(sandbox, tmp_path) == printed
    assert [message["request"]["text"] for message in sandbox.messages] == ["Your invoice 11"]
