"""Writes the public names as text: one line for each, or one for each argument where a line is too short."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Optional, Set, Union

import griffe

from .names import public_modules, public_names, serves_annotations

_WIDTH = 110
_INDENT = "    "
_HEAD = """\
# The public surface of titan-sdk: every name that users can rely on, with its types and defaults.
# Written by scripts/surface. Where a change to it is meant, run that, and commit what it writes.
"""
# What `with`, calls, indices and the like need.
_PROTOCOLS = {
    f"__{name}__" for name in ("init", "call", "enter", "exit", "getitem", "contains", "iter", "len")
}
# Documentation of a field, which stands in its type.
_TEXT = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_DESCRIPTION = re.compile(rf"(?:, )?\bdescription={_TEXT}")
_FIELD = re.compile(r", Field\(\)")
_KINDS = griffe.ParameterKind


def write_surface(package: griffe.Module) -> str:
    """Write what is public, then what is not but stands in the types of what is."""
    modules = public_modules(package)
    homes = {module.path for module in modules}
    shown: Dict[str, griffe.Object] = {}
    # Where each can be imported from first.
    places: Dict[str, str] = {}
    parts = [_HEAD]
    for module in modules:
        lines = [f"\n## {module.path}\n"]
        for name, found in public_names(module).items():
            place = places.setdefault(found.path, f"{module.path}.{name}")
            if found.is_module or (found.parent is not module and _home(found) in homes):
                lines.append(f"{name} = {found.path}")
            elif found.path in shown:
                lines.append(f"{name} = {place}")
            else:
                shown[found.path] = found
                lines += _describe(name, found)
        parts.append("\n".join(lines) + "\n")
    parts.append("\n## Not for import: they stand in the types of the above\n")
    within: Dict[str, griffe.Object] = {}
    queue = list(shown.values())
    while queue:
        for path in _mentioned(queue.pop()):
            one = _find(package, path)
            if one is not None and one.path not in {*within, *shown} and _home(one) not in homes:
                within[one.path] = one
                # Whoever cannot import a class does not make one.
                one.members.pop("__init__", None)
                queue.append(one)
    parts += ["\n".join(_describe(path, within[path])) + "\n" for path in sorted(within)]
    return "".join(parts)


def _find(package: griffe.Module, path: str) -> Optional[griffe.Object]:
    """What has a type; None for all else, such as `P.args` of a ParamSpec, or a validator."""
    try:
        found = package[path.partition(".")[2]]
    except KeyError:
        return None
    if isinstance(found, griffe.Alias):
        found = found.final_target
    is_type = found.is_class or found.is_attribute
    return found if is_type and not serves_annotations(found) else None


def _home(found: griffe.Object) -> str:
    return found.parent.path if found.parent else ""


def _describe(name: str, found: griffe.Object) -> List[str]:
    if isinstance(found, griffe.Class):
        bases = f"({', '.join(map(str, found.bases))})" if found.bases else ""
        lines = [line for member in _members(found) for line in _describe(member.name, member)]
        return ["", *_decorated(found), f"class {name}{bases}", *(f"{_INDENT}{line}" for line in lines)]
    if isinstance(found, griffe.Function):
        return [line for one in (found.overloads or [found]) for line in _signature(name, one)]
    assert isinstance(found, griffe.Attribute), found
    if "property" in found.labels:
        return [f"property {name}: {found.annotation}"]
    text = f"{name}: {found.annotation}" if found.annotation is not None else name
    # What a method assigns to `self` is no default, and the version is another in each release.
    of_self = "instance-attribute" in found.labels and "class-attribute" not in found.labels
    if found.value is not None and not of_self and name != "__version__":
        text += f" = {found.value}"
    return [_FIELD.sub("", _DESCRIPTION.sub("", text))]


def _members(found: griffe.Class) -> Iterator[griffe.Object]:
    for name, member in found.members.items():
        if not isinstance(member, griffe.Alias) and (name in _PROTOCOLS or not name.startswith("_")):
            yield member


def _decorated(found: Union[griffe.Class, griffe.Function]) -> List[str]:
    return [
        f"@{one.value}"
        for one in found.decorators
        if str(one.value).rpartition(".")[2] not in ("overload", "wraps", "property")
    ]


def _signature(name: str, function: griffe.Function) -> List[str]:
    arguments = list(_arguments(function))
    returns = f" -> {function.returns}" if function.returns is not None else ""
    line = f"def {name}({', '.join(arguments)}){returns}"
    if len(line) <= _WIDTH:
        return [*_decorated(function), line]
    within = [f"{_INDENT}{argument}," for argument in arguments]
    return [*_decorated(function), f"def {name}(", *within, f"){returns}"]


def _arguments(function: griffe.Function) -> Iterator[str]:
    before = None
    starred = False
    for one in function.parameters:
        if before is _KINDS.positional_only and one.kind is not before:
            yield "/"
        if one.kind is _KINDS.keyword_only and not starred:
            yield "*"
        starred = starred or one.kind in (_KINDS.keyword_only, _KINDS.var_positional)
        before = one.kind
        stars = {_KINDS.var_positional: "*", _KINDS.var_keyword: "**"}.get(one.kind, "")
        text = f"{stars}{one.name}" + (f": {one.annotation}" if one.annotation is not None else "")
        if one.default is not None and not stars:
            text += f" = {one.default}" if one.annotation is not None else f"={one.default}"
        yield text
    if before is _KINDS.positional_only:
        yield "/"


def _mentioned(found: griffe.Object) -> Set[str]:
    """Paths of what is of the package and stands in bases, annotations and aliases."""
    expressions: List[object] = []
    if isinstance(found, griffe.Class):
        mentioned = set().union(*map(_mentioned, _members(found)))
        expressions += found.bases
    else:
        mentioned = set()
    if isinstance(found, griffe.Function):
        for one in found.overloads or [found]:
            expressions += [one.returns, *(parameter.annotation for parameter in one.parameters)]
    if isinstance(found, griffe.Attribute):
        expressions += [found.annotation]
        # An alias of types; other values are no types.
        if found.parent and found.parent.is_module:
            expressions += [found.value]
    for expression in expressions:
        if isinstance(expression, griffe.Expr):
            mentioned |= {
                one.canonical_path for one in expression.iterate() if isinstance(one, griffe.ExprName)
            }
    return {path for path in mentioned if path.startswith("titan.")}
