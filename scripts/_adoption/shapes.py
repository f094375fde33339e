"""What the schemas of a document look like: their kinds, members and places of use."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set

from _contract.document import (
    Operation,
    iterate_operations,
    iterate_webhooks,
    references,
    resolve,
    schema_name,
)
from _contract.inline_schemas import merged_properties

Document = Dict[str, Any]
Schema = Dict[str, Any]

_NULL = {"type": "null"}


class Place(NamedTuple):
    """Where a document uses a schema: what pairs two of them must be the same place in both."""

    kind: str
    """`request`, `response` or `event`."""
    status: str
    schema: Schema


def schemas_of(document: Document) -> Dict[str, Any]:
    """The named schemas of a document."""
    found: Dict[str, Any] = document.get("components", {}).get("schemas", {})
    return found


def places_of_operation(document: Document, operation: Operation) -> List[Place]:
    """What an operation sends, and what each of its responses has in its envelope."""
    body = resolve(document, operation.spec.get("requestBody", {}))
    places = [Place("request", "", schema) for schema in _json_schemas(body)]
    for status, response in operation.spec.get("responses", {}).items():
        for schema in _json_schemas(resolve(document, response)):
            # Of several results, methods return the first.
            places += [Place("response", status, one) for one in _results(document, schema)][:1]
    return places


def events_of(document: Document) -> Dict[str, Schema]:
    """The schema of each event, by the event's name: its constant `event`, else the name of the webhook."""
    found: Dict[str, Schema] = {}
    for webhook in iterate_webhooks(document):
        for schema in _json_schemas(resolve(document, webhook.spec.get("requestBody", {}))):
            members = union_members(document, schema)
            if members:
                found.update(members)
            else:
                tag = resolve(document, merged_properties(document, schema).get("event", {})).get("const")
                found[tag if isinstance(tag, str) else webhook.path] = schema
    return found


def places_by_schema(document: Document) -> Dict[str, Set[str]]:
    """In what kinds of places each named schema is used, at whatever depth."""
    used: Dict[str, Set[str]] = {}
    for operation in iterate_operations(document):
        for place in places_of_operation(document, operation):
            for name in reachable(document, place.schema):
                used.setdefault(name, set()).add(place.kind)
    for schema in events_of(document).values():
        for name in reachable(document, schema):
            used.setdefault(name, set()).add("event")
    return used


def reachable(document: Document, node: Any) -> Set[str]:
    """The names of all schemas that a node refers to, directly or through others."""
    schemas = schemas_of(document)
    found: Set[str] = set()
    ahead = [node]
    while ahead:
        for reference in references(ahead.pop()):
            name = schema_name(reference)
            if name is not None and name in schemas and name not in found:
                found.add(name)
                ahead.append(schemas[name])
    return found


def without_unused_schemas(document: Document) -> Document:
    """A copy without the schemas that nothing uses."""
    components = document["components"]
    others = {section: parts for section, parts in components.items() if section != "schemas"}
    used = reachable(document, [document["paths"], document.get("webhooks", {}), others])
    kept = {name: schema for name, schema in schemas_of(document).items() if name in used}
    return {**document, "components": {**components, "schemas": kept}}


def name_of(schema: Schema) -> Optional[str]:
    """The name of a schema, where it is a reference to a named one."""
    return schema_name(schema["$ref"]) if isinstance(schema.get("$ref"), str) else None


def without_null(schema: Schema) -> Schema:
    """The schema beside null, where there is one; else itself."""
    for union in ("anyOf", "oneOf"):
        members = [member for member in schema.get(union, []) if member != _NULL]
        if len(members) == 1:
            return dict(members[0])
    return schema


def resolve_schema(document: Document, schema: Schema) -> Schema:
    """What a schema says, behind its reference and beside null."""
    return resolve(document, without_null(schema))


def may_be_null(schema: Schema) -> bool:
    """Whether a schema says that null fits."""
    types = schema.get("type")
    unions = (*schema.get("anyOf", []), *schema.get("oneOf", []))
    return _NULL in unions or (isinstance(types, list) and "null" in types)


def kind_of(document: Document, schema: Schema) -> str:
    """What a schema is: an enum, an object (or several), an array, or a value of some type."""
    schema = resolve_schema(document, schema)
    if "enum" in schema:
        return "enum"
    if {"properties", "allOf", "anyOf", "oneOf"} & set(schema) or "object" in types_of(schema):
        return "object"
    return "array" if "array" in types_of(schema) else "value"


def types_of(schema: Schema) -> List[str]:
    """The JSON types that a schema names, without null."""
    types = schema.get("type", [])
    return [one for one in (types if isinstance(types, list) else [types]) if one != "null"]


def union_members(document: Document, schema: Schema) -> Dict[str, Schema]:
    """The members of a union by the value of its discriminator; empty where it is not a union."""
    mapping = resolve(document, schema).get("discriminator", {}).get("mapping", {})
    return {tag: {"$ref": reference} for tag, reference in mapping.items()}


def bases(document: Document, schema: Schema) -> List[Schema]:
    """The named schemas that an object is made of."""
    return [part for part in resolve(document, schema).get("allOf", []) if "$ref" in part]


def _json_schemas(holder: Dict[str, Any]) -> Iterator[Schema]:
    for media_type, media in holder.get("content", {}).items():
        if "json" in media_type and isinstance(media.get("schema"), dict):
            yield media["schema"]


def _results(document: Document, schema: Schema) -> Iterator[Schema]:
    """What stands in an envelope; nothing where that only says that it was done."""
    if "discriminator" not in schema:
        for union in ("anyOf", "oneOf"):
            if union in schema:
                for member in schema[union]:
                    yield from _results(document, member)
                return
    properties = resolve(document, schema).get("properties", {})
    result = properties.get("data", schema)
    if set(resolve(document, result).get("properties", {})) != {"success"}:
        yield result
