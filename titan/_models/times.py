"""Times on the wire: aware, in UTC."""

from __future__ import annotations

from datetime import datetime, timezone

from pydantic import AfterValidator
from typing_extensions import Annotated


def to_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a time without an offset is in UTC already."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:  # late on 31 December 9999, as a "never": UTC would be in the year 10000
        return moment


Timestamp = Annotated[datetime, AfterValidator(to_utc)]
"""A time on the wire: aware, in UTC; a time without an offset means UTC."""
