"""The bases of all generated types: models with wire names, enums that stay open."""

from __future__ import annotations

import functools
from datetime import datetime, timezone
from enum import Enum
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    FrozenSet,
    Iterable,
    List,
    Literal,
    NamedTuple,
    Optional,
    Tuple,
    Type,
    get_args,
    get_origin,
)

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from typing_extensions import Annotated, Self

from .._init_lock import init_lock
from .._privacy import mask


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:  # a "never" at the end of the year 9999, which in UTC is no more of it
        return moment


Timestamp = Annotated[datetime, AfterValidator(_utc)]
"""A time on the wire: aware, in UTC; a time without an offset means UTC."""


class OpenEnum(str, Enum):
    """An enum that also takes values which Titan adds later.

    `SessionStatus("NEW")` is a value like the others: equal to the string, and `str()` gives it bare.
    """

    @classmethod
    def _missing_(cls, value: object) -> Optional[Self]:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    __str__ = str.__str__

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)


class _Fields(NamedTuple):
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
def fields_of(model: Type[BaseModel]) -> _Fields:
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
    return _Fields(wire_names, python_names, frozenset(constants), frozenset(integers), secrets)


if TYPE_CHECKING:
    _Model = BaseModel
else:

    class _TakesPythonNames(type(BaseModel)):
        """Lets constructors take snake_case while responses are read by wire name only.

        pydantic can accept names and aliases in both places or in neither.
        """

        def __call__(cls, /, **values):
            if not cls.__pydantic_complete__:
                # Two threads that build the same schema at once would get in each other's way.
                with init_lock:
                    cls.model_rebuild()
            wire_names = fields_of(cls).wire_names
            return super().__call__(**{wire_names.get(name, name): v for name, v in values.items()})

    class _Model(BaseModel, metaclass=_TakesPythonNames):
        pass


class TitanModel(_Model):
    """A JSON object of the Titan API.

    Attributes are in snake_case. The same values can be had by wire name, as in `token["token"]`; fields
    that this version of the SDK does not know, only so. A field that did not come reads as `None`.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="allow",
        defer_build=True,
        # An error about a wrong value must not print the token beside it.
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    def __getitem__(self, wire_name: str) -> Any:
        """The value of a field by its wire name.

        Raises:
            KeyError: No such field came.
        """
        name = fields_of(type(self)).python_names.get(wire_name)
        if name is not None and self._has(name):
            return getattr(self, name)
        return self._unknown[wire_name]

    def __contains__(self, wire_name: object) -> bool:
        name = fields_of(type(self)).python_names.get(wire_name)  # type: ignore[call-overload]
        return (name is not None and self._has(name)) or wire_name in self._unknown

    def get(self, wire_name: str, default: Any = None) -> Any:
        """The value of a field by its wire name, or `default` where it did not come."""
        try:
            return self[wire_name]
        except KeyError:
            return default

    def to_dict(self) -> Dict[str, Any]:
        """All that came, ready for JSON: wire names, unknown fields included, times in UTC ending in `Z`."""
        known = fields_of(type(self)).wire_names
        came = {wire: to_json_value(getattr(self, name)) for name, wire in known.items() if self._has(name)}
        return {**came, **to_json_value(self._unknown)}

    def _has(self, name: str) -> bool:
        if name not in self.model_fields_set:
            return name in fields_of(type(self)).constants
        # pydantic puts unknown fields into the same set, and one of them may be called like this attribute.
        return name not in self._unknown or getattr(self, name) is not None

    @property
    def _unknown(self) -> Dict[str, Any]:
        return self.model_extra or {}

    def __repr_args__(self) -> Iterable[Tuple[Optional[str], Any]]:
        fields = fields_of(type(self))
        for name in fields.wire_names:
            if self._has(name):
                value = getattr(self, name)
                if (name in fields.secrets or name in _CONTENT) and value is not None:
                    yield name, _ELLIPSIS
                else:
                    yield name, value if name in fields.integers and type(value) is int else _shown(value)
        for wire_name in self._unknown:
            yield wire_name, _ELLIPSIS


_ELLIPSIS = "…"

# What people wrote and sent, or an address that gives it to whoever has it.
_CONTENT = frozenset({"text", "body", "caption", "vcard", "base64", "s3_url", "media_url"})


def _shown(value: Any) -> Any:
    """What `repr` shows of a value: no phone number, nothing of unknown structure."""
    if isinstance(value, str):
        masked = mask(value)
        return value if masked == value else masked
    if type(value) is int:
        return value if abs(value) < 1_000_000 else _ELLIPSIS
    if isinstance(value, list):
        return [_ELLIPSIS if isinstance(item, list) else _shown(item) for item in value]
    return _ELLIPSIS if isinstance(value, dict) else value


def to_json_value(value: Any) -> Any:
    """Turn models into dicts and times into text, at any depth; all else stays as it is."""
    if isinstance(value, TitanModel):
        return value.to_dict()
    if isinstance(value, datetime):
        return _utc(value).isoformat().replace("+00:00", "Z")
    if not isinstance(value, (dict, list, tuple)):
        return value.value if isinstance(value, OpenEnum) else value
    # Not recursive: JSON can be nested more deeply than calls can.
    converted = [value]
    unfinished: List[Any] = [converted]
    while unfinished:
        container = unfinished.pop()
        for key, item in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(item, (dict, list, tuple)):
                container[key] = dict(item) if isinstance(item, dict) else list(item)
                unfinished.append(container[key])
            else:
                container[key] = to_json_value(item)
    return converted[0]


class ChatRef(TitanModel):
    """A model that says who or where, in one of several ways."""

    @property
    def chat_id(self) -> Optional[str]:
        """The chat id to give to `messages.send`; None where nothing tells.

        A person by phone number, or else by LID; a group or channel by its id.
        """
        phone, lid, jid = self.get("phoneNumber"), self.get("lid"), self.get("id")
        if isinstance(phone, str) and phone.strip("+"):
            return phone if "@" in phone else f"{phone.lstrip('+')}@s.whatsapp.net"
        if isinstance(lid, str) and lid:
            return lid if "@" in lid else f"{lid}@lid"
        return jid if isinstance(jid, str) and jid else None
