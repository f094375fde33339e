"""The base of all generated models: attributes in snake_case, the same values by wire name."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Dict, Iterable, List, Optional, Tuple

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from .enums import OpenEnum
from .fields import fields_of
from .masking import CONTENT, HIDDEN, mask_value
from .schemas.core_schema import adapt_schema
from .times import to_utc

if TYPE_CHECKING:

    class _Model(BaseModel):
        # For mypy with pydantic's plugin, which takes any field where the configuration that it reads does.
        model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", populate_by_name=True)

else:
    from .model_class import ModelClass

    class _Model(BaseModel, metaclass=ModelClass):
        model_config = ConfigDict(
            alias_generator=to_camel,
            extra="allow",
            # What pydantic dumped it also reads. Of two keys for one field, the wire name wins.
            populate_by_name=True,
            defer_build=True,
            # The error about a wrong value must not quote it: it may be a token.
            hide_input_in_errors=True,
            protected_namespaces=(),
        )

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                python_name = fields_of(type(self)).python_names.get(name)
                if python_name is None:
                    raise
                raise AttributeError(
                    f"{type(self).__name__!r} object has no attribute {name!r}: the attribute is "
                    f"{python_name}, and [{name!r}] gives it by its wire name"
                ) from None


class TitanModel(_Model):
    """A JSON object of the Titan API.

    Attributes are in snake_case. The same values can be had by wire name, as in `token["token"]`; fields
    that this version of the SDK does not know can be had by wire name only. A field that did not come reads
    as `None`.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        adapt_schema(cls, schema, handler)
        return schema

    def _finish(self, context: Any) -> None:
        """Count the constants, such as `type`, among the fields that were set: every dump has them."""
        self.__pydantic_fields_set__.update(fields_of(type(self)).constants)
        self.model_post_init(context)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Dict[str, Any]:
        from .schemas.json_schema import describe_model

        schema = handler(core_schema)
        describe_model(cls, handler.resolve_ref_schema(schema))
        return schema

    def __getitem__(self, wire_name: str) -> Any:
        """The value of a field by its wire name.

        Raises:
            KeyError: No such field came.
        """
        name = fields_of(type(self)).python_names.get(wire_name)
        if name is not None and self._has(name):
            return vars(self)[name]
        try:
            return self._unknown[wire_name]
        except KeyError:
            known = fields_of(type(self)).wire_names.get(wire_name, wire_name)
            if known == wire_name:
                raise
            raise KeyError(
                f"{wire_name}: that is the attribute, .{wire_name}; the wire name is {known}"
            ) from None

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
        known, values = fields_of(type(self)).wire_names, vars(self)
        came = {wire: to_json_value(values[name]) for name, wire in known.items() if self._has(name)}
        return {**came, **to_json_value(self._unknown)}

    def _has(self, name: str) -> bool:
        if name not in self.model_fields_set:
            return name in fields_of(type(self)).constants
        # pydantic puts unknown fields into the same set, and one of them may be called like this attribute.
        return name not in self._unknown or vars(self)[name] is not None

    @property
    def _unknown(self) -> Dict[str, Any]:
        return self.model_extra or {}

    def __repr_args__(self) -> Iterable[Tuple[Optional[str], Any]]:
        fields = fields_of(type(self))
        for name in fields.wire_names:
            if self._has(name):
                value = vars(self)[name]
                if (name in fields.secrets or name in CONTENT) and value is not None:
                    yield name, HIDDEN
                else:
                    yield name, value if name in fields.integers and type(value) is int else mask_value(value)
        for wire_name in self._unknown:
            yield wire_name, HIDDEN


def fields_to_send(model: TitanModel) -> Dict[str, Any]:
    """The fields of a model as a request has them, in wire names; what they hold stays as it is.

    A field that is None counts as not set, unless the contract allows null for it: when pydantic reads what
    it dumped, all fields are set, also those that nobody gave, and the server refuses null in their place.
    """
    fields = fields_of(type(model))
    given = {wire: vars(model)[name] for name, wire in fields.wire_names.items() if model._has(name)}
    left_out = {fields.wire_names[name] for name in fields.not_null}
    known = {wire: value for wire, value in given.items() if value is not None or wire not in left_out}
    return {**known, **model._unknown}


def to_json_value(value: Any) -> Any:
    """Turn models into dicts and times into text, at any depth; all else stays as it is."""
    if isinstance(value, TitanModel):
        return value.to_dict()
    if isinstance(value, datetime):
        return to_utc(value).isoformat().replace("+00:00", "Z")
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
