"""Adding messages to the journal."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from sqlalchemy import Connection

from .._privacy import Secret
from .content import Content, Path, is_person, read_content
from .journal import rows
from .journal.database import Database


def add_items(database: Database, items: Secret[List[Any]], *, strict: bool) -> int:
    """Add messages, all of them or none.

    Args:
        database: Where the journal is.
        items: Key, session, message and perhaps a file of each.
        strict: Whether what the contract does not know is refused.

    Returns:
        How many were new.
    """
    values = Secret([_read_row(*item, strict=strict) for item in items.reveal()])

    def add(connection: Connection) -> int:
        return rows.add(database, connection, values.reveal(), database.now(connection))

    return database.write(add)


def _read_row(
    key: object, session: str, message: Any, file: Optional[Path] = None, *, strict: bool
) -> Dict[str, Any]:
    if not isinstance(key, str):
        raise TypeError(f"the key must be a string, not {type(key).__name__}")
    if not key or "\0" in key:
        raise ValueError("the key must be a text, and not empty")
    content: Secret[Content] = read_content(session, message, file, strict=strict)
    person = is_person(content.reveal().chat_id)
    return {"key": key, **content.reveal()._asdict(), "person": person}
