"""Path and query parameters: from their texts to values that fit the contract."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..base.encoding import Json
from .operations import resolve
from .sentences import explain
from .validation import Validator

_TRUE = ("y", "yes", "t", "true", "on", "1")
_FALSE = ("n", "no", "f", "false", "off", "0")
_STYLES = {"path": "simple", "query": "form"}
"""The styles that are checked: those of parameters whose contract names none. Others are let through."""


def read_parameters(spec: Json, path: str, method: str) -> List[Parameter]:
    """Read the path and query parameters of an operation.

    Headers are left out: credentials are checked elsewhere, and `Prefer` can be anything.
    """
    item: Json = spec["paths"][path]
    found: Dict[Tuple[str, str], Parameter] = {}
    for node in (*item[method].get("parameters", ()), *item.get("parameters", ())):
        given = resolve(spec, node)
        place = given["in"]
        schema = resolve(spec, given.get("schema", {}))
        is_checked = (
            place in _STYLES
            and given.get("style", _STYLES[place]) == _STYLES[place]
            and schema.get("type") != "object"
            and "content" not in given
        )
        # One of the operation stands in the place of one of the path.
        if is_checked and (given["name"], place) not in found:
            found[given["name"], place] = Parameter(spec, given, schema, Validator(spec, schema))
    return list(found.values())


class Parameter(NamedTuple):
    """A parameter of an operation."""

    spec: Json
    given: Json
    """As the contract has it."""
    schema: Json
    validator: Validator

    def find_error(self, path: Mapping[str, str], query: Sequence[Tuple[str, str]]) -> Optional[str]:
        """Say what is wrong with its value in a request, if something is."""
        name, is_query = self.given["name"], self.given["in"] == "query"
        texts = [text for key, text in (query if is_query else path.items()) if key == name]
        if not texts and "default" not in self.schema:
            is_missing = self.given.get("required", False)
            return f"Missing required {self.given['in']} parameter: {name}" if is_missing else None
        try:
            value = _cast(self.spec, self.schema, self._join(texts)) if texts else self.schema["default"]
        except _CastError as cannot:
            return str(cannot)
        if value == "" and is_query and texts and not self.given.get("allowEmptyValue"):
            return f"Value of {name} query parameter cannot be empty"
        error = self.validator.find_error(value)
        return None if error is None else explain(error, name)

    def _join(self, texts: List[str]) -> Any:
        if self.schema.get("type") != "array":
            return texts[0]
        is_exploded = self.given["in"] == "query" and self.given.get("explode", True)
        return texts if is_exploded else texts[0].split(",")


class _CastError(Exception):
    pass


def _read_boolean(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValueError(text)
    return text.lower() in _TRUE


_CASTS: Dict[str, Callable[[str], Any]] = {"integer": int, "number": float, "boolean": _read_boolean}


def _cast(spec: Json, schema: Json, value: Any) -> Any:
    schema = resolve(spec, schema)
    kind = schema.get("type")
    if kind is None:
        return _cast_to_any(spec, schema, value)
    if isinstance(kind, list):
        return _cast_to_first(spec, [{**schema, "type": one} for one in kind if one != "null"], value)
    if kind == "array" and isinstance(value, list):
        return [_cast(spec, schema.get("items", {}), one) for one in value]
    try:
        return _CASTS[kind](value) if kind in _CASTS else value
    except ValueError:
        raise _CastError(f"Failed to cast value to {kind} type: {value}") from None


def _cast_to_any(spec: Json, schema: Json, value: Any) -> Any:
    for part in schema.get("allOf", ()):
        value = _cast_to_first(spec, [part], value)
    for combination in ("oneOf", "anyOf"):
        if combination in schema:
            return _cast_to_first(spec, schema[combination], value)
    return value


def _cast_to_first(spec: Json, schemas: Sequence[Json], value: Any) -> Any:
    for schema in schemas:
        with suppress(_CastError):
            return _cast(spec, schema, value)
    return value
