"""Which modules and names are public."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Union

import griffe

# Its users call a program, whose options are told elsewhere.
_PROGRAMS = {"cli"}
# Beside the modules of the package itself: what asks for an extra, and what pytest loads by its entry point.
_FURTHER = [("outbox", "celery"), ("sandbox", "pytest_plugin")]


def load_package(folder: Path) -> griffe.Module:
    """Read the package `titan` of a folder, and mark in it what is public."""
    package = griffe.load(
        "titan",
        search_paths=[folder],
        try_relative_path=False,
        allow_inspection=False,
        resolve_aliases=True,
    )
    assert isinstance(package, griffe.Module)
    mark_exports(package)
    return package


def mark_exports(package: griffe.Module) -> None:
    """Tell griffe what is public here, which it cannot see by itself.

    A module may list its exports by the keys of a dictionary; what lies deeper is public by exports alone.
    """
    public = public_modules(package)
    for module in public:
        for deeper in module.modules.values():
            deeper.public = deeper in public
        names = _exports(module)
        module.exports = None if names is None else [*names]


def public_modules(package: griffe.Module) -> List[griffe.Module]:
    """The package, and each module directly in it; what lies deeper is public by what they export."""
    within = [
        module
        for name, module in sorted(package.modules.items())
        if not name.startswith("_") and name not in _PROGRAMS
    ]
    # An old release may not have had it.
    further = [
        package.modules[parent].modules[name]
        for parent, name in _FURTHER
        if name in package.modules[parent].modules
    ]
    return [package, *within, *further]


def public_names(module: griffe.Module) -> Dict[str, griffe.Object]:
    """What a module exports or, where it does not say, what it defines, by its name in the module."""
    names = module.exports if module.exports is not None else _defined(module)
    return {str(name): _resolved(module.members[str(name)]) for name in names}


def serves_annotations(member: Union[griffe.Object, griffe.Alias]) -> bool:
    """Whether a name only serves to write annotations, as a TypeVar does."""
    value = str(member.value) if isinstance(member, griffe.Attribute) else ""
    return member.name == "TYPE_CHECKING" or value.startswith(("TypeVar(", "ParamSpec("))


def _resolved(found: Union[griffe.Object, griffe.Alias]) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def _defined(module: griffe.Module) -> List[str]:
    return [
        name
        for name, member in module.members.items()
        if not (name.startswith("_") or member.is_alias or member.is_module or serves_annotations(member))
    ]


def _exports(module: griffe.Module) -> Optional[List[str]]:
    if module.exports is None:
        return None
    names: List[str] = []
    for export in module.exports:
        if isinstance(export, str):
            names.append(export)
        else:
            listed = module.members[export.name]
            table = listed.value if isinstance(listed, griffe.Attribute) else None
            assert isinstance(table, griffe.ExprDict), f"{module.path}.__all__ cannot be read"
            names += [str(key).strip("'\"") for key in table.keys]
    return names
