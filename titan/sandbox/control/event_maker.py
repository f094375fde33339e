"""Makes signed deliveries of events, as samples of what an endpoint gets."""

from __future__ import annotations

import copy
import json
import math
import re
import secrets
from datetime import datetime, timezone
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

from pydantic.alias_generators import to_camel, to_snake
from pydantic_core import to_jsonable_python

from ..._names import nearest
from ..._signature import SecretValue, sign_webhook
from ..base import jids
from ..base.clock import format_time
from ..base.encoding import Json, encode
from ..base.errors import SandboxError
from ..delivery import event_ids
from ..delivery.events import reference
from ..delivery.headers import headers_of
from ..spec.operations import load_spec, resolve
from ..state import State

Secret = Union[str, bytes, SecretValue, Sequence[Union[str, bytes, SecretValue]]]
"""What signs: a secret, or several of which the first one does."""


_IDS = ("id", "correlationId")
"""Fields of payloads that tell apart what the events of one name are about."""


class SignedEvent(NamedTuple):
    """One delivery of an event, for `router.handle(*delivery)` or the test client of a web framework."""

    body: bytes
    """The raw body."""
    headers: Dict[str, str]
    """Its type and its signature."""


class EventRequest(NamedTuple):
    """What an event is to be like."""

    name: str
    session: str
    event_id: Optional[str]
    timestamp: datetime
    has_own_time: bool
    """Whether a test gave the time; an event that usually has none has that one."""


def make_event(state: State, request: EventRequest, fields: Mapping[str, Any]) -> Json:
    """Make an event from the sample that the contract has of it.

    Args:
        state: Who knows whose number and LID.
        request: What it is to be like.
        fields: Fields of its payload, to be put over those of the sample.

    Raises:
        ValueError: The name of the event or of a field is nearly a known one, or a person or group is none.
        TypeError: A field was given twice.
    """
    check_name(request.name)
    sample = _Sample(request.name)
    payload = copy.deepcopy(sample.payload)
    if "timestamp" in payload:
        seconds = isinstance(payload["timestamp"], int)
        payload["timestamp"] = int(request.timestamp.timestamp()) if seconds else _format(request.timestamp)
    for name in _IDS:
        # Otherwise a second event of this name would be about the same message, call or command. Groups have
        # JIDs, which begin with a digit.
        prefix = re.match(r"[a-z]+[_-]", str(payload.get(name, "")))
        if prefix is not None:
            payload[name] = f"{prefix[0]}{secrets.token_hex(10)}"
    given: Json = {}
    for name, value in fields.items():
        wire_name = sample.find_field(name)
        if wire_name in given:
            raise TypeError(f"the field {wire_name} was given twice")
        given[wire_name] = value
    if {"text", "body"} <= sample.fields.keys() and len({"text", "body"} & given.keys()) == 1:
        given["text"] = given["body"] = given.get("text", given.get("body"))
    sender, group = given.get("sender"), given.get("group")
    has_people = isinstance(sender, str) or (group is not None and "group" not in sample.fields)
    try:
        # Nobody knows where an event that the contract does not know has them.
        if has_people and sample.fields:
            _put_people(state, sample, payload, given)
    except SandboxError as error:
        raise ValueError(error.message) from None
    return put_in_envelope(request, {**payload, **given})


def put_in_envelope(request: EventRequest, payload: Any) -> Json:
    """Put what may be any payload where events of that name have theirs."""
    sample = _Sample(request.name)
    event: Json = {}
    if request.event_id is not None or sample.has("id"):
        event["id"] = event_ids.create() if request.event_id is None else request.event_id
    event.update(event=request.name, session=request.session)
    if request.has_own_time or sample.has("timestamp"):
        event["timestamp"] = _format(request.timestamp)
    return {**event, sample.place: payload}


def sign_event(event: Json, secret: Secret) -> SignedEvent:
    """Sign an event as it is delivered.

    Raises:
        ValueError: It has a number that JSON cannot hold, or what cannot be written as JSON.
    """
    body = encode(event, _to_json)
    # Not before: what is no JSON yet may bring such a number along.
    _check_numbers(json.loads(body), "")
    return SignedEvent(body, headers_of(sign_webhook(body, secret)))


def check_name(name: str) -> None:
    """Refuse a misspelled name of an event; a name that the contract does not have is fine.

    Raises:
        ValueError: It is empty, or nearly a known one.
        TypeError: It is not a string.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of an event must be a str, not {type(name).__name__}")
    known = load_spec().get("webhooks", {})
    meant = None if name in known else nearest(name, known)
    if meant is not None:
        raise ValueError(f"no event is called {name!r}: did you mean {meant!r}?")
    if not name:
        raise ValueError("an event must have a name")


class _Sample:
    """The contract's own sample of an event; an empty one where it knows no such event."""

    def __init__(self, name: str) -> None:
        spec = load_spec()
        self._name = name
        operation: Json = spec.get("webhooks", {}).get(name, {}).get("post", {})
        body = resolve(spec, operation.get("requestBody", {}))
        media: Json = body.get("content", {}).get("application/json", {})
        examples = [resolve(spec, one).get("value") for one in media.get("examples", {}).values()]
        samples: List[Json] = [one for one in (media.get("example"), *examples) if isinstance(one, dict)]
        self._event: Optional[Json] = samples[0] if samples else None
        is_result = self._event is not None and "data" in self._event and "payload" not in self._event
        self.place: str = "data" if is_result else "payload"
        properties = _find_properties(spec, media.get("schema", {}))
        self.fields: Dict[str, Json] = _find_properties(spec, properties.get(self.place, {}))
        """Schemas of the payload's fields, by wire name; empty for one that only a sample shows."""
        for one in samples:
            for field in one.get(self.place) or ():
                self.fields.setdefault(field, {})

    @property
    def payload(self) -> Json:
        """The payload that it shows."""
        shown = (self._event or {}).get(self.place)
        return shown if isinstance(shown, dict) else {}

    def has(self, field: str) -> bool:
        """Tell whether such events have a field beside their payload."""
        return self._event is None or field in self._event

    def find_field(self, name: str) -> str:
        """Find the wire name of a field by that name or by its attribute.

        Raises:
            ValueError: It is nearly that of another field.
        """
        if name in self.fields:
            return name
        attribute = name.rstrip("_")
        for wire_name in self.fields:
            if attribute in (wire_name, to_snake(wire_name)):
                return wire_name
        wire_name = to_camel(attribute) if "_" in attribute.strip("_") else attribute
        meant = None if wire_name in ("sender", "group") else nearest(wire_name, self.fields)
        if meant is not None:
            meant = to_snake(meant) if name == to_snake(name) else meant
            raise ValueError(f"{self._name} has no field {name!r}: did you mean {meant!r}?")
        return wire_name

    def show(self, state: State, field: str, jid: str) -> Union[str, Json]:
        """Show who it is as this field does."""
        spec = load_spec()
        schema = resolve(spec, self.fields.get(field, {}))
        is_text = schema.get("type") == "string" or isinstance(self.payload.get(field), str)
        return jid if is_text else reference(state, jid)


def _find_properties(spec: Json, schema: Json) -> Dict[str, Json]:
    """The fields of an object, wherever its schema has them."""
    schema = resolve(spec, schema)
    found: Dict[str, Json] = {}
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            found.update(_find_properties(spec, part))
    return {**found, **schema.get("properties", {})}


def _put_people(state: State, sample: _Sample, payload: Json, given: Json) -> None:
    """Put the chat and the person where events of that name have them.

    Raises:
        SandboxError: 400.
        ValueError: They have none.
    """
    sender, group = given.pop("sender", None), given.pop("group", None)
    if group is not None and not (isinstance(group, str) and jids.is_group(jids.check(group, "group"))):
        raise ValueError("group must be the JID of a group")
    chat = next((one for one in ("from", "chatId") if one in sample.fields), None)
    if chat is None and (group is not None or "sender" not in sample.fields):
        raise ValueError("events of this name show no chat: give the fields of the payload by their names")
    shown = payload.pop("sender", None) or payload.get(chat or "")
    if isinstance(sender, str):
        person = _read_person(state, sender)
        shown = sample.show(state, "sender", person)
        if chat is not None:
            payload[chat] = sample.show(state, chat, person)
    elif sender is not None:
        shown = sender
    elif isinstance(shown, str):
        shown = sample.show(state, "sender", shown)
    if chat is not None and group is not None:
        payload[chat] = sample.show(state, chat, group)
    if "sender" in sample.fields and (group is not None or chat != "from"):
        payload["sender"] = shown
    if "isGroup" in sample.fields:
        payload["isGroup"] = group is not None


def _read_person(state: State, name: str) -> str:
    jid = jids.check(name, "sender") if "@" in name else jids.from_phone(name, "sender")
    if not jids.is_person(jid):
        raise SandboxError(400, "sender must be a phone number, or the JID or LID of a person")
    return state.directory.find(state.directory.find_account(jid))


def _format(moment: datetime) -> str:
    return format_time(moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc))


def _check_numbers(value: Any, path: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{path} is {value}, a number that JSON cannot hold")
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        _check_numbers(one, f"{path}.{name}" if path else str(name))


def _to_json(value: Any) -> Any:
    to_dict = getattr(value, "to_dict", None)
    return to_dict() if callable(to_dict) else to_jsonable_python(value)
