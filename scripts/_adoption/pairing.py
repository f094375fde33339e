"""Finds which schema of another contract is which of ours, by the places where both are used."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from _contract.document import iterate_operations, references, resolve, schema_name
from _contract.inline_schemas import merged_properties, pascal

from . import needs
from .matching import Match, Matching, Request
from .shapes import (
    Document,
    Schema,
    bases,
    events_of,
    kind_of,
    name_of,
    places_by_schema,
    places_of_operation,
    reachable,
    schemas_of,
    union_members,
    without_null,
)

_LIKENESS = 0.6


class Conflict(NamedTuple):
    """Schemas that do not pair one to one, for a person to decide."""

    theirs: List[str]
    ours: List[str]


class Pairing(NamedTuple):
    """How the schemas of two contracts belong together."""

    pairs: Dict[str, str]
    """Ours by theirs."""
    conflicts: List[Conflict]
    proposals: List[Tuple[str, str]]
    """Theirs and ours that look alike, and are used by the same kind of place."""
    kept: List[str]
    """Ours that stay although theirs has none: events of a file without webhooks, and what code names."""
    gone: List[str]
    python_names: Dict[str, str]
    """What each of theirs is called in Python, paired or new."""

    @property
    def new(self) -> List[str]:
        """Theirs that pair with none of ours."""
        return [name for name in self.python_names if name not in self.pairs]


def pair_schemas(ours: Document, theirs: Document, matching: Matching, decided: Dict[str, str]) -> Pairing:
    """Pair the schemas of two normalised documents.

    Args:
        ours: Our contract, its schemas under their names in Python.
        theirs: The other contract.
        matching: How the operations of both belong together.
        decided: The names of schemas in `sdk.yaml`: ours by theirs.
    """
    edges = _Walk(ours, theirs).run(matching.matches)
    pairs, conflicts = _choose_pairs(edges, _decisions(decided, theirs, edges))
    in_conflict = {name for conflict in conflicts for name in conflict.ours}
    kept = _kept(ours, theirs, set(pairs.values()) | in_conflict)
    left = [name for name in schemas_of(ours) if name not in {*pairs.values(), *kept}]
    names = _python_names(theirs, pairs, kept)
    new = [name for name in names if name not in pairs and not any(name in one.theirs for one in conflicts)]
    unpaired = [name for name in left if name not in in_conflict]
    proposals = list(_alike(ours, theirs, matching, unpaired, new))
    return Pairing(pairs, conflicts, proposals, kept, left, names)


class _Walk:
    """Goes through both documents side by side, and notes the names that stand in the same places."""

    def __init__(self, ours: Document, theirs: Document) -> None:
        self.ours, self.theirs = ours, theirs
        self.edges: Dict[Tuple[str, str], None] = {}

    def run(self, matches: List[Match]) -> List[Tuple[str, str]]:
        """Pairs of names, theirs and ours."""
        our_operations = {Request(one.verb, one.path): one for one in iterate_operations(self.ours)}
        their_operations = {Request(one.verb, one.path): one for one in iterate_operations(self.theirs)}
        for match in matches:
            own = places_of_operation(self.ours, our_operations[match.ours])
            others = places_of_operation(self.theirs, their_operations[match.theirs])
            by_place = {(place.kind, place.status): place.schema for place in others}
            # A result is a result, whether with 200 or 201.
            results = [
                place.schema for place in others if place.status.startswith("2") and place.status != "202"
            ]
            for place in own:
                other = by_place.get((place.kind, place.status))
                if other is None and place.status in ("200", "201") and len(results) == 1:
                    other = results[0]
                if other is not None:
                    self.pair(place.schema, other)
        their_events = events_of(self.theirs)
        for event, schema in events_of(self.ours).items():
            if event in their_events:
                self.pair(schema, their_events[event])
        return list(self.edges)

    def pair(self, own: Schema, other: Schema) -> None:
        if not isinstance(own, dict) or not isinstance(other, dict):
            return
        own, other = without_null(own), without_null(other)
        if kind_of(self.ours, own) != kind_of(self.theirs, other):
            return
        ours, theirs = name_of(own), name_of(other)
        if ours is not None and theirs is not None:
            if (theirs, ours) in self.edges:
                return
            self.edges[theirs, ours] = None
        for mine, their in self.inner(own, other):
            self.pair(mine, their)

    def inner(self, own: Schema, other: Schema) -> Iterator[Tuple[Any, Any]]:
        """The schemas inside two that stand in the same place of them."""
        members, other_members = union_members(self.ours, own), union_members(self.theirs, other)
        yield from ((members[tag], other_members[tag]) for tag in members if tag in other_members)
        properties = merged_properties(self.ours, own)
        other_properties = merged_properties(self.theirs, other)
        for name, schema in properties.items():
            if name in other_properties:
                yield schema, other_properties[name]
        mine, their = bases(self.ours, own), bases(self.theirs, other)
        if len(mine) == len(their) == 1:
            yield mine[0], their[0]
        whole, other_whole = resolve(self.ours, own), resolve(self.theirs, other)
        for key in ("items", "additionalProperties"):
            if key in whole and key in other_whole:
                yield whole[key], other_whole[key]


def _decisions(decided: Dict[str, str], theirs: Document, edges: List[Tuple[str, str]]) -> Dict[str, str]:
    """The lines of `sdk.yaml` that a person can have meant for this file, and not for the one before."""
    connected = {theirs for theirs, _ in edges}
    return {
        name: ours
        for name, ours in decided.items()
        if name in schemas_of(theirs) and (name not in connected or (name, ours) in edges)
    }


def _choose_pairs(
    edges: List[Tuple[str, str]], decided: Dict[str, str]
) -> Tuple[Dict[str, str], List[Conflict]]:
    pairs = dict(decided)
    taken = set(decided.values())
    open_edges = [(theirs, ours) for theirs, ours in edges if theirs not in decided and ours not in taken]
    conflicts = []
    for theirs, ours in _components(open_edges):
        if len(theirs) == len(ours) == 1:
            pairs[theirs[0]] = ours[0]
        else:
            conflicts.append(Conflict(theirs, ours))
    return pairs, conflicts


def _components(edges: List[Tuple[str, str]]) -> Iterator[Tuple[List[str], List[str]]]:
    """The names that hang together."""
    left = list(edges)
    while left:
        theirs, ours = {left[0][0]: None}, {left[0][1]: None}
        while True:
            more = [edge for edge in left if edge[0] in theirs or edge[1] in ours]
            if not more:
                break
            left = [edge for edge in left if edge not in more]
            theirs.update(dict.fromkeys(edge[0] for edge in more))
            ours.update(dict.fromkeys(edge[1] for edge in more))
        yield list(theirs), list(ours)


def _kept(ours: Document, theirs: Document, paired: Set[str]) -> List[str]:
    roots: List[Any] = [
        {"$ref": f"#/components/schemas/{name}"} for name in needs.SCHEMAS if name not in paired
    ]
    if not theirs.get("webhooks"):
        roots.append(ours.get("webhooks", {}))
    wanted: Set[str] = set()
    ahead = roots
    while ahead:
        # What pairs with one of theirs is theirs from now on, with all that it holds.
        found = _directly_referenced(ours, ahead.pop()) - wanted - paired
        wanted |= found
        ahead += [schemas_of(ours)[name] for name in found]
    return [name for name in schemas_of(ours) if name in wanted]


def _directly_referenced(document: Document, node: Any) -> Set[str]:
    names = {schema_name(reference) for reference in references(node)}
    return {name for name in names if name is not None and name in schemas_of(document)}


def _python_names(theirs: Document, pairs: Dict[str, str], kept: Iterable[str]) -> Dict[str, str]:
    taken = {*pairs.values(), *kept}
    names: Dict[str, str] = {}
    for name in schemas_of(theirs):
        if name in pairs:
            names[name] = pairs[name]
            continue
        wanted = name if name.isidentifier() and name[:1].isupper() else pascal(name)
        while wanted in taken:
            wanted = f"Other{wanted}"
        taken.add(wanted)
        names[name] = wanted
    return names


def _alike(
    ours: Document, theirs: Document, matching: Matching, left: List[str], new: List[str]
) -> Iterator[Tuple[str, str]]:
    """What looks alike and is used in the same kinds of places, by operations that are there."""
    our_places, their_places = places_by_schema(ours), places_by_schema(theirs)
    alive = _used_by(ours, [match.ours for match in matching.matches])
    for name in left:
        if name not in alive:
            continue
        scored = [
            (score, other)
            for other in new
            if our_places.get(name, set()) & their_places.get(other, set())
            for score in [_likeness(ours, theirs, name, other)]
            if score >= _LIKENESS
        ]
        if scored:
            yield max(scored)[1], name


def _used_by(document: Document, requests: List[Request]) -> Set[str]:
    wanted = set(requests)
    return {
        name
        for operation in iterate_operations(document)
        if Request(operation.verb, operation.path) in wanted
        for place in places_of_operation(document, operation)
        for name in reachable(document, place.schema)
    }


def _likeness(ours: Document, theirs: Document, name: str, other: str) -> float:
    mine, their = _features(ours, name), _features(theirs, other)
    return len(mine & their) / len(mine | their) if mine and their else 0.0


def _features(document: Document, name: str) -> Set[Optional[str]]:
    schema = schemas_of(document)[name]
    if not isinstance(schema, dict):
        return set()
    values = [str(value) for value in schema.get("enum", [])]
    return {*values, *merged_properties(document, schema)}
