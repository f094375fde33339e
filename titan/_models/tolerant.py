"""Reading what does not fit the declared type: each part strictly where it fits, or else as it came."""

from __future__ import annotations

import functools
import json
from typing import Any, Dict, Type, TypeVar, Union, get_args, get_origin

from typing_extensions import Annotated

from .._interruptions import raise_if_interrupted
from .base import TitanModel
from .fields import fields_of
from .validation import adapter_of, is_model, validate

Model = TypeVar("Model", bound=TitanModel)


@functools.cache
def _field_type(model: Type[TitanModel], name: str) -> Any:
    field = model.model_fields[name]
    if not field.metadata:
        return field.annotation
    parts = (field.annotation, *field.metadata)
    return Annotated[parts]


_MISFIT: Any = object()


def read_value(value: Any, shape: Any) -> Any:
    """Read a value strictly where that works, else part by part; what fits nowhere stays as it came."""
    fitting = _read_fitting(value, shape)
    if fitting is not _MISFIT:
        return fitting
    shape = without_none(shape)
    if get_origin(shape) is list and isinstance(value, list):
        (item_shape,) = get_args(shape)
        return [read_value(item, item_shape) for item in value]
    if is_model(shape) and isinstance(value, dict):
        return read_model(shape, value)
    return value


def _read_fitting(value: Any, shape: Any) -> Any:
    """Read a value strictly; `_MISFIT` where it does not fit."""
    try:
        return validate(adapter_of(shape), shape, json.dumps(value).encode())
    except (ValueError, RecursionError) as error:
        raise_if_interrupted(error)
        return _MISFIT


def read_model(model: Type[Model], value: Dict[str, Any]) -> Model:
    """Read an object as a model field by field; what did not come is None, unknown fields are kept."""
    instance = model.model_construct()
    attributes = vars(instance)
    unknown = dict(value)
    for name, wire_name in fields_of(model).wire_names.items():
        shape = _field_type(model, name)
        if wire_name in unknown:
            attributes[name] = read_value(unknown.pop(wire_name), shape)
        else:
            # By its Python name it counts only where it fits.
            fitting = _read_fitting(unknown[name], shape) if name in unknown else _MISFIT
            if fitting is _MISFIT:
                attributes.setdefault(name, None)
                continue
            attributes[name] = fitting
            del unknown[name]
        instance.model_fields_set.add(name)
    instance.__pydantic_extra__ = unknown
    return instance


def without_none(shape: Any) -> Any:
    """The type in an `Optional`; any other as it is."""
    if get_origin(shape) is not Union:
        return shape
    rest = [member for member in get_args(shape) if member is not type(None)]
    return rest[0] if len(rest) == 1 else shape
