"""From the bytes of a response to the declared type: one fast path, and a tolerant one behind it."""

from __future__ import annotations

import functools
import json
import re
from typing import Any, Dict, NamedTuple, Optional, Set, Type, TypeVar, Union, get_args, get_origin

from pydantic import VERSION, TypeAdapter, ValidationError
from typing_extensions import Annotated, TypedDict

from .._init_lock import init_lock
from .base import TitanModel, fields_of

Model = TypeVar("Model", bound=TitanModel)


class Parsed(NamedTuple):
    """A value, and whether it is what was declared."""

    value: Any
    mismatch: Optional[str]
    """What did not fit the declared type, without any of the values; None where all did."""


def parse(body: bytes, shape: Any) -> Parsed:
    """Read a response body as the declared type, whatever surprises are in it.

    Args:
        body: The bytes as they came, with or without the envelope `{"data": …}`.
        shape: A model class, or a list of one.

    Returns:
        The value. Unknown fields are kept; a field whose value does not fit keeps that value as it came.

    Raises:
        ValueError: The body is no JSON, or its outermost value has not the shape of the declared type.
    """
    try:
        return Parsed(_validate(_envelope(shape), shape, body)["data"], None)
    except ValueError as error:
        mismatch = _describe(error)
    document = load(body)
    value = unwrap(document)
    is_list = get_origin(shape) is list
    if value is None or value == {"success": True} or (value == {} and not is_list):
        return Parsed([] if is_list else _read_model(shape, value or {}), None)
    if not isinstance(value, list if is_list else dict):
        raise ValueError(f"its body holds a JSON {_JSON_NAMES[type(value)]}")
    if value is document:
        try:
            return Parsed(_validate(_adapter(shape), shape, body), None)
        except ValueError as error:
            mismatch = _describe(error)
    return Parsed(_read(value, shape, _adapter(shape)), mismatch)


def load(body: bytes) -> Any:
    """Read JSON; no body at all reads as null.

    Raises:
        ValueError: The body is no JSON.
    """
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        start = body.lstrip()[:15].lower()
        kind = "HTML" if start.startswith((b"<!doctype html", b"<html")) else "no valid JSON"
        raise ValueError(f"its body is {kind}") from error


def unwrap(document: Any) -> Any:
    """Take the value out of its envelope, where there is one."""
    return document["data"] if isinstance(document, dict) and "data" in document else document


_JSON_NAMES = {dict: "object", list: "array", str: "string", int: "number", float: "number", bool: "boolean"}


@functools.cache
def _envelope(shape: Any) -> TypeAdapter[Any]:
    return _adapter(TypedDict("_Envelope", {"data": shape}))  # type: ignore[operator]


@functools.cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    with init_lock:
        return TypeAdapter(shape)


class _FieldLostError(ValueError):
    """The body fits, but pydantic left a part of it out."""


# An unknown field that is called like an attribute: pydantic 2.13, and no other, drops it from JSON.
_DROPS_FIELDS = VERSION.startswith("2.13.")


def _validate(adapter: TypeAdapter[Any], shape: Any, body: bytes) -> Any:
    value = adapter.validate_json(body, strict=True)
    if _DROPS_FIELDS:
        attributes = _attributes(shape)
        if attributes is not None and attributes.search(body):
            raise _FieldLostError
    return value


@functools.cache
def _attributes(shape: Any) -> Optional[re.Pattern[bytes]]:
    """Finds in JSON what is called like an attribute of these models, where that is not its wire name."""
    names: Set[str] = set()
    known: Set[Any] = set()
    ahead = [shape]
    while ahead:
        part = ahead.pop()
        ahead += get_args(part)
        if _is_model(part) and part not in known:
            known.add(part)
            names.update(name for name, wire in fields_of(part).wire_names.items() if name != wire)
            ahead += [field.annotation for field in part.model_fields.values()]
    return re.compile(f'"({"|".join(sorted(names))})"'.encode()) if names else None


def _is_model(shape: Any) -> bool:
    """Whether this is a model class; Python 3.9 and 3.10 call `dict[str, Any]` a type as well."""
    return isinstance(shape, type) and get_origin(shape) is None and issubclass(shape, TitanModel)


@functools.cache
def _field_type(model: Type[TitanModel], name: str) -> Any:
    field = model.model_fields[name]
    if not field.metadata:
        return field.annotation
    parts = (field.annotation, *field.metadata)
    return Annotated[parts]


def _read(value: Any, shape: Any, adapter: TypeAdapter[Any]) -> Any:
    """Read a value strictly where that works, else part by part; what fits nowhere stays as it came."""
    try:
        return _validate(adapter, shape, json.dumps(value).encode())
    except (ValueError, RecursionError):
        pass
    shape = _without_none(shape)
    if get_origin(shape) is list and isinstance(value, list):
        (item_shape,) = get_args(shape)
        return [_read(item, item_shape, _adapter(item_shape)) for item in value]
    if _is_model(shape) and isinstance(value, dict):
        return _read_model(shape, value)
    return value


def _read_model(model: Type[Model], value: Dict[str, Any]) -> Model:
    instance = model.model_construct()
    attributes = vars(instance)
    unknown = dict(value)
    for name, wire_name in fields_of(model).wire_names.items():
        if wire_name in unknown:
            shape = _field_type(model, name)
            attributes[name] = _read(unknown.pop(wire_name), shape, _adapter(shape))
            instance.model_fields_set.add(name)
        else:
            attributes.setdefault(name, None)
    instance.__pydantic_extra__ = unknown
    return instance


def _without_none(shape: Any) -> Any:
    if get_origin(shape) is not Union:
        return shape
    rest = [member for member in get_args(shape) if member is not type(None)]
    return rest[0] if len(rest) == 1 else shape


def _describe(error: ValueError) -> Optional[str]:
    """Where and how a body differs from the declared type, without the values, which may be private."""
    if not isinstance(error, ValidationError):
        return None
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found[:3]]
    return "; ".join(lines) + ("; …" if len(found) > 3 else "")


def read_strictly(body: bytes, shape: Any) -> Any:
    """Read a body without an envelope as the declared type; None where it does not fit."""
    try:
        return _validate(_adapter(shape), shape, body)
    except ValueError:
        return None


def read_tolerantly(body: bytes, model: Type[Model]) -> Model:
    """Read a body without an envelope as a model, whatever surprises are in it.

    Raises:
        ValueError: The body is no JSON object.
    """
    exact: Optional[Model] = read_strictly(body, model)
    if exact is not None:
        return exact
    value = load(body)
    if not isinstance(value, dict):
        raise ValueError("its body is no JSON object")
    return _read_model(model, value)
