"""Payloads in Python names, which the server would not read."""

from __future__ import annotations

import functools
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple, Type, get_args

from ..._models import TitanModel
from ..._models.fields import fields_of

Models = Tuple[Type[TitanModel], ...]
"""What a part of a payload can be: one model, or all those of a union."""


class _Names(NamedTuple):
    python_names: Dict[str, str]
    """Names that are only attributes, and the wire name of each."""
    inside: Dict[str, Models]
    """The fields that hold further models, by wire name."""


def refuse_python_names(payload: Mapping[str, Any], schema: str) -> None:
    """Refuse what pydantic dumped of a model, at any depth: `chat_id` in place of `chatId`.

    Args:
        payload: A request body that is not a model itself.
        schema: The name of its schema.

    Raises:
        ValueError: A key is the Python name of a field, and the wire name of none.
    """
    _refuse_in(payload, _models_of(schema), "")


def _refuse_in(value: Any, models: Models, path: str) -> None:
    if isinstance(value, (list, tuple)):
        for item in value:
            _refuse_in(item, models, path)
        return
    if not isinstance(value, Mapping):
        return
    names = _names_of(_choose(models, value))
    found = names.python_names.keys() & value.keys()
    if found:
        name = min(found)
        raise ValueError(
            f"the payload has {path}{name}, the Python name of {names.python_names[name]}: "
            "pass the model itself, or what its to_dict() returns"
        )
    for wire_name in names.inside.keys() & value.keys():
        _refuse_in(value[wire_name], names.inside[wire_name], f"{path}{wire_name}.")


def _choose(models: Models, value: Mapping[str, Any]) -> Models:
    """The model of a union that the constant in a value names, or all of them."""
    if len(models) == 1:
        return models
    for (wire_name, constant), model in _variants(models).items():
        if value.get(wire_name) == constant:
            return (model,)
    return models


@functools.cache
def _variants(models: Models) -> Dict[Tuple[str, Any], Type[TitanModel]]:
    return {
        (fields_of(model).wire_names[name], model.model_fields[name].default): model
        for model in models
        for name in fields_of(model).constants
    }


@functools.cache
def _names_of(models: Models) -> _Names:
    wire_names = {wire for model in models for wire in fields_of(model).python_names}
    python_names: Dict[str, str] = {}
    inside: Dict[str, Models] = {}
    for model in models:
        for name, wire in fields_of(model).wire_names.items():
            if name not in wire_names:
                python_names[name] = wire
            held = _models_in(model.model_fields[name].annotation)
            if held:
                inside[wire] = tuple(dict.fromkeys((*inside.get(wire, ()), *held)))
    return _Names(python_names, inside)


@functools.cache
def _models_of(schema: str) -> Models:
    from ... import types_gen  # not before it is needed: it takes as long to load as all the rest

    return _models_in(getattr(types_gen, schema))


def _models_in(annotation: Any) -> Models:
    alias: Optional[Any] = getattr(annotation, "__value__", None)
    if alias is not None:
        return _models_in(alias)
    if isinstance(annotation, type) and not get_args(annotation):
        return (annotation,) if issubclass(annotation, TitanModel) else ()
    return tuple(dict.fromkeys(model for part in get_args(annotation) for model in _models_in(part)))
