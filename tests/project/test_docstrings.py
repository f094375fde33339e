"""Every docstring of the package renders in Sphinx, in Google style, without a warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Tuple

import pytest

from tests.support.project import ROOT

# Sphinx reads every module, the generated types included: 20 seconds.
pytestmark = pytest.mark.heavy

# autodoc writes annotations into the classes that it documents. Where a base class of models has got some of
# pydantic's own, pydantic cannot build the models any more: they are built first.
CONFIGURATION = """
from titan import types_gen
from titan.webhooks import UnknownEvent

for model in [*vars(types_gen).values(), UnknownEvent]:
    if hasattr(model, "model_rebuild"):
        model.model_rebuild()

project = "titan"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# Or an attribute that its class describes, and that has a docstring too, would be described twice.
napoleon_use_ivar = True
# Annotations in which a name stands that two modules define.
suppress_warnings = ["ref.python"]
"""


@pytest.fixture(scope="module", autouse=True)
def sphinx():
    pytest.importorskip("sphinx", reason="NOT TESTED: docstrings in Sphinx, which needs Python 3.11")


def render(folder: Path, package: Path) -> Tuple[int, str]:
    """Render all modules of a package; the exit status, and what Sphinx complained about."""
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    names = [
        ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for path in sorted(package.rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py")
    ]
    text = "Modules\n=======\n\n"
    for name in names:
        text += f".. automodule:: {name}\n   :members:\n   :undoc-members:\n\n"
    # Of packages only the docstring: what they offer is described in the module where it stands.
    for path in sorted(package.rglob("__init__.py")):
        name = ".".join(path.parent.relative_to(package.parent).parts)
        text += f".. automodule:: {name}\n   :no-index:\n\n"
    (source / "index.rst").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "dummy", str(source), str(folder / "out")],
        env={**os.environ, "PYTHONPATH": f"{package.parent}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def test_docstrings_render_without_a_warning(tmp_path):
    status, complaints = render(tmp_path, ROOT / "titan")
    assert complaints == ""
    assert status == 0


def test_a_docstring_that_does_not_render_is_seen(tmp_path):
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text('"""A shop."""\n')
    (package / "orders.py").write_text(
        'def place(order):\n    """Place an order.\n\n    Text:\n        * `open\n      ends\n    """\n'
    )
    status, complaints = render(tmp_path, package)
    assert status == 0
    assert "docstring of shop.orders.place" in complaints
