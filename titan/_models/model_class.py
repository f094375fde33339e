"""The class of the models: what their constructor takes, and what `help`, `dir` and `inspect` say of them."""

from __future__ import annotations

import inspect
from typing import Any, List, Optional

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .._init_lock import init_lock
from .fields import fields_of

_PACKAGE = __name__.partition(".")[0]
_OF_PYDANTIC = frozenset(
    [
        *("model_copy", "model_dump", "model_dump_json", "model_extra", "model_fields", "model_fields_set"),
        *("model_json_schema", "model_validate", "model_validate_json", "__iter__"),
    ]
)


class _Made:
    """Stands for a default that is made anew for each object."""

    def __repr__(self) -> str:
        return "<factory>"


_MADE = _Made()


def _default_of(field: FieldInfo) -> Any:
    if field.is_required():
        return inspect.Parameter.empty
    return _MADE if field.default_factory is not None else field.get_default()


class ModelClass(type(BaseModel)):  # type: ignore[misc]
    """The class of the models.

    Their constructors take snake_case while responses are read by wire name only: pydantic can accept names
    and aliases in both places or in neither. They describe themselves in those names: pydantic's own
    signature has wire names, and nothing at all before the first use of a class.
    """

    def __call__(cls: Any, /, **values: Any) -> Any:
        if not cls.__pydantic_complete__:
            # Two threads that build the same schema at once would get in each other's way.
            with init_lock():
                cls.model_rebuild()
        wire_names = fields_of(cls).wire_names
        return super().__call__(**{wire_names.get(name, name): v for name, v in values.items()})

    @property
    def __signature__(cls: Any) -> inspect.Signature:
        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=_default_of(field),
                annotation=field.annotation,
            )
            for name, field in cls.model_fields.items()
        ]
        return inspect.Signature(parameters)

    @__signature__.setter
    def __signature__(cls, value: object) -> None:
        """Pydantic sets its own whenever it builds the class."""

    @property
    def __doc__(cls: Any) -> Optional[str]:  # type: ignore[override]
        own: Optional[str] = vars(cls).get("__doc__")
        if cls.__module__.partition(".")[0] != _PACKAGE or not cls.model_fields:
            return own
        from .schemas.json_schema import descriptions_of

        known = descriptions_of(cls)
        lines = [f"    {name}: {' '.join(known.get(name, '').split())}".rstrip() for name in cls.model_fields]
        return "\n".join([own or "", "", "Attributes:", *lines])

    def __dir__(cls: Any) -> List[str]:
        """With the fields, so that mocks know them, and of pydantic what users call."""
        names = {*dir(object), *_OF_PYDANTIC, *cls.model_fields}
        for base in cls.__mro__[: cls.__mro__.index(BaseModel)]:
            names.update(name for name in vars(base) if not name.startswith("_"))
        return sorted({*names, "__contains__", "__getitem__"} - {"model_config"})
