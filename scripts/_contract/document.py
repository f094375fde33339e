"""Reads an OpenAPI file as somebody may write it, and brings it into the one form that we work with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple, Union, cast

import yaml

from .errors import ContractError
from .inline_schemas import complete_discriminators, name_inline_schemas
from .references import escape, follow, located_references, references, resolve, schema_name
from .schema_forms import modernise_schemas

__all__ = [
    "Operation",
    "iterate_operations",
    "iterate_webhooks",
    "normalise",
    "read_document",
    "references",
    "resolve",
    "schema_name",
]

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Operation(NamedTuple):
    """An operation of a document: its request, and what stands about it."""

    verb: str
    """In capitals."""
    path: str
    spec: Dict[str, Any]
    """As in the document, with the parameters of the path beside its own, all of them resolved."""


def read_document(path: Union[str, Path]) -> Dict[str, Any]:
    """Read an OpenAPI file, in YAML or JSON whatever its suffix.

    Raises:
        ContractError: It cannot be read, is not OpenAPI 3.0 or 3.1, or refers to what it does not hold.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContractError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ContractError(f"{path} is not UTF-8 text: byte {error.start} cannot be decoded.") from None
    try:
        document = _load(text)
        _check(document)
    except RecursionError:
        raise ContractError(f"{path} is nested too deep, or holds itself.") from None
    except ContractError as error:
        raise ContractError(f"{path}: {error}") from None
    return cast(Dict[str, Any], document)


def normalise(document: Dict[str, Any]) -> Dict[str, Any]:
    """Bring a document into OpenAPI 3.1 as our own file is written; the argument stays as it is.

    Bodies and results have names in components/schemas, enums and nested objects too; envelopes (`{data: …}`)
    stand inline in the responses; what may be null says so in its type; discriminators have their mapping. A
    path in the address of the servers stands in the paths instead.

    Raises:
        ContractError: It nests references in a circle that no schema breaks.
    """
    version = str(document["openapi"])
    renamed = {("webhooks" if key == "x-webhooks" else key): value for key, value in document.items()}
    if "webhooks" in document:
        renamed["webhooks"] = document["webhooks"]
    normal = cast(Dict[str, Any], _expand(renamed, renamed, frozenset()))
    normal["openapi"] = version if version.startswith("3.1") else "3.1.0"
    _move_base_path(normal)
    modernise_schemas(normal)
    name_inline_schemas(normal)
    complete_discriminators(normal)
    return normal


def iterate_operations(document: Dict[str, Any]) -> Iterator[Operation]:
    """The operations of a document, in its order."""
    for path, item in document["paths"].items():
        yield from _operations_of_item(document, path, item)


def iterate_webhooks(document: Dict[str, Any]) -> Iterator[Operation]:
    """The webhooks of a document, in its order; their path is the name of the event."""
    for name, item in document.get("webhooks", {}).items():
        yield from _operations_of_item(document, name, item)


def _operations_of_item(document: Dict[str, Any], path: str, item: Dict[str, Any]) -> Iterator[Operation]:
    item = resolve(document, item)
    shared = [resolve(document, parameter) for parameter in item.get("parameters", [])]
    for verb, operation in item.items():
        if verb not in VERBS:
            continue
        own = [resolve(document, parameter) for parameter in operation.get("parameters", [])]
        # A parameter of the operation replaces the path's of the same name and place.
        merged = {(one["name"], one["in"]): one for one in (*shared, *own)}
        spec = {**operation, "parameters": list(merged.values())} if merged else operation
        yield Operation(verb.upper(), path, spec)


def _load(text: str) -> Any:
    if text.lstrip()[:1] == "{":
        try:
            return json.loads(
                text, object_pairs_hook=_object_without_duplicates, parse_constant=_refuse_constant
            )
        except json.JSONDecodeError as error:
            as_json = f"line {error.lineno} is not JSON: {error.msg}."
        # A flow mapping of YAML begins with a brace, too.
        try:
            return _load_yaml(text)
        except ContractError:
            raise ContractError(as_json) from None
    return _load_yaml(text)


def _object_without_duplicates(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        beside = ", ".join(repr(name) for name in read if name != twice)
        raise ContractError(
            f"the key {twice!r} stands twice in one object" + (f" (beside {beside})." if beside else ".")
        )
    return read


def _refuse_constant(name: str) -> None:
    raise ContractError(f"{name} is not JSON.")


def _load_yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}" if error.problem_mark else "the text"
        raise ContractError(f"{where} is not YAML: {error.problem or error.context}.") from None
    except yaml.YAMLError as error:
        raise ContractError(f"the text is not YAML: {' '.join(str(error).split())}.") from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2 as OpenAPI asks for: `no` and dates are text, keys are text and stand once."""


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> Dict[str, Any]:
    loader.flatten_mapping(node)
    read: Dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ContractError(f"line {line} has a key that is not text.")
        # Status codes are often written without quotes.
        key = key_node.value
        if key in read:
            raise ContractError(f"line {line} has the key {key!r} for the second time.")
        read[key] = loader.construct_object(value_node, deep=True)
    return read


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("merge", "<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), _first)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
# The constructor of PyYAML reads what its own pattern matches; ours also matches `1e3`.
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))


def _check(document: Any) -> None:
    if not isinstance(document, dict):
        raise ContractError("the file does not hold an object at its top.")
    if "swagger" in document:
        raise ContractError(f"/swagger says {document['swagger']}; only OpenAPI 3.0 and 3.1 are understood.")
    if "openapi" not in document:
        raise ContractError("the file has no key 'openapi', so it is not an OpenAPI document.")
    version = str(document["openapi"])
    if not re.fullmatch(r"3\.[01](\.\d+)?", version):
        raise ContractError(f"/openapi says {version}; only 3.0 and 3.1 are understood.")
    _require_objects(document)
    for place, reference in located_references(document, ""):
        if not reference.startswith("#"):
            raise ContractError(
                f"{place} refers to {reference}, outside of the file; bundle it into one file first."
            )
        try:
            resolve(document, {"$ref": reference})
        except ContractError as error:
            raise ContractError(f"{place}: {error}") from None


def _require_objects(document: Dict[str, Any]) -> None:
    """The parts that everything else walks through are objects."""
    if not document.get("paths"):
        raise ContractError("the file has no operations: /paths is missing or empty.")
    for section in ("paths", "webhooks", "x-webhooks", "components"):
        part = document.get(section, {})
        _require(part, dict, f"/{section}")
        for name, item in part.items():
            place = f"/{section}/{escape(name)}"
            if name.startswith("x-"):
                continue
            _require(item, dict, place)
            if section == "components":
                for inner, value in item.items():
                    _require(value, (dict, bool) if name == "schemas" else dict, f"{place}/{escape(inner)}")
            else:
                _check_path_item(item, place)
    for path in document["paths"]:
        if not path.startswith(("/", "x-")):
            raise ContractError(f"/paths/{escape(path)} is not a path: it does not begin with a slash.")


def _check_path_item(item: Dict[str, Any], place: str) -> None:
    _check_parameters(item.get("parameters", []), f"{place}/parameters")
    for verb, operation in item.items():
        if verb in VERBS:
            _require(operation, dict, f"{place}/{verb}")
            _check_parameters(operation.get("parameters", []), f"{place}/{verb}/parameters")
            _require(operation.get("responses", {}), dict, f"{place}/{verb}/responses")
            _require(operation.get("requestBody", {}), dict, f"{place}/{verb}/requestBody")


def _check_parameters(parameters: Any, place: str) -> None:
    _require(parameters, list, place)
    for number, parameter in enumerate(parameters):
        _require(parameter, dict, f"{place}/{number}")
        if "$ref" not in parameter and not {"name", "in"} <= set(parameter):
            raise ContractError(f"{place}/{number} is not a parameter: it lacks 'name' or 'in'.")


def _require(value: Any, kinds: Any, place: str) -> None:
    if not isinstance(value, kinds):
        wanted = "a list" if kinds is list else "an object"
        raise ContractError(f"{place} is not {wanted}.")


def _move_base_path(document: Dict[str, Any]) -> None:
    """Where the address of a server has a path, the paths of operations are told without it."""
    servers = [server for server in document.get("servers", []) if "url" in server]
    found = [re.fullmatch(r"((?:[^/:]+:)?//[^/]*)?(.*?)/*", _server_url(server)) for server in servers]
    base = found[0][2] if found and found[0] else ""
    # Servers that differ are places of one API; the first is the one that the file was written for.
    if not base.startswith("/"):
        return
    for server, parts in zip(servers, found):
        server.pop("variables", None)
        server["url"] = (parts[1] if parts else None) or "/"
    document["paths"] = {
        base + path if path.startswith("/") else path: item for path, item in document["paths"].items()
    }


def _server_url(server: Dict[str, Any]) -> str:
    variables = server.get("variables", {})
    return re.sub(
        r"\{([^{}]*)\}",
        lambda found: str(variables.get(found[1], {}).get("default", found[0])),
        str(server["url"]),
    )


def _expand(document: Dict[str, Any], node: Any, inside: frozenset[str]) -> Any:
    """A copy in which every reference leads to a component; others are replaced by what they lead to."""
    if isinstance(node, list):
        return [_expand(document, value, inside) for value in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and not re.fullmatch(r"#/components/(?!pathItems)[^/]+/[^/]+", reference):
        if reference in inside:
            raise ContractError(
                f"{reference} holds itself and has no name; give it one in components/schemas."
            )
        target = follow(document, reference)
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _expand(document, {**target, **beside}, inside | {reference})
    return {key: _expand(document, value, inside) for key, value in node.items()}
