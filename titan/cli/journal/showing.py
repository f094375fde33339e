"""Messages of an outbox as people, programs and spreadsheets read them; numbers masked, unless wanted."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, NamedTuple, Optional

from ..._privacy import mask, mask_id
from ..output import local_time, printable, say, show, show_heading, show_json, show_table

if TYPE_CHECKING:
    from ...outbox import OutboxMessage

FIELDS = (
    *("key", "session", "chat_id", "sent_to", "type", "status", "settled_by", "message_id", "reason"),
    *("attempts", "created_at", "updated_at", "due_at"),
)
"""What `to_dict()` has, in the order in which it is read."""
_MASKED = {"key": mask, "chat_id": mask, "sent_to": mask, "reason": mask, "message_id": mask_id}
_PERSON = "@s.whatsapp.net"
# On a terminal, the widths of columns are made for so many rows: not all have to be there at first.
_ROWS_OF_A_TABLE = 1000

# What spreadsheets take for a formula. Some leave out what stands before it, and some read wide forms.
_FORMULA = re.compile(r"[\t\r\n]|[\s\x00-\x1f]*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


class _Row(NamedTuple):
    """A message in a list."""

    key: str
    session: str
    status: str
    changed: str
    chat: str
    reason: Optional[str]


class Shown:
    """Shows messages.

    Args:
        reveal: Whether phone numbers, and what looks like them, are shown whole.
    """

    def __init__(self, *, reveal: bool) -> None:
        self._reveal = reveal
        self._has_masked = False

    def list(self, messages: Iterable[OutboxMessage]) -> int:
        """Write a table for each reason; lines, where no terminal reads them.

        Returns:
            How many messages there are.
        """
        rows, number = map(self._row, messages), 0
        while True:
            some = list(itertools.islice(rows, _ROWS_OF_A_TABLE))
            if not sys.stdout.isatty():
                show_table(_Row._fields, some)
            else:
                self._show_by_reason(some, is_first=number == 0)
            number += len(some)
            if len(some) < _ROWS_OF_A_TABLE:
                return number

    def _show_by_reason(self, rows: Iterable[_Row], *, is_first: bool) -> None:
        """Reasons are long, and many messages have the same one."""
        groups: Dict[str, List[_Row]] = {}
        for row in rows:
            groups.setdefault(
                printable(f"{row.status}: {row.reason}" if row.reason else row.status), []
            ).append(row)
        columns = ["key", "session", "changed", *(["chat"] if self._reveal else [])]
        for reason, group in groups.items():
            if not is_first:
                show("")
            is_first = False
            show_heading(reason)
            show_table(
                [name.upper() for name in columns],
                [[getattr(row, name) for name in columns] for row in group],
            )

    def list_as_json(self, messages: Iterable[OutboxMessage]) -> None:
        """Write a list of JSON, one message after the other."""
        before = "["
        for message in messages:
            text = json.dumps(self._as_json(message), indent=2).replace("\n", "\n  ")
            show(f"{before}\n  {text}" if before == "[" else f"{before}  {text}")
            before = ",\n"
        show("[]" if before == "[" else "]")

    def list_as_csv(self, messages: Iterable[OutboxMessage]) -> None:
        """Write CSV with a header, a message a line."""
        show(",".join(FIELDS))
        for message in messages:
            show(_csv_line(map(_as_text, self._values(message).values())))

    def one(self, message: OutboxMessage, *, as_json: bool) -> None:
        """Write all of a message."""
        if as_json:
            show_json(self._as_json(message))
            return
        shown = {name: value for name, value in self._values(message).items() if value is not None}
        show_table(
            ("FIELD", "VALUE"),
            [(name, local_time(value, "%Y-%m-%d %H:%M:%S")) for name, value in shown.items()],
        )

    def say_what_is_masked(self) -> None:
        """Say how to see what was masked, if something was."""
        if self._has_masked:
            say("Chats, and numbers in keys, are hidden: --reveal shows them.")

    def _values(self, message: OutboxMessage) -> Dict[str, Any]:
        found = message.to_dict()
        return {name: self._shown(name, found[name]) for name in FIELDS}

    def _shown(self, name: str, value: Any) -> Any:
        if self._reveal or not isinstance(value, str) or name not in _MASKED:
            return value
        masked = _MASKED[name](value)
        self._has_masked |= masked != value and name != "reason"
        return masked

    def _row(self, message: OutboxMessage) -> _Row:
        values = self._values(message)
        chat = str(values["sent_to"] or values["chat_id"])
        return _Row(
            values["key"],
            values["session"],
            values["status"],
            local_time(values["updated_at"], "%Y-%m-%d %H:%M"),
            # As a person looks for it on the phone.
            f"+{chat[: -len(_PERSON)]}" if chat.endswith(_PERSON) else chat,
            values["reason"],
        )

    def _as_json(self, message: OutboxMessage) -> Mapping[str, Any]:
        return {
            name: _iso(value) if isinstance(value, datetime) else value
            for name, value in self._values(message).items()
        }


def _iso(moment: datetime) -> str:
    text = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _as_text(value: object) -> str:
    return _iso(value) if isinstance(value, datetime) else "" if value is None else str(value)


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([*map(_harmless, cells)])
    return line.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet shows, and does not run."""
    is_formula = _FORMULA.match(cell) is not None and _NUMBER.fullmatch(cell) is None
    return f"'{printable(cell)}" if is_formula else printable(cell)
