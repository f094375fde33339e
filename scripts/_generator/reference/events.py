"""`docs/reference/events.md`: every event with the fields of its payload and a sample."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, Optional

from _contract.contract import Contract, python_name
from _contract.document import iterate_webhooks, resolve, schema_name

from ..text import paragraphs
from ..types import fields_of_schema, is_message_event
from .markdown import FOLDER, anchor, cell, code, page, table
from .schemas import Places, payload_field, type_of

PATH = FOLDER / "events.md"
_HERE = "events.md"
_OPENING = """\
What Titan delivers to a webhook, and how a handler has it. Every event has a name, an id, a session and
a time (`event.event`, `.id`, `.session`, `.timestamp`), and its details in `event.payload`. `session`
and `payload` are never None: what did not come, or came as something else, reads as an empty text or an
empty object. Each field of a payload can be missing and then reads as None. Fields that are not listed
here can be had by wire name, as in `event.payload["newField"]`, and `event.to_dict()` has all that came.

An event about a message also says in one way, whatever its payload is like, in which chat it happened
(`event.chat_id`), who did it (`event.sender_id`) and what was written (`event.text`); each of them is
None where nothing says it. An event of a name that is not listed here is an `UnknownEvent`, whose
payload stays as it came.

*Evidence* says how sure the payload is: `documented` in Titan's public reference; `named` there, with
fields that are our reading; or `assumed` altogether.

How a program receives them: [Receiving events](../guides/receiving.md)."""
_NO_EVENTS = "The contract names no events."


def write_events_page(contract: Contract) -> str:
    """The page."""
    specs = {event.path: event.spec for event in iterate_webhooks(contract.document) if event.verb == "POST"}
    rows: List[List[str]] = []
    sections: List[str] = []
    shown: Dict[str, str] = {}
    places = Places(contract)
    for name, spec in specs.items():
        cls = contract.events[name]
        when = cell(spec.get("summary") or contract.schemas[cls].get("description", ""))
        evidence = payload_field(contract, cls).get("x-evidence", "")
        rows.append([f"[`{name}`](#{anchor(name)})", f"`{cls}`", when, evidence])
        sections += _section(contract, name, spec, shown, places)
    overview = table(("Event", "Class", "When", "Evidence"), rows) or _NO_EVENTS
    return page("Events", "openapi.yaml and sdk.yaml", [_OPENING, overview, *sections])


def _section(
    contract: Contract, name: str, spec: Dict[str, Any], shown: Dict[str, str], places: Places
) -> Iterator[str]:
    """The parts of the section about an event.

    Args:
        contract: The contract.
        name: The event.
        spec: What stands about it.
        shown: The events whose sections have the fields of a payload, by its class; this one is added.
        places: Where each schema is described.
    """
    cls = contract.events[name]
    yield f"## {name}"
    about = contract.schemas[cls].get("description") or spec.get("summary", "")
    yield f"`{cls}`: {cell(about)} {_chat(contract, cls)}"
    yield from paragraphs(spec.get("description", ""))
    payload = schema_name(payload_field(contract, cls).get("$ref", ""))
    if payload in shown:
        yield f"`{payload}`, as in [{shown[payload]}](#{anchor(shown[payload])})."
    elif payload is not None:
        shown[payload] = name
        yield _fields(contract, payload, places)
    sample = _sample(contract, spec)
    if sample is not None:
        yield code("json", json.dumps(sample, indent=2, ensure_ascii=False))


def _fields(contract: Contract, payload: str, places: Places) -> str:
    rows = [
        (
            f"`.{python_name(wire_name)}`",
            f"`{wire_name}`",
            type_of(schema, lambda name: places.link(name, _HERE)),
            schema.get("x-evidence", ""),
            cell(schema.get("description") or resolve(contract.document, schema).get("description", "")),
        )
        for wire_name, schema in fields_of_schema(contract, payload).items()
    ]
    head = (f"`{payload}`", "Wire name", "Type", "Evidence", "Meaning")
    return table(head, rows) or f"`{payload}` has no fields that are known."


def _chat(contract: Contract, cls: str) -> str:
    """Where the event says its chat."""
    if is_message_event(contract, cls):
        return "Its chat is `event.chat_id`."
    payload = schema_name(payload_field(contract, cls).get("$ref", ""))
    fields = fields_of_schema(contract, payload) if payload is not None else {}
    if "chatId" in fields:
        return "It has no `event.chat_id`; its chat is `event.payload.chat_id`."
    if schema_name(fields.get("from", {}).get("$ref", "")) == "JIDRef":
        return "It has no `event.chat_id`; `event.payload.from_` has one, where it came."
    return "It has no `event.chat_id`."


def _sample(contract: Contract, spec: Dict[str, Any]) -> Optional[Any]:
    for content in resolve(contract.document, spec.get("requestBody", {})).get("content", {}).values():
        if "example" in content:
            return content["example"]
        for example in content.get("examples", {}).values():
            return resolve(contract.document, example).get("value")
    return None
