"""What an event tells that the journal wants to know, whatever the event is like."""

from __future__ import annotations

from datetime import datetime
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from .._models.base import TitanModel
from .._models.chat_ref import chat_id_of
from ..jid import _drop_device
from .content import hash_text
from .journal.settling import RANKS, Seen

_STATUS_OF_EVENT = {"session.connected": "CONNECTED", "session.logged_out": "LOGGED_OUT"}
# What comes from WhatsApp itself, and so tells that the connection lives.
_SIGNS_OF_LIFE = ("message.", "presence.", "call.", "chat.", "group.", "contact.")


class Facts(NamedTuple):
    """What one event tells. It holds chat ids: not for a local variable of a frame that an error leaves."""

    session: str
    is_alive: bool = False
    """Whether something came over the connection to WhatsApp."""
    seen: Optional[Seen] = None
    """A message that the account wrote."""
    people: Tuple[str, ...] = ()
    """Who wrote to the account."""
    pairs: Tuple[Tuple[str, str], ...] = ()
    """Numbers and LIDs of the same people."""
    status: Optional[str] = None
    """`CONNECTED`, or why the session is not."""
    happened_at: Optional[float] = None
    """In Unix seconds, by the clock of whoever made the event."""


def read_facts(event: Any) -> Optional[Facts]:
    """Read an event; None where it tells nothing that is wanted, or is no event at all."""
    try:
        return _read(event)
    except (AttributeError, TypeError, ValueError, OverflowError, RecursionError):
        return None


def _read(event: Any) -> Optional[Facts]:
    name, session = event.event, event.session
    if not isinstance(name, str) or not isinstance(session, str) or not session:
        return None
    payload = _fields(event.payload)
    facts = Facts(session, name.startswith(_SIGNS_OF_LIFE), happened_at=_seconds(event.timestamp))
    if name.startswith("session."):
        return facts._replace(status=_read_status(name, payload))
    facts = facts._replace(pairs=tuple(_read_pairs(payload)))
    if name == "message.ack":
        return facts._replace(seen=_read_ack(session, payload))
    if name == "message.sent" or (name == "message.received" and payload.get("fromMe") is True):
        return facts._replace(seen=_read_own(session, payload, facts.happened_at))
    if name == "message.received":
        return facts._replace(people=_names(payload.get("from")))
    return facts if facts.is_alive else None


def _read_status(name: str, payload: Mapping[str, Any]) -> Optional[str]:
    if name in _STATUS_OF_EVENT:
        return _STATUS_OF_EVENT[name]
    status, reason = payload.get("status"), payload.get("statusReason")
    if name != "session.status" or status is None:
        return None
    return "CONNECTED" if status == "CONNECTED" else str(reason or status)


def _read_ack(session: str, payload: Mapping[str, Any]) -> Optional[Seen]:
    message_id, status = payload.get("id"), str(payload.get("status"))
    if not isinstance(message_id, str) or not message_id or RANKS.get(status, 0) == 0:
        return None
    return Seen(session, message_id, status)


def _read_own(session: str, payload: Mapping[str, Any], happened_at: Optional[float]) -> Optional[Seen]:
    message_id = payload.get("id")
    if not isinstance(message_id, str) or not message_id:
        return None
    chat, written_at = payload.get("from"), payload.get("timestamp")
    # A bool is an int.
    is_time = isinstance(written_at, (int, float)) and not isinstance(written_at, bool)
    text = payload.get("text") or payload.get("body")
    names = _names(chat)
    return Seen(
        session,
        message_id,
        "sent" if payload.get("fromMe") is not False else None,
        next((name for name in names if not name.endswith("@lid")), None),
        next((name for name in names if name.endswith("@lid")), None),
        hash_text(text) if payload.get("type") == "text" and names else None,
        float(str(written_at)) if is_time else happened_at,
    )


def _names(who: Any) -> Tuple[str, ...]:
    """The chat ids by which somebody is named."""
    fields = _fields(who)
    names = {chat_id_of(who), _lid_of(fields)}
    return tuple(sorted(name for name in names if name))


def _read_pairs(payload: Mapping[str, Any]) -> List[Tuple[str, str]]:
    found = []
    for who in (payload.get("from"), payload.get("sender"), payload):
        fields = _fields(who)
        number, lid = chat_id_of(who), _lid_of(fields)
        if lid and isinstance(fields.get("phoneNumber"), str) and number and not number.endswith("@lid"):
            found.append((number, lid))
    return found


def _lid_of(fields: Mapping[str, Any]) -> Optional[str]:
    lid = fields.get("lid")
    if not isinstance(lid, str) or not lid:
        return None
    return _drop_device(lid if "@" in lid else f"{lid}@lid")


def _fields(value: Any) -> Any:
    """What has `get`, by wire names."""
    return value if isinstance(value, (TitanModel, Mapping)) else {}


def _seconds(time: Any) -> Optional[float]:
    return time.timestamp() if isinstance(time, datetime) else None
