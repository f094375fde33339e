"""The operations of the contract, read from `openapi.json`; any contract will do."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

from ..base.encoding import Json

METHODS = ("get", "put", "post", "delete", "patch")


class Discriminator(NamedTuple):
    """The field of a body that tells which variant it is."""

    field: str
    values: Sequence[str]


class Operation(NamedTuple):
    """An operation of the contract."""

    id: str
    """Its service and method, such as `labels.update`."""
    method: str
    path: str
    scopes: Sequence[str]
    """A key needs one of these; empty where any key will do."""
    takes_body: bool
    needs_body: bool
    discriminator: Optional[Discriminator]
    is_command: bool
    """Whether Titan forwards it to WhatsApp: it needs a connected session, and can be done in async mode."""

    @property
    def route(self) -> str:
        """Method and path as people write them, such as `PUT /api/sessions/{session}/labels/{labelId}`."""
        return f"{self.method.upper()} {self.path}"


@cache
def load_spec() -> Json:
    """Read the contract: openapi.yaml and sdk.yaml, merged."""
    spec: Json = json.loads((Path(__file__).parent / "openapi.json").read_bytes())
    return spec


@cache
def operations() -> Dict[str, Operation]:
    """Give all operations, by their ids."""
    return {operation.id: operation for operation in read_operations(load_spec())}


def read_operations(spec: Json) -> Iterator[Operation]:
    """Read the operations of a contract, whatever of it is missing."""
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield _read_operation(spec, path, method, item[method])


def _read_operation(spec: Json, path: str, method: str, operation: Json) -> Operation:
    marks: Json = operation.get("x-sdk", {})
    request_body = resolve(spec, operation.get("requestBody", {}))
    content = request_body.get("content", {}).get("application/json", {})
    return Operation(
        id=operation.get("operationId", f"{method} {path}"),
        method=method,
        path=path,
        scopes=marks.get("scopes", ()),
        takes_body=bool(request_body),
        needs_body=request_body.get("required", False),
        discriminator=_find_discriminator(spec, content.get("schema", {})),
        is_command="command" in marks.get("is", ()),
    )


def resolve(spec: Json, node: Json) -> Json:
    """Follow references until there is none."""
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


def _find_discriminator(spec: Json, schema: Json) -> Optional[Discriminator]:
    schema = resolve(spec, schema)
    if "discriminator" in schema:
        field = schema["discriminator"]["propertyName"]
        values = list(schema["discriminator"].get("mapping", ())) or _read_variants(spec, schema, field)
        return Discriminator(field, values) if values else None
    for part in schema.get("allOf", []):
        found = _find_discriminator(spec, part)
        if found is not None:
            return found
    return None


def _read_variants(spec: Json, schema: Json, field: str) -> List[str]:
    """Give the values of a field that tells variants apart, where each variant says its own."""
    values: List[str] = []
    for variant in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        for part in (variant, *resolve(spec, variant).get("allOf", ())):
            declared = resolve(spec, resolve(spec, part).get("properties", {}).get(field, {}))
            values += declared.get("enum", [declared["const"]] if "const" in declared else [])
    return values
