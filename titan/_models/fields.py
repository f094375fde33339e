"""What a model class knows of its fields."""

from __future__ import annotations

import functools
from typing import Dict, FrozenSet, Literal, NamedTuple, Type, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_camel


class Fields(NamedTuple):
    """What a model class knows of its fields."""

    wire_names: Dict[str, str]
    """Python name to wire name."""
    python_names: Dict[str, str]
    """Wire name to Python name."""
    constants: FrozenSet[str]
    """Fields that have their value without being set, such as `type` of a message."""
    integers: FrozenSet[str]
    secrets: FrozenSet[str]


@functools.cache
def fields_of(model: Type[BaseModel]) -> Fields:
    """The fields of a model class, by both of their names."""
    wire_names: Dict[str, str] = {}
    constants, integers = set(), set()
    for name, field in model.model_fields.items():
        wire_names[name] = field.alias or to_camel(name)
        if get_origin(field.annotation) is Literal and not field.is_required():
            constants.add(name)
        if int in (field.annotation, *get_args(field.annotation)):
            integers.add(name)
    secrets = frozenset().union(*(vars(base).get("__titan_secrets__", ()) for base in model.__mro__))
    python_names = {wire: name for name, wire in wire_names.items()}
    return Fields(wire_names, python_names, frozenset(constants), frozenset(integers), secrets)
