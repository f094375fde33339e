"""The contract of a sandbox is the one inside the package, whatever stands in the folder where it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.project import ROOT

OTHER = {"openapi": "3.1.0", "info": {"title": "Another", "version": "1"}, "paths": {"/other": {"get": {}}}}
FILES = {
    "a contract": {"openapi.yaml": json.dumps(OTHER), "openapi.json": json.dumps(OTHER)},
    "nonsense": {"openapi.yaml": "{[", "openapi.json": "{[", "sdk.yaml": "{[", "sdk.schema.json": "{["},
    "a package of that name": {"spec/openapi.json": json.dumps(OTHER), "titan.yaml": ""},
}
USE = """
from titan import TitanClient
from titan.sandbox import Sandbox
from titan.sandbox.spec.operations import load_operations

with Sandbox() as titan, TitanClient(titan.base_url, titan.api_key, strict_responses=True) as client:
    titan.connect("s")
    client.messages.send("s", {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hi"})
    print(*sorted(load_operations()))
"""


def operations_in(folder):
    done = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.split()


@pytest.mark.parametrize("found", FILES)
def test_contract_of_the_folder_is_not_read(tmp_path, found):
    for name, text in FILES[found].items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    own = json.loads((ROOT / "titan" / "sandbox" / "spec" / "openapi.json").read_text("utf-8"))
    expected = [
        operation["operationId"]
        for item in own["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    ]
    assert operations_in(tmp_path) == sorted(expected)
