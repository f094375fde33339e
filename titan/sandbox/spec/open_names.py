"""Names in a request that are nearly known ones, where the contract lists the known ones of an open set."""

from __future__ import annotations

from functools import cache
from typing import Any, FrozenSet, Iterator, List, NamedTuple, Tuple

from ..._names import nearest
from ..base.encoding import Json
from .operations import Operation, load_spec, resolve

_MARK = "x-extensible-enum"
_ITEM = "[]"


class _Place(NamedTuple):
    """A place in the body of an operation that holds names of an open set."""

    path: Tuple[str, ...]
    known: FrozenSet[str]


def find_misspelled(operation: Operation, body: Any) -> Iterator[str]:
    """Find the names that look misspelled: events, scopes, actions.

    Args:
        operation: The operation.
        body: What it was sent.

    Yields:
        A sentence for each.
    """
    for place in _find_places(operation.method, operation.path):
        for text in _find_texts(body, place.path):
            # Actions come as one text, with commas between them.
            for name in map(str.strip, text.split(",")):
                meant = None if name in place.known else nearest(name, place.known)
                if meant is not None:
                    field = ".".join(part for part in place.path if part != _ITEM)
                    yield f"{field} names {name}: did you mean {meant}?"


@cache
def _find_places(method: str, path: str) -> List[_Place]:
    spec = load_spec()
    body = resolve(spec, spec["paths"][path][method].get("requestBody", {}))
    schema: Json = body.get("content", {}).get("application/json", {}).get("schema", {})
    return list(_walk(spec, schema, (), ()))


def _walk(spec: Json, schema: Json, path: Tuple[str, ...], above: Tuple[int, ...]) -> Iterator[_Place]:
    schema = resolve(spec, schema)
    if id(schema) in above:
        return
    above = (*above, id(schema))
    if _MARK in schema:
        yield _Place(path, frozenset(schema[_MARK]))
    for name, inner in schema.get("properties", {}).items():
        yield from _walk(spec, inner, (*path, name), above)
    if "items" in schema:
        yield from _walk(spec, schema["items"], (*path, _ITEM), above)
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            yield from _walk(spec, part, path, above)


def _find_texts(value: Any, path: Tuple[str, ...]) -> Iterator[str]:
    if not path:
        if isinstance(value, str):
            yield value
    elif path[0] == _ITEM:
        for item in value if isinstance(value, list) else ():
            yield from _find_texts(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _find_texts(value[path[0]], path[1:])
