"""Adapts the lines of sdk.yaml to another contract: those that stay, and new ones for new operations."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from _contract.document import Operation, iterate_operations, resolve
from _contract.inline_schemas import merged_properties
from _contract.sdk_file import OperationLine, SdkFile, ServiceBlock

from . import needs
from .matching import Matching, Request
from .shapes import Document, places_of_operation, types_of, union_members

_VERB_NAMES = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


class NewLine(NamedTuple):
    """A line for an operation that is new."""

    service: str
    request: Request
    line: OperationLine


class Lines(NamedTuple):
    """The lines of sdk.yaml after adoption."""

    services: Dict[str, ServiceBlock]
    new: List[NewLine]
    notes: List[str]
    """What else became different in lines that stay, in sentences."""


def adapt_lines(sdk: SdkFile, theirs: Document, matching: Matching) -> Lines:
    """The lines for the other contract.

    Args:
        sdk: The lines for ours.
        theirs: The other contract, its path parameters named like ours.
        matching: How the operations of both belong together, with those names.
    """
    return _Adapter(sdk, theirs, matching).run()


class _Adapter:
    def __init__(self, sdk: SdkFile, theirs: Document, matching: Matching) -> None:
        self.sdk, self.theirs, self.matching = sdk, theirs, matching
        self.operations = {Request(one.verb, one.path): one for one in iterate_operations(theirs)}
        self.moved = {match.ours: match.theirs for match in matching.matches}
        self.decided = {(one.verb, one.segments): one for one in matching.decided_lines}
        self.notes: List[str] = []
        self.services_by_tag = _services_by_tag(self.operations, matching)

    def run(self) -> Lines:
        services = {name: self.block(name, block) for name, block in self.sdk.services.items()}
        services = {
            name: block for name, block in services.items() if block.operations or name in needs.SERVICES
        }
        for name in needs.SERVICES:
            services.setdefault(name, ServiceBlock(f"{_spoken(name).capitalize()}.", (), {}))
        new = [self.new_line(request, services) for request in self.matching.new]
        return Lines(services, new, self.notes)

    def block(self, service: str, block: ServiceBlock) -> ServiceBlock:
        operations: Dict[str, OperationLine] = {}
        for text, line in block.operations.items():
            request = Request(*text.split(" ", 1))
            target = self.moved.get(request) or self.decided.get((request.verb, request.segments))
            if target is not None:
                operations[str(target)] = self.adapted(service, line, self.operations[target])
        return ServiceBlock(block.about, block.scopes, operations)

    def adapted(self, service: str, line: OperationLine, operation: Operation) -> OperationLine:
        name = f"{service}.{line.method}"
        has_body = "requestBody" in operation.spec
        fields = set(self.body_fields(operation))
        if line.payload is not None and not has_body:
            self.notes.append(f"{name} has no request body any more.")
            line = line._replace(payload=None, session_in_body=False, long_with=None)
        if line.payload is None and has_body:
            self.notes.append(f"{name} has a request body now.")
            line = line._replace(payload=self.payload_name(operation))
        if line.session_in_body and "session" not in fields:
            self.notes.append(f"{name} has no `session` in its request body any more.")
            line = line._replace(session_in_body=False)
        if line.long_with is not None and line.long_with not in fields:
            self.notes.append(f"{name} has no `{line.long_with}` in its request body any more.")
            line = line._replace(long_with=None)
        known = {one["name"] for one in operation.spec.get("parameters", []) if one["in"] == "query"}
        for parameter in [parameter for parameter in line.query if parameter not in known]:
            self.notes.append(f"{name} has no query parameter `{parameter}` any more, which a helper uses.")
        return line._replace(query=tuple(one for one in line.query if one in known))

    def body_fields(self, operation: Operation) -> Iterator[str]:
        for place in places_of_operation(self.theirs, operation):
            if place.kind == "request":
                for schema in (place.schema, *union_members(self.theirs, place.schema).values()):
                    yield from merged_properties(self.theirs, schema)

    def new_line(self, request: Request, services: Dict[str, ServiceBlock]) -> NewLine:
        operation = self.operations[request]
        service = self.service_of(operation)
        block = services.setdefault(service, ServiceBlock(self.about(service, operation), (), {}))
        taken = {line.method for line in block.operations.values()} | needs.HELPER_NAMES
        # Programs that call a method which is gone must not reach another operation.
        taken |= {line.method for line in self.lines_before(service)}
        method = next(name for name in self.method_names(service, operation) if name not in taken)
        payload = self.payload_name(operation) if "requestBody" in operation.spec else None
        line = OperationLine(method, payload)
        block.operations[str(request)] = line
        return NewLine(service, request, line)

    def lines_before(self, service: str) -> Iterable[OperationLine]:
        block = self.sdk.services.get(service)
        return block.operations.values() if block else ()

    def service_of(self, operation: Operation) -> str:
        """The service that its tag names, or a word of its path, or that others of its tag belong to."""
        tags = _tags(operation)
        words = [_snake(word) for word in _literals(operation.path)]
        known = {*self.sdk.services, *needs.SERVICES}
        # `sessions` begins the path of everything that a session has.
        specific = [word for word in words if word != "sessions"]
        named = [word for word in (*tags, *specific) if word in known]
        if named:
            return named[0]
        for tag in tags:
            if tag in self.services_by_tag:
                return self.services_by_tag[tag]
        if not tags and words and words[-1] in known:
            return words[-1]
        name = _identifier(next(iter((*tags, *reversed(specific), *words)), "other"))
        return f"{name}_api" if name in needs.CLIENT_NAMES else name

    def about(self, service: str, operation: Operation) -> str:
        described = {_snake(tag["name"]): tag.get("description") for tag in self.theirs.get("tags", [])}
        text = described.get(service) or f"{_spoken(service).capitalize()}."
        return " ".join(str(text).split())

    def method_names(self, service: str, operation: Operation) -> Iterator[str]:
        """Names for a method, the likeliest first."""
        words = [_snake(word) for word in _literals(operation.path)]
        ends_with_id = operation.path.endswith("}")
        last = words[-1] if words else service
        is_action = not ends_with_id and last != service and operation.path.count("{") > 0
        if operation.verb == "GET" and not ends_with_id and self.answers_with_list(operation):
            verb = "list"
        else:
            verb = _VERB_NAMES.get(operation.verb, operation.verb.lower())
        if is_action and operation.verb == "POST":
            yield _identifier(last)
            yield _identifier(f"{last}_{words[-2] if len(words) > 1 else service}")
        if not is_action or last == service:
            yield verb
        yield _identifier(f"{verb}_{last}")
        yield _identifier("_".join((verb, *words)))
        identifier = operation.spec.get("operationId")
        if identifier:
            yield _identifier(_snake(identifier))
        while True:
            words.append("other")
            yield _identifier("_".join((verb, *words)))

    def answers_with_list(self, operation: Operation) -> bool:
        places = places_of_operation(self.theirs, operation)
        results = [place.schema for place in places if place.status.startswith("2")]
        return any("array" in types_of(resolve(self.theirs, schema)) for schema in results)

    def payload_name(self, operation: Operation) -> str:
        taken = {_snake(name) for name in Request(operation.verb, operation.path).parameters}
        taken |= {_snake(one["name"]) for one in operation.spec.get("parameters", [])}
        return next(name for name in ("payload", "body", "content", "request_body") if name not in taken)


def name_path_parameters_like_ours(theirs: Document, matching: Matching) -> Tuple[Document, Matching]:
    """A copy of the other contract whose matched operations have our names of path parameters."""
    names = {match.theirs.path: match.ours.parameters for match in reversed(matching.matches)}
    new_paths: Dict[str, str] = {}
    paths: Dict[str, Any] = {}
    for path, item in theirs["paths"].items():
        old = Request("", path).parameters
        renaming = {their: our for their, our in zip(old, names.get(path, old)) if their != our}
        new_paths[path] = path
        for their, our in renaming.items():
            # A name that is in use at another place must not be taken for it meanwhile.
            new_paths[path] = new_paths[path].replace(f"{{{their}}}", f"{{\0{our}}}")
        new_paths[path] = new_paths[path].replace("\0", "")
        paths[new_paths[path]] = _with_parameters(theirs, item, renaming) if renaming else item

    def moved(request: Request) -> Request:
        return Request(request.verb, new_paths[request.path])

    renamed = matching._replace(
        matches=[match._replace(theirs=moved(match.theirs)) for match in matching.matches],
        new=[moved(request) for request in matching.new],
        decided_lines={moved(request) for request in matching.decided_lines},
    )
    return {**theirs, "paths": paths}, renamed


def _with_parameters(document: Document, item: Dict[str, Any], renaming: Dict[str, str]) -> Dict[str, Any]:
    changed: Dict[str, Any] = {}
    for key, value in item.items():
        if key == "parameters":
            changed[key] = list(_renamed_parameters(document, value, renaming))
        elif isinstance(value, dict) and "parameters" in value:
            parameters = list(_renamed_parameters(document, value["parameters"], renaming))
            changed[key] = {**value, "parameters": parameters}
        else:
            changed[key] = value
    return changed


def _renamed_parameters(
    document: Document, parameters: Iterable[Dict[str, Any]], renaming: Dict[str, str]
) -> Iterator[Dict[str, Any]]:
    for parameter in parameters:
        whole = resolve(document, parameter)
        if whole["in"] == "path" and whole["name"] in renaming:
            yield {**whole, "name": renaming[whole["name"]]}
        else:
            yield parameter


def _services_by_tag(operations: Dict[Request, Operation], matching: Matching) -> Dict[str, str]:
    """The service that most of the matched operations of a tag belong to."""
    counts: Dict[str, Counter[str]] = {}
    for match in matching.matches:
        for tag in _tags(operations[match.theirs]):
            counts.setdefault(tag, Counter())[matching.methods[match.ours].service] += 1
    return {tag: counter.most_common(1)[0][0] for tag, counter in counts.items()}


def _tags(operation: Operation) -> List[str]:
    return [_snake(tag) for tag in operation.spec.get("tags", []) if isinstance(tag, str)]


def _literals(path: str) -> List[str]:
    return [piece for piece in path.split("/") if piece and not piece.startswith("{")]


def _snake(text: str) -> str:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _identifier(text: str) -> str:
    name = _snake(text) or "other"
    name = f"n{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def helpers_without(matching: Matching) -> Dict[Request, Tuple[str, ...]]:
    """The helpers that need an operation which is missing, by that operation."""
    found: Dict[Request, Tuple[str, ...]] = {}
    present: Set[Optional[needs.Method]] = {matching.methods.get(match.ours) for match in matching.matches}
    for request, method in matching.methods.items():
        if method in needs.HELPERS and method not in present:
            found[request] = needs.HELPERS[method]
    return found
