"""References (`$ref`) in an OpenAPI document: finding and following them."""

from __future__ import annotations

import re
from typing import Any, Dict, Hashable, Iterator, Optional, Set, Tuple

from .errors import ContractError

# What stands under these keys is data, in which `$ref` means nothing.
DATA_KEYS = frozenset({"example", "examples", "default", "enum", "const"})


def resolve(document: Dict[str, Any], node: Dict[str, Any]) -> Dict[str, Any]:
    """Follow the references of a node; the node itself, where it is not a reference.

    Raises:
        ContractError: A reference leads nowhere, out of the file, or back to itself.
    """
    seen: Set[str] = set()
    while isinstance(node.get("$ref"), str):
        reference = node["$ref"]
        if reference in seen:
            raise ContractError(f"{reference} refers only to itself.")
        seen.add(reference)
        target = follow(document, reference)
        if not isinstance(target, dict):
            raise ContractError(f"{reference} does not lead to an object.")
        node = target
    return node


def references(node: Any) -> Iterator[str]:
    """Every reference inside a node, as it stands there, but for those in examples and in extensions."""
    for _, reference in located_references(node, ""):
        yield reference


def schema_name(reference: str) -> Optional[str]:
    """The name of the schema that a reference means; None where it means something else."""
    head, _, name = reference.rpartition("/")
    return unescape(name) if head == "#/components/schemas" else None


def located_references(node: Any, place: str) -> Iterator[Tuple[str, str]]:
    """Every reference with the JSON pointer of the object that it stands in."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield place, reference
        for key, value in node.items():
            # A property may be called like a keyword; its value is a schema then.
            is_data = key in DATA_KEYS and not place.endswith(("/properties", "/schemas"))
            if not is_data and not key.startswith("x-"):
                yield from located_references(value, f"{place}/{escape(key)}")
            elif key == "x-webhooks":
                yield from located_references(value, f"{place}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from located_references(value, f"{place}/{number}")


def follow(document: Dict[str, Any], reference: str) -> Any:
    """What one reference leads to.

    Raises:
        ContractError: It leads nowhere, or out of the file.
    """
    if not reference.startswith("#"):
        raise ContractError(f"{reference} is outside of the file.")
    target: Any = document
    for part in reference[1:].split("/")[1:]:
        key: Hashable = unescape(part)
        if isinstance(target, list) and part.isdigit() and int(part) < len(target):
            target = target[int(part)]
        elif isinstance(target, dict) and key in target:
            target = target[key]
        else:
            raise ContractError(f"{reference} does not exist in the file.")
    return target


def unescape(part: str) -> str:
    """The key that a piece of a JSON pointer means."""
    decoded = re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), part)
    return decoded.replace("~1", "/").replace("~0", "~")


def escape(key: str) -> str:
    """A key as a piece of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
