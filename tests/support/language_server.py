"""What an editor shows that has pyright behind it: completions and texts on hovering."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from tests.support.project import ROOT

# Written into code where the cursor stands.
CURSOR = "§"


class LanguageServer:
    """pyright's language server on a pipe; skips the test where pyright is not installed.

    Args:
        folder: The workspace, an empty folder: the package is found as an installed one is.
    """

    def __init__(self, folder: Path) -> None:
        if importlib.util.find_spec("pyright") is None:
            pytest.skip("pyright not installed: it is, with the newest Python, by the extra `dev`")
        self._folder = folder
        self._last_id = 0
        self._documents = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        workspace = {"uri": folder.as_uri(), "name": "workspace"}
        self._request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "workspaceFolders": [workspace],
                "capabilities": {
                    "workspace": {"configuration": True, "workspaceFolders": True},
                    "textDocument": {
                        "completion": {"completionItem": {"documentationFormat": ["plaintext"]}},
                        "hover": {"contentFormat": ["plaintext"]},
                        "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
                    },
                },
            },
        )
        self._send({"method": "initialized", "params": {}})

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def completions(self, code: str) -> List[str]:
        """The names that are offered at the cursor."""
        found = self._at_cursor("textDocument/completion", code)
        items = found["items"] if isinstance(found, dict) else found or []
        return [item["label"] for item in items]

    def hover(self, code: str) -> str:
        """What is shown of the name at the cursor."""
        found = self._at_cursor("textDocument/hover", code)
        return "" if found is None else str(found["contents"]["value"])

    def reports(self, code: str) -> Dict[int, str]:
        """What is marked in the code while somebody types it: the texts, by line."""
        uri = self._open(code)
        while True:
            message = self._receive()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                found = message["params"]["diagnostics"]
                return {one["range"]["start"]["line"] + 1: one["message"] for one in found}
            if "method" in message:
                self._answer(message)

    def _open(self, code: str) -> str:
        self._documents += 1
        uri = (self._folder / f"code_{self._documents}.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": code}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def _at_cursor(self, method: str, code: str) -> Any:
        before, _, after = code.partition(CURSOR)
        uri = self._open(before + after)
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return self._request(method, {"textDocument": {"uri": uri}, "position": position})

    def _request(self, method: str, params: Dict[str, Any]) -> Any:
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message:
                self._answer(message)
            elif message.get("id") == self._last_id:
                assert "error" not in message, message
                return message["result"]

    def _answer(self, message: Dict[str, Any]) -> None:
        if "id" not in message:
            return
        result: Optional[List[Any]] = None
        if message["method"] == "workspace/configuration":
            known = {
                "python": {"pythonPath": sys.executable},
                "python.analysis": {"extraPaths": [str(ROOT)], "diagnosticMode": "openFilesOnly"},
            }
            result = [known.get(item.get("section", ""), {}) for item in message["params"]["items"]]
        self._send({"id": message["id"], "result": result})

    def _send(self, message: Dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> Dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while True:
            line = self._process.stdout.readline()
            assert line, "the language server ended"
            if not line.strip():
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: Dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
