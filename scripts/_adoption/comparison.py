"""Says what is different between two schemas that are one: fields gone, new, and of another type."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Set

from _contract.document import resolve
from _contract.inline_schemas import merged_properties

from .pairing import Pairing
from .shapes import (
    Document,
    Schema,
    may_be_null,
    name_of,
    schemas_of,
    types_of,
    union_members,
    without_null,
)


class Change(NamedTuple):
    """How a schema differs, in names of fields, values or members."""

    schema: str
    gone: List[str]
    new: List[str]
    changed: List[str]
    """Sentences such as `timestamp: was integer, is string`."""


def compare_schemas(ours: Document, theirs: Document, pairing: Pairing) -> List[Change]:
    """The changes of every paired schema that has some."""
    found = []
    for theirs_name, name in pairing.pairs.items():
        if name not in schemas_of(ours):
            continue
        change = _compare(ours, theirs, name, theirs_name, pairing.python_names)
        if change.gone or change.new or change.changed:
            found.append(change)
    return found


def _compare(ours: Document, theirs: Document, name: str, other: str, names: Dict[str, str]) -> Change:
    own, their = schemas_of(ours)[name], schemas_of(theirs)[other]
    mine, others = _parts(ours, own), _parts(theirs, their)
    changed: List[str] = []
    for part in mine:
        if part in others:
            changed += _changes_of_field(ours, theirs, part, mine[part], others[part], names)
    needed, other_needed = _required(ours, own), _required(theirs, their)
    changed += [f"{part}: is required now" for part in sorted(other_needed - needed) if part in mine]
    changed += [
        f"{part}: is not required any more" for part in sorted(needed - other_needed) if part in others
    ]
    if not mine and not others:
        changed += _changes_of_field(ours, theirs, "itself", own, their, names)
    return Change(
        name,
        [part for part in mine if part not in others],
        [part for part in others if part not in mine],
        changed,
    )


def _parts(document: Document, schema: Schema) -> Dict[str, Any]:
    """Fields of an object, members of a union, values of an enum."""
    if "enum" in schema:
        return {str(value): {} for value in schema["enum"]}
    return {**union_members(document, schema), **merged_properties(document, schema)}


def _required(document: Document, schema: Schema) -> Set[str]:
    schema = resolve(document, schema)
    inherited = (name for part in schema.get("allOf", []) for name in _required(document, part))
    return {*inherited, *schema.get("required", [])}


def _changes_of_field(
    ours: Document, theirs: Document, field: str, own: Schema, other: Schema, names: Dict[str, str]
) -> Iterator[str]:
    before, after = type_in_words(ours, own, {}), type_in_words(theirs, other, names)
    if before != after:
        yield f"{field}: was {before}, is {after}"


def type_in_words(document: Document, schema: Any, names: Dict[str, str]) -> str:
    """The type of a value for people, with the names that schemas have in Python."""
    if not isinstance(schema, dict):
        return "anything"
    null = " or null" if may_be_null(schema) else ""
    return _plain_type(document, without_null(schema), names) + null


def _plain_type(document: Document, schema: Schema, names: Dict[str, str]) -> str:
    name = name_of(schema)
    if name is not None:
        return names.get(name, name)
    if "const" in schema:
        return f"always {schema['const']!r}"
    members = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    if members:
        kinds = (type_in_words(document, member, names) for member in members if member != {"type": "null"})
        return " or ".join(dict.fromkeys(kinds))
    if "array" in types_of(schema):
        return f"list of {type_in_words(document, schema.get('items', {}), names)}"
    words = " or ".join(types_of(schema)) or ("object" if "properties" in schema else "anything")
    is_time = schema.get("format") in ("date-time", "date")
    return f"{words} ({schema['format']})" if is_time else words
