"""The proofs of scripts/prove: a module a part.

The first line of a part's docstring is the title of its section in docs/proofs.md. It has one function::

    def run(options: Options) -> Result: ...

which may import what the extra `dev` brings. It runs in the newest Python, in a process that has run other
parts before: one that measures the memory of a process starts another. Modules whose names begin with `_`
are no parts.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any, Dict, List, NamedTuple


class Options(NamedTuple):
    """What the parts are run with."""

    root: Path
    """The folder of the repository."""
    workers: int
    """How many processes a part may use at the same time."""


class Figure(NamedTuple):
    """One thing that was found, as a row of the page."""

    sentence: str
    """What was counted or measured, in words."""
    figure: str
    """The number, with its unit."""


class Result(NamedTuple):
    """What a part found."""

    figures: List[Figure]
    failures: List[str]
    """What was not as promised, a line for each; empty where all was."""


class Part(NamedTuple):
    """A part, which is not imported before it runs."""

    name: str
    title: str

    def run(self, options: Options) -> Result:
        """Run it."""
        module: Any = importlib.import_module(f"{__name__}.{self.name}")
        result: Result = module.run(options)
        return result


def find_parts() -> Dict[str, Part]:
    """Every part by its name."""
    return {
        path.stem: Part(path.stem, _title_of(path))
        for path in sorted(Path(__file__).parent.glob("*.py"))
        if not path.stem.startswith("_")
    }


def _title_of(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    return docstring.splitlines()[0].rstrip(".")
