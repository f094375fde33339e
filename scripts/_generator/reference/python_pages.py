"""The pages about what people wrote: errors, the client, webhooks. All of it comes from docstrings."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterator, List, Sequence, cast

import griffe
from _contract.contract import Contract

from .docstrings import Documented, Sources, describe, public_members, text_and_sections, text_in
from .markdown import FOLDER, anchor, cell, page, prose, table
from .operations import title_of

_SOURCES = "docstrings"
_WEBHOOKS = """\
How deliveries are verified, read and handed to your handlers; the [guide](../guides/receiving.md) shows it
at work. `verify_webhook`, `sign_webhook`, `parse_webhook` and `WebhookRouter` are imported from `titan`, all
else from `titan.webhooks`. The events themselves have [a page of their own](events.md)."""
_CLIENT = """\
The settings of a client, and what it can do beside the operations. [Network](../guides/network.md) shows
proxies, certificates and timeouts at work, and [What is repeated, and why](../explanation/retries.md)
explains the retries."""
_ERRORS = """\
What to do about each of them, and how to find out whether a message was sent, stands in the
[guide to errors](../guides/errors.md)."""
_UNIONS = """\
`Event` is the union of the classes of all events and `UnknownEvent`; `KnownEvent` is that without
`UnknownEvent`. `EventName` has the names of all known events, as a `Literal`."""
_CLIENT_METHODS = ("close", "with_options", "submit", "with_response", "request")


def write_python_pages(contract: Contract, sources: Sources) -> Dict[Path, str]:
    """Those of errors, the client and webhooks."""
    return {
        FOLDER / "errors.md": _errors(sources),
        FOLDER / "client.md": _client(contract, sources),
        FOLDER / "webhooks.md": _webhooks(sources),
    }


def section(heading: str, one: Documented, shown_as: str) -> List[str]:
    """A section about a class or function."""
    return [f"## {heading}", *describe(one, shown_as)]


def attributes(cls: griffe.Class) -> str:
    """The attributes that a class has of its own."""
    rows = [
        (f"`.{name}`", f"`{one.annotation}`" if one.annotation is not None else "", _docstring(one))
        for name, one in public_members(cls).items()
        if isinstance(one, griffe.Attribute)
    ]
    return table(("Attribute", "Type", "Meaning"), rows)


def methods(cls: griffe.Class, shown_as: str, names: Sequence[str] = ()) -> Iterator[str]:
    """A section for each method of a class, or for those of these names."""
    for name, one in public_members(cls).items():
        if isinstance(one, griffe.Function) and (not names or name in names):
            yield f"### {shown_as}.{name}"
            yield from describe(one, f"{shown_as}.{name}")


def _docstring(one: Documented) -> str:
    return cell(one.docstring.value) if one.docstring is not None else ""


def _errors(sources: Sources) -> str:
    module = sources.module("titan.errors")
    parts = list(text_in(module.docstring.value if module.docstring is not None else ""))
    classes = {name: one for name, one in module.classes.items() if not name.startswith("_")}
    bases = {name: [str(base) for base in cls.bases] for name, cls in classes.items()}
    rows = [(f"[`{name}`](#{anchor(name)})", _when(cls)) for name, cls in classes.items()]
    parts += [_ERRORS, table(("Name", "When"), rows)]
    for name, cls in classes.items():
        parts.append(f"## {name}")
        shown = [f"[`{base}`](#{anchor(base)})" if base in classes else f"`{base}`" for base in bases[name]]
        kind = "warning" if "Warning" in name else "error"
        parts.append(
            f"`titan.{name}`, a kind of {' and '.join(shown)}." if shown else f"`titan.{name}`, an {kind}."
        )
        parts += [text for text in text_and_sections(cls) if not text.startswith("| Argument")]
        parts.append(attributes(cls))
    parts += _part("## RateLimit", sources, "titan._response_headers", "RateLimit")
    return page("Errors and warnings", _SOURCES, parts)


def _when(cls: Documented) -> str:
    text = cls.docstring.value.split("\n\n")[0] if cls.docstring is not None else ""
    return cell(text)


def _part(heading: str, sources: Sources, module: str, name: str) -> List[str]:
    """A section about a class that holds values."""
    cls = cast(griffe.Class, sources.one(module, name))
    return [heading, *text_and_sections(cls), attributes(cls)]


def _client(contract: Contract, sources: Sources) -> str:
    client = cast(griffe.Class, sources.one("titan.client", "TitanClient"))
    parts = [_CLIENT, *section("TitanClient", client, "TitanClient")]
    parts.append("Its services:")
    rows = [
        (f"`client.{service}`", f"[{title_of(service)}](operations/{service}.md)", cell(block.about))
        for service, block in contract.sdk.services.items()
    ]
    parts.append(table(("Attribute", "Operations", "About"), rows))
    for name in _CLIENT_METHODS:
        if name in client.members:
            parts += section(f"client.{name}", cast(Documented, client.members[name]), f"client.{name}")
    parts += _part("## Response", sources, "titan.services._results", "Response")
    parts += _part("## Submitted", sources, "titan.services._results", "Submitted")
    parts += ["## titan.jid", *text_in(_module_docstring(sources, "titan.jid"))]
    for name in ("user", "group"):
        parts += [f"### jid.{name}", *describe(sources.one("titan.jid", name), f"jid.{name}")]
    parts += ["### jid.STATUS", _docstring(sources.one("titan.jid", "STATUS"))]
    transport = sources.one("titan._http.connections.transport", "DeadlineTransport")
    parts += section("DeadlineTransport", transport, "DeadlineTransport")
    parts += ["## titan.opentelemetry", *text_in(_module_docstring(sources, "titan.opentelemetry"))]
    parts.append("### trace_client")
    parts += describe(sources.one("titan.opentelemetry", "trace_client"), "trace_client")
    return page("Client", f"{_SOURCES} and sdk.yaml", parts)


def _module_docstring(sources: Sources, name: str) -> str:
    docstring = sources.module(name).docstring
    return docstring.value if docstring is not None else ""


def _webhooks(sources: Sources) -> str:
    parts = [_WEBHOOKS]
    for name in ("verify_webhook", "sign_webhook"):
        parts += section(name, sources.one("titan._signature", name), name)
    parts += section("parse_webhook", sources.one("titan.webhooks.parsing", "parse_webhook"), "parse_webhook")
    router = cast(griffe.Class, sources.one("titan.webhooks.router", "WebhookRouter"))
    parts += section("WebhookRouter", router, "WebhookRouter")
    parts += methods(router, "router")
    seen = cast(griffe.Class, sources.one("titan.webhooks.seen", "Seen"))
    parts += [*section("Seen", seen, "Seen"), *methods(seen, "seen")]
    recent = sources.one("titan.webhooks.seen", "RecentEvents")
    parts += section("RecentEvents", recent, "RecentEvents")
    parts += [
        "## Classes of events",
        prose(
            "Each event has a class of its own, which [Events](events.md) names; these are below all of them."
        ),
    ]
    for name, module in (
        ("WebhookEvent", "titan._models.events"),
        ("MessageEvent", "titan._models.events"),
        ("UnknownEvent", "titan.webhooks.events"),
    ):
        cls = cast(griffe.Class, sources.one(module, name))
        parts += [f"### {name}", *text_and_sections(cls), attributes(cls)]
    parts += ["### Event and KnownEvent", _UNIONS]
    parts += ["## Types of arguments", _types_of_arguments(sources)]
    return page("Webhooks", _SOURCES, parts)


def _types_of_arguments(sources: Sources) -> str:
    rows = []
    for name, module in (
        ("Body", "titan.webhooks.parsing"),
        ("Headers", "titan.webhooks.headers"),
        ("Secret", "titan.webhooks.signatures"),
    ):
        rows.append((f"`{name}`", _docstring(sources.one(module, name))))
    rows.append(("`WSGIApp`, `ASGIApp`", "What `router.wsgi_app()` and `router.asgi_app()` return."))
    return table(("Type", "Meaning"), rows)
