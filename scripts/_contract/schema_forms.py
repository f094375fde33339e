"""Brings schemas from the forms of OpenAPI 3.0 into those of 3.1."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Set

from .references import DATA_KEYS, schema_name

Schema = Dict[str, Any]

_MAPPINGS = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = (
    *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
# What may stand beside a reference, and says nothing about what fits.
_ANNOTATIONS = frozenset(
    {"title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples", "xml"}
)
_NULL: Schema = {"type": "null"}


def modernise_schemas(document: Dict[str, Any]) -> None:
    """Change every schema of a document in place."""
    change_schemas(document, _modernise)
    _move_null_to_references(document)


def change_schemas(document: Dict[str, Any], change: Callable[[Schema], Schema]) -> None:
    """Put what `change` makes of it in the place of every schema of a document, from the inside out."""
    components = document.get("components", {})
    schemas = components.get("schemas", {})
    for name, schema in schemas.items():
        schemas[name] = change_schema(schema, change)
    for section, parts in components.items():
        if section != "schemas" and not section.startswith("x-"):
            for part in parts.values():
                _change_below(part, change)
    _change_below(document.get("paths", {}), change)
    _change_below(document.get("webhooks", {}), change)


def change_schema(schema: Any, change: Callable[[Schema], Schema]) -> Any:
    """What `change` makes of a schema, after it was applied to those inside."""
    if not isinstance(schema, dict):
        return schema
    changed = dict(schema)
    for key, value in schema.items():
        if key in _MAPPINGS and isinstance(value, dict):
            changed[key] = {name: change_schema(inner, change) for name, inner in value.items()}
        elif key in _LISTS and isinstance(value, list):
            changed[key] = [change_schema(inner, change) for inner in value]
        elif key in _SINGLE:
            changed[key] = change_schema(value, change)
    return change(changed)


def _change_below(node: Any, change: Callable[[Schema], Schema]) -> None:
    if isinstance(node, list):
        for value in node:
            _change_below(value, change)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                node[key] = change_schema(value, change)
            elif key not in DATA_KEYS and not key.startswith("x-"):
                _change_below(value, change)
                if key == "content" and isinstance(value, dict):
                    _name_examples(value)


def _name_examples(content: Dict[str, Any]) -> None:
    """A media type's one example becomes one of its named ones; parameters and headers keep theirs."""
    for media in content.values():
        if "example" in media:
            example = media.pop("example")
            media.setdefault("examples", {"default": {"value": example}})


def _modernise(schema: Schema) -> Schema:
    for change in (_unwrap_reference, _number_limits, _list_example, _encode_content, _say_null):
        schema = change(schema)
    return schema


def _unwrap_reference(schema: Schema) -> Schema:
    """`allOf` with one member is how 3.0 gave a reference a description."""
    members = schema.get("allOf")
    others = set(schema) - {"allOf", "nullable"}
    if not isinstance(members, list) or len(members) != 1 or not _only_annotations(others):
        return schema
    return {**members[0], **{key: value for key, value in schema.items() if key != "allOf"}}


def _only_annotations(keys: Set[str]) -> bool:
    return all(key in _ANNOTATIONS or key == "example" or key.startswith("x-") for key in keys)


def _number_limits(schema: Schema) -> Schema:
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool):
            is_exclusive = schema.pop(exclusive)
            if is_exclusive and limit in schema:
                schema[exclusive] = schema.pop(limit)
    return schema


def _list_example(schema: Schema) -> Schema:
    if "example" in schema and "$ref" not in schema:
        schema.setdefault("examples", [schema["example"]])
    schema.pop("example", None)
    return schema


def _encode_content(schema: Schema) -> Schema:
    # Generators make decoded bytes of this format, which then cannot travel as it came.
    if schema.get("format") == "byte":
        del schema["format"]
        schema["contentEncoding"] = "base64"
    return schema


def _say_null(schema: Schema) -> Schema:
    """What may be null says so in its type; an enum that may be is one beside null."""
    wanted = schema.pop("nullable", False) is True
    types: Any = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    others = [one for one in types if one != "null"]
    wanted = wanted or ("null" in types and bool(others))
    if schema.get("enum") and None in schema["enum"] and len(schema["enum"]) > 1:
        wanted = True
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if not wanted:
        return schema
    for union in ("anyOf", "oneOf"):
        if union in schema and "discriminator" not in schema:
            if _NULL not in schema[union]:
                schema[union] = [*schema[union], dict(_NULL)]
            return schema
    if {"$ref", "enum", "const", "allOf", "anyOf", "oneOf"} & set(schema):
        if others:
            schema["type"] = others[0] if len(others) == 1 else others
        return _beside_null(schema)
    if others:
        schema["type"] = [*others, "null"]
    return schema


def _beside_null(schema: Schema) -> Schema:
    inner = {key: value for key, value in schema.items() if not _only_annotations({key})}
    outer = {key: value for key, value in schema.items() if _only_annotations({key})}
    return {"anyOf": [inner, dict(_NULL)], **outer}


def _move_null_to_references(document: Dict[str, Any]) -> None:
    """A named schema that may be null is a plain one, to which references say that null fits, too."""
    schemas = document.get("components", {}).get("schemas", {})
    nullable: Set[str] = set()
    for name, schema in schemas.items():
        plain = _without_null(schema) if isinstance(schema, dict) else schema
        if plain is not schema:
            nullable.add(name)
            schemas[name] = plain
    if not nullable:
        return

    def may_be_null(schema: Any) -> bool:
        return isinstance(schema, dict) and schema_name(str(schema.get("$ref"))) in nullable

    def mend(schema: Schema) -> Schema:
        for key in ("items", "additionalProperties"):
            if may_be_null(schema.get(key)):
                schema[key] = _beside_null(schema[key])
        if isinstance(schema.get("properties"), dict):
            schema["properties"] = {
                key: _beside_null(value) if may_be_null(value) else value
                for key, value in schema["properties"].items()
            }
        for union in ("anyOf", "oneOf"):
            members: List[Schema] = schema.get(union, [])
            if any(map(may_be_null, members)) and "discriminator" not in schema and _NULL not in members:
                schema[union] = [*members, dict(_NULL)]
        return schema

    change_schemas(document, mend)


def _without_null(schema: Schema) -> Schema:
    types = schema.get("type")
    if isinstance(types, list) and "null" in types and len(types) > 1:
        others = [one for one in types if one != "null"]
        return {**schema, "type": others[0] if len(others) == 1 else others}
    members = schema.get("anyOf")
    if isinstance(members, list) and len(members) == 2 and _NULL in members:
        (inner,) = [member for member in members if member != _NULL]
        return {**inner, **{key: value for key, value in schema.items() if key != "anyOf"}}
    return schema
