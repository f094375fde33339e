"""The operations of the contract, read from `openapi.json`; any contract will do."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, cast

from ..base.encoding import Json

COMPONENTS = "#/components/schemas/"
"""Where the schemas stand that have names."""
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


CONTRACT_FILE = files("titan.sandbox.spec") / "openapi.json"
"""openapi.yaml and sdk.yaml, merged; not by path, since the package may be inside a wheel."""


@cache
def load_spec() -> Json:
    """Read the contract."""
    spec: Json = json.loads(CONTRACT_FILE.read_bytes())
    return spec


@cache
def load_operations() -> Dict[str, Operation]:
    """Return all operations, by their ids."""
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
        id=operation.get("operationId", f"{method.upper()} {path}"),
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
        node = find_referenced(spec, node["$ref"])
    return node


def find_referenced(spec: Json, reference: str) -> Json:
    """Find what a reference leads to, which may be another one."""
    target: Any = spec
    for part in reference[2:].split("/"):
        target = target[part]
    return cast(Json, target)


def find_mapping(spec: Json, schema: Json) -> Dict[str, str]:
    """Return the variants of a schema with a discriminator, by their values of it.

    A mapping may be missing; then each variant that says its own value is found all the same.
    """
    discriminator: Json = schema["discriminator"]
    given: Dict[str, str] = discriminator.get("mapping", {})
    if given:
        # OpenAPI takes the name of a schema, too.
        return {value: name if "/" in name else COMPONENTS + name for value, name in given.items()}
    return {
        value: variant["$ref"]
        for variant in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))
        if "$ref" in variant
        for value in _find_values(spec, variant, discriminator["propertyName"])
    }


def _find_values(spec: Json, schema: Json, field: str) -> List[str]:
    schema = resolve(spec, schema)
    declared = resolve(spec, schema.get("properties", {}).get(field, {}))
    values: List[str] = declared.get("enum", [declared["const"]] if "const" in declared else [])
    return values or [value for part in schema.get("allOf", ()) for value in _find_values(spec, part, field)]


def _find_discriminator(spec: Json, schema: Json, above: Tuple[str, ...] = ()) -> Optional[Discriminator]:
    reference = schema.get("$ref", "")
    if reference in above:  # a part that is the whole again
        return None
    if reference:
        return _find_discriminator(spec, find_referenced(spec, reference), (*above, reference))
    if "discriminator" in schema:
        values = list(find_mapping(spec, schema))
        return Discriminator(schema["discriminator"]["propertyName"], values) if values else None
    for part in schema.get("allOf", []):
        found = _find_discriminator(spec, part, above)
        if found is not None:
            return found
    return None
