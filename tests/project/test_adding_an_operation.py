"""docs/adding-an-operation.md, followed to the letter in a copy of the repository, adds what works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Tuple

import pytest

from tests.support.project import ROOT

for _module in ("datamodel_code_generator", "jinja2"):
    pytest.importorskip(_module, reason="the generator runs on the newest Python only")

# It generates everything anew, and runs pytest in the copy.
pytestmark = pytest.mark.heavy

GUIDE = (ROOT / "docs" / "adding-an-operation.md").read_text(encoding="utf-8")
COPIED = (
    "openapi.yaml",
    "sdk.yaml",
    "sdk.schema.json",
    "pyproject.toml",
    "README.md",
    "titan",
    "tests",
    "scripts",
)
GENERATE = """
import sys
from pathlib import Path

sys.path.insert(0, "scripts")
from _contract.errors import ContractError
from _generator.run import generate, write

try:
    write(Path("."), generate(Path(".")))
except ContractError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, with the package that is there."""
    environment = {**os.environ, "PYTHONPATH": str(repository), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)


def insert(file: Path, text: str, before: str) -> None:
    """Put a block of the guide above a line that is in the file once."""
    found = file.read_text(encoding="utf-8")
    assert found.count(f"\n{before}") == 1, f"{file.name} has no place for this block: {before}"
    file.write_text(found.replace(f"\n{before}", f"\n{text}{before}"), encoding="utf-8")


def blocks() -> Tuple[str, ...]:
    """The blocks of the guide in their order: operation, schema, line, handler, its entry, test."""
    return tuple(re.findall(r"^```(?:yaml|python)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))


def test_the_operation_of_the_guide_works_when_its_steps_are_taken(repository):
    operation, schema, line, handler, entry, test = blocks()
    (path,) = re.findall(r"^  (/api/\S+):\n", operation)
    contract, sdk = repository / "openapi.yaml", repository / "sdk.yaml"
    domain = repository / "titan" / "sandbox" / "api" / "labels.py"
    (tests_of_labels,) = [
        file
        for file in (repository / "tests" / "sandbox").glob("*.py")
        if "def test_label_is_put_on_chats" in file.read_text(encoding="utf-8")
    ]

    get = operation.partition("\n")[2]
    insert(contract, f"{get}\n", before="    post:\n      operationId: labels.assign\n")
    insert(contract, f"{schema}\n", before="    LabelChatsRequest:\n")
    refused = run(repository, "-c", GENERATE)
    assert refused.returncode == 1
    assert f"GET {path} has no line in sdk.yaml" in refused.stderr

    insert(sdk, line, before=f"      POST {path}: ")
    done = run(repository, "-c", GENERATE)
    assert (done.returncode, done.stderr) == (0, "")

    insert(domain, f"{handler}\n\n", before="def _assign(")
    insert(domain, entry, before='    "labels.assign": ')
    insert(tests_of_labels, f"{test}\n\n", before="def test_label_is_put_on_chats")
    (name,) = re.findall(r"def (test_\w+)", test)
    options = ["-q", "-p", "no:cacheprovider", "-k", f"labels.chats or {name}"]
    of_contract = [str(file) for file in sorted((repository / "tests" / "project").glob("test_contract*.py"))]
    for chosen in ([f"{tests_of_labels}::{name}"], of_contract):
        done = run(repository, "-m", "pytest", *options, *chosen)
        assert done.returncode == 0, done.stdout
        assert " passed" in done.stdout
