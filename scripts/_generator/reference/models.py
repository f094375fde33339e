"""`docs/reference/models.md`: the types that belong to no single operation or event."""

from __future__ import annotations

from typing import Iterator

from _contract.contract import Contract, python_name
from _contract.inline_schemas import OPEN_SET

from .markdown import FOLDER, cell, items, joined, page, prose, table
from .schemas import Places, fields_in, meaning_of, type_of, values_of, variants

PATH = FOLDER / "models.md"
_HERE = "models.md"
_OPENING = """What operations return, and what stands inside of payloads and events. All are in
`titan.types_gen`; `titan.params_gen` has the payloads as TypedDicts.

An attribute that did not come is None, and a field that is not listed here can be had by its wire name:
`session["newField"]`. Times are aware `datetime`s in UTC. Enums are open: a value that Titan adds later is
one too, and equal to its text. `to_dict()` gives all that came."""


def write_models_page(contract: Contract) -> str:
    """The page."""
    places = Places(contract)
    parts = [_OPENING]
    for name in sorted(contract.schemas, key=str.lower):
        if not places.is_elsewhere(name):
            parts += _section(contract, name, places)
    return page("Models", "openapi.yaml and sdk.yaml", parts)


def _section(contract: Contract, name: str, places: Places) -> Iterator[str]:
    schema = contract.schemas[name]
    yield f"## {name}"
    yield prose(" ".join(schema.get("description", "").split()))
    values = values_of(schema)
    fields = fields_in(contract, name)
    kinds = variants(contract, name)
    if values:
        listed = ", ".join(f"`{value}`" for value in values)
        yield f"{listed}, or another." if OPEN_SET in schema else f"{joined(values)}."
    elif fields:
        rows = [
            (
                f"`.{python_name(field.name)}`",
                f"`{field.name}`",
                type_of(field.schema, lambda one: places.link(one, _HERE)),
                meaning_of(contract, field.schema),
            )
            for field in fields
        ]
        yield table(("Attribute", "Wire name", "Type", "Meaning"), rows)
    elif kinds:
        yield "One of:"
        yield items([places.link(kind, _HERE) for kind in kinds])
    elif isinstance(schema, dict) and schema.get("type") not in (None, "object"):
        yield cell(f"It is {type_of(schema, lambda one: places.link(one, _HERE))}.")
    else:
        yield "No fields of it are known."
