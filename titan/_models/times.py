"""Times on the wire: aware, in UTC."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, SchemaValidator, core_schema
from typing_extensions import Annotated

_BETWEEN_DATE_AND_TIME = frozenset("Tt ")
_parse = SchemaValidator(core_schema.datetime_schema()).validate_python


def to_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a time without an offset is in UTC already."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:  # late on 31 December 9999, as a "never": UTC would be in the year 10000
        return moment


def _read(value: Any, read: core_schema.ValidatorFunctionWrapHandler) -> datetime:
    if not isinstance(value, str):
        return to_utc(read(value))
    # pydantic takes digits in a string for seconds since 1970, and a date for midnight.
    if value[4:5] != "-" or value[10:11] not in _BETWEEN_DATE_AND_TIME:
        raise ValueError("not a date and time in ISO 8601, such as 2025-05-01T12:00:00Z")
    return to_utc(_parse(value))


class _TimeOnTheWire:
    """Tells pydantic how to read a time, without having it look at the class.

    That is another one while freezegun has frozen the time, and pydantic before 2.10 does not know it.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_read, core_schema.datetime_schema())


Timestamp = Annotated[datetime, _TimeOnTheWire()]
"""A time on the wire: aware, in UTC; a time without an offset means UTC."""
