"""Whether a request fits the contract; openapi-core does the validation."""

from __future__ import annotations

import re
from typing import Any, List, Mapping, Optional, Sequence, Tuple, cast
from urllib.parse import urlsplit

from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.datatypes import TemplateResult
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.paths.finders import APICallPathFinder
from werkzeug.datastructures import ImmutableMultiDict

from ..base.encoding import Json, parse_object
from ..base.errors import SandboxError
from .operations import METHODS, Operation, find_mapping, load_spec, resolve
from .sentences import explain


class Contract:
    """The contract, ready to validate requests.

    One for each sandbox, used by its one thread: openapi-core does not say whether threads may share it.
    """

    def __init__(self) -> None:
        # Made directly, not by `openapi_core.OpenAPI`: that checks the spec first, which takes seconds
        # and was done where the file was written.
        self._validator = V31RequestValidator(
            SchemaPath.from_dict(_prepare(load_spec())),
            path_finder_cls=_KnownPathFinder,
            # Only ours: which ones jsonschema has depends on what else is installed.
            format_validators={"uri": _is_web_address},
            extra_media_type_deserializers={"application/json": _take_parsed},
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
        """Refuse a request that does not fit the contract.

        Raises:
            SandboxError: 400, with a sentence that names the field.
        """
        parsed = None
        if body is not None:
            parsed = _ParsedBody(b"parsed")
            parsed.value = body
        parameters = RequestParameters(query=ImmutableMultiDict(query), path=dict(path))
        for error in self._validator.iter_errors(_Request(operation, parameters, parsed)):
            raise SandboxError(400, explain(error))


class _KnownPathFinder(APICallPathFinder):
    # The router has found the operation already: `name` is the path as the spec writes it.
    def find(self, method: str, name: str) -> PathOperationServer:
        path = self.spec / "paths" / name
        nothing = TemplateResult("", {})
        return PathOperationServer(path, path / method, None, nothing, nothing)


class _ParsedBody(bytes):
    """A body in the place of its bytes, so that openapi-core need not parse it a second time."""

    value: Any


def _take_parsed(body: bytes) -> Any:
    return cast(_ParsedBody, body).value


class _Request:
    """A request as openapi-core wants to see it."""

    host_url = ""
    content_type = "application/json"

    def __init__(
        self, operation: Operation, parameters: RequestParameters, body: Optional[_ParsedBody]
    ) -> None:
        self.path = operation.path
        self.method = operation.method
        self.parameters = parameters
        self.body = body


def _prepare(spec: Json) -> Json:
    paths = {path: _without_headers(spec, item) for path, item in spec["paths"].items()}
    components: Json = spec.get("components", {})
    schemas = {name: _with_mapping(spec, one) for name, one in components.get("schemas", {}).items()}
    return {**spec, "paths": paths, "components": {**components, "schemas": schemas}, "security": []}


def _with_mapping(spec: Json, schema: Json) -> Json:
    if "discriminator" not in schema:
        return schema
    # openapi-core takes the values for names of schemas where there is no mapping.
    discriminator = {**schema["discriminator"], "mapping": find_mapping(spec, schema)}
    return {**schema, "discriminator": discriminator}


def _without_headers(spec: Json, item: Json) -> Json:
    # Credentials are checked before. `Prefer`, the one header there is, can be anything, and openapi-core
    # would spend half its time on it.
    def filtered(node: Json) -> Json:
        parameters: List[Json] = node.get("parameters", [])
        return {**node, "parameters": [one for one in parameters if resolve(spec, one)["in"] != "header"]}

    operations = {method: {**filtered(item[method]), "security": []} for method in METHODS if method in item}
    return {**filtered(item), **operations}


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
