"""The spec: which operations there are, and whether a request fits.

openapi-core judges the requests; its errors become one sentence that names the field.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, cast
from urllib.parse import urlsplit

from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.datatypes import TemplateResult
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from werkzeug.datastructures import ImmutableMultiDict

from ..base.errors import SandboxError
from ..state import Json

_METHODS = ("get", "put", "post", "delete", "patch")


class Discriminator(NamedTuple):
    """The field of a body that tells which variant it is."""

    field: str
    values: Sequence[str]


class Operation(NamedTuple):
    """An operation of the spec."""

    id: str
    method: str
    path: str
    scopes: Sequence[str]
    """A key needs one of these, where the reference says so; otherwise empty."""
    takes_body: bool
    needs_body: bool
    discriminator: Optional[Discriminator]
    is_command: bool
    """Whether Titan forwards it to WhatsApp: it needs a connected session, and can be done in async mode."""
    session_in_body: bool
    """Whether the name of the session stands in the body too."""

    @property
    def parameters(self) -> List[str]:
        """The names of the placeholders in its path, in their order."""
        return re.findall(r"\{([^}]*)\}", self.path)

    @property
    def title(self) -> str:
        """What it is called in errors: its request, and its id."""
        return f"{self.method.upper()} {self.path} ({self.id})"


@cache
def _spec() -> Json:
    spec: Json = json.loads((Path(__file__).parent / "openapi.json").read_bytes())
    return spec


class _KnownPaths(APICallPathFinder):
    # The router has found the operation already: `name` is the path as the spec writes it.
    def find(self, method: str, name: str) -> PathOperationServer:
        path = self.spec / "paths" / name
        nothing = TemplateResult("", {})
        return PathOperationServer(path, path / method, None, nothing, nothing)


def _judged(spec: Json) -> Json:
    # Credentials are judged by the app. `Prefer`, the one header there is, can be anything, and openapi-core
    # would spend half its time on it.
    paths = {
        path: {method: _without_headers(spec, operation) for method, operation in item.items()}
        for path, item in spec["paths"].items()
    }
    return {**spec, "paths": paths, "security": []}


def _without_headers(spec: Json, operation: Json) -> Json:
    parameters = [one for one in operation.get("parameters", []) if _resolved(spec, one)["in"] != "header"]
    return {**operation, "parameters": parameters, "security": []}


def _is_web_address(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    is_http = parts.scheme in ("http", "https") and bool(host) and port != 0
    return is_http and re.search(r"[^!-~]", value) is None


class _Parsed(bytes):
    """A body in the place of its bytes, so that openapi-core need not parse it a second time."""

    value: Any


def _parsed_value(body: bytes) -> Any:
    return cast(_Parsed, body).value


class _Request:
    """A request as openapi-core wants to see it."""

    host_url = ""
    content_type = "application/json"

    def __init__(self, operation: Operation, parameters: RequestParameters, body: Optional[_Parsed]) -> None:
        self.path = operation.path
        self.method = operation.method
        self.parameters = parameters
        self.body = body


class Contract:
    """The spec, ready to judge requests.

    One for each sandbox, used by its one thread: openapi-core does not say whether threads may share it.
    """

    def __init__(self) -> None:
        # Made directly, not by `openapi_core.OpenAPI`: that checks the spec first, which takes seconds
        # and was done where the file was written.
        self._validator = V31RequestValidator(
            SchemaPath.from_dict(_judged(_spec())),
            path_finder_cls=_KnownPaths,
            # Only ours: which ones jsonschema has depends on what else is installed.
            format_validators={"uri": _is_web_address},
            extra_media_type_deserializers={"application/json": _parsed_value},
        )

    def read_body(self, operation: Operation, content_type: str, raw: bytes) -> Any:
        """Parse the body of a request.

        Raises:
            SandboxError: 400.
        """
        if not operation.takes_body:
            return None
        if not raw:
            if operation.needs_body:
                raise SandboxError(400, "missing request body")
            return None
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise SandboxError(400, "the Content-Type of the body must be application/json")
        body = parse_object(raw)
        if operation.discriminator is not None:
            field, values = operation.discriminator
            if field not in body:
                raise SandboxError(400, f"missing required field: {field}")
            if body[field] not in values:
                raise SandboxError(400, f"{field} must be one of: {', '.join(values)}")
        return body

    def check(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Sequence[Tuple[str, str]],
        body: Any,
    ) -> None:
        """Refuse a request that does not fit the spec.

        Raises:
            SandboxError: 400, with a sentence that names the field.
        """
        parsed = None
        if body is not None:
            parsed = _Parsed(b"parsed")
            parsed.value = body
        parameters = RequestParameters(query=ImmutableMultiDict(query), path=dict(path))
        for error in self._validator.iter_errors(_Request(operation, parameters, parsed)):
            raise SandboxError(400, _sentence(error))


def parse_object(raw: bytes) -> Json:
    """Parse JSON that must be an object.

    Raises:
        SandboxError: 400.
    """
    try:
        value: Any = json.loads(raw, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise SandboxError(400, "invalid JSON: not UTF-8") from None
    except RecursionError:
        raise SandboxError(400, "invalid JSON: nested too deeply") from None
    except ValueError as error:
        raise SandboxError(400, f"invalid JSON: {error}") from None
    if not isinstance(value, dict):
        raise SandboxError(400, f"the body must be an object, not {_kind(value)}")
    return cast(Json, value)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


@cache
def operations() -> Dict[str, Operation]:
    """Give all operations, by their ids."""
    return {operation.id: operation for operation in _operations(_spec())}


def _operations(spec: Json) -> Iterator[Operation]:
    for path, item in spec["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            operation = item[method]
            request_body = _resolved(spec, operation.get("requestBody", {}))
            content = request_body.get("content", {}).get("application/json", {})
            sdk = operation.get("x-sdk", {})
            yield Operation(
                id=operation.get("operationId", f"{method} {path}"),
                method=method,
                path=path,
                scopes=sdk.get("scopes", ()),
                takes_body=bool(request_body),
                needs_body=request_body.get("required", False),
                discriminator=_discriminator(spec, content.get("schema", {})),
                is_command="command" in sdk.get("is", ()),
                session_in_body=sdk.get("session") == "body",
            )


def _resolved(spec: Json, node: Json) -> Json:
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


def _discriminator(spec: Json, schema: Json) -> Optional[Discriminator]:
    schema = _resolved(spec, schema)
    mapping = schema.get("discriminator", {}).get("mapping")
    return Discriminator(schema["discriminator"]["propertyName"], list(mapping)) if mapping else None


def _sentence(error: BaseException) -> str:
    cause: Optional[BaseException] = error
    while cause is not None and not isinstance(cause, InvalidSchemaValue):
        cause = cause.__cause__
    if cause is None:
        return str(error.__cause__ or error)
    return _schema_sentence(next(iter(cause.schema_errors)), getattr(error, "name", None))


# `error` is a jsonschema.ValidationError; jsonschema has no types of its own.
def _schema_sentence(error: Any, parameter: Optional[str]) -> str:
    keyword = str(error.validator)
    limit: Any = error.validator_value
    instance: Any = error.instance
    path = [str(part) for part in error.absolute_path]
    if parameter is not None:
        path.insert(0, parameter)
    field = ".".join(path) or "the body"
    if keyword == "required":
        missing = next(name for name in limit if name not in instance)
        return f"missing required field: {'.'.join([*path, missing])}"
    if keyword == "type":
        return f"{field} must be {_kind_named(limit)}, not {_kind(instance)}"
    if keyword == "additionalProperties":
        known: Json = error.schema.get("properties", {})
        return f"unknown field: {'.'.join([*path, next(name for name in instance if name not in known)])}"
    template = _SENTENCES.get(keyword)
    if template is None:
        return f"{field} is invalid ({keyword})"
    if keyword == "enum":
        limit = ", ".join(str(value) for value in limit)
    return f"{field} {template.format(limit)}"


_SENTENCES = {
    "const": "must be {}",
    "enum": "must be one of: {}",
    "format": "must be in the format {}, such as https://example.com/photo.jpg",
    "pattern": "must match {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "uniqueItems": "must not have an item twice",
    "minProperties": "must have at least {} fields",
    "maxProperties": "must have at most {} fields",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "anyOf": "fits none of its allowed forms",
    "oneOf": "must fit exactly one of its allowed forms",
}

_KINDS = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def _kind_named(types: Any) -> str:
    return " or ".join(_KINDS[name] for name in ([types] if isinstance(types, str) else types))


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    # A boolean is an int in Python: it must come first.
    for types, name in ((bool, "boolean"), (str, "string"), ((int, float), "number"), (list, "array")):
        if isinstance(value, types):
            return _KINDS[name]
    return "an object"
