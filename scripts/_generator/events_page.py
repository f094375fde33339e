"""`docs/events.md`: every event with the fields of its payload and a sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from _contract.contract import Contract, python_name
from _contract.document import iterate_webhooks, resolve, schema_name

from .text import BANNER, paragraphs
from .types import fields_of_schema, is_message_event

PATH = Path("docs") / "events.md"
_OPENING = """# Events

What Titan delivers to a webhook, and how a handler has it. Every event has a name, an id, a session and a
time (`event.event`, `.id`, `.session`, `.timestamp`), and its details in `event.payload`. `session` and
`payload` are never None: what did not come, or came as something else, reads as an empty text or an empty
object. Each field of a payload can be missing and then reads as None. Fields that are not listed here can be
had by wire name, as in `event.payload["newField"]`, and `event.to_dict()` has all that came.

An event about a message also says in one way, whatever its payload is like, in which chat it happened
(`event.chat_id`), who did it (`event.sender_id`) and what was written (`event.text`); each of them is None
where nothing says it. An event of a name that is not listed here is an `UnknownEvent`, whose payload stays as
it came.

*Evidence* says how sure the payload is: `documented` in Titan's public reference; `named` there, with fields
that are our reading; or `assumed` altogether."""
_NO_EVENTS = "\n\nThe contract names no events."
_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict"}


def write_events_page(contract: Contract) -> str:
    """`docs/events.md`."""
    specs = {event.path: event.spec for event in iterate_webhooks(contract.document) if event.verb == "POST"}
    if not specs:
        return f"<!-- {BANNER} -->\n{_OPENING}{_NO_EVENTS}\n"
    table = ["| Event | Class | When | Evidence |", "| --- | --- | --- | --- |"]
    sections: List[str] = []
    shown: Dict[str, str] = {}
    for name, spec in specs.items():
        cls = contract.events[name]
        when = _line(spec.get("summary") or contract.schemas[cls].get("description", ""))
        evidence = _payload_field(contract, cls).get("x-evidence", "")
        table.append(f"| [`{name}`](#{_anchor(name)}) | `{cls}` | {when} | {evidence} |")
        sections.append("\n\n".join(_section(contract, name, spec, shown)))
    return "\n\n".join([f"<!-- {BANNER} -->\n{_OPENING}", "\n".join(table), *sections]) + "\n"


def _section(contract: Contract, name: str, spec: Dict[str, Any], shown: Dict[str, str]) -> Iterator[str]:
    """The parts of the section about an event.

    Args:
        contract: The contract.
        name: The event.
        spec: What stands about it.
        shown: The events whose sections have the fields of a payload, by its class; this one is added.
    """
    cls = contract.events[name]
    yield f"## {name}"
    about = contract.schemas[cls].get("description") or spec.get("summary", "")
    yield f"`{cls}`: {_line(about)} {_chat(contract, cls)}"
    yield from paragraphs(spec.get("description", ""))
    payload = schema_name(_payload_field(contract, cls).get("$ref", ""))
    if payload in shown:
        yield f"`{payload}`, as in [{shown[payload]}](#{_anchor(shown[payload])})."
    elif payload is not None:
        shown[payload] = name
        yield from _fields(contract, payload)
    sample = _sample(contract, spec)
    if sample is not None:
        yield f"```json\n{json.dumps(sample, indent=2, ensure_ascii=False)}\n```"


def _fields(contract: Contract, payload: str) -> Iterator[str]:
    fields = fields_of_schema(contract, payload)
    if not fields:
        yield f"`{payload}` has no fields that are known."
        return
    lines = [f"| `{payload}` | Wire name | Type | Evidence | Meaning |", "| --- | --- | --- | --- | --- |"]
    for wire_name, schema in fields.items():
        meaning = schema.get("description") or resolve(contract.document, schema).get("description", "")
        parts = (_type(schema), schema.get("x-evidence", ""), _line(meaning))
        lines.append(
            f"| `.{python_name(wire_name)}` | `{wire_name}` | `{parts[0]}` | {parts[1]} | {parts[2]} |"
        )
    yield "\n".join(lines)


def _payload_field(contract: Contract, cls: str) -> Dict[str, Any]:
    """What the schema of an event says of its payload; the result of a command stands under `data`."""
    fields = fields_of_schema(contract, cls)
    payload: Dict[str, Any] = fields.get("payload", {})
    data: Dict[str, Any] = fields.get("data", {})
    return data if "$ref" in data and data["$ref"] == payload.get("$ref", data["$ref"]) else payload


def _chat(contract: Contract, cls: str) -> str:
    """Where the event says its chat."""
    if is_message_event(contract, cls):
        return "Its chat is `event.chat_id`."
    payload = schema_name(_payload_field(contract, cls).get("$ref", ""))
    fields = fields_of_schema(contract, payload) if payload is not None else {}
    if "chatId" in fields:
        return "It has no `event.chat_id`; its chat is `event.payload.chat_id`."
    if schema_name(fields.get("from", {}).get("$ref", "")) == "JIDRef":
        return "It has no `event.chat_id`; `event.payload.from_` has one, where it came."
    return "It has no `event.chat_id`."


def _type(schema: Dict[str, Any]) -> str:
    """The type of a field, without the None that it can be as well."""
    name = schema_name(schema.get("$ref", ""))
    if name is not None:
        return name
    for word in ("anyOf", "oneOf"):
        kinds = [_type(part) for part in schema.get(word, []) if part.get("type") != "null"]
        if kinds:
            return kinds[0] if len(kinds) == 1 else f"Union[{', '.join(kinds)}]"
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind == "array":
        return f"List[{_type(schema.get('items', {}))}]"
    if schema.get("format") == "date-time":
        return "datetime"
    return _TYPES.get(str(kind), "Any")


def _sample(contract: Contract, spec: Dict[str, Any]) -> Optional[Any]:
    for content in resolve(contract.document, spec.get("requestBody", {})).get("content", {}).values():
        if "example" in content:
            return content["example"]
        for example in content.get("examples", {}).values():
            return resolve(contract.document, example).get("value")
    return None


def _line(text: str) -> str:
    """Text as it may stand in the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _anchor(heading: str) -> str:
    """What a heading is linked by."""
    return heading.replace(".", "").lower()
