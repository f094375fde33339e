"""What openapi-core says of a request to the sandbox: the judge of the sandbox's own validation."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, cast

from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.datatypes import TemplateResult
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from werkzeug.datastructures import ImmutableMultiDict

from titan.sandbox.spec.operations import METHODS, Operation, find_mapping, resolve
from titan.sandbox.spec.sentences import explain
from titan.sandbox.spec.validation import is_web_address

Json = Dict[str, Any]


class Judge:
    """openapi-core with a contract."""

    def __init__(self, spec: Json) -> None:
        self._validator = V31RequestValidator(
            SchemaPath.from_dict(_prepare(spec)),
            path_finder_cls=_KnownPathFinder,
            format_validators={"uri": is_web_address},
            extra_media_type_deserializers={"application/json": _take_parsed},
        )

    def sentence(
        self, operation: Operation, path: Mapping[str, str], query: Sequence[Tuple[str, str]], body: Any
    ) -> Optional[str]:
        """What it has against a request, in the words of the sandbox."""
        parsed = None
        if body is not None:
            parsed = _ParsedBody(b"parsed")
            parsed.value = body
        parameters = RequestParameters(query=ImmutableMultiDict(query), path=dict(path))
        request: Any = _Request(operation, parameters, parsed)
        return next(map(_explain, self._validator.iter_errors(request)), None)


def _explain(error: BaseException) -> str:
    cause: Optional[BaseException] = error
    while cause is not None and not isinstance(cause, InvalidSchemaValue):
        cause = cause.__cause__
    if cause is None:
        return str(error.__cause__ or error)
    return explain(next(iter(cause.schema_errors)), getattr(error, "name", None))


class _KnownPathFinder(APICallPathFinder):
    def find(self, method: str, name: str) -> PathOperationServer:
        path = self.spec / "paths" / name
        nothing = TemplateResult("", {})
        return PathOperationServer(path, path / method, cast(Any, None), nothing, nothing)


class _ParsedBody(bytes):
    """A body in the place of its bytes, since JSON cannot write all that is tried."""

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
    return {**schema, "discriminator": {**schema["discriminator"], "mapping": find_mapping(spec, schema)}}


def _without_headers(spec: Json, item: Json) -> Json:
    # The sandbox checks credentials elsewhere, and takes everything for `Prefer`.
    def filtered(node: Json) -> Json:
        parameters: List[Json] = node.get("parameters", [])
        return {**node, "parameters": [one for one in parameters if resolve(spec, one)["in"] != "header"]}

    operations = {method: {**filtered(item[method]), "security": []} for method in METHODS if method in item}
    return {**filtered(item), **operations}
