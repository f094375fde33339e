"""The contract as the package ships it: operations with their examples, schemas, and a check of requests."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple
from urllib.parse import parse_qsl, urlsplit

import httpx
from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator
from openapi_core.datatypes import RequestParameters
from pydantic import TypeAdapter
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.support.project import CONTRACT
from titan import TitanClient, types_gen

# The JSON copy, because reading the YAML takes a hundred times as long; a test compares the two.
SPEC = CONTRACT
SCHEMAS: Dict[str, Dict[str, Any]] = SPEC.get("components", {}).get("schemas", {})
SECRETS: List[str] = SPEC.get("x-secrets", [])
"""Fields that are never shown, as `Schema.property`."""

VERBS = ("get", "put", "post", "delete", "patch")

HELPERS = frozenset(
    {
        "contacts.resolve",
        "media.download_to",
        "messages.reply",
        "messages.send_file",
        "messages.send_text",
        "messages.send_voice",
        "pairing.qr_png",
        "pairing.wait",
    }
)
"""Every public method of a service that is not an operation: the table of helpers, complete."""


class Reply(NamedTuple):
    """A 2xx example of the spec."""

    name: str
    status: int
    value: Any


class Operation(NamedTuple):
    """An operation of the spec, and how its method is called."""

    id: str
    service: str
    name: str
    """Name of the method."""
    method: str
    path: str
    evidence: str
    marks: FrozenSet[str]
    scopes: Tuple[str, ...]
    """A server key needs one of these; empty where the reference does not say which."""
    path_parameters: Dict[str, str]
    """Name in the spec to example."""
    query_parameters: List[str]
    queries_of_helpers: List[str]
    """Query parameters that have no argument, since only a helper uses them."""
    session_in_body: bool
    """Whether the body repeats the name of the session, which the SDK puts there."""
    for_client_token: bool
    """Whether it has no method of its own, but serves clients with a client token."""
    component: Optional[str]
    """Name of the payload's schema."""
    needs_payload: bool
    bodies: Dict[str, Dict[str, Any]]
    """Request examples by name."""
    replies: List[Reply]

    @property
    def request(self) -> str:
        """As `sdk.yaml` names it."""
        return f"{self.method} {self.path}"

    @property
    def repeatable(self) -> bool:
        return self.method in ("GET", "PUT", "DELETE") or "idempotent" in self.marks

    @property
    def inferred(self) -> bool:
        return self.evidence in ("named", "assumed")

    @property
    def target(self) -> str:
        """The path with the examples in it, as it must be on the wire."""
        filled = self.path
        for name, example in self.path_parameters.items():
            filled = filled.replace(f"{{{name}}}", example.replace("@", "%40"))
        return filled

    @property
    def parameter_names(self) -> List[str]:
        """Names of the arguments before the payload."""
        names = [snake(name) for name in self.path_parameters]
        return ["session", *names] if self.session_in_body and "session" not in names else names

    @property
    def has_method(self) -> bool:
        return hasattr(getattr(TitanClient, self.service, None), self.name)

    def arguments(self, payload: Any = None, **ids: Any) -> List[Any]:
        """The arguments of a call, with the examples as ids."""
        examples = {snake(name): example for name, example in self.path_parameters.items()}
        examples = {"session": "my-session", **examples, **ids}
        arguments = [examples[name] for name in self.parameter_names]
        return arguments if payload is None else [*arguments, payload]

    def payload(self, example: str = "minimal") -> Any:
        """What a user passes for a request example: the session is an argument of its own."""
        if self.component is None:
            return None
        body = dict(self.bodies.get(example, {}))
        if self.session_in_body:
            body.pop("session", None)
        return body

    def model(self, payload: Any) -> Any:
        """The same payload as a user builds it from the generated types."""
        adapter: TypeAdapter[Any] = TypeAdapter(getattr(types_gen, self.component or ""))
        model = adapter.validate_json(json.dumps(payload), strict=True)
        # The type is in the class already: nobody writes `TextMessage(type="text")`.
        given = {name: getattr(model, name) for name in model.model_fields_set - {"type"}}
        return type(model)(**given)

    def first_reply(self) -> httpx.Response:
        """An ordinary answer."""
        for reply in self.replies:
            if reply.status != 202:
                return httpx.Response(reply.status, json=reply.value)
        return httpx.Response(200, content=b"bytes")

    def bind(self, client: Any) -> Any:
        """The method of the client that makes this operation."""
        return getattr(getattr(client, self.service), self.name)


def snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def resolve(node: Dict[str, Any], document: Dict[str, Any] = SPEC) -> Dict[str, Any]:
    """What a reference leads to; anything else as it is."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


def name_of(reference: Dict[str, Any]) -> str:
    """The name of the schema that a reference leads to."""
    return str(reference["$ref"]).rpartition("/")[2]


def properties_of(schema: Dict[str, Any]) -> Dict[str, Any]:
    """All properties of a schema, its own and those it takes over from others."""
    schema = resolve(schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found.update(properties_of(part))
    return found


def read_operations(document: Dict[str, Any]) -> Tuple[List[Operation], Dict[str, str]]:
    """Read the operations of a generated contract.

    Returns:
        Those that could be read, and what is wrong with the others, by request: so that one broken operation
        is one failed test, and not the end of all.
    """
    operations, broken = [], {}
    for path, item in document.get("paths", {}).items():
        for verb, spec in item.items():
            if verb in VERBS:
                try:
                    operations.append(_read_operation(document, path, verb, spec))
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    broken[f"{verb.upper()} {path}"] = f"{type(error).__name__}: {error}"
    return operations, broken


def _read_operation(document: Dict[str, Any], path: str, verb: str, spec: Dict[str, Any]) -> Operation:
    parameters = [resolve(parameter, document) for parameter in spec.get("parameters", [])]
    body = resolve(spec.get("requestBody", {}), document)
    content = body.get("content", {}).get("application/json", {})
    replies = [
        Reply(name, int(status), example["value"])
        for status, response in spec["responses"].items()
        if status.startswith("2")
        for media in resolve(response, document).get("content", {}).values()
        for name, example in media.get("examples", {}).items()
    ]
    sdk = spec["x-sdk"]
    return Operation(
        id=spec["operationId"],
        service=sdk["service"],
        name=sdk["method"],
        method=verb.upper(),
        path=path,
        evidence=sdk["evidence"],
        marks=frozenset(sdk["is"]),
        scopes=tuple(sdk["scopes"]),
        path_parameters={one["name"]: str(one["example"]) for one in parameters if one["in"] == "path"},
        query_parameters=[one["name"] for one in parameters if one["in"] == "query"],
        queries_of_helpers=sdk.get("query", []),
        session_in_body=sdk.get("session") == "body",
        for_client_token=sdk.get("for") == "client_token",
        component=name_of(content["schema"]) if body else None,
        needs_payload=body.get("required", False),
        bodies={name: example["value"] for name, example in content.get("examples", {}).items()},
        replies=replies,
    )


_readable, BROKEN_OPERATIONS = read_operations(SPEC)
ALL_OPERATIONS = {operation.id: operation for operation in _readable}
OPERATIONS = [one for one in _readable if not one.for_client_token and one.has_method]
"""All that have a method of their own."""
CLIENT_TOKEN_OPERATIONS = [one for one in _readable if one.for_client_token and one.has_method]
"""What a client with a client token sends in place of the operation of the same method."""

_validator = V31RequestValidator(SchemaPath.from_dict(SPEC))


class _Captured:
    """An httpx request as openapi-core wants to see it."""

    def __init__(self, request: httpx.Request) -> None:
        parts = urlsplit(str(request.url))
        self.host_url = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path
        self.method = request.method.lower()
        self.body = request.content or None
        self.content_type = request.headers.get("Content-Type", "")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(parts.query)),
            header=Headers(list(request.headers.items())),
            path={},
        )


def violations(request: httpx.Request) -> List[str]:
    """What the spec has against a request."""
    errors = _validator.iter_errors(_Captured(request))  # type: ignore[arg-type]
    return [f"{error!r}: {error.__cause__!r}" for error in errors]
