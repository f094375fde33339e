"""Strict validation by pydantic: adapters, each built once, and what they miss."""

from __future__ import annotations

import functools
import re
from typing import Any, Optional, Set, cast, get_args, get_origin

from pydantic import VERSION, ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from .._init_lock import init_lock
from .base import TitanModel
from .fields import fields_of


@functools.cache
def envelope_of(shape: Any) -> TypeAdapter[Any]:
    """Reads `{"data": …}` with a value of the declared type in it; what stands beside it is kept."""
    envelope = cast(Any, TypedDict)("_Envelope", {"data": shape})
    envelope.__pydantic_config__ = ConfigDict(extra="allow")
    return adapter_of(envelope)


@functools.cache
def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """Reads a value of the declared type."""
    with init_lock():
        return TypeAdapter(shape)


class _FieldLostError(ValueError):
    """The body fits, but pydantic left a part of it out."""


# An unknown field that is called like an attribute: pydantic 2.13, and no other, drops it from JSON.
_DROPS_FIELDS = VERSION.startswith("2.13.")


def validate(adapter: TypeAdapter[Any], shape: Any, body: bytes) -> Any:
    """Read JSON that fits a declared type strictly.

    Args:
        adapter: Of the declared type, or of an envelope around it.
        shape: The declared type.
        body: The JSON.

    Raises:
        ValueError: It does not fit, or pydantic would lose a part of it.
    """
    # pydantic's core sets parts of itself up when it first needs them, and lets other threads run meanwhile:
    # in a process that is forked just then, it would wait for ever for a thread that is not there.
    with init_lock():
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
        if is_model(part) and part not in known:
            known.add(part)
            names.update(name for name, wire in fields_of(part).wire_names.items() if name != wire)
            ahead += [field.annotation for field in part.model_fields.values()]
    return re.compile(f'"({"|".join(sorted(names))})"'.encode()) if names else None


def is_model(shape: Any) -> bool:
    """Whether this is a model class; Python 3.9 and 3.10 call `dict[str, Any]` a type as well."""
    return isinstance(shape, type) and get_origin(shape) is None and issubclass(shape, TitanModel)


def describe_mismatch(error: ValueError) -> Optional[str]:
    """Where and how a body differs from the declared type, without the values, which may be private."""
    if not isinstance(error, ValidationError):
        return None
    found = error.errors(include_url=False, include_context=False, include_input=False)
    # pydantic quotes a tag that it does not know.
    lines = [
        f"{'.'.join(map(str, item['loc']))}: "
        + ("unknown kind" if item["type"].startswith("union_tag") else item["msg"])
        for item in found[:3]
    ]
    return "; ".join(lines) + ("; …" if len(found) > 3 else "")
