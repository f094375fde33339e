"""Enums that stay open for values which Titan adds later."""

from __future__ import annotations

from enum import Enum
from typing import Any, Dict, Optional

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
