"""From the bytes of a response to the declared type: one fast path, and a tolerant one behind it."""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple, Optional, Type, cast, get_origin

from .._interruptions import raise_if_interrupted
from .base import TitanModel
from .failures import may_say_failure, refuse_failure
from .fields import fields_of
from .tolerant import Model, read_model, read_value
from .validation import adapter_of, describe_mismatch, envelope_of, validate


class Parsed(NamedTuple):
    """A value, and whether it is what was declared."""

    value: Any
    mismatch: Optional[str]
    """What did not fit the declared type, without any of the values; None where all did."""


def parse(body: bytes, shape: Any, *, may_be_empty: bool = False) -> Parsed:
    """Read a response body as the declared type, whatever surprises are in it.

    Args:
        body: The bytes as they came, with or without the envelope `{"data": …}`.
        shape: A model class, a list of one, `Any` where the contract declares nothing, or None for an
            operation without a result.
        may_be_empty: Whether the server may answer without the result. It then is a model whose fields are
            None, or an empty list.

    Returns:
        The value. Unknown fields are kept; a field whose value does not fit keeps that value as it came.

    Raises:
        ValueError: The body is not JSON, says that the request failed, holds no result, or its outermost
            value is not of the declared kind.
    """
    mismatch = None
    if shape is not None and shape is not Any:
        try:
            envelope = validate(envelope_of(shape), shape, body)
        except ValueError as error:
            raise_if_interrupted(error)
            mismatch = describe_mismatch(error)
        else:
            value = envelope["data"]
            nothing_known = isinstance(value, TitanModel) and _has_no_known_field(value)
            # Asked of what was read: a search in the bytes would take a tenth of the time of a long list.
            if nothing_known or may_say_failure(envelope) or may_say_failure(_undeclared(value)):
                refuse_failure(load(body), shape)
            # An empty object fits where the contract requires no field; a mere success says nothing.
            if may_be_empty or not nothing_known or value.to_dict() != {"success": True}:
                return Parsed(value, None)
    document = load(body)
    refuse_failure(document, shape)
    value = unwrap(document)
    if shape is None:
        return Parsed(None, None)
    if shape is Any:
        return Parsed(value, None)
    is_list = get_origin(shape) is list
    if value is None or value == {"success": True} or (value == {} and not is_list):
        if not may_be_empty:
            raise ValueError("its body holds no result")
        return Parsed([] if is_list else read_model(cast(Any, shape), value or {}), None)
    if not isinstance(value, list if is_list else dict):
        raise ValueError(f"its body holds a JSON {_JSON_NAMES[type(value)]}")
    if value is document:
        try:
            return Parsed(validate(adapter_of(shape), shape, body), None)
        except ValueError as error:
            raise_if_interrupted(error)
            mismatch = describe_mismatch(error)
    return Parsed(read_value(value, shape), mismatch)


def _has_no_known_field(value: TitanModel) -> bool:
    return value.model_fields_set.isdisjoint(fields_of(type(value)).wire_names)


def _undeclared(value: Any) -> Dict[str, Any]:
    """The fields that the contract does not declare: all of a plain object."""
    if isinstance(value, dict):
        return cast("Dict[str, Any]", value)
    return (value.model_extra if isinstance(value, TitanModel) else None) or {}


def load(body: bytes) -> Any:
    """Read JSON; no body at all reads as null.

    Raises:
        ValueError: The body is not JSON.
    """
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        start = body.lstrip()[:15].lower()
        kind = "HTML" if start.startswith((b"<!doctype html", b"<html")) else "not valid JSON"
        raise ValueError(f"its body is {kind}") from error


def unwrap(document: Any) -> Any:
    """Take the value out of its envelope, where there is one."""
    return document["data"] if isinstance(document, dict) and "data" in document else document


_JSON_NAMES = {dict: "object", list: "array", str: "string", int: "number", float: "number", bool: "boolean"}


def read_strictly(body: bytes, shape: Any) -> Any:
    """Read a body without an envelope as the declared type; None where it does not fit."""
    try:
        return validate(adapter_of(shape), shape, body)
    except ValueError as error:
        raise_if_interrupted(error)
        return None


def read_tolerantly(body: bytes, model: Type[Model]) -> Model:
    """Read a body without an envelope as a model, whatever surprises are in it.

    Raises:
        ValueError: The body is not a JSON object.
    """
    exact: Optional[Model] = read_strictly(body, model)
    if exact is not None:
        return exact
    value = load(body)
    if not isinstance(value, dict):
        raise ValueError("its body is not a JSON object")
    return read_model(model, value)
