"""The classes of the services, their place on the client, and one constant for each operation."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import jinja2
from _contract.contract import Contract, Operation, python_name

from .text import BANNER, class_name, escape, format_module, paragraphs, wrap
from .types import params_name, schemas_in_bodies

SERVICES = Path("titan") / "services"
GENERATED = SERVICES / "_generated"
_EVIDENCE = {
    "named": "Evidence: named in Titan's reference; path or field names are our reading.",
    "assumed": "Evidence: assumed; Titan's reference has no page for it.",
}
_GENERATED_PACKAGE = f'''# {BANNER}
"""The classes below the services that have helpers, and what is generated of all services.

They may import what `titan.services` may.
"""
'''
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
    keep_trailing_newline=True,
)


def write_services(contract: Contract) -> Dict[Path, str]:
    """The text of every generated module below `titan/services`, by its path."""
    classes = service_classes(contract)
    files = {
        SERVICES / "__init__.py": _package(contract, classes),
        GENERATED / "__init__.py": _GENERATED_PACKAGE,
        GENERATED / "attributes.py": _attributes(contract, classes),
        GENERATED / "operations.py": _operations(contract),
    }
    for service in contract.sdk.services:
        path = (GENERATED if has_helpers(contract, service) else SERVICES) / f"{service}.py"
        files[path] = _service(contract, service, classes[service], path)
    return files


def service_classes(contract: Contract) -> Dict[str, str]:
    """The class of each service: named like it, unless a type of the API has that name."""
    taken = contract.schemas
    return {
        service: f"{class_name(service)}Service" if class_name(service) in taken else class_name(service)
        for service in contract.sdk.services
    }


def has_helpers(contract: Contract, service: str) -> bool:
    """Whether somebody wrote this service by hand, on its generated class."""
    path = contract.folder / SERVICES / f"{service}.py"
    return path.exists() and BANNER not in path.read_text(encoding="utf-8").partition("\n")[0]


def constant_name(operation: Operation) -> str:
    """`labels.update` becomes `LABELS_UPDATE`."""
    return operation.id.replace(".", "_").upper()


def _package(contract: Contract, classes: Dict[str, str]) -> str:
    pairs = sorted((cls, service) for service, cls in classes.items())
    imports = "\n".join(f"    from .{service} import {cls} as {cls}" for cls, service in pairs)
    modules = "".join(f"    {cls!r}: {service!r},\n" for cls, service in pairs)
    code = f"""
TYPE_CHECKING: bool = False  # annotated, or jedi would complete none of the names below
if TYPE_CHECKING:
{imports}

_MODULE_OF = {{
{modules}}}

__all__ = [*_MODULE_OF]  # pyright: ignore[reportUnsupportedDunderAll]

if not TYPE_CHECKING:

    def __getattr__(name):
        from importlib import import_module

        if name not in _MODULE_OF:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
        return getattr(import_module(f".{{_MODULE_OF[name]}}", __name__), name)

    def __dir__():
        return sorted(__all__)
"""
    docstring = (
        "The domains of the API, one class each, loaded when it is first used.\n\n"
        "A module without helpers is generated; one with helpers is written by hand, on its class in\n"
        "`_generated`. They may import `_http`, `_models`, `errors`, `webhooks` and the generated types.\n"
    )
    return format_module(contract.folder, SERVICES / "__init__.py", docstring, code)


def _attributes(contract: Contract, classes: Dict[str, str]) -> str:
    about_all = '"""The services of a client, each loaded when it is first used."""'
    lines = [
        "from typing import TYPE_CHECKING, ClassVar",
        "from titan.services._attribute import ServiceAttribute",
        "if TYPE_CHECKING:",
        *[f"    from titan.services.{service} import {cls}" for service, cls in classes.items()],
        # Two classes: an editor shows docstrings of attributes only right below a class, and annotations
        # would need the classes of the services, once somebody asks for the hints of the client.
        "    class ServiceAttributes:",
        f"        {about_all}",
    ]
    for service, cls in classes.items():
        about = contract.sdk.services[service].about
        docstring = wrap(f'"""{escape(about)}"""', 8)
        # Without ClassVar, ty assumes that an instance may hold the descriptor itself.
        lines += [f"        {service}: ClassVar[ServiceAttribute[{cls}]]", docstring]
    lines += ["else:", "    class ServiceAttributes:", f"        {about_all}"]
    lines += [
        f"        {service} = ServiceAttribute({service!r}, {cls!r})" for service, cls in classes.items()
    ]
    docstring = "The attributes of `TitanClient` that are services."
    return format_module(contract.folder, GENERATED / "attributes.py", docstring, "\n".join(lines))


def _operations(contract: Contract) -> str:
    lines = ["from titan.services._operation import Operation"]
    for operation in contract.operations:
        line = operation.line
        fields = [repr(operation.id), repr(operation.verb), repr(operation.route)]
        fields.append(repr(tuple(one.wire_name for one in operation.path)))
        if operation.body is not None:
            fields.append(f"body={operation.body.schema!r}")
        if line.evidence != "documented":
            fields.append(f"evidence={line.evidence!r}")
        if operation.is_idempotent:
            fields.append("is_idempotent=True")
        fields += [f"is_{mark}=True" for mark in ("long", "binary") if mark in line.marks]
        if line.long_with is not None:
            fields.append(f"long_with={line.long_with!r}")
        if line.session_in_body:
            fields.append("session_in_body=True")
        if operation.result.kind in ("model", "list") and operation.result.may_be_missing:
            fields.append("may_be_empty=True")
        if operation.client_route is not None and operation.client_line is not None:
            fields.append(f"client_route={operation.client_route!r}")
            if operation.client_line.evidence != "documented":
                fields.append(f"client_evidence={operation.client_line.evidence!r}")
        lines.append(f"{constant_name(operation)} = Operation({', '.join(fields)})")
    docstring = "Every operation of the API: its request, and what is known of it."
    return format_module(contract.folder, GENERATED / "operations.py", docstring, "\n".join(lines))


def _service(contract: Contract, service: str, cls: str, path: Path) -> str:
    operations = contract.of_service(service)
    bodies = {operation.body.schema for operation in operations if operation.body is not None}
    results = {operation.result.schema for operation in operations} - {""}
    about = escape(contract.sdk.services[service].about)
    code = _TEMPLATES.get_template("service.py.j2").render(
        class_name=cls,
        about=about,
        types=sorted(bodies | results),
        params=sorted(params_name(name) for name in bodies & schemas_in_bodies(contract)),
        methods=[_method(contract, operation) for operation in operations],
    )
    return format_module(contract.folder, path, about, code)


def _method(contract: Contract, operation: Operation) -> Dict[str, object]:
    line = operation.line
    arguments = ["self", *(f"{one.python_name}: {one.annotation}" for one in operation.path)]
    if operation.body is not None:
        annotation = f"Union[{operation.body.schema}, {params_name(operation.body.schema)}]"
        required = operation.body.is_required
        arguments.append(f"{line.payload}: {annotation if required else f'Optional[{annotation}] = None'}")
    if operation.query:
        arguments += ["*", *(f"{one.python_name}: {one.annotation} = None" for one in operation.query)]
    returns = _return_annotation(operation)
    call = [f"operations.{constant_name(operation)}", *(one.python_name for one in operation.path)]
    if operation.body is not None:
        body = (
            line.payload
            if operation.body.is_required
            else f"NO_BODY if {line.payload} is None else {line.payload}"
        )
        call.append(f"body={body}")
    if operation.query:
        given = ", ".join(f"{one.wire_name!r}: {one.python_name}" for one in operation.query)
        call.append(f"query={{{given}}}")
    if returns != "None":
        call.append(f"returns={returns}")
    return {
        "name": line.method,
        "arguments": arguments,
        "returns": returns,
        "docstring": _docstring(contract, operation),
        "call": call,
    }


def _return_annotation(operation: Operation) -> str:
    kind, schema = operation.result.kind, operation.result.schema
    return {"nothing": "None", "model": schema, "list": f"List[{schema}]", "bytes": "bytes", "any": "Any"}[
        kind
    ]


def _docstring(contract: Contract, operation: Operation) -> str:
    summary = escape(operation.summary) or f"{operation.verb} {operation.route}."
    parts = [summary]
    parts += [wrap(escape(text), 8) for text in paragraphs(operation.description)]
    if operation.line.evidence != "documented":
        parts.append(f"        {_EVIDENCE[operation.line.evidence]}")
    described = [(one.python_name, one.description) for one in operation.path]
    if operation.body is not None:
        described.append((operation.line.payload or "", operation.body.description))
    described += [(one.python_name, one.description) for one in operation.query]
    if described:
        parts.append("\n".join(["        Args:", *[_entry(name, text) for name, text in described]]))
    if operation.result.kind != "nothing":
        text = _in_python_names(contract, operation) or "What the server answers with."
        parts.append(f"        Returns:\n{wrap(escape(text), 12)}")
    raises = [_entry(name, text) for name, text in operation.raises]
    parts.append("\n".join(["        Raises:", *raises]))
    return "\n\n".join(parts)


def _entry(name: str, text: str) -> str:
    return wrap(f"{name}: {escape(text) or 'As the API takes it.'}", 12, hanging=4)


def _in_python_names(contract: Contract, operation: Operation) -> str:
    """What is returned, with the fields of the result called as its attributes are."""
    text = operation.result.description
    for wire_name in contract.schemas.get(operation.result.schema, {}).get("properties", {}):
        text = text.replace(f"`{wire_name}`", f"`{python_name(wire_name)}`")
    return text
