"""How fast a session sends, and when it does not."""

from __future__ import annotations

import datetime as dt
import re
from typing import Optional, Tuple

_MINUTE = 60.0


class Pace:
    """How fast each session sends: all processes together keep to it, since the journal counts.

    Every part is optional, and what is left out is not limited. Processes that share a journal should have
    the same pace.

    Args:
        per_minute: Messages in a minute, evenly spaced; `0.5` is one in two minutes.
        new_chats_per_day: First messages to people whom the session had no chat with, in 24 rolling hours.
            Chats that the account had before can be told to the journal, with `Outbox.know`.
        quiet: From when to when, by the clock on the wall, nothing is sent, such as `("21:00", "08:00")`.
        timezone: Where that clock hangs, such as `"America/Sao_Paulo"`. Default: that of the machine.

    Raises:
        ValueError: A number is not positive, a time is not one such as `21:00`, the two are equal, or the
            time zone is unknown (on Windows, `pip install tzdata` brings them).
        TypeError: A value is of the wrong type.
    """

    def __init__(
        self,
        per_minute: Optional[float] = None,
        new_chats_per_day: Optional[int] = None,
        *,
        quiet: Optional[Tuple[str, str]] = None,
        timezone: Optional[str] = None,
    ) -> None:
        _check_number("per_minute", per_minute)
        _check_number("new_chats_per_day", new_chats_per_day)
        if new_chats_per_day is not None and int(new_chats_per_day) != new_chats_per_day:
            raise ValueError("new_chats_per_day must be a whole number")
        if timezone is not None and quiet is None:
            raise ValueError("timezone is that of the quiet hours, and quiet is missing")
        self.per_minute = per_minute
        self.new_chats_per_day = new_chats_per_day
        self.quiet = quiet
        self.timezone = timezone
        self._quiet = None if quiet is None else _read_quiet(quiet)
        self._zone = None if timezone is None else _find_zone(timezone)

    def __repr__(self) -> str:
        parts = {
            "per_minute": self.per_minute,
            "new_chats_per_day": self.new_chats_per_day,
            "quiet": self.quiet,
            "timezone": self.timezone,
        }
        given = ", ".join(f"{name}={value!r}" for name, value in parts.items() if value is not None)
        return f"Pace({given})"

    @property
    def _gap(self) -> float:
        """Seconds between two messages of a session."""
        return 0.0 if self.per_minute is None else _MINUTE / self.per_minute

    def _quiet_until(self, now: float) -> float:
        """When the quiet hours end that a moment lies in; the moment itself where it lies in none.

        Args:
            now: In Unix seconds, and so is what is returned.
        """
        if self._quiet is None:
            return now
        start, end = self._quiet
        local = dt.datetime.fromtimestamp(now, self._zone)
        time = local.time()
        if not (start <= time < end if start < end else time >= start or time < end):
            return now
        day = local.date() if time < end else local.date() + dt.timedelta(days=1)
        return dt.datetime.combine(day, end, self._zone).timestamp()


def _check_number(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be more than 0; leave it out for no limit")


def _read_quiet(quiet: object) -> Tuple[dt.time, dt.time]:
    if not isinstance(quiet, (tuple, list)) or len(quiet) != 2:
        raise TypeError('quiet must be two times, such as ("21:00", "08:00")')
    start, end = map(_read_time, quiet)
    if start == end:
        raise ValueError("quiet begins when it ends: nothing would ever be sent, or it is no quiet at all")
    return start, end


def _read_time(text: object) -> dt.time:
    if not isinstance(text, str):
        raise TypeError(f'a time of quiet must be a text such as "21:00", not {type(text).__name__}')
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text, re.ASCII)
    if found is None:
        raise ValueError('a time of quiet must be from "00:00" to "23:59", with hours and minutes')
    return dt.time(int(found[1]), int(found[2]))


def _find_zone(name: object) -> dt.tzinfo:
    from zoneinfo import ZoneInfo, available_timezones

    if not isinstance(name, str):
        raise TypeError(f'timezone must be a name such as "America/Sao_Paulo", not {type(name).__name__}')
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        pass
    if not available_timezones():
        raise ValueError("this machine knows no time zones: python -m pip install tzdata brings them")
    raise ValueError(f"there is no time zone {name!r}; they are called such as America/Sao_Paulo")
