"""A page for each domain with its operations and helpers, and the page that leads to all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator, List

import griffe
from _contract.contract import Contract, Operation, python_name

from ..services import has_helpers, service_classes
from ..text import paragraphs
from .docstrings import Sources, describe, public_members, summary_of
from .examples import Example, Examples, format_python
from .markdown import FOLDER, anchor, cell, code, items, joined, page, prose, table
from .schemas import Places, fields_in, limits_of, meaning_of, type_of, variants

PAGES = FOLDER / "operations"
EVIDENCE = {
    "documented": "stated in Titan's reference",
    "named": "Titan's reference names it; its path or field names are our reading",
    "assumed": "Titan's reference has no page for it; only its domain is known",
}
_SOURCES = "openapi.yaml, sdk.yaml and docstrings"
_GUIDES = {
    "sessions": ("Pairing", "pairing", "Several sessions", "several-sessions"),
    "pairing": ("Pairing", "pairing"),
    "messages": ("Media", "media", "Many messages", "many-messages", "Errors", "errors"),
    "contacts": ("Many messages", "many-messages"),
    "webhooks": ("Receiving events", "receiving"),
    "media": ("Media", "media"),
    "client_tokens": ("Client tokens", "client-tokens"),
    "account_keys": ("Rotating keys", "rotating-keys"),
}
"""Titles and names of the guides that show a service at work."""
_CLIENT = """Each example has a client, whose address and key are in the environment:

```python
from titan import TitanClient

client = TitanClient()  # TITAN_BASE_URL and TITAN_API_KEY
```"""
_INDEX = """Everything that the client, its webhooks and its local Titan can do. All of it is made from the
contract of the API and from docstrings, and every example of an operation runs in the tests.

- [Operations](#operations): a page for each domain, with the request as the API has it, and an example in
  Python and in curl
- [Models](models.md): what operations return and take, and the values of enums
- [Events](events.md): what is delivered to webhooks
- [Errors](errors.md): every error and warning
- [Client](client.md): settings, `with_options`, `submit`, `with_response`, `request`, chat ids, tracing
- [Webhooks](webhooks.md): signatures, events, the router, stores of event ids
- [Outbox](outbox.md): many messages from a journal, their statuses, the pace, Celery
- [Sandbox](sandbox.md): the local Titan, its settings, its calls, its fixtures
- [Command line](command-line.md): every command of `titan`, with its options
"""
_HOW_TO_READ = """Every method takes the session and the ids of its path in their order, then the payload,
then query parameters by name. A payload is a dict with the names below, or the model,
where the same names are in snake_case: `{"chatId": …}` or `TextMessage(chat_id=…)`.

*Evidence* says how well an operation is known, since Titan's public reference is not complete.
*Documented*: stated there. *Named*: the reference names the operation, and its path or field names are
our reading. *Assumed*: only the domain is known. Named and assumed operations may change when Titan
publishes its own description. A field that is known less well than its operation has a mark of its own.

↻: repeated like a GET, also after an outcome that is unclear. Other operations are repeated where they
were surely not carried out; else the error says `maybe_processed`."""


def write_operations(contract: Contract, sources: Sources) -> Dict[Path, str]:
    """The page of each domain, and `docs/reference/index.md`."""
    places, examples = Places(contract), _write_examples(contract)
    pages = {
        PAGES / f"{service}.md": _page(contract, service, sources, places, examples)
        for service in contract.sdk.services
    }
    return {FOLDER / "index.md": _index(contract, sources), **pages}


def title_of(service: str) -> str:
    """`client_tokens` becomes `Client tokens`."""
    special = {"lids": "LIDs"}
    return special.get(service, service.replace("_", " ").capitalize())


def helpers_of(contract: Contract, sources: Sources, service: str) -> Dict[str, griffe.Function]:
    """The methods of a service that somebody wrote, by their names."""
    if not has_helpers(contract, service):
        return {}
    cls = service_classes(contract)[service]
    members = public_members(sources.one(f"titan.services.{service}", cls))  # type: ignore[arg-type]
    return {name: one for name, one in members.items() if isinstance(one, griffe.Function)}


def _write_examples(contract: Contract) -> Dict[str, Example]:
    """All examples, by `messages.send` or `messages.send TextMessage`."""
    maker = Examples(contract)
    found: Dict[str, Example] = {}
    for operation in contract.operations:
        found[operation.id] = maker.of(operation)
        for kind in _kinds(contract, operation):
            found[f"{operation.id} {kind}"] = maker.of_kind(operation, kind)
    formatted = format_python([one.python for one in found.values()], contract.folder)
    return {name: one._replace(python=text) for (name, one), text in zip(found.items(), formatted)}


def _kinds(contract: Contract, operation: Operation) -> List[str]:
    return [] if operation.body is None else variants(contract, operation.body.schema)


def _index(contract: Contract, sources: Sources) -> str:
    parts = [_INDEX.strip(), "## Operations", _HOW_TO_READ]
    for service, block in contract.sdk.services.items():
        parts.append(f"### [{title_of(service)}](operations/{service}.md)")
        parts.append(prose(block.about))
        parts.append(_table_of(contract, service, f"operations/{service}.md"))
        helpers = helpers_of(contract, sources, service)
        if helpers:
            parts.append(
                "Helpers: "
                + ", ".join(
                    f"[`{name}`](operations/{service}.md#{anchor(f'{service}.{name}')})" for name in helpers
                )
            )
    return page("Reference", _SOURCES, parts)


def _table_of(contract: Contract, service: str, target: str) -> str:
    rows = []
    for operation in contract.of_service(service):
        request = f"`{operation.verb} {operation.route}`{' ↻' if operation.is_idempotent else ''}"
        if operation.client_route is not None:
            request += f"; with a client token `{operation.verb} {operation.client_route}`"
        link = f"[`{operation.id}`]({target}#{anchor(operation.id)})"
        rows.append((link, request, operation.line.evidence))
    return table(("Method", "Request", "Evidence"), rows)


def _page(
    contract: Contract, service: str, sources: Sources, places: Places, examples: Dict[str, Example]
) -> str:
    helpers = helpers_of(contract, sources, service)
    guides = _GUIDES.get(service, ())
    links = [f"[{title}](../../guides/{name}.md)" for title, name in zip(guides[::2], guides[1::2])]
    parts = [f"`client.{service}`: {prose(contract.sdk.services[service].about)}"]
    if links:
        parts.append(f"In the guides: {', '.join(links)}.")
    parts.append(_table_of(contract, service, ""))
    if helpers:
        rows = [
            (f"[`{service}.{name}`](#{anchor(f'{service}.{name}')})", cell(summary_of(one)))
            for name, one in helpers.items()
        ]
        parts.append(table(("Helper", "What it does"), rows))
    parts.append("[How to read this](../index.md#operations). " + _CLIENT)
    for operation in contract.of_service(service):
        parts += _operation(contract, operation, places, examples)
    for name, one in helpers.items():
        parts += [f"## {service}.{name}", *describe(one, f"client.{service}.{name}")]
    return page(title_of(service), _SOURCES, parts)


def _operation(
    contract: Contract, operation: Operation, places: Places, examples: Dict[str, Example]
) -> Iterator[str]:
    here = f"operations/{operation.service}.md"
    yield f"## {operation.id}"
    yield f"`{operation.verb} {operation.route}`"
    yield prose(operation.summary)
    yield from map(prose, paragraphs(operation.description))
    yield items(list(_facts(contract, operation, here, places)))
    yield _arguments(contract, operation, places, here)
    example = examples[operation.id]
    kinds = _kinds(contract, operation)
    if operation.body is not None and not kinds:
        yield _fields(contract, operation, operation.body.schema, places, here)
    yield code("python", example.python)
    yield code("sh", example.curl)
    answer = Examples(contract).answer(operation)
    if answer is not None:
        yield "The server answers:"
        yield code("json", answer)
    if operation.client_route is not None:
        yield "A client with a client token makes this request instead:"
        yield code("sh", Examples(contract).with_client_token(operation))
    yield table(("Raises", "When"), [(_error(name), cell(text)) for name, text in operation.raises])
    for kind in kinds:
        yield f"### {kind}"
        yield prose(contract.schemas[kind].get("description", ""))
        yield _fields(contract, operation, kind, places, here)
        if examples[f"{operation.id} {kind}"] != example:
            yield code("python", examples[f"{operation.id} {kind}"].python)
            yield code("sh", examples[f"{operation.id} {kind}"].curl)


def _error(name: str) -> str:
    return f"[`{name}`](../errors.md#{anchor(name)})"


def _facts(contract: Contract, operation: Operation, here: str, places: Places) -> Iterator[str]:
    """What there is to know before it is called."""
    line = operation.line
    yield f"**Evidence**: {line.evidence}, {EVIDENCE.get(line.evidence, 'as said')}."
    if operation.client_route is not None:
        known = operation.client_line.evidence if operation.client_line is not None else line.evidence
        yield (
            f"**With a client token**: `{operation.verb} {operation.client_route}` ({known}, "
            f"{EVIDENCE.get(known, 'as said')})."
        )
    scopes = joined(operation.scopes) if operation.scopes else "Titan's reference does not say"
    yield f"**Scope of the key**: {scopes}."
    if "command" in line.marks:
        yield (
            "**Session**: it must be connected. The result can come later, as an event: "
            "[`client.submit`](../client.md#clientsubmit)."
        )
    elif any(one.wire_name == "session" for one in operation.path):
        yield "**Session**: it need not be connected."
    if operation.is_idempotent:
        yield "**Repeated**: like a GET, also after an outcome that is unclear."
    else:
        yield "**Repeated**: only where it was surely not carried out; else the error says `maybe_processed`."
    if "long" in line.marks:
        yield "**Time**: it may take minutes; the client waits 300 seconds."
    elif line.long_with is not None:
        yield f"**Time**: with `{line.long_with}` it may take minutes; the client waits 300 seconds."
    yield f"**Returns**: {_returns(contract, operation, places, here)}"


def _returns(contract: Contract, operation: Operation, places: Places, here: str) -> str:
    result = operation.result
    said = cell(result.description)
    if result.kind == "nothing":
        return "nothing."
    if result.kind == "bytes":
        return f"`bytes`. {said}".strip()
    if result.kind == "any":
        return f"what the server answers with. {said}".strip()
    names = [f"`.{python_name(field.name)}`" for field in fields_in(contract, result.schema)]
    shown = places.link(result.schema, here)
    kind = f"a list of {shown}" if result.kind == "list" else shown
    fields = f" Each has {', '.join(names)}." if result.kind == "list" else f" It has {', '.join(names)}."
    missing = " Where the server sends none, its fields are None." if result.may_be_missing else ""
    if result.kind == "list" and missing:
        missing = " Where the server sends none, it is empty."
    return f"{kind}. {said}{fields if names else ''}{missing}"


def _arguments(contract: Contract, operation: Operation, places: Places, here: str) -> str:
    rows = [
        (
            f"`{one.python_name}`",
            f"`{one.annotation}`",
            "path" if f"{{{one.wire_name}}}" in operation.route else "body",
            cell(one.description),
        )
        for one in operation.path
    ]
    if operation.body is not None:
        optional = "" if operation.body.is_required else " It may be left out."
        kind = (
            places.link(operation.body.schema, here)
            if _kinds(contract, operation)
            else f"`{operation.body.schema}`"
        )
        rows.append(
            (
                f"`{operation.line.payload}`",
                f"{kind} or `dict`",
                "body",
                f"{cell(operation.body.description)}{optional}",
            )
        )
    for one in operation.query:
        annotation = one.annotation.removeprefix("Optional[").removesuffix("]")
        rows.append(
            (f"`{one.python_name}=`", f"`{annotation}`", f"query: `{one.wire_name}`", cell(one.description))
        )
    return table(("Argument", "Type", "In", "Meaning"), rows)


def _fields(contract: Contract, operation: Operation, schema: str, places: Places, here: str) -> str:
    rows = []
    for field in fields_in(contract, schema):
        if field.name == "session" and operation.line.session_in_body:
            continue
        rows.append(
            (
                f"`{field.name}`",
                type_of(field.schema, lambda name: places.link(name, here)),
                "required" if field.is_required else "",
                limits_of(contract, field.schema),
                meaning_of(contract, field.schema, operation.line.evidence),
            )
        )
    return table(("Field", "Type", "Required", "Limits", "Meaning"), rows)
