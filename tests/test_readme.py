import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
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


def without_docstring(source):
    first = ast.parse(source).body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    lines = source.splitlines()[first.end_lineno :] if is_docstring else source.splitlines()
    return "\n".join(lines).strip()


def operations_table():
    """The table as it follows from the API description."""
    spec = json.loads((ROOT / "titan" / "sandbox" / "openapi.json").read_text(encoding="utf-8"))
    lines = ["| Method | Request | Evidence |", "|---|---|---|"]
    for path, item in spec["paths"].items():
        for verb, operation in item.items():
            if verb in ("get", "put", "post", "patch", "delete"):
                name, evidence = operation["operationId"], operation["x-evidence"]
                if name != "messages.sendAsClient":
                    again = " ↻" if operation.get("x-idempotent") else ""
                    lines.append(f"| `{name}` | `{verb.upper()} {path}`{again} | {evidence} |")
    return "\n".join(lines)


def test_the_readme_lists_every_operation_with_its_evidence():
    assert operations_table() in README
