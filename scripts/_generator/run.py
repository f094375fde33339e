"""All generated files at once: made, checked, and only then written or compared."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Dict, List

from _contract.contract import read_contract

from . import checks, events, events_page, readme, sandbox, services, types
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
    files[Path("README.md")] = readme.write_readme(contract, (root / "README.md").read_text(encoding="utf-8"))
    files[events_page.PATH] = events_page.write_events_page(contract)
    return files


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
    """Python files of the package that say that they are generated, and are not any more."""
    found = (path.relative_to(root) for path in sorted((root / "titan").rglob("*.py")))
    return [
        path
        for path in found
        if path not in files and BANNER in (root / path).read_text(encoding="utf-8").partition("\n")[0]
    ]
