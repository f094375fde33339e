"""Holds the files of the contract against each other: what is missing, and what to write where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import yaml

from tests.support.openapi import VERBS, resolve

GENERATE = "run scripts/generate"
Line = Dict[str, Any]
Spec = Dict[str, Any]


class Files(NamedTuple):
    """What the three files say of operations, each by its request, such as `POST /api/sessions`."""

    openapi: Dict[str, Spec]
    sdk: Dict[str, Tuple[str, Line]]
    """The service, and what stands in the line."""
    generated: Dict[str, Spec]
    """From the JSON that the package ships."""
    document: Dict[str, Any]
    """The whole of openapi.yaml."""
    unreadable: Dict[str, str]
    """What is wrong with a file, by its name."""

    @property
    def requests(self) -> List[str]:
        return sorted({*self.openapi, *self.sdk, *self.generated})


def read_files(root: Path) -> Files:
    """Read the files of the contract; one that cannot be read counts as empty, and is in `unreadable`."""
    unreadable: Dict[str, str] = {}

    def read(path: Path, parse: Any, collect: Any) -> Any:
        try:
            value = parse(path.read_text(encoding="utf-8"))
            return value, collect(value)
        except Exception as error:
            unreadable[path.name] = f"{type(error).__name__}: {error}"
            return {}, {}

    document, openapi = read(root / "openapi.yaml", load_yaml, _requests)
    _, sdk = read(root / "sdk.yaml", load_yaml, _lines)
    _, generated = read(root / "titan" / "sandbox" / "spec" / "openapi.json", json.loads, _requests)
    return Files(openapi, sdk, generated, document, unreadable)


def load_yaml(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _requests(document: Dict[str, Any]) -> Dict[str, Spec]:
    return {
        f"{verb.upper()} {path}": spec
        for path, item in document["paths"].items()
        for verb, spec in item.items()
        if verb in VERBS
    }


def _lines(sdk: Dict[str, Any]) -> Dict[str, Tuple[str, Line]]:
    return {
        request: (service, dict(line))
        for service, block in sdk["services"].items()
        for request, line in (block.get("operations") or {}).items()
    }


def complaints(files: Files, request: str) -> List[str]:
    """What is missing or wrong for one request, and what to do about it."""
    spec, line, generated = files.openapi.get(request), files.sdk.get(request), files.generated.get(request)
    if spec is None and line is not None:
        return [f"openapi.yaml has no {request}: give its line in sdk.yaml another request, or take it out"]
    if spec is not None and line is None:
        payload = ", payload: …" if "requestBody" in spec else ""
        service = next(iter(spec.get("tags") or []), "…")
        return [
            f"add a line to sdk.yaml, below {service}: {request}: {{method: …{payload}}}; then {GENERATE}"
        ]
    if spec is None or line is None:
        return [f"only the generated contract has {request}: {GENERATE}"]
    try:
        found = list(_missing_marks(files.document, request, spec, line[1]))
    except (KeyError, TypeError, AttributeError) as error:
        # Such as a reference that leads nowhere.
        return [f"openapi.yaml: {request} cannot be read: {type(error).__name__}: {error}"]
    if generated is None:
        found.append(f"the generated contract lacks {request}: {GENERATE}")
    elif (generated.get("operationId"), generated.get("x-sdk", {}).get("is")) != (
        operation_id(*line),
        sorted(line[1].get("is") or []),
    ):
        found.append(f"the generated contract says something else of {request} than sdk.yaml: {GENERATE}")
    return found


def operation_id(service: str, line: Line) -> str:
    """The id of the operation that a line of sdk.yaml describes."""
    return f"{service}.{line['method']}{'AsClient' if line.get('for') == 'client_token' else ''}"


def _missing_marks(document: Spec, request: str, spec: Spec, line: Line) -> Iterator[str]:
    marks = set(line.get("is") or [])
    responses = spec["responses"]

    def differs(has: bool, wants: bool, what: str, why: str) -> Iterator[str]:
        if has != wants:
            verb, has_it = ("add", "has a") if wants else ("take out", "has no")
            yield f"sdk.yaml: {request}: {verb} `{what}`, since in openapi.yaml it {has_it} {why}"

    body = resolve(spec.get("requestBody", {}), document)
    yield from differs("payload" in line, bool(body), "payload", "request body")
    yield from differs("command" in marks, "202" in responses, "is: [command]", "202 response")
    media = _media_of_success(document, responses)
    binary = media is not None and not any(name.endswith("json") for name in media)
    yield from differs("binary" in marks, binary, "is: [binary]", "response of bytes")
    # Not the other way round: a body may name a session that is no argument of its own.
    if line.get("session") == "body" and not _body_needs_session(document, body):
        yield from differs(True, False, "session: body", "`session` that its body requires")
    parameters = [resolve(one, document) for one in spec.get("parameters", [])]
    names = {one["name"] for one in parameters if one["in"] == "query"}
    for name in line.get("query") or []:
        if name not in names:
            yield f"sdk.yaml: {request}: take out `query: [{name}]`, since openapi.yaml has no such parameter"


def _media_of_success(document: Spec, responses: Spec) -> Optional[List[str]]:
    for status in ("200", "201"):
        if status in responses:
            return list(resolve(responses[status], document).get("content", {})) or None
    return None


def _body_needs_session(document: Spec, body: Spec) -> bool:
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    variants = resolve(schema, document).get("oneOf", [schema])
    return all("session" in _required(document, one) for one in variants)


def _required(document: Spec, schema: Spec) -> List[str]:
    schema = resolve(schema, document)
    inherited = [name for part in schema.get("allOf", []) for name in _required(document, part)]
    return [*schema.get("required", []), *inherited]
