"""The code of the README runs, and its tables say what there is."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.openapi import OPERATIONS
from tests.support.project import ROOT
from titan import TitanClient, sign_webhook
from titan.sandbox import Sandbox
from titan.sandbox.control.routes import ROUTES

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "block", BLOCKS, ids=lambda block: f"line {README[: README.index(block)].count(chr(10)) + 1}"
)
def test_code_in_the_readme_compiles(block):
    compile(block, "README.md", "exec")


def test_no_python_block_of_the_readme_escapes_these_tests():
    assert len(BLOCKS) == len(re.findall(r"^\s*(?:```+|~~~+)\s*(?:python|py)\b", README, re.MULTILINE))


def test_the_readme_shows_the_quickstart_as_it_is_run():
    source = (ROOT / "examples" / "quickstart.py").read_text(encoding="utf-8")
    assert without_docstring(source) in [block.strip() for block in BLOCKS]


def test_the_code_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    """All of it in its order, on the local Titan; but the quickstart, which has tests of its own."""
    monkeypatch.chdir(tmp_path)
    Path("invoice.pdf").write_bytes(b"%PDF-1.7")
    quickstart = without_docstring((ROOT / "examples" / "quickstart.py").read_text(encoding="utf-8"))
    names, clients = {}, []
    with Sandbox(port=0) as titan:
        monkeypatch.setenv("TITAN_BASE_URL", titan.base_url)
        monkeypatch.setenv("TITAN_API_KEY", titan.api_key)
        titan.connect("default")
        titan.receive("default", "Hello, all!", group="120363012345678901@g.us")
        media_id = titan.receive("default", media=b"%PDF-1.7")["media"]["id"]
        for block in BLOCKS:
            if block.strip() != quickstart:
                code = block.replace("https://api.example.com", titan.base_url)
                code = code.replace("the mediaId of a message", media_id)
                exec(compile(code.replace("titan_...", titan.api_key), "README.md", "exec"), names)
                clients += [value for value in names.values() if isinstance(value, TitanClient)]
        assert titan.messages[0]["request"]["text"] == "Hello from Python!"
        assert titan.messages[2]["request"]["filename"] == "invoice.pdf"
        for client in clients:
            client.close()
    assert Path("received.pdf").exists()
    assert names["is_valid"] is False
    body = b'{"event": "message.received", "payload": {"from": {"id": "1203@g.us"}, "text": "Hi"}}'
    assert names["receive"](body, {"X-Webhook-Signature": sign_webhook(body, "your hmacKey")}) == 200
    assert "1203@g.us Hi" in capsys.readouterr().out


def without_docstring(source):
    first = ast.parse(source).body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    lines = source.splitlines()[first.end_lineno :] if is_docstring else source.splitlines()
    return "\n".join(lines).strip()


def test_the_readme_lists_every_operation_with_its_evidence():
    row = r"^\| `(\w+\.\w+)` \| `([A-Z]+ /api/[^`]+)`( ↻)?(?:; [^|]+)? \| (\w+) \|$"
    shown = re.findall(row, README, re.MULTILINE)
    assert sorted(shown) == sorted(
        (one.id, one.request, " ↻" if "idempotent" in one.marks else "", one.evidence) for one in OPERATIONS
    )


def test_the_readme_lists_every_control_call_of_the_sandbox():
    shown = re.findall(r"^\| `(\w+)` \| `([A-Z]+) (/sandbox/\S+)` \|", README, re.MULTILINE)
    routes = [(one.call.__name__.lstrip("_"), one.method, one.path) for one in ROUTES]
    assert sorted(shown) == sorted(routes)
    assert all(hasattr(Sandbox, name) for name, _, _ in shown)
