"""What README and documentation show has types: mypy and pyright in strict mode, as it stands there."""

from __future__ import annotations

import pytest

from tests.support.documents import documents, modules_of, package_of
from tests.support.type_checkers import check_types

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """What each type checker has against the code of the documents, each of which is a package."""
    folder = tmp_path_factory.mktemp("documents")
    for page in documents():
        package, modules = package_of(page), dict(modules_of(page))
        for name, code in {**modules, "__init__.py": ""}.items() if modules else ():
            (folder / package / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / package / name).write_text(code, encoding="utf-8")
    files = sorted(map(str, folder.rglob("*.py")))
    return check_types({"mypy": [["--strict", *files]], "pyright": [files]})


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_code_of_the_documents_has_types(reported, checker):
    errors = [error for error in reported[checker] if "segno" not in error.message]
    assert errors == []
