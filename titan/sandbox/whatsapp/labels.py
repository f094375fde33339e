"""Labels: tags for chats."""

from __future__ import annotations

from ..base.encoding import Json
from ..state import Label


def to_json(label: Label) -> Json:
    """Show a label as Titan does."""
    return {"id": label.id, "name": label.name, "color": label.color}
