"""`openapi.yaml` and `sdk.yaml` in one: the operations as methods, and all that is said of them."""

from __future__ import annotations

import difflib
import keyword
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from .document import (
    Operation as Request,
)
from .document import (
    iterate_operations,
    iterate_webhooks,
    normalise,
    read_document,
    resolve,
    schema_name,
)
from .errors import ContractError
from .sdk_file import OperationLine, SdkFile, read_sdk_file

REPEATABLE_VERBS = frozenset({"GET", "PUT", "DELETE"})


class Parameter(NamedTuple):
    """A path or query parameter of a method."""

    wire_name: str
    python_name: str
    annotation: str
    description: str


class Body(NamedTuple):
    """What a request carries."""

    schema: str
    description: str
    is_required: bool


class Result(NamedTuple):
    """What a method returns."""

    kind: str
    """`nothing`, `model`, `list`, `bytes`, or `any` where the contract gives no schema of its own."""
    schema: str = ""
    description: str = ""
    may_be_missing: bool = False
    """Whether the server may answer without it."""


class Operation(NamedTuple):
    """An operation of the API as a method of a service."""

    service: str
    line: OperationLine
    verb: str
    route: str
    client_route: Optional[str]
    """Where a client with a client token sends the same request instead."""
    client_line: Optional[OperationLine]
    path: Sequence[Parameter]
    query: Sequence[Parameter]
    body: Optional[Body]
    result: Result
    summary: str
    description: str
    raises: Sequence[Tuple[str, str]]
    scopes: Sequence[str]

    @property
    def id(self) -> str:
        """Its name as a method of the client, such as `labels.update`."""
        return f"{self.service}.{self.line.method}"

    @property
    def is_idempotent(self) -> bool:
        """Whether it can be repeated without a second effect."""
        return self.verb in REPEATABLE_VERBS or "idempotent" in self.line.marks


class Contract(NamedTuple):
    """All that the generator works from, under our names."""

    folder: Path
    """Where both files are, and the package that is made of them."""
    document: Dict[str, Any]
    """The contract in OpenAPI 3.1, with the schemas named as in Python."""
    sdk: SdkFile
    operations: List[Operation]
    events: Dict[str, str]
    """The schema of each event, by the event's name."""

    @property
    def schemas(self) -> Dict[str, Any]:
        """The schemas by their names."""
        found: Dict[str, Any] = self.document.get("components", {}).get("schemas", {})
        return found

    def of_service(self, service: str) -> List[Operation]:
        """The operations of a service, in the order of `sdk.yaml`."""
        return [operation for operation in self.operations if operation.service == service]


def read_contract(folder: Path) -> Contract:
    """Read both files of a folder, and hold them against each other.

    Raises:
        ContractError: One of them cannot be used, or they do not fit together; the text says what to do.
    """
    document = normalise(read_document(folder / "openapi.yaml"))
    sdk = read_sdk_file(folder / "sdk.yaml")
    document = rename_schemas(document, sdk.schemas)
    requests = {f"{request.verb} {request.path}": request for request in iterate_operations(document)}
    complaints = [*_lines_without_requests(sdk, requests), *_requests_without_lines(sdk, requests)]
    if complaints:
        raise ContractError("\n".join(complaints))
    operations = [
        _operation(document, sdk, service, name, requests)
        for service, block in sdk.services.items()
        for name, line in block.operations.items()
        if not line.for_client_token
    ]
    events = {
        event.path: _event_schema(event) for event in iterate_webhooks(document) if event.verb == "POST"
    }
    return Contract(folder, document, sdk, operations, events)


def rename_schemas(document: Dict[str, Any], names: Dict[str, str]) -> Dict[str, Any]:
    """A copy of a document with other names of schemas, wherever they stand.

    Args:
        document: A normalised document.
        names: New names by old ones.

    Raises:
        ContractError: There is no schema of an old name, or already one of a new name.
    """
    if not names:
        return document
    schemas = document.get("components", {}).get("schemas", {})
    for old, new in names.items():
        if old not in schemas:
            raise ContractError(f"sdk.yaml: schemas: openapi.yaml has no schema {old}; take the line out.")
        if new in schemas and new not in names:
            raise ContractError(f"sdk.yaml: schemas: {old} cannot become {new}, which is another schema.")
    prefix = "#/components/schemas/"

    def renamed(node: Any) -> Any:
        if isinstance(node, list):
            return [renamed(item) for item in node]
        if isinstance(node, dict):
            return {key: renamed(value) for key, value in node.items()}
        if isinstance(node, str) and node.startswith(prefix):
            name = node[len(prefix) :]
            return f"{prefix}{names.get(name, name)}"
        return node

    copy: Dict[str, Any] = renamed(document)
    copy["components"]["schemas"] = {
        names.get(name, name): schema for name, schema in copy["components"]["schemas"].items()
    }
    return copy


def python_name(wire_name: str) -> str:
    """`chatId` becomes `chat_id`; a word of the language gets an underscore behind it."""
    spaced = re.sub(r"[^0-9A-Za-z]+", "_", wire_name)
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", spaced)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", spaced)
    name = spaced.strip("_").lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def _lines_without_requests(sdk: SdkFile, requests: Dict[str, Request]) -> Iterator[str]:
    for service, block in sdk.services.items():
        for name in block.operations:
            if name not in requests:
                near = difflib.get_close_matches(name, requests, 1)
                hint = f" (did you mean {near[0]}?)" if near else ""
                yield (
                    f"sdk.yaml: {service}: openapi.yaml has no operation {name}{hint}; "
                    "change the line, or take it out."
                )


def _requests_without_lines(sdk: SdkFile, requests: Dict[str, Request]) -> Iterator[str]:
    known = {name for block in sdk.services.values() for name in block.operations}
    for name, request in requests.items():
        if name not in known:
            payload = ", payload: <name of the argument>" if "requestBody" in request.spec else ""
            service = next(iter(request.spec.get("tags", [])), "<service>")
            yield (
                f"openapi.yaml: {name} has no line in sdk.yaml; add under services: {service}: operations: "
                f"`{name}: {{method: <name>{payload}}}`, with `evidence: named` or `assumed` unless Titan's "
                "reference states the operation. (A whole new file is adopted by scripts/update_spec.)"
            )


def _operation(
    document: Dict[str, Any], sdk: SdkFile, service: str, name: str, requests: Dict[str, Request]
) -> Operation:
    block = sdk.services[service]
    line, request = block.operations[name], requests[name]
    other_name, client_line = next(
        (
            (one, it)
            for one, it in block.operations.items()
            if it.for_client_token and it.method == line.method
        ),
        (None, None),
    )
    other = requests[other_name] if other_name is not None else None
    path = _path_parameters(document, request)
    if other is not None and len(path) < len(_path_parameters(document, other)):
        path = _path_parameters(document, other)
    if line.session_in_body and not any(one.wire_name == "session" for one in path):
        path = [Parameter("session", "session", "str", "Session name."), *path]
    body = _body(document, request, name)
    if (body is None) != (line.payload is None):
        raise ContractError(
            f"sdk.yaml: {service}: {name}: "
            + (
                "the operation has no request body; take out `payload`."
                if body is None
                else "the operation has a request body; name the argument for it with `payload`."
            )
        )
    query = [one for one in _query_parameters(document, request) if one.wire_name not in line.query]
    operation = Operation(
        service=service,
        line=line,
        verb=request.verb,
        route=request.path,
        client_route=other.path if other is not None else None,
        client_line=client_line,
        path=path,
        query=query,
        body=body,
        result=_result(document, request, line),
        summary=_sentence(request.spec.get("summary") or ""),
        description=request.spec.get("description") or "",
        raises=_raises(request, line, path),
        scopes=block.scopes if line.scopes is None else line.scopes,
    )
    _check_arguments(operation, name)
    return operation


def _check_arguments(operation: Operation, name: str) -> None:
    names = ["self", *(one.python_name for one in operation.path)]
    names += [operation.line.payload] if operation.line.payload is not None else []
    names += [one.python_name for one in operation.query]
    for one in names:
        if names.count(one) > 1:
            raise ContractError(
                f"sdk.yaml: {operation.service}: {name}: two arguments of the method would be called {one}; "
                "give the payload another name."
            )


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."


def _path_parameters(document: Dict[str, Any], request: Request) -> List[Parameter]:
    stated = {one["name"]: one for one in request.spec.get("parameters", []) if one["in"] == "path"}
    found = []
    for name in re.findall(r"\{([^}]*)\}", request.path):
        one = stated.get(name, {})
        schema = resolve(document, one.get("schema", {}))
        # A caller may have an integer id as a string, out of a URL of its own.
        annotation = "Union[str, int]" if "integer" in _types(schema) else "str"
        found.append(Parameter(name, python_name(name), annotation, _text(one.get("description"))))
    return found


def _query_parameters(document: Dict[str, Any], request: Request) -> List[Parameter]:
    found = []
    for one in request.spec.get("parameters", []):
        if one["in"] == "query":
            annotation = f"Optional[{_query_annotation(document, one.get('schema', {}))}]"
            found.append(
                Parameter(one["name"], python_name(one["name"]), annotation, _text(one.get("description")))
            )
    return found


def _query_annotation(document: Dict[str, Any], schema: Dict[str, Any]) -> str:
    schema = resolve(document, schema)
    kinds = _types(schema) - {"null"}
    if "array" in kinds:
        return f"List[{_query_annotation(document, schema.get('items', {}))}]"
    plain = {"integer": "int", "number": "float", "boolean": "bool"}
    return plain.get(kinds.pop(), "str") if len(kinds) == 1 else "str"


def _types(schema: Dict[str, Any]) -> Set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _text(text: Optional[str]) -> str:
    return " ".join(text.split()) if text else ""


def _json_schema(document: Dict[str, Any], message: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """The schema of a request or response body in JSON."""
    for media_type, content in resolve(document, message).get("content", {}).items():
        if media_type.partition(";")[0].strip().lower().endswith("json"):
            schema: Dict[str, Any] = content.get("schema", {})
            return schema
    return None


def _body(document: Dict[str, Any], request: Request, name: str) -> Optional[Body]:
    if "requestBody" not in request.spec:
        return None
    stated = resolve(document, request.spec["requestBody"])
    schema = _json_schema(document, stated)
    if schema is None:
        raise ContractError(
            f"openapi.yaml: {name}: the request body is not JSON; this SDK sends nothing else."
        )
    target = _named(schema)
    if target is None:
        raise ContractError(f"openapi.yaml: {name}: the schema of the request body has no name.")
    return Body(target, _text(stated.get("description")), stated.get("required", False))


def _result(document: Dict[str, Any], request: Request, line: OperationLine) -> Result:
    responses = {str(status): resolve(document, one) for status, one in request.spec["responses"].items()}
    successes = [status for status in ("200", "201", "2XX", "203") if status in responses]
    if not successes:
        return Result("nothing")
    success = responses[successes[0]]
    description = _text(success.get("description"))
    if "binary" in line.marks:
        return Result("bytes", description=description)
    schema = _json_schema(document, success)
    if schema is None:
        return Result("bytes" if success.get("content") else "nothing", description=description)
    inner = [
        resolve(document, form).get("properties", {}).get("data", form)
        for form in _alternatives(document, schema)
    ]
    shapes = [_shape(document, form) for form in inner]
    may_be_missing = (
        "204" in responses or ("nothing", "") in shapes or any(map(_takes_null, [schema, *inner]))
    )
    for kind, name in shapes:
        if kind:
            return Result(kind, name, description if kind != "nothing" else "", may_be_missing)
    return Result("any", description=description)


def _takes_null(schema: Dict[str, Any]) -> bool:
    forms = [schema, *schema.get("anyOf", []), *schema.get("oneOf", [])]
    return any("null" in _types(form) for form in forms)


def _alternatives(document: Dict[str, Any], schema: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The schema itself, or its alternatives where it is inline and has some."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [one for one in schema[word] if _types(one) != {"null"}]
    return [schema]


def _shape(document: Dict[str, Any], schema: Dict[str, Any]) -> Tuple[str, str]:
    forms = _alternatives(document, schema)
    if len(forms) != 1:
        return "", ""
    form = forms[0]
    if len(form.get("allOf", [])) == 1:
        form = form["allOf"][0]
    whole = resolve(document, form)
    if "array" in _types(whole):
        name = _named(whole.get("items", {}))
        return ("list", name) if name is not None else ("", "")
    if set(whole.get("properties", {})) == {"success"}:
        return "nothing", ""
    name = _named(form)
    return ("model", name) if name is not None else ("", "")


def _named(schema: Dict[str, Any]) -> Optional[str]:
    return schema_name(schema["$ref"]) if "$ref" in schema else None


_EXCEPTIONS = {"403": "PermissionDeniedError", "404": "NotFoundError", "409": "ConflictError"}


def _raises(request: Request, line: OperationLine, path: Sequence[Parameter]) -> List[Tuple[str, str]]:
    said = {}
    if path:
        nouns = [_noun(one.wire_name) for one in path]
        verb = "does not exist"
        said["404"] = f"{nouns[0].capitalize()}{''.join(f' or {noun}' for noun in nouns[1:])} {verb}."
    if "command" in line.marks:
        said["409"] = "The session is not connected."
    for status, response in request.spec["responses"].items():
        # A description beside a reference says what the status means for this operation.
        if str(status) in _EXCEPTIONS and "$ref" in response and response.get("description"):
            said[str(status)] = _text(response["description"])
    found = [(_EXCEPTIONS[status], said[status]) for status in sorted(said)]
    return [*found, ("TitanError", "The request failed in another way.")]


def _noun(wire_name: str) -> str:
    """What an id names: `labelId` the label, `session` the session."""
    words = python_name(wire_name).replace("_", " ").strip()
    return f"the {words[:-3] if words.endswith(' id') else words}"


def _event_schema(event: Request) -> str:
    for content in event.spec.get("requestBody", {}).get("content", {}).values():
        name = _named(content.get("schema", {}))
        if name is not None:
            return name
    raise ContractError(f"openapi.yaml: webhooks: {event.path}: its body has no schema with a name.")
