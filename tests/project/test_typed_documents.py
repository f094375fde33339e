"""What README and documentation show has types: mypy and pyright in strict mode, as it stands there."""

from __future__ import annotations

import re

import pytest

from tests.support.project import ROOT
from tests.support.type_checkers import check_types

pytestmark = pytest.mark.heavy

DOCUMENTS = ["README.md", "docs/receiving.md"]


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """What each type checker has against the code of the documents, each of which is one module."""
    folder = tmp_path_factory.mktemp("documents")
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        # What the test of the bot imports stands above it.
        code = "\n\n".join(blocks).replace("from bot import make_router\n", "")
        (folder / f"{re.sub(r'[^a-z]', '_', document.lower())}.py").write_text(code, encoding="utf-8")
    files = sorted(map(str, folder.glob("*.py")))
    return check_types({"mypy": [["--strict", *files]], "pyright": [files]})


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_code_of_the_documents_has_types(reported, checker):
    assert [error for error in reported[checker] if "segno" not in error.message] == []
