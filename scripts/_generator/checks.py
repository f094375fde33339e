"""What is checked of generated code before it replaces what is there."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Tuple

from _contract.contract import Contract
from _contract.errors import ContractError

from .text import BANNER
from .types import BASES

# Names that the generated modules import: a schema called like one of them would take its place.
_TAKEN = frozenset(
    [
        *(
            "Annotated",
            "Any",
            "ChatRef",
            "Dict",
            "Event",
            "Field",
            "KnownEvent",
            "List",
            "Literal",
            "Mapping",
            "Names",
        ),
        *(
            "MessageEvent",
            "WebhookEvent",
            "NotRequired",
            "On",
            "OpenEnum",
            "Operation",
            "Optional",
            "Register",
            "Service",
            "Timestamp",
        ),
        *("TitanModel", "TypeAlias", "TypeAliasType", "TypedDict", "Union", "UnknownEvent"),
    ]
)
_ALWAYS_NEEDED = {
    "SendMessageRequest": "Titan's own documentation imports",
    "SessionStatus": "Titan's own documentation imports",
    **{name: f"{base} is the base of" for name, base in BASES.items()},
}
_GENERATED_TYPES = frozenset({"titan.types_gen", "titan.params_gen"})

_IMPORT_EVERYTHING = """
import importlib, pkgutil, sys, typing
sys.path.insert(0, sys.argv[1])
import titan
from titan import types_gen, params_gen, services, webhooks
assert titan.__file__.startswith(sys.argv[1]), titan.__file__
for name in services.__all__:
    for attribute, value in vars(getattr(services, name)).items():
        if callable(value) and not attribute.startswith("__"):
            typing.get_type_hints(value)
for value in vars(types_gen).values():
    if isinstance(value, type) and issubclass(value, types_gen.TitanModel):
        value.model_rebuild()
        lost = getattr(value, "__titan_secrets__", frozenset()) - set(value.model_fields)
        assert not lost, f"{value.__name__} has no attribute {sorted(lost)[0]}, which sdk.yaml calls secret"
"""


def check_names(contract: Contract) -> None:
    """Refuse schemas that cannot become classes of their own names.

    Raises:
        ContractError: A name is taken, or is not one of Python's.
    """
    for name in contract.schemas:
        place = f"openapi.yaml: components: schemas: {name}"
        if name in _TAKEN:
            raise ContractError(
                f"{place}: generated code imports something of this name; "
                "give it another under schemas in sdk.yaml."
            )
        if not name.isidentifier() or not name[0].isupper():
            raise ContractError(
                f"{place}: this is not a name for a class; give it another under schemas in sdk.yaml."
            )


def check_classes(contract: Contract, types: str) -> None:
    """Refuse types whose names the generator made up.

    Raises:
        ContractError: A class has a name that is not in the contract, such as one with a number behind it.
    """
    for name in _defined(types):
        if name not in contract.schemas:
            base = re.sub(r"\d+$", "", name)
            why = (
                f"two schemas would both be the class {base}"
                if base in contract.schemas
                else "a schema inside another one has no name"
            )
            raise ContractError(
                f"openapi.yaml: components: schemas: {why}, so that a class would be called {name}; "
                "give each a name of its own."
            )


def check_used_types(root: Path, files: Mapping[Path, str]) -> None:
    """Refuse types without what the code written by hand names.

    Raises:
        ContractError: A type is gone; the text says where it is used.
    """
    types = {path.stem: text for path, text in files.items() if path.parent == Path("titan")}
    defined = {f"titan.{name}": set(_defined(text)) for name, text in types.items()}
    gone = [f"{who} {name}" for name, who in _ALWAYS_NEEDED.items() if name not in defined["titan.types_gen"]]
    for path in sorted((root / "titan").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if BANNER in source.partition("\n")[0] or path.relative_to(root) in files:
            continue
        for line, module, name in _imported_types(path.relative_to(root), source):
            if name not in defined.get(module, {name}):
                gone.append(f"{path.relative_to(root)}:{line} uses {name}")
    if gone:
        raise ContractError(
            f"openapi.yaml has no schema for types that are needed: {'; '.join(gone)}. Name the schema that "
            "takes the place of each under schemas in sdk.yaml (scripts/update_spec proposes one)."
        )


def check_imports(root: Path, files: Mapping[Path, str]) -> None:
    """Import the whole package as it would be, in a fresh interpreter.

    Raises:
        ContractError: It does not import, or an annotation does not resolve.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(root / "titan", copy / "titan", ignore=shutil.ignore_patterns("__pycache__"))
        for path, text in files.items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-c", _IMPORT_EVERYTHING, folder], capture_output=True, text=True
        )
        if done.returncode:
            said = done.stderr.replace(f"{folder}/", "").strip().splitlines()
            place = next((line.strip() for line in reversed(said) if line.lstrip().startswith("File")), "")
            raise ContractError(f"the generated package does not import: {said[-1]} ({place})")


def _defined(code: str) -> List[str]:
    """Names of the classes and type aliases of a module."""
    found = []
    for node in ast.parse(code).body:
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.append(node.targets[0].id)
    return found


def _imported_types(path: Path, source: str) -> Iterator[Tuple[int, str, str]]:
    """Where a module names a generated type: line, module of the type, name."""
    package = [*path.parts[:-1]]
    aliases: Dict[str, str] = {}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for one in node.names:
                if module in _GENERATED_TYPES:
                    yield node.lineno, module, one.name
                elif f"{module}.{one.name}" in _GENERATED_TYPES:
                    aliases[one.asname or one.name] = f"{module}.{one.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.lineno, aliases[node.value.id], node.attr
