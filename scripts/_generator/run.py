"""All generated files at once: made, checked, and only then written or compared."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Dict, List

from _contract.contract import Contract, read_contract

from . import checks, events, sandbox, services, types
from .reference import command_line, models, operations, python_pages
from .reference import events as events_page
from .reference import outbox as outbox_page
from .reference import sandbox as sandbox_page
from .reference.docstrings import Sources
from .reference.markdown import FOLDER, MARK
from .text import BANNER

_LONGEST_DIFFERENCE = 40


def generate(root: Path) -> Dict[Path, str]:
    """Make and check every generated file of a repository.

    Args:
        root: The folder with `openapi.yaml`, `sdk.yaml`, `pyproject.toml` and the package.

    Returns:
        The text of each file, by its path below the root.

    Raises:
        ContractError: The contract cannot be used; the text says what to do.
    """
    contract = read_contract(root)
    checks.check_names(contract)
    files = {types.MODELS: types.write_models(contract)}
    checks.check_classes(contract, files[types.MODELS])
    files[types.PARAMS] = types.write_params(contract)
    files[events.PATH] = events.write_events(contract)
    files.update(services.write_services(contract))
    checks.check_used_types(root, files)
    checks.check_imports(root, files)
    files[sandbox.PATH] = sandbox.write_sandbox_contract(contract)
    files.update(_reference(root, contract))
    return files


def _reference(root: Path, contract: Contract) -> Dict[Path, str]:
    """The pages of the documentation that list everything."""
    sources = Sources(root)
    return {
        **operations.write_operations(contract, sources),
        **python_pages.write_python_pages(contract, sources),
        models.PATH: models.write_models_page(contract),
        events_page.PATH: events_page.write_events_page(contract),
        outbox_page.PATH: outbox_page.write_outbox_page(sources),
        sandbox_page.PATH: sandbox_page.write_sandbox_page(root, sources),
        command_line.PATH: command_line.write_command_line_page(),
    }


def write(root: Path, files: Dict[Path, str]) -> None:
    """Write the files, and delete generated ones that are not among them."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for path in _left_over(root, files):
        (root / path).unlink()


def compare(root: Path, files: Dict[Path, str]) -> List[str]:
    """How the files in the repository differ from these, in lines for a person; empty where they do not."""
    lines = [f"{path} is generated from an operation that is gone" for path in _left_over(root, files)]
    for path, text in files.items():
        found = (root / path).read_text(encoding="utf-8") if (root / path).exists() else ""
        if found != text:
            difference = difflib.unified_diff(
                found.splitlines(), text.splitlines(), str(path), "generated", lineterm="", n=1
            )
            lines += [line[:200] for line in difference][:_LONGEST_DIFFERENCE]
    return lines


def _left_over(root: Path, files: Dict[Path, str]) -> List[Path]:
    """Files that say that they are generated, and are not any more."""
    found = [(path, BANNER) for path in sorted((root / "titan").rglob("*.py"))]
    found += [(path, MARK) for path in sorted((root / FOLDER).rglob("*.md"))]
    return [
        path.relative_to(root)
        for path, mark in found
        if path.relative_to(root) not in files and mark in path.read_text(encoding="utf-8").partition("\n")[0]
    ]
