"""What in a payload the contract does not know: fields, and values of which it lists the known ones.

What pydantic dumped of a model is found by the way: it has fields in Python names, which no server reads.
"""

from __future__ import annotations

import functools
from enum import Enum
from typing import (
    Annotated,
    Any,
    Callable,
    Dict,
    FrozenSet,
    List,
    Literal,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
    Type,
    Union,
    get_args,
    get_origin,
)

from ..._models.base import TitanModel
from ..._models.enums import OpenEnum
from ..._models.fields import fields_of
from ..._names import nearest, warn_if_nearly_known
from ..._privacy import mask
from .._operation import Operation

_MOST_COMPLAINTS = 5


class _Unknown(NamedTuple):
    """A name that the contract does not know."""

    place: Tuple[str, ...]
    name: str
    known: FrozenSet[str]
    is_value: bool = False
    """Not the name of a field."""
    wire_name: Optional[str] = None
    """What it is called in the API, where it is the Python name of a field."""


_Place = Tuple[str, ...]
_Check = Callable[[Any, _Place, List[_Unknown]], None]
"""Looks into a value that stands at some place, and adds what is unknown to the list."""


def check_request(operation: Operation, fields: Mapping[str, Any], *, strict: bool) -> None:
    """Look for what the contract does not know in a payload, at any depth.

    Args:
        operation: The operation; its payload's type says what is known.
        fields: The payload's fields, in wire names.
        strict: Whether what is unknown is refused. Otherwise a name that is nearly a known one is warned of,
            once a process.

    Raises:
        ValueError: `strict`, and the payload has something that the contract does not know. Or else it has
            the Python name of a field.
        TitanWarning: A warnings filter of the caller turns the warning into an error.
    """
    if operation.body is None:
        return
    unknown: List[_Unknown] = []
    _checker(operation.body)(fields, (), unknown)
    if not unknown:
        return
    for place, name, _, _, wire_name in unknown:
        if wire_name is not None:
            raise ValueError(
                f"the payload has {'.'.join((*place, name))}, the Python name of {wire_name}: "
                "pass the model itself, or what its to_dict() returns"
            )
    if operation.session_in_body:
        unknown = [one for one in unknown if (one.place, one.name) != ((), "session")]
    if not strict:
        for place, name, known, *_ in unknown:
            warn_if_nearly_known(name, known, ".".join((operation.id, *place)))
    elif unknown:
        complaints = "; ".join(map(_describe, unknown[:_MOST_COMPLAINTS]))
        raise ValueError(f"the contract does not know this in the payload: {complaints}")


def _describe(unknown: _Unknown) -> str:
    meant = nearest(unknown.name, unknown.known)
    between = ": " if unknown.is_value else "."
    found = between.join([".".join(unknown.place), unknown.name] if unknown.place else [unknown.name])
    # It may be a phone number, or a text that got there by mistake.
    return mask(found[:100]) + (f": did you mean {meant}?" if meant is not None else "")


@functools.cache
def _checker(body: str) -> _Check:
    from ... import types_gen

    return _check_of(getattr(types_gen, body)) or _no_check


def _no_check(_value: Any, _place: _Place, _unknown: List[_Unknown]) -> None:
    pass


def _check_of(hint: Any) -> Optional[_Check]:
    """The check of values of a type; None where every value is fine."""
    hint, members = _unwrap(hint)
    if members:
        return _check_of_union(members)
    if get_origin(hint) is Literal:
        return _name_check(frozenset(get_args(hint)))
    if get_origin(hint) is list:
        return _list_check(_check_of(get_args(hint)[0]))
    if _is_class(hint, TitanModel):
        return _object_check(hint)
    if _is_class(hint, OpenEnum):
        return _name_check(frozenset(str(member) for member in hint))
    return None


def _is_class(hint: Any, base: type) -> bool:
    # On Python 3.9 `list[str]` counts as a type.
    return isinstance(hint, type) and get_origin(hint) is None and issubclass(hint, base)


def _unwrap(hint: Any) -> Tuple[Any, List[Any]]:
    """A type without aliases and annotations around it; of a union, its members but None."""
    while True:
        if hasattr(hint, "__value__"):
            hint = hint.__value__
        elif get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        elif get_origin(hint) is Union:
            members = [member for member in get_args(hint) if member is not type(None)]
            if len(members) > 1:
                return hint, members
            hint = members[0]
        else:
            return hint, []


def _check_of_union(members: List[Any]) -> Optional[_Check]:
    models = [member for member in members if _is_class(member, TitanModel)]
    if len(models) == len(members):
        return _tagged_check(models)
    literals = [member for member in members if get_origin(member) is Literal]
    # The known names of a set that stays open, beside any text.
    return _name_check(frozenset(name for one in literals for name in get_args(one))) if literals else None


@functools.cache
def _object_check(model: Type[TitanModel]) -> _Check:
    wire_names = fields_of(model).wire_names
    names = frozenset(wire_names.values())

    def check_object(value: Any, place: _Place, unknown: List[_Unknown]) -> None:
        fields = _fields(value)
        if fields is None:
            return
        if not names.issuperset(fields):
            # A known name that is there too was not meant.
            left = names.difference(fields)
            unknown += [
                _Unknown(place, str(name), left, wire_name=wire_names.get(name))
                for name in fields
                if name not in names
            ]
        for name, check in _checks_inside(model).items():
            inner = fields.get(name)
            if inner is not None:
                check(inner, (*place, name), unknown)

    return check_object


# Apart from the check of the object: a type can hold itself.
@functools.cache
def _checks_inside(model: Type[TitanModel]) -> Dict[str, _Check]:
    wire_names = fields_of(model).wire_names
    found = {wire_names[name]: _check_of(field.annotation) for name, field in model.model_fields.items()}
    return {name: check for name, check in found.items() if check is not None}


def _tagged_check(models: List[Type[TitanModel]]) -> Optional[_Check]:
    """The check of a union that is told apart by a constant, such as `type` of a message."""
    tags = frozenset.intersection(*(fields_of(model).constants for model in models))
    if len(tags) != 1:
        return None
    (tag,) = tags
    wire_name = fields_of(models[0]).wire_names[tag]
    checks = {
        value: _object_check(model)
        for model in models
        for value in get_args(model.model_fields[tag].annotation)
    }
    known = frozenset(checks)
    wire_names = {name: wire for model in models for name, wire in fields_of(model).wire_names.items()}
    python_names = {name: wire for name, wire in wire_names.items() if name not in wire_names.values()}

    def check_tagged(value: Any, place: _Place, unknown: List[_Unknown]) -> None:
        fields = _fields(value)
        if fields is None:
            return
        kind = fields.get(wire_name)
        if isinstance(kind, str) and kind in checks:
            checks[kind](fields, place, unknown)
            return
        if kind is not None:
            unknown.append(_Unknown((*place, wire_name), str(kind), known, True))
        found = [name for name in fields if name in python_names]
        unknown += [_Unknown(place, name, known, wire_name=python_names[name]) for name in found]

    return check_tagged


def _fields(value: Any) -> Optional[Mapping[str, Any]]:
    """The fields of an object in wire names; None where it is none."""
    if type(value) is dict:
        return value
    if isinstance(value, TitanModel):
        return value.to_dict()
    return value if isinstance(value, Mapping) else None


def _name_check(known: FrozenSet[str]) -> _Check:
    def check_name(value: Any, place: _Place, unknown: List[_Unknown]) -> None:
        if isinstance(value, str) and value in known:
            return
        # Some fields take several names in one text.
        names = str(value.value if isinstance(value, Enum) else value).split(",")
        unknown += [
            _Unknown(place, name.strip(), known, True) for name in names if name.strip() not in {"", *known}
        ]

    return check_name


def _list_check(check: Optional[_Check]) -> Optional[_Check]:
    if check is None:
        return None

    def check_list(value: Any, place: _Place, unknown: List[_Unknown]) -> None:
        for item in value if isinstance(value, (list, tuple, set, frozenset)) else [value]:
            check(item, place, unknown)

    return check_list
