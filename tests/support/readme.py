"""The code of the README, run in its order on a local Titan."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, List

from tests.support.project import ROOT
from titan import TitanClient
from titan.sandbox import Sandbox

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
BOT, BOT_TEST = (
    next(block for block in BLOCKS if name in block) for name in ("def make_app", "def test_the_bot")
)
QUICKSTART = ROOT / "examples" / "quickstart.py"

# The beginning of a voice note: a page of Ogg with the header of Opus.
_VOICE = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(9)


def without_docstring(source: str) -> str:
    first = ast.parse(source).body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    lines = source.splitlines()[first.end_lineno :] if is_docstring else source.splitlines()
    return "\n".join(lines).strip()


def run_blocks(folder: str) -> None:
    """Run all of it but the quickstart, which has tests of its own, and check what came of it."""
    os.chdir(folder)
    Path("invoice.pdf").write_bytes(b"%PDF-1.7")
    Path("note.ogg").write_bytes(_VOICE)
    Path("bot.py").write_text(BOT, encoding="utf-8")
    sys.path.insert(0, folder)
    quickstart = without_docstring(QUICKSTART.read_text(encoding="utf-8"))
    names: Dict[str, Any] = {}
    clients: List[TitanClient] = []
    printed = io.StringIO()
    with Sandbox(port=0) as titan, contextlib.redirect_stdout(printed):
        os.environ.update(TITAN_BASE_URL=titan.base_url, TITAN_API_KEY=titan.api_key)
        titan.connect("default")
        titan.receive("default", "Hello, all!", group="120363012345678901@g.us")
        media_id = titan.receive("default", media=b"%PDF-1.7")["media"]["id"]
        for block in BLOCKS:
            if block.strip() != quickstart:
                code = block.replace("https://api.example.com", titan.base_url)
                code = code.replace("the mediaId of a message", media_id)
                code = code.replace("https://example.com/titan", "http://127.0.0.1:9/titan")
                exec(compile(code.replace("titan_...", titan.api_key), "README.md", "exec"), names)
                clients += [value for value in names.values() if isinstance(value, TitanClient)]
        sent = [message["request"] for message in titan.messages]
        for client in clients:
            client.close()
        assert names["is_valid"] is False
    assert sent[0]["text"] == "Hello from Python!"
    assert [one["type"] for one in sent[:5]] == ["text", "image", "location", "file", "voice"]
    assert sent[3]["filename"] == "invoice.pdf"
    assert Path("received.pdf").exists()
    assert f"{names['hmac_key']}\n" in printed.getvalue()
    assert "msg_1 read\n" in printed.getvalue()
