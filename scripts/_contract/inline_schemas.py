"""Gives names to schemas that stand inline, and discriminators their mapping."""

from __future__ import annotations

import json
import re
from string import ascii_uppercase
from typing import Any, Dict, List, Optional

from .references import resolve, schema_name

Schema = Dict[str, Any]

_VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_NO_RESULT = frozenset({"success"})
OPEN_SET = "x-extensible-enum"
"""Lists the known values of a text that other values may join."""
# What does not make two inline schemas differ: each place describes its own.
_OWN_WORDS = ("description", "title", "examples", "default", "deprecated", "readOnly", "writeOnly")


def name_inline_schemas(document: Dict[str, Any]) -> None:
    """Move inline bodies, results, enums and nested objects to components/schemas, in place.

    Names follow from the operation or the schema that holds them; equal ones become one.
    """
    _Naming(document).run()


def complete_discriminators(document: Dict[str, Any]) -> None:
    """Supply mappings that are missing from the variants, in place."""
    for schema in document.get("components", {}).get("schemas", {}).values():
        if isinstance(schema, dict):
            _complete_discriminator(document, schema)


def merged_properties(document: Dict[str, Any], schema: Schema) -> Dict[str, Schema]:
    """The properties of an object, with those of what it is made of (`allOf`)."""
    schema = resolve(document, schema)
    merged: Dict[str, Schema] = {}
    for part in schema.get("allOf", []):
        merged.update(merged_properties(document, part))
    merged.update(schema.get("properties", {}))
    return merged


def pascal(text: str) -> str:
    """Words of any spelling as the name of a class: `message.received` becomes `MessageReceived`."""
    words = re.split(r"[^A-Za-z0-9]+", text)
    return "".join(word[:1].upper() + word[1:] for word in words)


class _Naming:
    def __init__(self, document: Dict[str, Any]) -> None:
        self.document = document
        self.schemas: Dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
        # An inline enum is the one of that content with a name; an object that looks alike need not be.
        self.names: Dict[str, str] = {
            _canonical(schema): name for name, schema in self.schemas.items() if _is_enum(schema)
        }

    def run(self) -> None:
        for name, schema in list(self.schemas.items()):
            if isinstance(schema, dict):
                self.schemas[name] = self.name_inside(schema, pascal(name))
        components = self.document["components"]
        for name, body in components.get("requestBodies", {}).items():
            self.name_body(body, pascal(name))
        for name, response in components.get("responses", {}).items():
            self.name_response(response, f"{pascal(name)}Result")
        for path, item in self.document["paths"].items():
            for verb in filter(item.get, _VERBS):
                self.name_operation(item[verb], _operation_words(verb, path))
        for event, item in self.document.get("webhooks", {}).items():
            for verb in filter(item.get, _VERBS):
                self.name_body(item[verb].get("requestBody", {}), f"{pascal(event)}Event")

    def name_operation(self, operation: Dict[str, Any], words: str) -> None:
        self.name_body(operation.get("requestBody", {}), f"{words}Request")
        for status, response in operation.get("responses", {}).items():
            kind = "Result" if str(status).startswith("2") else "Error"
            self.name_response(response, words + kind)

    def name_body(self, body: Dict[str, Any], proposal: str) -> None:
        for media in _json_media(body):
            media["schema"] = self.name(media["schema"], proposal, always=True)

    def name_response(self, response: Dict[str, Any], proposal: str) -> None:
        for media in _json_media(response):
            media["schema"] = self.name_result(media["schema"], proposal)

    def name_result(self, schema: Any, proposal: str) -> Any:
        """Name what a response holds; an envelope around it stands inline, wherever it stood."""
        if not isinstance(schema, dict):
            return schema
        for union in ("anyOf", "oneOf"):
            if union in schema and "discriminator" not in schema:
                return {**schema, union: [self.name_result(member, proposal) for member in schema[union]]}
        properties = merged_properties(self.document, schema)
        if "data" in properties:
            envelope = schema if "properties" in schema and "allOf" not in schema else self.flatten(schema)
            data = self.name_data(properties["data"], proposal)
            return {**envelope, "properties": {**envelope["properties"], "data": data}}
        return self.name_data(schema, proposal)

    def name_data(self, schema: Any, proposal: str) -> Any:
        if isinstance(schema, dict) and set(schema.get("properties", {})) == _NO_RESULT:
            return schema
        return self.name(schema, proposal)

    def flatten(self, schema: Schema) -> Schema:
        """An object made of others, or a reference to one, as one object."""
        described = {key: schema[key] for key in ("description",) if key in schema}
        whole: Schema = {"type": "object", **described}
        required = self.required(schema)
        if required:
            whole["required"] = required
        whole["properties"] = merged_properties(self.document, schema)
        return whole

    def required(self, schema: Schema) -> List[str]:
        schema = resolve(self.document, schema)
        names = [name for part in schema.get("allOf", []) for name in self.required(part)]
        return list(dict.fromkeys([*names, *schema.get("required", [])]))

    def name(self, schema: Any, proposal: str, always: bool = False) -> Any:
        """A reference where a schema needs a name; others stay, with what is inside them named."""
        if not isinstance(schema, dict) or "$ref" in schema:
            return schema
        schema = self.name_inside(schema, proposal)
        if len(schema.get("enum", [])) == 1:
            # Before 3.1 a constant was written so.
            return {
                **{key: value for key, value in schema.items() if key != "enum"},
                "const": schema["enum"][0],
            }
        if not always and not _needs_name(schema):
            return schema
        beside = {key: value for key, value in schema.items() if key in _OWN_WORDS or key.startswith("x-")}
        beside.pop("title", None)
        beside.pop(OPEN_SET, None)
        return {"$ref": f"#/components/schemas/{self.register(schema, proposal)}", **beside}

    def name_inside(self, schema: Schema, owner: str) -> Schema:
        named = dict(schema)
        if isinstance(schema.get("properties"), dict):
            named["properties"] = {
                key: self.name(value, owner + pascal(key)) for key, value in schema["properties"].items()
            }
        if "items" in schema:
            named["items"] = self.name(schema["items"], f"{owner}Item")
        if "additionalProperties" in schema:
            named["additionalProperties"] = self.name(schema["additionalProperties"], f"{owner}Value")
        if "allOf" in schema:
            named["allOf"] = [
                part if "$ref" in part else self.name_inside(part, owner) for part in schema["allOf"]
            ]
        for union in ("anyOf", "oneOf"):
            if union in schema:
                labels = _variant_labels(schema[union])
                named[union] = [self.name(part, owner + label) for part, label in zip(schema[union], labels)]
        return named

    def register(self, schema: Schema, proposal: str) -> str:
        key = _canonical(schema)
        if key not in self.names:
            name, letters = proposal, iter(ascii_uppercase[1:])
            while name in self.schemas:
                name = proposal + next(letters)
            self.names[key] = name
            self.schemas[name] = {key: value for key, value in schema.items() if key != "default"}
        return self.names[key]


def _operation_words(verb: str, path: str) -> str:
    segments = [segment for segment in path.split("/") if segment]
    words = [pascal(segment) for segment in segments if not segment.startswith("{")]
    if segments and segments[-1].startswith("{"):
        words.append("By" + pascal(segments[-1]))
    return verb.capitalize() + "".join(words)


def _json_media(holder: Dict[str, Any]) -> List[Dict[str, Any]]:
    return [
        media
        for kind, media in holder.get("content", {}).items()
        if "json" in kind and isinstance(media, dict) and "schema" in media
    ]


def _is_enum(schema: Any) -> bool:
    return isinstance(schema, dict) and (len(schema.get("enum", [])) > 1 or OPEN_SET in schema)


def _needs_name(schema: Schema) -> bool:
    if _is_enum(schema) or schema.get("properties"):
        return True
    if len(schema.get("allOf", [])) > 1 or "discriminator" in schema:
        return True
    members = [member for member in schema.get("oneOf", []) if member != {"type": "null"}]
    return len(members) > 1 and all("$ref" in member for member in members)


def _variant_labels(members: List[Any]) -> List[str]:
    """How the members of a union are told apart in their names: by their constant, else by a letter."""
    named = [member for member in members if isinstance(member, dict) and member != {"type": "null"}]
    if len(named) < 2:
        return ["" for _ in members]
    labels = []
    for member, letter in zip(members, ascii_uppercase):
        properties = member.get("properties", {}) if isinstance(member, dict) else {}
        tags = [tag for tag in map(_only_value, properties.values()) if isinstance(tag, str)]
        labels.append(pascal(tags[0]) if tags else f"Variant{letter}")
    return labels


def _only_value(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return None
    values = schema.get("enum", [schema.get("const")])
    return values[0] if len(values) == 1 else None


def _canonical(schema: Schema) -> str:
    told = {
        key: value
        for key, value in schema.items()
        if key == OPEN_SET or (key not in _OWN_WORDS and not key.startswith("x-"))
    }
    return json.dumps(told, sort_keys=True)


def _complete_discriminator(document: Dict[str, Any], schema: Schema) -> None:
    for union in ("oneOf", "anyOf"):
        members: List[str] = [str(member.get("$ref", "")) for member in schema.get(union, [])]
        if len(members) < 2 or "" in members:
            continue
        if "discriminator" not in schema:
            name = _common_tag(document, schema[union]) if union == "oneOf" else None
            if name is None:
                continue
            schema["discriminator"] = {"propertyName": name}
        discriminator = schema["discriminator"]
        given = {
            tag: target if "/" in target else f"#/components/schemas/{target}"
            for tag, target in discriminator.get("mapping", {}).items()
        }
        for reference in members:
            if reference not in given.values():
                for tag in _tags(document, reference, discriminator["propertyName"]):
                    given.setdefault(tag, reference)
        discriminator["mapping"] = given


def _tags(document: Dict[str, Any], reference: str, name: str) -> List[str]:
    """The values of the discriminator that mean a variant; its own name, where it does not say."""
    tags = _declared_tags(document, reference, name)
    return tags or [schema_name(reference) or reference]


def _declared_tags(document: Dict[str, Any], reference: str, name: str) -> List[str]:
    tag = resolve(document, merged_properties(document, {"$ref": reference}).get(name, {}))
    if "const" in tag:
        return [str(tag["const"])]
    return [str(value) for value in tag.get("enum", [tag["default"]] if "default" in tag else [])]


def _common_tag(document: Dict[str, Any], members: List[Schema]) -> Optional[str]:
    """The property that has another constant in every member of a union."""
    for name in merged_properties(document, members[0]):
        properties = [merged_properties(document, member).get(name, {}) for member in members]
        tags = [resolve(document, one).get("const") for one in properties]
        if all(isinstance(tag, str) for tag in tags) and len(set(tags)) == len(tags):
            return name
    return None
