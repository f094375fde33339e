"""Which module may import which, who knows httpx, and how long a file, a function and a folder may be."""

from __future__ import annotations

import ast
import re
import textwrap
from collections import Counter
from pathlib import Path
from typing import Dict, FrozenSet, Iterator, List, NamedTuple

import pytest

from tests.support.project import ROOT

ARROWS = """
    titan -> client, webhooks, _http

    cli -> client, webhooks, sandbox.__main__, outbox
    opentelemetry -> client
    outbox -> client, webhooks
    client -> services
    services -> _http, webhooks, params_gen
    webhooks -> types_gen, errors, _names
    _names -> errors
    _exiting -> errors
    params_gen -> types_gen
    types_gen -> _models
    _http -> errors, _exiting

    sandbox.pytest_plugin -> titan, sandbox
    sandbox.__main__ -> sandbox, sandbox.base
    sandbox -> sandbox.server
    sandbox.server -> sandbox.page, sandbox.control, webhooks
    sandbox.page -> sandbox.api
    sandbox.control -> sandbox.api, _names
    sandbox.api -> sandbox.whatsapp, sandbox.auth
    sandbox.auth -> sandbox.spec, sandbox.state
    sandbox.whatsapp -> sandbox.delivery
    sandbox.delivery -> sandbox.state
    sandbox.state -> sandbox.base
    sandbox.spec -> sandbox.base, _names
"""
"""A part of the package may import those that an arrow, or a chain of arrows, leads to.

A part is a folder or a module of `titan` or of `titan/sandbox`; `titan` and `sandbox` themselves stand for
what is in their `__init__.py`.
"""

LEAVES = [
    "_version",
    "_distribution",
    "_privacy",
    "_init_lock",
    "_caller",
    "_interruptions",
    "_clock",
    "_response_headers",
    "_signature",
    "jid",
]
"""Parts that import no other part, so that every part may import them."""

ONLY_IN_HTTP = ["httpx", "httpcore"]
"""What the day of a switch to a successor must find in one folder."""

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 40
FILES_OF_A_FOLDER = 12
# What is larger, and why it is.
LARGE: Dict[str, str] = {
    "titan/sandbox/api": "one file a domain, and the API has fifteen",
    "titan": "what users import, and leaves that must load nothing else",
}

LAZY = {"titan", "titan.cli.app", "titan.services", "titan.services._attribute"}
"""Modules that import by a name in a string; they import the same for type checkers, so that it is seen."""


class Import(NamedTuple):
    """One name that a module imports."""

    module: str
    """Full name of what is imported: a module of ours, or of somebody else."""
    line: int
    at_run_time: bool
    """Not only for type checkers."""


class Module(NamedTuple):
    """A file of the package."""

    name: str
    path: Path
    imports: List[Import]


def part_of(module: str) -> str:
    """The part of the package to which one of our modules belongs."""
    names = module.split(".")[1:]
    if names[:1] == ["sandbox"]:
        return ".".join(names[:2])
    return names[0] if names else "titan"


def read_package(folder: Path) -> Dict[str, Module]:
    """Every module of a package by its full name, with what it imports, wherever in the file that stands."""
    paths = {}
    for path in sorted(folder.rglob("*.py")):
        names = path.relative_to(folder.parent).with_suffix("").parts
        paths[".".join(names[:-1] if names[-1] == "__init__" else names)] = path
    return {
        name: Module(name, path, list(read_imports(name, path, frozenset(paths))))
        for name, path in paths.items()
    }


def read_imports(name: str, path: Path, ours: FrozenSet[str]) -> Iterator[Import]:
    """What a module imports, in functions and for type checkers too."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node, at_run_time in import_statements(ast.parse(path.read_text(encoding="utf-8")), True):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, at_run_time) for alias in node.names)
            continue
        above = package.split(".")[: -(node.level - 1) or None] if node.level else []
        origin = ".".join([*above, node.module] if node.module else above)
        for alias in node.names:
            submodule = f"{origin}.{alias.name}"
            yield Import(submodule if submodule in ours else origin, node.lineno, at_run_time)


def import_statements(node: ast.AST, at_run_time: bool) -> Iterator[tuple]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, at_run_time
        elif isinstance(child, ast.If) and is_type_checking(child.test):
            yield from import_statements(ast.Module(child.body, []), False)
            yield from import_statements(ast.Module(child.orelse, []), at_run_time)
        else:
            yield from import_statements(child, at_run_time)


def is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING"


def read_arrows(text: str, leaves: List[str]) -> Dict[str, FrozenSet[str]]:
    """Each part, with all that arrows and chains of arrows lead to."""
    direct = {
        part.strip(): set(others.replace(",", " ").split())
        for part, _, others in (line.partition("->") for line in text.splitlines() if line.strip())
    }

    def reach(part: str) -> FrozenSet[str]:
        return frozenset().union({part}, leaves, *map(reach, direct.get(part, ())))

    reachable = {
        part: reach(part) for part in {*direct, *(one for others in direct.values() for one in others)}
    }
    return {**reachable, **{leaf: frozenset({leaf}) for leaf in leaves}}


def imports_against_the_arrows(module: Module, reachable: Dict[str, FrozenSet[str]]) -> List[str]:
    own = part_of(module.name)
    if own not in reachable:
        return [f"{own} is a new part of the package: draw its arrows in ARROWS, or add it to LEAVES"]
    return [
        f"line {one.line} imports {one.module}, but no arrow leads from {own} to {part_of(one.module)}"
        for one in module.imports
        if one.module.partition(".")[0] == "titan" and part_of(one.module) not in reachable[own]
    ]


def find_circles(package: Dict[str, Module]) -> List[str]:
    """The circles in which modules import each other, each written once."""
    circles: List[str] = []
    done = set()

    def visit(name: str, way: List[str]) -> None:
        if name in way:
            circles.append(" -> ".join([*way[way.index(name) :], name]))
        if name in way or name in done:
            return
        for other in sorted({one.module for one in package[name].imports} & set(package)):
            visit(other, [*way, name])
        done.add(name)

    for name in package:
        visit(name, [])
    return circles


def functions_of(tree: ast.Module, prefix: str = "") -> Iterator[tuple]:
    """Each function that is not inside another: its full name, and its lines without the docstring."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions_of(node, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                lines -= first.end_lineno - first.lineno + 1
            yield f"{prefix}{node.name}", lines


def is_generated(path: Path) -> bool:
    return path.read_text(encoding="utf-8").startswith("# generated ")


def too_large(folder: Path) -> Dict[str, str]:
    """The files, functions (`file.py::name`) and folders of a package that are larger than they should be."""
    found = {}
    files = [path for path in sorted(folder.rglob("*.py")) if not is_generated(path)]
    counted = Counter(path.parent for path in files if path.name != "__init__.py")
    for path in files:
        shown, text = path.relative_to(folder.parent).as_posix(), path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LINES_OF_A_FILE:
            found[shown] = f"has {len(text.splitlines())} lines"
        for name, lines in functions_of(ast.parse(text)):
            if lines > LINES_OF_A_FUNCTION:
                found[f"{shown}::{name}"] = f"has {lines} lines"
    for place, number in counted.items():
        if number > FILES_OF_A_FOLDER:
            found[place.relative_to(folder.parent).as_posix()] = f"has {number} files"
    return found


PACKAGE = read_package(ROOT / "titan")
REACHABLE = read_arrows(ARROWS, LEAVES)
TOO_LARGE = too_large(ROOT / "titan")


@pytest.mark.parametrize("name", PACKAGE)
def test_a_module_imports_only_what_the_arrows_lead_to(name):
    assert imports_against_the_arrows(PACKAGE[name], REACHABLE) == []


def test_no_modules_import_each_other_in_a_circle():
    assert find_circles(PACKAGE) == []


DOMAINS = [name for name in PACKAGE if re.fullmatch(r"titan\.services\.[^_.]\w*", name)]


@pytest.mark.parametrize("name", DOMAINS)
def test_services_do_not_import_each_other(name):
    assert {one.module for one in PACKAGE[name].imports} & set(DOMAINS) == set()


def test_imports_by_a_name_in_a_string_are_made_where_it_is_known_what_they_import():
    pattern = re.compile(r"\b(import_module|__import__)\(")
    users = {
        name for name, module in PACKAGE.items() if pattern.search(module.path.read_text(encoding="utf-8"))
    }
    assert users == LAZY


@pytest.mark.parametrize("library", ONLY_IN_HTTP)
def test_httpx_is_imported_in_http_and_nowhere_else_at_run_time(library):
    importers = {
        part_of(module.name)
        for module in PACKAGE.values()
        for one in module.imports
        if one.at_run_time and one.module.partition(".")[0] == library
    }
    assert importers <= {"_http"}


@pytest.mark.parametrize(
    "name",
    [name for name, module in PACKAGE.items() if module.path.name == "__init__.py" and name != "titan"],
)
def test_a_package_says_what_lives_in_it_and_what_it_may_import(name):
    docstring = ast.get_docstring(ast.parse(PACKAGE[name].path.read_text(encoding="utf-8"))) or ""
    lines = [line for line in docstring.splitlines() if line.strip()]
    assert len(lines) >= 2, "the docstring wants two lines: what lives here, and what it may import"
    assert re.search(r"\bimports?\b", docstring), "the docstring does not say what the package may import"


@pytest.mark.parametrize("name", sorted({*TOO_LARGE, *LARGE}))
def test_what_is_large_has_a_reason(name):
    assert name in LARGE, f"{name} {TOO_LARGE[name]}: split it, or give the reason in LARGE"
    assert name in TOO_LARGE, f"{name} is no longer large: take it out of LARGE"


# The checks themselves, on a package that does everything wrong.


@pytest.fixture
def write(tmp_path):
    """Write a file of a small package and read the package anew."""

    def write_file(path, text=""):
        file = tmp_path / "titan" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return read_package(tmp_path / "titan")

    write_file("__init__.py")
    return write_file


def test_imports_are_seen_wherever_they_stand(write):
    write("sandbox/__init__.py")
    write("sandbox/api/__init__.py")
    write("sandbox/api/chats.py")
    write("sandbox/state.py")
    package = write(
        "sandbox/api/groups.py",
        """
        import httpx, titan.client
        from typing import TYPE_CHECKING
        from . import chats
        from ..state import State
        if TYPE_CHECKING:
            from .. import api
        def later():
            from titan.sandbox import state
            import typing as t
            if t.TYPE_CHECKING:
                import titan
            else:
                import json
        """,
    )
    found = {(one.module, one.line): one.at_run_time for one in package["titan.sandbox.api.groups"].imports}
    assert found == {
        ("httpx", 2): True,
        ("titan.client", 2): True,
        ("typing", 3): True,
        ("titan.sandbox.api.chats", 4): True,
        ("titan.sandbox.state", 5): True,
        ("titan.sandbox.api", 7): False,
        ("titan.sandbox.state", 9): True,
        ("typing", 10): True,
        ("titan", 12): False,
        ("json", 14): True,
    }


def test_arrows_lead_along_chains_and_one_way():
    reachable = read_arrows("a -> b, c\n b -> d\n", ["leaf"])
    assert reachable["a"] == {"a", "b", "c", "d", "leaf"}
    assert reachable["d"] == {"d", "leaf"}
    assert reachable["leaf"] == {"leaf"}


@pytest.mark.parametrize("part", sorted(REACHABLE))
def test_arrows_never_lead_back(part):
    assert [other for other in REACHABLE[part] - {part} if part in REACHABLE[other]] == []


def test_an_import_against_the_arrows_and_a_new_part_are_reported(write):
    write("_http/transport.py", "def send():\n    from titan.services import labels\n")
    write("services/labels.py", "from .._http import transport\n")
    package = write("billing.py")
    assert imports_against_the_arrows(package["titan._http.transport"], REACHABLE) == [
        "line 2 imports titan.services.labels, but no arrow leads from _http to services"
    ]
    assert imports_against_the_arrows(package["titan.services.labels"], REACHABLE) == []
    (complaint,) = imports_against_the_arrows(package["titan.billing"], REACHABLE)
    assert complaint.startswith("billing is a new part of the package")


def test_circles_are_found_through_functions_and_imports_for_checkers(write):
    write("a.py", "def later():\n    from .b import x\n")
    write("b.py", "from titan import c\n")
    package = write("c.py", "import typing\nif typing.TYPE_CHECKING:\n    from .a import y\n")
    assert find_circles(package) == ["titan.a -> titan.b -> titan.c -> titan.a"]
    assert find_circles(write("c.py")) == []


def test_long_files_long_functions_and_full_folders_are_found(write, tmp_path):
    body = "    x = 1\n"
    write("long.py", "x = 1\n" * (LINES_OF_A_FILE + 1))
    write("types_gen.py", "# generated from a file\n" + "x = 1\n" * LINES_OF_A_FILE)
    write("_generated/labels.py", f"# generated from a file\ndef f():\n{body * LINES_OF_A_FUNCTION}")
    write(
        "methods.py",
        f"class A:\n  def short(self):\n    '''Says\n    much.'''\n{body * (LINES_OF_A_FUNCTION - 1)}",
    )
    write("functions.py", f"class A:\n  async def f(self):\n{body * LINES_OF_A_FUNCTION}")
    for number in range(FILES_OF_A_FOLDER + 1):
        write(f"folder/f{number}.py")
    assert too_large(tmp_path / "titan") == {
        "titan/long.py": f"has {LINES_OF_A_FILE + 1} lines",
        "titan/functions.py::A.f": f"has {LINES_OF_A_FUNCTION + 1} lines",
        "titan/folder": f"has {FILES_OF_A_FOLDER + 1} files",
    }
