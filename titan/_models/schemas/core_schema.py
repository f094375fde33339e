"""What the models add to the schemas that pydantic makes of them."""

from __future__ import annotations

from typing import Any, Container, Dict, Type, cast, get_args

from pydantic import VERSION, BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ..._init_lock import init_lock
from ..fields import fields_of

_PACKAGE = __name__.partition(".")[0]


def _write_models(value: Any, write: core_schema.SerializerFunctionWrapHandler) -> Any:
    # Where pydantic goes by the class of a value, one that is not built yet is an error before 2.14.
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    for model in {type(part) for part in parts if isinstance(part, BaseModel)}:
        if not model.__pydantic_complete__:
            with init_lock():
                model.model_rebuild()
    return write(value)


# Both write what is there, whatever the declared type. Of a value that was kept as it came, pydantic warns,
# with the value in the text.
_AS_MODELS: Any = core_schema.wrap_serializer_function_ser_schema(
    _write_models, schema=core_schema.any_schema()
)
_AS_IT_IS: Any = (
    _AS_MODELS
    if VERSION.startswith(("2.7.", "2.8."))  # they do not take the other one
    else core_schema.simple_ser_schema(cast(Any, "any"))
)


def adapt_schema(
    model: Type[BaseModel],
    schema: CoreSchema,
    handler: GetCoreSchemaHandler,
    *,
    take_null: Container[str] = (),
) -> None:
    """Let a model write what it holds as it is, and count its constants among the fields that were set.

    Args:
        model: The model class.
        schema: The schema that pydantic made of it, which is changed.
        handler: The handler that made the schema.
        take_null: Fields that also take null, whatever their declared type.
    """
    part: Any = handler.resolve_ref_schema(schema)
    while part["type"] != "model":  # validators of a user's subclass stand around it
        part = handler.resolve_ref_schema(part["schema"])
    if fields_of(model).constants:
        part["post_init"] = "_finish"
    while part["type"] != "model-fields":
        part = part["schema"]
    fields: Dict[str, Any] = part["fields"]
    for name, field in fields.items():
        if not _is_ours(model, name):
            continue
        if name in take_null:
            field["schema"] = _or_null(field["schema"])
        if "serialization" not in field["schema"]:
            writes = _AS_MODELS if _may_hold_models(model.model_fields[name].annotation) else _AS_IT_IS
            field["schema"] = {**field["schema"], "serialization": writes}


def _or_null(schema: Any) -> Any:
    if schema["type"] == "default":
        return {**schema, "schema": core_schema.nullable_schema(schema["schema"])}
    return core_schema.nullable_schema(schema)


def _is_ours(model: Type[BaseModel], name: str) -> bool:
    """Whether the field is as one of our classes declares it: users may write theirs in ways of their own."""
    base: Any = next(base for base in model.__mro__ if base.__module__.partition(".")[0] == _PACKAGE)
    ours, field = base.model_fields.get(name), model.model_fields[name]
    return ours is not None and (ours.annotation, ours.metadata) == (field.annotation, field.metadata)


def _may_hold_models(annotation: Any) -> bool:
    parts = get_args(annotation)
    if parts:
        return any(map(_may_hold_models, parts))
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return is_model or annotation is Any or hasattr(annotation, "__value__")  # the latter is an alias
