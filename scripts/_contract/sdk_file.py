"""`sdk.yaml`: what it says, checked line by line, and how it is written.

What the JSON Schema beside it can say stands there; the rest stands here.
"""

from __future__ import annotations

import difflib
import json
import keyword
import re
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Set, Tuple, Union

import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from .errors import ContractError

SCHEMA = Path(__file__).resolve().parents[2] / "sdk.schema.json"
HEAD = """\
# yaml-language-server: $schema=sdk.schema.json
#
# How openapi.yaml becomes Python: what the contract itself does not say. scripts/generate reads both files.
# A block is a service of the client, a line in it an operation, by its request as openapi.yaml writes it:
#
# method     name of the method; the id of the operation is <service>.<method>
# payload    name of the argument that is the request body
# session    body: the SDK writes the session's name into the body as well
# long_with  a field of the payload with which the call may rightly take minutes
# query      query parameters that only a helper uses
# evidence   documented (left out: stated in Titan's reference), named (the reference names it; path or field
#            names are our reading) or assumed (only the domain is known)
# for        client_token: the second route of the method of this name, for clients with a client token
# is         idempotent: a POST or PATCH that may be repeated. command: forwarded to WhatsApp, so it needs a
#            connected session and can be done in async mode. long: may rightly take minutes.
#            binary: answers with the bytes of a file, at once or behind a redirect
# scopes     a server key needs one of these; left out, those of the block
"""
MARKS = ("idempotent", "command", "long", "binary")

_Place = Tuple[Union[str, int], ...]


class OperationLine(NamedTuple):
    """A line of `sdk.yaml`: how an operation becomes a method."""

    method: str
    payload: Optional[str] = None
    evidence: str = "documented"
    marks: FrozenSet[str] = frozenset()
    long_with: Optional[str] = None
    scopes: Optional[Tuple[str, ...]] = None
    """None: those of the block."""
    session_in_body: bool = False
    for_client_token: bool = False
    query: Tuple[str, ...] = ()


class ServiceBlock(NamedTuple):
    """A block of `sdk.yaml`: a service with its operations by request, as in `GET /api/sessions`."""

    about: str
    scopes: Tuple[str, ...]
    operations: Dict[str, OperationLine]


class SdkFile(NamedTuple):
    """All of `sdk.yaml`."""

    services: Dict[str, ServiceBlock]
    secrets: Tuple[str, ...]
    """Fields never to print or log, as `Schema.property`."""
    schemas: Dict[str, str]
    """Our names of schemas, by their names in `openapi.yaml`, where the two differ."""


def read_sdk_file(path: Union[str, Path]) -> SdkFile:
    """Read and check a file.

    Raises:
        ContractError: It cannot be used; the text names every line that is wrong, and what to do.
    """
    file = _File(Path(path))
    complaints = sorted(set(_schema_complaints(file))) or sorted(set(_other_complaints(file)))
    if complaints:
        raise ContractError("\n".join(f"{file.path}:{line}: {text}" for line, text in complaints))
    services = {name: _read_service(block) for name, block in file.content["services"].items()}
    return SdkFile(services, tuple(file.content["secrets"]), dict(file.content["schemas"]))


def write_sdk_file(path: Union[str, Path], sdk: SdkFile) -> None:
    """Write a file in the form in which `read_sdk_file` takes it."""
    Path(path).write_text(dump(sdk), encoding="utf-8")


def dump(sdk: SdkFile) -> str:
    """The text of a file: one line an operation, keys in one order, defaults left out."""
    lines = ["services:" if sdk.services else "services: {}"]
    for name, block in sdk.services.items():
        lines += [f"  {name}:", f"    about: {_scalar(block.about)}"]
        if block.scopes:
            lines.append(f"    scopes: {_flow(list(block.scopes))}")
        lines.append("    operations:" if block.operations else "    operations: {}")
        lines += [f"      {dump_line(request, line)}" for request, line in block.operations.items()]
    lines.append("secrets:" if sdk.secrets else "secrets: []")
    lines += [f"  - {_scalar(secret)}" for secret in sdk.secrets]
    lines.append("schemas:" if sdk.schemas else "schemas: {}")
    lines += [f"  {_scalar(theirs)}: {_scalar(ours)}" for theirs, ours in sdk.schemas.items()]
    return f"{HEAD}\n" + "\n".join(lines) + "\n"


def dump_line(request: str, line: OperationLine) -> str:
    """The line of an operation, as it stands below `operations`."""
    return f"{_scalar(request)}: {_flow(_fields(line))}"


def _read_service(block: Mapping[str, Any]) -> ServiceBlock:
    operations = {request: _read_line(line) for request, line in block["operations"].items()}
    return ServiceBlock(block["about"], tuple(block.get("scopes", ())), operations)


def _read_line(line: Mapping[str, Any]) -> OperationLine:
    return OperationLine(
        method=line["method"],
        payload=line.get("payload"),
        evidence=line.get("evidence", "documented"),
        marks=frozenset(line.get("is", ())),
        long_with=line.get("long_with"),
        scopes=tuple(line["scopes"]) if "scopes" in line else None,
        session_in_body="session" in line,
        for_client_token="for" in line,
        query=tuple(line.get("query", ())),
    )


def _fields(line: OperationLine) -> Dict[str, Any]:
    fields = {
        "method": line.method,
        "payload": line.payload,
        "session": "body" if line.session_in_body else None,
        "long_with": line.long_with,
        "query": list(line.query) or None,
        "evidence": line.evidence if line.evidence != "documented" else None,
        "for": "client_token" if line.for_client_token else None,
        "is": [mark for mark in MARKS if mark in line.marks] or None,
        "scopes": None if line.scopes is None else list(line.scopes),
    }
    return {key: value for key, value in fields.items() if value is not None}


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value, flow=True)


def _scalar(text: str, *, flow: bool = False) -> str:
    """A text as YAML: bare where it reads back as itself."""
    around = [("[{}]", [text])] if flow else [("x: {}", {"x": text}), ("{}: x", {text: "x"})]
    try:
        if all(yaml.safe_load(form.format(text)) == meant for form, meant in around):
            return text
    except yaml.YAMLError:
        pass
    return "'" + text.replace("'", "''") + "'"


class _File:
    """A YAML file with the line of everything in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: Dict[_Place, int] = {(): 1}
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise ContractError(f"{path} cannot be read: {error}.") from error
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark is not None else 1
            problem = getattr(error, "problem", None) or error
            raise ContractError(f"{path}:{line}: this is not YAML: {problem}.") from error
        self.content: Any = {} if root is None else self._read(root, ())

    def line_of(self, *place: Union[str, int]) -> int:
        """The line on which something stands."""
        return self._lines[place]

    def _read(self, node: yaml.Node, place: _Place) -> Any:
        """The value of a node, where no key may come twice and nothing is turned into a date or a number."""
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._read(item, (*place, number)) for number, item in enumerate(node.value)]
        return None if node.tag.endswith(":null") else str(node.value)

    def _read_mapping(self, node: yaml.MappingNode, place: _Place) -> Dict[str, Any]:
        content: Dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ContractError(f"{self.path}:{line}: a key must be a text.")
            key = str(key_node.value)
            inner = (*place, key)
            if key in content:
                first = self._lines[inner]
                raise ContractError(
                    f"{self.path}:{line}: {key!r} stands here a second time; the first is on line {first}. "
                    "Remove one of them."
                )
            self._lines[inner] = line
            content[key] = self._read(value_node, inner)
        return content


def _schema_complaints(file: _File) -> Iterator[Tuple[int, str]]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema).iter_errors(file.content):
        place = tuple(error.absolute_path)
        line = file.line_of(*place)
        # The place of a key is that of the mapping it stands in.
        if "propertyNames" in error.absolute_schema_path:
            line = file.line_of(*place, error.instance)
        if error.validator == "additionalProperties":
            known = error.schema["properties"]
            for key in sorted(set(error.instance) - set(known)):
                yield (
                    file.line_of(*place, key),
                    f"{key!r} is not a key of {_name(place)}{_closest(key, known)}.",
                )
        else:
            yield line, _sentence(error, place)


def _sentence(error: Any, place: _Place) -> str:
    value = json.dumps(error.instance, ensure_ascii=False)
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"{_name(place)} has no {' and no '.join(map(repr, missing))}; add it."
    if error.validator == "enum":
        return f"{value} is not known{_closest(str(error.instance), error.validator_value)}."
    if error.validator == "const":
        return f"{_name(place)} is {value}; the one thing it can be is {error.validator_value!r}."
    if error.validator == "uniqueItems":
        return f"{_name(place)} says the same thing twice: {value}."
    if error.validator == "minItems":
        return f"{_name(place)} is empty; leave it out."
    if error.validator == "type":
        kinds = {"object": "a block of keys", "array": "a list", "string": "a text"}
        return f"{_name(place)} must be {kinds[error.validator_value]}, and is {value}."
    return f"{value} is wrong here: {_description(error.schema)}"


def _description(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or f"it must match {schema.get('pattern')}.")


def _name(place: _Place) -> str:
    """Where something stands, for people."""
    if not place:
        return "the file"
    if len(place) == 2 and place[0] == "services":
        return f"the service {place[1]}"
    if len(place) == 4 and place[2] == "operations":
        return str(place[3])
    return f"`{place[-1]}`" if isinstance(place[-1], str) else f"an item of `{place[-2]}`"


def _closest(word: str, known: Union[Mapping[str, Any], List[str]]) -> str:
    likely = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {likely[0]!r}?" if likely else f" (known: {', '.join(known)})"


def _other_complaints(file: _File) -> Iterator[Tuple[int, str]]:
    """What a JSON Schema cannot say."""
    requests: Dict[str, int] = {}
    for service, block in file.content["services"].items():
        if keyword.iskeyword(service):
            yield file.line_of("services", service), f"{service!r} is a keyword of Python; call it otherwise."
        lines = block["operations"]
        for request, line in lines.items():
            here = file.line_of("services", service, "operations", request)
            if request in requests:
                yield here, f"{request} stands also on line {requests[request]}; remove one of them."
            requests[request] = here
            for text in _line_complaints(request, line):
                yield here, text
        for request, text in _method_complaints(service, lines):
            yield file.line_of("services", service, "operations", request), text
    yield from _schema_name_complaints(file)


def _line_complaints(request: str, line: Mapping[str, Any]) -> Iterator[str]:
    for key in ("method", "payload"):
        if keyword.iskeyword(line.get(key, "")):
            yield f"{line[key]!r} is a keyword of Python; give the {key} another name."
    for key in ("session", "long_with"):
        if key in line and "payload" not in line:
            yield f"{request} has `{key}` and no `payload` it could be about; add the payload, or remove it."
    if "long_with" in line and "long" in line.get("is", ()):
        yield f"{request} is `long` always; remove `long_with`."
    verb = request.partition(" ")[0]
    if "idempotent" in line.get("is", ()) and verb not in ("POST", "PATCH"):
        yield f"{request} can be repeated because it is a {verb}; remove `idempotent`."
    arguments = [_snake(name) for name in re.findall(r"\{([^{}]*)\}", request)]
    if "session" in line and "session" not in arguments:
        arguments.insert(0, "session")
    if line.get("payload") in arguments:
        yield f"the payload of {request} is called {line['payload']!r} as another argument is; rename it."


def _method_complaints(service: str, lines: Mapping[str, Mapping[str, Any]]) -> Iterator[Tuple[str, str]]:
    """Methods that stand twice, and second routes without a first one: by request, what is wrong."""
    first: Dict[Tuple[str, bool], str] = {}
    for request, line in lines.items():
        key = (line["method"], "for" in line)
        if key in first:
            yield (
                request,
                (
                    f"the service {service} has the method {line['method']!r} for {first[key]} already; "
                    "call this one otherwise, or add `for: client_token`."
                ),
            )
        first.setdefault(key, request)
    for (method, is_second), request in first.items():
        if is_second and (method, False) not in first:
            yield (
                request,
                (
                    f"{request} is a second route of the method {method!r}, and there is no first; "
                    "remove `for: client_token`, or add the operation that is the method."
                ),
            )


def _schema_name_complaints(file: _File) -> Iterator[Tuple[int, str]]:
    ours: Set[str] = set()
    for theirs, name in file.content["schemas"].items():
        if name in ours:
            yield file.line_of("schemas", theirs), f"two schemas cannot both be {name}; remove one of them."
        ours.add(name)


def _snake(name: str) -> str:
    return re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", name)
