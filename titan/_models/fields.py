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
    not_null: FrozenSet[str]
    """Fields whose type takes None only because they may be missing."""


@functools.cache
def fields_of(model: Type[BaseModel]) -> Fields:
    """The fields of a model class, by both of their names."""
    wire_names: Dict[str, str] = {}
    constants, integers, optional = set(), set(), set()
    for name, field in model.model_fields.items():
        wire_names[name] = field.alias or to_camel(name)
        if get_origin(field.annotation) is Literal and not field.is_required():
            constants.add(name)
        if int in (field.annotation, *get_args(field.annotation)):
            integers.add(name)
        if not field.is_required():
            optional.add(name)
    python_names = {wire: name for name, wire in wire_names.items()}
    return Fields(
        wire_names,
        python_names,
        frozenset(constants),
        frozenset(integers),
        secrets=_names_in(model, "__titan_secrets__"),
        not_null=frozenset(optional - _names_in(model, "__titan_nullable__")),
    )


def _names_in(model: Type[BaseModel], marks: str) -> FrozenSet[str]:
    """The fields that a class and its bases list under a name."""
    return frozenset().union(*(vars(base).get(marks, ()) for base in model.__mro__))
