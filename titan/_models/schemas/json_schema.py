"""The JSON schemas of the types, as they stand in the public documentation of applications that use them.

Loaded when the first of them is asked for: the descriptions of fields are read from the source.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from typing import Any, Dict, Iterator, List, Tuple, Type

from pydantic import BaseModel

_PACKAGE = __name__.partition(".")[0]


def describe_model(model: Type[BaseModel], schema: Dict[str, Any]) -> None:
    """Give the properties of a model's schema their descriptions instead of titles made from their names.

    Args:
        model: The model class.
        schema: The schema that pydantic made of it, which is changed.
    """
    if "description" in schema:
        # Of the class alone: the fields have descriptions of their own below.
        schema["description"] = inspect.cleandoc(vars(model)["__doc__"])
    properties = schema.get("properties", {})
    descriptions = descriptions_of(model)
    for name, field in model.model_fields.items():
        shown = properties.get(field.alias or name, properties.get(name))
        if shown is None:
            continue
        if field.title is None and shown.get("title") in (_title_of(field.alias or name), _title_of(name)):
            del shown["title"]
        if name in descriptions:
            shown.setdefault("description", descriptions[name])


def open_enum(values: List[str], schema: Dict[str, Any]) -> None:
    """Let the schema of an enum say that other values may come.

    Args:
        values: The known values.
        schema: The schema that pydantic made of the enum, which is changed.
    """
    for keyword in ("enum", "const", "type"):
        schema.pop(keyword, None)
    schema["anyOf"] = [{"type": "string", "enum": values}, {"type": "string"}]


def _title_of(name: str) -> str:
    """The title that pydantic makes from the name of a field."""
    return name.title().replace("_", " ").strip()


def descriptions_of(model: Type[BaseModel]) -> Dict[str, str]:
    """The docstrings behind the fields of a class and of its bases, by field.

    Only ours: what users write in their own classes becomes public only if they ask pydantic for it.
    """
    found: Dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base.__module__.partition(".")[0] == _PACKAGE:
            found.update(_docstrings_in(base.__module__).get(base.__qualname__, {}))
    return found


@functools.cache
def _docstrings_in(module: str) -> Dict[str, Dict[str, str]]:
    """The docstrings behind the fields of a module's classes; none where it has no source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError, SyntaxError):
        return {}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: dict(_docstrings_of(node)) for node in classes}


def _docstrings_of(node: ast.ClassDef) -> Iterator[Tuple[str, str]]:
    for field, text in zip(node.body, node.body[1:]):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            yield field.target.id, inspect.cleandoc(text.value.value)
