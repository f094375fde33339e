"""Checks values against schemas of the contract."""

from __future__ import annotations

import math
import re
from functools import cached_property
from typing import Any, Iterator, Optional, Set, Tuple
from urllib.parse import urlsplit

import jsonschema_rs

from ..base.encoding import Json
from .operations import COMPONENTS, find_mapping, find_referenced

_DEEPEST = 100
"""How many levels of a value jsonschema-rs gets to see: not as many as it takes."""
_LARGEST = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_COMBINATIONS = ("allOf", "anyOf", "oneOf")
_WITHOUT_SCHEMAS = ("const", "default", "enum", "example", "examples")
"""Keywords whose values are data."""
_WITH_NAMES = ("$defs", "dependentSchemas", "patternProperties", "properties")
"""Keywords whose values are schemas by names."""
_SEEN_OTHERWISE = (
    *("discriminator", "multipleOf", "uniqueItems"),
    # Where more is refused inside these, more fits them.
    *("not", "if", "patternProperties", "propertyNames", "$schema"),
)
"""Keywords by which jsonschema-rs would let through what does not fit."""
_PATTERNS_READ_OTHERWISE = ("\\", "(?", "[[", "&&", "--", "~~")
_LARGEST_EXACT = 2**53


class Validator:
    """Tells whether values fit a schema, and where one does not.

    jsonschema-rs says that a value fits, which takes it a microsecond. What it refuses or cannot read is
    decided by jsonschema, slowly: jsonschema-rs reports errors in another order, with paths that differ from
    version to version.

    Args:
        spec: The contract.
        schema: The schema.
        narrowed: The same for the values that will come, without its discriminator.
    """

    def __init__(self, spec: Json, schema: Json, narrowed: Optional[Json] = None) -> None:
        self._spec = spec
        self._schema = schema
        self._fast = _compile(spec, schema if narrowed is None else narrowed)

    def find_error(self, value: Any) -> Any:
        """Return the first error of a value, a jsonschema.ValidationError; None where it fits."""
        if self._fast is not None and _is_readable(value, _DEEPEST) and self._fast.is_valid(value):
            return None
        return next(self._thorough.iter_errors(value), None)

    @cached_property
    def _thorough(self) -> Any:
        # Loaded with the first refusal, since most sandboxes see none. It has no types of its own.
        from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
        from jsonschema.validators import extend  # type: ignore[import-untyped]

        formats = FormatChecker([])
        formats.checks("uri")(is_web_address)
        checks = {name: _follow_discriminators(self._spec, name) for name in _COMBINATIONS}
        kind: Any = extend(Draft202012Validator, checks)
        rest = {name: part for name, part in self._spec.items() if name in ("components", "paths")}
        return kind({**self._schema, **rest}, format_checker=formats)


def narrow(spec: Json, schema: Json, value: str) -> Json:
    """Put one variant in the place of all of them, since an error of theirs only says that none fits.

    Args:
        spec: The contract.
        schema: A schema with a discriminator, at its top or in a part of its `allOf`.
        value: One of the values of the discriminator.

    Returns:
        The schema of the objects that have this value.
    """
    if "$ref" in schema:
        others = {key: part for key, part in schema.items() if key != "$ref"}
        return {"allOf": [others, narrow(spec, find_referenced(spec, schema["$ref"]), value)]}
    if "discriminator" in schema:
        others = {key: part for key, part in schema.items() if key not in ("discriminator", *_COMBINATIONS)}
        return {"allOf": [others, {"$ref": find_mapping(spec, schema)[value]}]}
    if "allOf" in schema:
        return {**schema, "allOf": [narrow(spec, part, value) for part in schema["allOf"]]}
    return schema


def is_web_address(value: Any) -> bool:
    """Check the format `uri`: an address with http or https; what is no text has no format."""
    if not isinstance(value, str):
        return True
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    is_http = parts.scheme in ("http", "https") and bool(host) and port != 0
    return is_http and re.search(r"[^!-~]", value) is None


def _is_readable(value: Any, levels: int) -> bool:
    """Tell whether every version of jsonschema-rs can read a value.

    Some do not take half surrogates, end the process at one in a name, or have limits to integers and depth.
    """
    kind = type(value)
    if kind is str:
        # Of most texts Python knows that they are ASCII without looking at them.
        return value.isascii() or _SURROGATE.search(value) is None
    if kind is dict:
        if not levels:
            return False
        for name, part in value.items():
            if not (_is_readable(name, 0) and _is_readable(part, levels - 1)):
                return False
    elif kind is list:
        if not levels:
            return False
        for part in value:
            if not _is_readable(part, levels - 1):
                return False
    elif kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    elif kind is float:
        return bool(math.isfinite(value))
    return True


def _compile(spec: Json, schema: Json) -> Optional[jsonschema_rs.Draft202012Validator]:
    """Compile a schema; None where jsonschema-rs cannot say that a value fits it."""
    schemas: Json = {}
    try:
        root = _prepare(spec, schema, schemas)
        _refuse_circles(schemas)
        return jsonschema_rs.Draft202012Validator(
            {**root, "components": {"schemas": schemas}},
            formats={"uri": is_web_address},
            validate_formats=True,
        )
    except (AttributeError, KeyError, TypeError, ValueError, jsonschema_rs.ReferencingError):
        return None


def _prepare(spec: Json, node: Any, schemas: Json) -> Any:
    """Copy a part of a schema without formats that nothing checks, and collect the schemas that it refers to.

    Raises:
        ValueError: It has a keyword that jsonschema-rs does not know, or takes for something else.
        KeyError: It refers to what is not there.
    """
    if isinstance(node, list):
        return [_prepare(spec, part, schemas) for part in node]
    if not isinstance(node, dict):
        return node
    if _is_read_otherwise(node):
        raise ValueError("only jsonschema can tell whether a value fits")
    name = str(node.get("$ref", ""))[len(COMPONENTS) :]
    if name and name not in schemas:
        # First, since a schema may refer to itself.
        schemas[name] = True
        schemas[name] = _prepare(spec, spec["components"]["schemas"][name], schemas)
    prepared: Json = {}
    for key, part in node.items():
        if key in _WITH_NAMES:
            prepared[key] = {name: _prepare(spec, schema, schemas) for name, schema in part.items()}
        elif key in _WITHOUT_SCHEMAS:
            prepared[key] = part
        elif key != "format" or part == "uri":
            prepared[key] = _prepare(spec, part, schemas)
    return prepared


def _is_read_otherwise(node: Json) -> bool:
    reference, pattern = str(node.get("$ref", COMPONENTS)), str(node.get("pattern", ""))
    constants = [node.get("const"), *node.get("enum", ())]
    return (
        any(name in node for name in _SEEN_OTHERWISE)
        or any(part in pattern for part in _PATTERNS_READ_OTHERWISE)
        or not reference.startswith(COMPONENTS)
        or any(type(value) is int and abs(value) > _LARGEST_EXACT for value in constants)
    )


def _refuse_circles(schemas: Json) -> None:
    """Refuse schemas whose check would come back to itself with the same value, and never end.

    Raises:
        ValueError: There is one.
    """
    ended: Set[str] = set()

    def follow(name: str, above: Tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"{name} refers to itself")
        if name not in ended:
            for other in _find_same_value(schemas.get(name)):
                follow(other, (*above, name))
            ended.add(name)

    for name in schemas:
        follow(name, ())


def _find_same_value(node: Any) -> Iterator[str]:
    """The names of the schemas that the value of this one is checked against, too."""
    if isinstance(node, list):
        for part in node:
            yield from _find_same_value(part)
    elif isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"][len(COMPONENTS) :]
        for combination in _COMBINATIONS:
            yield from _find_same_value(node.get(combination))


def _follow_discriminators(spec: Json, combination: str) -> Any:
    """Make the check of a combination of schemas, of which a discriminator may choose one."""
    from jsonschema import Draft202012Validator, ValidationError

    plain = Draft202012Validator.VALIDATORS[combination]

    def check(validator: Any, parts: Any, instance: Any, schema: Json) -> Iterator[Any]:
        if "discriminator" not in schema:
            yield from plain(validator, parts, instance, schema)
            return
        value = instance.get(schema["discriminator"]["propertyName"]) if isinstance(instance, dict) else None
        variant = find_mapping(spec, schema).get(value) if isinstance(value, str) else None
        if variant:
            yield from validator.descend(instance, {"$ref": variant})
        else:
            yield ValidationError("no variant has this value of the discriminator")

    return check
