"""What the tests of the contract share: its operations with their examples, and a judge of requests."""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import parse_qsl, urlsplit

import httpx
from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator
from openapi_core.datatypes import RequestParameters
from pydantic import TypeAdapter
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.support.project import CONTRACT, ROOT
from titan import types_gen

sys.path.insert(0, str(ROOT / "scripts"))

from _contract.sdk_file import OperationLine, read_sdk_file

# The JSON copy, because reading the YAML takes a hundred times as long; a test compares the two.
SPEC = CONTRACT

SDK = read_sdk_file(ROOT / "sdk.yaml")
LINES: Dict[str, OperationLine] = {
    request: line for block in SDK.services.values() for request, line in block.operations.items()
}
"""What sdk.yaml says of operations, by request."""
SCOPES = {request: block.scopes for block in SDK.services.values() for request in block.operations}
"""The scopes of their blocks, for those that name none of their own."""

HELPERS = frozenset({"pairing.wait", "pairing.qr_png", "messages.send_file", "media.download_to"})
"""Every public method of a service that is no operation: the table of helpers, complete."""


class Reply(NamedTuple):
    """A 2xx example of the spec."""

    name: str
    status: int
    value: Any


class Operation(NamedTuple):
    """An operation of the spec, and how its method is called."""

    id: str
    method: str
    path: str
    evidence: str
    scopes: Tuple[str, ...]
    """A server key needs one of these; empty where the reference does not say which."""
    repeatable: bool
    path_parameters: Dict[str, str]
    """Name in the spec to example."""
    query_parameters: List[str]
    session_in_body: bool
    """Whether the body repeats the name of the session, which the SDK puts there."""
    component: Optional[str]
    """Name of the payload's schema."""
    needs_payload: bool
    bodies: Dict[str, Dict[str, Any]]
    """Request examples by name."""
    replies: List[Reply]

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

    def arguments(self, payload: Any = None, **ids: Any) -> List[Any]:
        """The arguments of a call, with the examples as ids."""
        examples = {snake(name): example for name, example in self.path_parameters.items()}
        examples = {"session": "my-session", **examples, **ids}
        arguments = [examples[name] for name in self.parameter_names]
        return arguments if payload is None else [*arguments, payload]

    def payload(self, example: str = "minimal") -> Any:
        """What a user passes for a request example: the session is an argument of its own."""
        if not self.bodies:
            return None
        body = dict(self.bodies[example])
        if self.session_in_body:
            del body["session"]
        return body

    def model(self, payload: Any) -> Any:
        """The same payload as a user builds it from the generated types."""
        adapter: TypeAdapter[Any] = TypeAdapter(getattr(types_gen, self.component or ""))
        model = adapter.validate_json(json.dumps(payload), strict=True)
        # The type is in the class already: nobody writes `TextMessage(type="text")`.
        given = {name: getattr(model, name) for name in model.model_fields_set - {"type"}}
        return type(model)(**given)

    def bind(self, client: Any) -> Any:
        """The method of the client that makes this operation."""
        service, _, name = self.id.partition(".")
        return getattr(getattr(client, service), "send" if name == "sendAsClient" else name)


def snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def resolve(node: Dict[str, Any]) -> Dict[str, Any]:
    while "$ref" in node:
        target: Any = SPEC
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


def _read_operation(path: str, method: str, spec: Dict[str, Any]) -> Operation:
    parameters = [resolve(parameter) for parameter in spec.get("parameters", [])]
    body = resolve(spec.get("requestBody", {}))
    content = body.get("content", {}).get("application/json", {})
    request = f"{method.upper()} {path}"
    line = LINES[request]
    replies = [
        Reply(name, int(status), example["value"])
        for status, response in spec["responses"].items()
        if status.startswith("2")
        for media in resolve(response).get("content", {}).values()
        for name, example in media.get("examples", {}).items()
    ]
    return Operation(
        id=spec["operationId"],
        method=method.upper(),
        path=path,
        evidence=line.evidence,
        scopes=SCOPES[request] if line.scopes is None else line.scopes,
        repeatable=method in ("get", "put", "delete") or "idempotent" in line.marks,
        path_parameters={one["name"]: str(one["example"]) for one in parameters if one["in"] == "path"},
        query_parameters=[one["name"] for one in parameters if one["in"] == "query"],
        session_in_body=line.session_in_body,
        component=content["schema"]["$ref"].rpartition("/")[2] if body else None,
        needs_payload=body.get("required", False),
        bodies={name: example["value"] for name, example in content.get("examples", {}).items()},
        replies=replies,
    )


ALL_OPERATIONS = {
    operation["operationId"]: _read_operation(path, method, operation)
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
}
SEND_AS_CLIENT = ALL_OPERATIONS["messages.sendAsClient"]
OPERATIONS = [one for one in ALL_OPERATIONS.values() if one is not SEND_AS_CLIENT]
"""All that have a method of their own."""

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
