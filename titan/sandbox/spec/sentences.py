"""Says in one sentence that names the field why a request does not fit the contract."""

from __future__ import annotations

from typing import Any, Optional

from ..base.encoding import TYPE_NAMES, Json, name_type

_TEMPLATES = {
    "const": "must be {}",
    "enum": "must be one of: {}",
    "format": "must be a web address that begins with http:// or https://, such as https://example.com/photo.jpg",
    "pattern": "must match {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "uniqueItems": "must not have an item twice",
    "minProperties": "must have at least {} fields",
    "maxProperties": "must have at most {} fields",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "anyOf": "fits none of its allowed forms",
    "oneOf": "must fit exactly one of its allowed forms",
}


def explain(error: Any, parameter: Optional[str] = None) -> str:
    """Say what is wrong.

    Args:
        error: A jsonschema.ValidationError.
        parameter: Name of the parameter whose value it is about; None: the body.

    Returns:
        A sentence.
    """
    keyword = str(error.validator)
    limit: Any = error.validator_value
    instance: Any = error.instance
    path = [str(part) for part in error.absolute_path]
    if parameter is not None:
        path.insert(0, parameter)
    field = ".".join(path) or "the body"
    if keyword == "required":
        missing = next(name for name in limit if name not in instance)
        return f"missing required field: {'.'.join([*path, missing])}"
    if keyword == "type":
        return f"{field} must be {_name_types(limit)}, not {name_type(instance)}"
    if keyword == "additionalProperties":
        known: Json = error.schema.get("properties", {})
        return f"unknown field: {'.'.join([*path, next(name for name in instance if name not in known)])}"
    template = _TEMPLATES.get(keyword)
    if template is None:
        return f"{field} is invalid ({keyword})"
    if keyword == "enum":
        limit = ", ".join(str(value) for value in limit)
    return f"{field} {template.format(limit)}"


def _name_types(types: Any) -> str:
    return " or ".join(TYPE_NAMES[name] for name in ([types] if isinstance(types, str) else types))
