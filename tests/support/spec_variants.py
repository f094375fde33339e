"""Makes other contracts from ours: what Titan's own could look like, and what must not be mistaken for it.

As a program, it writes one of them: `python -m tests.support.spec_variants everything_at_once FILE`.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import yaml

Document = Dict[str, Any]
Change = Callable[[Document], None]

PREFIX = "#/components/schemas/"
VERBS = ("get", "put", "post", "patch", "delete")


def operations(document: Document) -> Iterator[Tuple[str, str, Dict[str, Any]]]:
    """Path, verb and operation, of a list that may be changed meanwhile."""
    for path, item in list(document["paths"].items()):
        for verb in [verb for verb in VERBS if verb in item]:
            yield path, verb, item[verb]


def schemas(document: Document) -> Dict[str, Any]:
    found: Dict[str, Any] = document["components"]["schemas"]
    return found


def rebuild(node: Any, change: Callable[[Dict[str, Any]], Any]) -> Any:
    """A copy with what `change` makes of every object, from the inside out."""
    if isinstance(node, list):
        return [rebuild(value, change) for value in node]
    if isinstance(node, dict):
        return change({key: rebuild(value, change) for key, value in node.items()})
    return node


def replace(document: Document, change: Callable[[Dict[str, Any]], Any]) -> None:
    for key in ("paths", "webhooks", "components"):
        if key in document:
            document[key] = rebuild(document[key], change)


def openapi_3_0(document: Document) -> None:
    """The forms of 3.0.3: nullable, enums of one value for constants, webhooks only as an extension."""

    def older(node: Dict[str, Any]) -> Any:
        if isinstance(node.get("type"), list) and "null" in node["type"]:
            (kind,) = [one for one in node["type"] if one != "null"]
            node = {**node, "type": kind, "nullable": True}
        members = node.get("anyOf")
        if isinstance(members, list) and {"type": "null"} in members:
            (member,) = [one for one in members if one != {"type": "null"}]
            rest = {key: value for key, value in node.items() if key != "anyOf"}
            return {"allOf": [member], "nullable": True, **rest}
        if isinstance(node.get("$ref"), str) and len(node) > 1 and node["$ref"].startswith(PREFIX):
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {"allOf": [{"$ref": node["$ref"]}], **rest}
        if "const" in node and isinstance(node.get("type"), str):
            value = node.pop("const")
            node["enum"] = [value]
        if isinstance(node.get("exclusiveMinimum"), int):
            node["minimum"], node["exclusiveMinimum"] = node["exclusiveMinimum"], True
        return node

    document["openapi"] = "3.0.3"
    del document["info"]["summary"]
    replace(document, older)
    if "webhooks" in document:
        document["x-webhooks"] = document.pop("webhooks")


def no_extensions(document: Document) -> None:
    def plain(node: Dict[str, Any]) -> Dict[str, Any]:
        return {key: value for key, value in node.items() if not key.startswith("x-")}

    replace(document, plain)


def camel_case_ids(document: Document) -> None:
    for _, _, operation in operations(document):
        service, _, name = operation["operationId"].partition(".")
        operation["operationId"] = service + name[:1].upper() + name[1:]


def no_ids(document: Document) -> None:
    for _, _, operation in operations(document):
        del operation["operationId"]
    for item in document.get("webhooks", {}).values():
        item["post"].pop("operationId", None)


def renamed_schemas(document: Document) -> None:
    """Every schema has another name, some of them in another spelling."""
    names = {}
    for number, name in enumerate(schemas(document)):
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", name)
        names[name] = f"{name}Dto" if number % 2 else "wa." + "_".join(word.lower() for word in words)

    def renamed(node: Dict[str, Any]) -> Dict[str, Any]:
        return {key: target(value) for key, value in node.items()}

    def target(value: Any) -> Any:
        if isinstance(value, str) and value.startswith(PREFIX):
            return PREFIX + names[value[len(PREFIX) :]]
        return value

    replace(document, renamed)
    document["components"]["schemas"] = {names[name]: one for name, one in schemas(document).items()}


def inline_bodies(document: Document) -> None:
    """Bodies and results stand where they are used, with all inside them; unions and events keep names."""
    named = copy.deepcopy(schemas(document))

    def inline(node: Dict[str, Any]) -> Any:
        reference = node.get("$ref")
        if not isinstance(reference, str) or not reference.startswith(PREFIX):
            return node
        schema = named[reference[len(PREFIX) :]]
        if "oneOf" in schema:
            return node
        whole = rebuild(copy.deepcopy(schema), inline)
        return {**whole, **{key: value for key, value in node.items() if key != "$ref"}}

    document["paths"] = rebuild(document["paths"], inline)
    document["components"]["responses"] = rebuild(document["components"]["responses"], inline)


def named_envelopes(document: Document) -> None:
    """Every result has a schema of its own for its envelope."""
    envelopes: Dict[str, Any] = {}

    def named(node: Dict[str, Any]) -> Dict[str, Any]:
        properties = node.get("properties", {})
        data = properties.get("data", {}) if isinstance(properties, dict) else {}
        inner = data.get("$ref") or data.get("items", {}).get("$ref")
        if not inner:
            return node
        name = inner[len(PREFIX) :] + ("ListResponse" if "items" in data else "Response")
        envelopes[name] = node
        return {"$ref": PREFIX + name}

    document["paths"] = rebuild(document["paths"], named)
    schemas(document).update(envelopes)


def no_discriminator_mapping(document: Document) -> None:
    def without(node: Dict[str, Any]) -> Dict[str, Any]:
        if isinstance(node.get("discriminator"), dict):
            node["discriminator"].pop("mapping", None)
        return node

    replace(document, without)


def moved_paths(document: Document) -> None:
    document["paths"] = {
        path.replace("/api/", "/v2/whatsapp/", 1): item for path, item in document["paths"].items()
    }


def base_path_of_server(document: Document) -> None:
    """The first segment of every path stands in the address of the server."""
    document["servers"] = [{"url": "https://api.example.com/api"}]
    document["paths"] = {path[len("/api") :]: item for path, item in document["paths"].items()}


def renamed_path_parameters(document: Document) -> None:
    """Path parameters have other names, told at the path and not at the operation."""
    names = {"session": "sessionName", "contactId": "jid", "groupId": "group_id"}

    def rename(path: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: f"{{{names.get(found[1], found[1])}}}", path)

    for parameter in document["components"]["parameters"].values():
        if parameter["in"] == "path":
            parameter["name"] = names.get(parameter["name"], parameter["name"])
    document["paths"] = {rename(path): item for path, item in document["paths"].items()}
    for item in document["paths"].values():
        shared: List[Any] = []
        for verb in [verb for verb in VERBS if verb in item]:
            for parameter in item[verb].get("parameters", []):
                if parameter.get("$ref", "").rpartition("/")[2] in ("Session", "ContactId", "GroupId"):
                    shared += [] if parameter in shared else [parameter]
            item[verb]["parameters"] = [one for one in item[verb].get("parameters", []) if one not in shared]
        item["parameters"] = shared


def one_operation_more(document: Document) -> None:
    new = copy.deepcopy(document["paths"]["/api/sessions/{session}/chats/{chatId}/archive"]["post"])
    new.update(operationId="chats.pin", summary="Pin a chat.")
    document["paths"]["/api/sessions/{session}/chats/{chatId}/pin"] = {"post": new}
    calls = copy.deepcopy(document["paths"]["/api/sessions/{session}/labels"]["get"])
    calls.update(operationId="calls.list", summary="List calls.", tags=["calls"])
    document["paths"]["/api/sessions/{session}/calls"] = {"get": calls}


def one_operation_less(document: Document) -> None:
    del document["paths"]["/api/sessions/{session}/contacts/{contactId}/block"]


def one_field_more(document: Document) -> None:
    schemas(document)["Session"]["properties"]["region"] = {"type": "string", "description": "Where it runs."}


def one_field_less(document: Document) -> None:
    del schemas(document)["Contact"]["properties"]["businessName"]


def one_field_of_another_type(document: Document) -> None:
    schemas(document)["Label"]["properties"]["color"] = {"type": "string", "description": "Its colour."}


def no_webhooks(document: Document) -> None:
    document.pop("webhooks", None)
    document.pop("x-webhooks", None)


def everything_at_once(document: Document) -> None:
    for change in (
        *(no_webhooks, one_operation_more, one_operation_less, one_field_more, one_field_less),
        *(one_field_of_another_type, no_discriminator_mapping, no_extensions, camel_case_ids, moved_paths),
        *(renamed_schemas, inline_bodies, openapi_3_0),
    ):
        change(document)


VARIANTS: Dict[str, Tuple[Change, ...]] = {
    "json": (),
    "openapi_3_0": (openapi_3_0,),
    "no_extensions": (no_extensions,),
    "camel_case_ids": (camel_case_ids,),
    "no_ids": (no_ids,),
    "renamed_schemas": (renamed_schemas,),
    "inline_bodies": (inline_bodies,),
    "named_envelopes": (named_envelopes,),
    "no_discriminator_mapping": (no_discriminator_mapping,),
    "moved_paths": (moved_paths,),
    "base_path_of_server": (base_path_of_server,),
    "renamed_path_parameters": (renamed_path_parameters,),
    "one_operation_more": (one_operation_more,),
    "one_operation_less": (one_operation_less,),
    "one_field_more": (one_field_more,),
    "one_field_less": (one_field_less,),
    "one_field_of_another_type": (one_field_of_another_type,),
    "no_webhooks": (no_webhooks,),
    "everything_at_once": (everything_at_once,),
}
"""What another contract can look like, and can be adopted."""


def removed_beside_a_new_one(document: Document) -> None:
    """An operation that may be repeated goes; a new one of the same shape, which may not, comes."""
    archive = document["paths"].pop("/api/sessions/{session}/chats/{chatId}/archive")
    archive["post"].update(operationId="chats.notify", summary="Send a notification to everybody in a chat.")
    document["paths"]["/api/sessions/{session}/chats/{chatId}/notify"] = archive


def swapped_path_parameters(document: Document) -> None:
    path = "/api/sessions/{session}/groups/{groupId}/leave"
    document["paths"]["/api/sessions/{groupId}/groups/{session}/leave"] = document["paths"].pop(path)


def another_verb(document: Document) -> None:
    item = document["paths"]["/api/account/keys/{keyId}"]
    item["post"] = item.pop("patch")
    item["post"]["operationId"] = "changeAccountKey"


def reused_id(document: Document) -> None:
    """The operationId of a removed operation belongs to one with other parameters."""
    follow = document["paths"].pop("/api/sessions/{session}/channels/{channelId}/follow")
    follow["post"]["parameters"] = [{"$ref": "#/components/parameters/Session"}]
    document["paths"]["/api/sessions/{session}/newsletter/follow-everything"] = follow


def reused_id_for_something_else(document: Document) -> None:
    """The operationId of a removed operation belongs to one with as many parameters, of another meaning."""
    follow = document["paths"].pop("/api/sessions/{session}/channels/{channelId}/follow")
    follow["post"]["parameters"] = [
        {"$ref": "#/components/parameters/Session"},
        {"$ref": "#/components/parameters/GroupId"},
    ]
    document["paths"]["/api/sessions/{session}/invites/{groupId}/accept"] = follow


def removed_pair_beside_a_new_one(document: Document) -> None:
    """Two removed operations stand beside two new ones that end in the same words, below another prefix."""
    for name in ("start", "stop"):
        item = document["paths"].pop(f"/api/sessions/{{session}}/{name}")
        item["post"]["operationId"] = f"campaigns.{name}"
        document["paths"][f"/api/campaigns/{{session}}/{name}"] = item


DANGERS: Dict[str, Tuple[Change, ...]] = {
    "removed_beside_a_new_one": (removed_beside_a_new_one,),
    "removed_pair_beside_a_new_one": (removed_pair_beside_a_new_one,),
    "swapped_path_parameters": (swapped_path_parameters,),
    "another_verb": (another_verb,),
    "reused_id": (reused_id,),
    "reused_id_for_something_else": (reused_id_for_something_else,),
}
"""Likenesses that a person must decide about."""


def one_schema_for_several(document: Document) -> None:
    """Two kinds of bodies that looked alike are one schema."""
    del schemas(document)["UpdateProfilePictureRequest"]

    def merged(node: Dict[str, Any]) -> Dict[str, Any]:
        if node.get("$ref") == f"{PREFIX}UpdateProfilePictureRequest":
            node["$ref"] = f"{PREFIX}UpdateGroupPictureRequest"
        return node

    replace(document, merged)


def several_schemas_for_one(document: Document) -> None:
    """What was one schema is another in each of two operations."""
    schemas(document)["ClientRulesUpdate"] = copy.deepcopy(schemas(document)["ClientRules"])
    body = document["paths"]["/api/sessions/{session}/client-rules"]["put"]["requestBody"]
    body["content"]["application/json"]["schema"] = {"$ref": f"{PREFIX}ClientRulesUpdate"}


def make(contract: Document, *changes: Change) -> Document:
    """A changed copy of a contract."""
    document = copy.deepcopy(contract)
    for change in changes:
        change(document)
    return document


def write(document: Document, path: Path) -> Path:
    """Write a contract in the form that the name of the file says."""
    if path.suffix == ".json":
        path.write_text(json.dumps(document), encoding="utf-8")
    else:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        path.write_text(yaml.dump(document, Dumper=dumper, sort_keys=False), encoding="utf-8")
    return path


def main(name: str, target: str) -> None:
    contract = yaml.safe_load(Path("openapi.yaml").read_text(encoding="utf-8"))
    write(make(contract, *{**VARIANTS, **DANGERS}[name]), Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
