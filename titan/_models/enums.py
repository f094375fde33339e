"""Enums and lists of names that stay open for what Titan adds later."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, TypeVar

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema
from typing_extensions import Self


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

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Dict[str, Any]:
        from .schemas.json_schema import open_enum

        schema = handler(core_schema)
        open_enum([str(member) for member in cls], handler.resolve_ref_schema(schema))
        return schema

    __str__ = str.__str__

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)


if TYPE_CHECKING:
    from typing_extensions import Protocol

    T_co = TypeVar("T_co", covariant=True)

    class Names(Protocol[T_co]):
        """A list or tuple of names, but not a single name, which is itself a sequence of texts.

        Not `List`: in the items of one, pyright completes no names where other texts are allowed too.
        """

        def __contains__(self, value: object, /) -> bool: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[T_co]: ...
        def __reversed__(self) -> Iterator[T_co]: ...

else:
    Names = List
