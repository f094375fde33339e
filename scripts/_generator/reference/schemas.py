"""What the schemas of the contract say of fields: types, limits, and on which page a schema is described."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from _contract.contract import Contract
from _contract.document import resolve, schema_name
from _contract.inline_schemas import OPEN_SET

from ..types import fields_of_schema
from .markdown import anchor, cell, joined

_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict"}
# More than these are read where their type is described.
_MOST_VALUES_IN_A_CELL = 9


class Field(NamedTuple):
    """A field of an object."""

    name: str
    """As JSON has it."""
    schema: Dict[str, Any]
    is_required: bool


class Places:
    """Where each schema is described.

    Args:
        contract: The contract.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._found: Dict[str, Tuple[str, str]] = {}
        for event, cls in contract.events.items():
            payload = payload_of(contract, cls)
            for name in filter(None, (cls, payload)):
                self._found.setdefault(name, ("events.md", anchor(event)))
        for operation in contract.operations:
            if operation.body is not None:
                page = f"operations/{operation.service}.md"
                for name in variants(contract, operation.body.schema):
                    self._found.setdefault(name, (page, anchor(name)))
                self._found.setdefault(operation.body.schema, (page, anchor(operation.id)))

    def is_elsewhere(self, schema: str) -> bool:
        """Whether a schema is described with the operation or the event that has it."""
        return schema in self._found

    def link(self, schema: str, page: str) -> str:
        """A schema's name, linked.

        Args:
            schema: Its name.
            page: The page that it stands on, from the folder of the reference.
        """
        target, heading = self._found.get(schema, ("models.md", anchor(schema)))
        if schema not in self._contract.schemas:
            return f"`{schema}`"
        if target == page:
            return f"[`{schema}`](#{heading})"
        up = "../" * page.count("/")
        shown = target.removeprefix("operations/") if page.startswith("operations/") else target
        return f"[`{schema}`]({'' if shown != target else up}{shown}#{heading})"


def payload_of(contract: Contract, event_class: str) -> Optional[str]:
    """The schema of the details of an event."""
    return schema_name(payload_field(contract, event_class).get("$ref", ""))


def payload_field(contract: Contract, event_class: str) -> Dict[str, Any]:
    """What the schema of an event says of its payload; the result of a command stands under `data`."""
    fields = fields_of_schema(contract, event_class)
    payload: Dict[str, Any] = fields.get("payload", {})
    data: Dict[str, Any] = fields.get("data", {})
    return data if "$ref" in data and data["$ref"] == payload.get("$ref", data["$ref"]) else payload


def variants(contract: Contract, name: str) -> List[str]:
    """The kinds that a schema is one of, by their names; none where it is no union of objects."""
    schema = contract.schemas.get(name, {})
    names = [
        schema_name(part.get("$ref", ""))
        for word in ("oneOf", "anyOf")
        for part in schema.get(word, [])
        if isinstance(part, dict)
    ]
    return [one for one in names if one is not None and one in contract.schemas and fields_in(contract, one)]


def fields_in(contract: Contract, name: str) -> List[Field]:
    """The fields of an object, with those that it takes over from others, the required ones first."""
    found: Dict[str, Dict[str, Any]] = {}
    required: List[str] = []
    for part in _parts(contract, contract.schemas.get(name, {}), []):
        properties = part.get("properties", {})
        found.update((field, schema) for field, schema in properties.items() if isinstance(schema, dict))
        required += part.get("required", [])
    fields = [Field(field, schema, field in required) for field, schema in found.items()]
    return sorted(fields, key=lambda field: not field.is_required)


def _parts(contract: Contract, schema: Any, seen: List[Any]) -> Iterator[Dict[str, Any]]:
    if not isinstance(schema, dict) or any(schema is one for one in seen):
        return
    seen.append(schema)
    name = schema_name(schema.get("$ref", ""))
    if name is not None:
        yield from _parts(contract, contract.schemas.get(name, {}), seen)
    for part in schema.get("allOf", []):
        yield from _parts(contract, part, seen)
    yield schema


def type_of(schema: Any, link: Any) -> str:
    """The type of a value, without the None that it can be as well.

    Args:
        schema: What the contract says of it.
        link: Makes a link of the name of a schema.
    """
    if not isinstance(schema, dict):
        return "anything"
    name = schema_name(schema.get("$ref", ""))
    if name is not None:
        return str(link(name))
    for word in ("anyOf", "oneOf", "allOf"):
        parts = [part for part in schema.get(word, []) if isinstance(part, dict)]
        kinds = [type_of(part, link) for part in parts if part.get("type") != "null"]
        if kinds:
            return " or ".join(dict.fromkeys(kinds))
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        if len(kinds) > 1:
            return " or ".join(type_of({**schema, "type": one}, link) for one in kinds)
        kind = kinds[0] if kinds else None
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}), link)}"
    if schema.get("format") == "date-time":
        return "`datetime`"
    return f"`{_TYPES[str(kind)]}`" if kind in _TYPES else "anything"


def limits_of(contract: Contract, schema: Any) -> str:
    """What a value must keep to, in words: `1 to 64 characters`."""
    found = resolve(contract.document, schema)
    kind = found.get("type")
    parts = []
    if kind == "array":
        parts.append(_span(found, "minItems", "maxItems", "item"))
        parts.append(limits_of(contract, found.get("items", {})))
    parts.append(_span(found, "minLength", "maxLength", "character"))
    parts.append(_span(found, "minimum", "maximum"))
    if "exclusiveMinimum" in found and not isinstance(found["exclusiveMinimum"], bool):
        parts.append(f"more than {found['exclusiveMinimum']}")
    if "exclusiveMaximum" in found and not isinstance(found["exclusiveMaximum"], bool):
        parts.append(f"less than {found['exclusiveMaximum']}")
    if found.get("pattern"):
        parts.append(f"fits `{found['pattern']}`")
    values = values_of(found)
    if 0 < len(values) <= _MOST_VALUES_IN_A_CELL:
        parts.append(joined(values))
    return cell("; ".join(part for part in parts if part))


def values_of(schema: Dict[str, Any]) -> List[str]:
    """The values that a schema names."""
    values = schema.get("enum") or schema.get(OPEN_SET) or []
    if "const" in schema:
        values = [schema["const"]]
    return [str(value) for value in values if value is not None]


def _span(schema: Dict[str, Any], least: str, most: str, noun: str = "") -> str:
    """From the least to the most of something; a least count of nothing is no limit."""
    low, high = schema.get(least), schema.get(most)
    low = None if noun and low == 0 else low
    ends = [_number(one) for one in (low, high) if one is not None]
    if not ends:
        return ""
    if low == high:
        shown = f"exactly {ends[0]}"
    elif len(ends) == 2:
        shown = " to ".join(ends)
    else:
        shown = f"at {'least' if high is None else 'most'} {ends[0]}"
    return f"{shown} {noun}{'' if ends[-1] == '1' else 's'}" if noun else shown


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


def meaning_of(contract: Contract, schema: Dict[str, Any], evidence: str = "documented") -> str:
    """What a field means, and how sure that is where it is less sure than what stands around it."""
    text = schema.get("description") or resolve(contract.document, schema).get("description", "")
    known = schema.get("x-evidence", evidence)
    less = ["documented", "named", "assumed"]
    mark = f" *({known})*" if known in less and less.index(known) > less.index(evidence) else ""
    return f"{cell(text)}{mark}"
