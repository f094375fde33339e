"""Finds which operation of another contract is which of ours.

Only what cannot be mistaken is matched. What merely looks alike is proposed to a person: a new operation that
took the place of a removed one which may be repeated would be repeated like it.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from _contract.document import Operation, iterate_operations, resolve
from _contract.inline_schemas import merged_properties
from _contract.sdk_file import SdkFile

from .needs import Method

Document = Dict[str, Any]

# Two of ours that moved in the same way could be a coincidence of words.
_SHOWN_BY = 3
_LIKENESS = 0.5


class Request(NamedTuple):
    """A verb and a path template."""

    verb: str
    path: str

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"

    @property
    def segments(self) -> Tuple[str, ...]:
        """The path in pieces, placeholders without their names."""
        return tuple(re.sub(r"\{[^{}]*\}", "{}", piece) for piece in self.path.split("/") if piece)

    @property
    def parameters(self) -> List[str]:
        """The names of the placeholders, in order."""
        return re.findall(r"\{([^{}]*)\}", self.path)


class Match(NamedTuple):
    """Two operations that are one."""

    ours: Request
    theirs: Request
    reason: str


class Proposal(NamedTuple):
    """Two operations that may be one, for a person to decide."""

    ours: Request
    theirs: Request
    reason: str


class Matching(NamedTuple):
    """How the operations of two contracts belong together."""

    methods: Dict[Request, Method]
    """What our operations are called; one that has no line any more is not among them."""
    matches: List[Match]
    proposals: List[Proposal]
    missing: List[Request]
    new: List[Request]
    """Theirs that match none of ours, in their order."""
    decided_lines: Set[Request]
    """Theirs for which sdk.yaml has a line already."""


def match_operations(ours: Document, theirs: Document, sdk: SdkFile) -> Matching:
    """Match the operations of two normalised documents by the rules of docs/guides/new-contract.md."""
    return _Matcher(ours, theirs, sdk).run()


class _Matcher:
    def __init__(self, ours: Document, theirs: Document, sdk: SdkFile) -> None:
        self.our_document, self.their_document = ours, theirs
        self.ours = {Request(one.verb, one.path): one for one in iterate_operations(ours)}
        self.theirs = {Request(one.verb, one.path): one for one in iterate_operations(theirs)}
        self.lines = {
            Request(*request.split(" ", 1)): Method(service, line.method, line.for_client_token)
            for service, block in sdk.services.items()
            for request, line in block.operations.items()
        }
        self.matches: List[Match] = []
        self.doubts: List[Proposal] = []
        self.open_ours = dict.fromkeys(self.ours)
        self.open_theirs = dict.fromkeys(self.theirs)

    def run(self) -> Matching:
        self.match_same_paths()
        decided = self.match_decided_lines()
        self.match_moved_prefixes()
        self.match_ids()
        methods = {request: method for request, method in self.lines.items() if request in self.ours}
        for match in self.matches:
            if match.ours not in methods and match.theirs in self.lines:
                methods[match.ours] = self.lines[match.theirs]
        # An operation whose line a person took out is not missed.
        missing = [request for request in self.open_ours if request in methods]
        return Matching(
            methods,
            self.matches,
            list(self.proposals(missing)),
            missing,
            [request for request in self.open_theirs if request not in decided],
            decided,
        )

    def take(self, ours: Request, theirs: Request, reason: str) -> None:
        self.matches.append(Match(ours, theirs, reason))
        del self.open_ours[ours]
        del self.open_theirs[theirs]

    def match_same_paths(self) -> None:
        theirs = {(one.verb, one.segments): one for one in self.theirs}
        for request in self.ours:
            other = theirs.get((request.verb, request.segments))
            if other is None or request not in self.lines:
                continue
            if _is_reordered(request, other):
                self.doubts.append(Proposal(request, other, "its path parameters stand in another order"))
            else:
                self.take(request, other, "same method and path")

    def match_decided_lines(self) -> Set[Request]:
        """Lines that stand for requests of theirs were put there by a person."""
        by_shape = {(one.verb, one.segments): one for one in self.open_theirs}
        decided: Set[Request] = set()
        for line in [line for line in self.lines if line not in self.ours]:
            theirs = by_shape.get((line.verb, line.segments))
            if theirs is None:
                continue
            decided.add(theirs)
            ours = self.operation_of_moved_line(self.lines[line], theirs)
            if ours is not None:
                self.lines.setdefault(theirs, self.lines[line])
                self.take(ours, theirs, "decided in sdk.yaml")
        return decided

    def operation_of_moved_line(self, method: Method, theirs: Request) -> Optional[Request]:
        """Which of ours a line stood for before a person moved it: one without a line."""
        without = [request for request in self.open_ours if request not in self.lines]
        wanted = f"{method.service}.{'sendAsClient' if method.for_client_token else method.name}"
        for request in without:
            if self.ours[request].spec.get("operationId") == wanted:
                return request
        if len(without) == 1:
            return without[0]
        scored = sorted(((self.likeness(request, theirs), request) for request in without), reverse=True)
        return scored[0][1] if scored and scored[0][0] >= _LIKENESS else None

    def match_moved_prefixes(self) -> None:
        moves: Dict[Request, List[Tuple[Request, Tuple[str, ...], Tuple[str, ...]]]] = {}
        for ours in self.open_ours:
            for theirs in self.open_theirs:
                move = _prefixes(ours, theirs)
                if move is not None and ours in self.lines and not _is_reordered(ours, theirs):
                    moves.setdefault(ours, []).append((theirs, *move))
        shown: Dict[Tuple[Tuple[str, ...], Tuple[str, ...]], Set[Request]] = {}
        for ours, candidates in moves.items():
            for _, old, new in candidates:
                shown.setdefault((old, new), set()).add(ours)
        found: Dict[Request, List[Request]] = {}
        for ours, candidates in moves.items():
            for theirs, old, new in candidates:
                if self.moved_as_a_whole(ours, shown[old, new]):
                    found.setdefault(ours, []).append(theirs)

        def rivals(ours: Request, moved: Request) -> List[Request]:
            """Others of theirs that end like ours for as long as the one that moved with its neighbours."""
            replaced = {theirs: len(old) for theirs, old, _ in moves[ours]}
            return [one for one in replaced if one != moved and replaced[one] <= replaced[moved]]

        for ours, moved in found.items():
            claims = [one for one, others in found.items() if moved[0] in others]
            by_id = self.same_id(ours)
            if (
                len(moved) == 1
                and len(claims) == 1
                and by_id in (None, moved[0])
                and not rivals(ours, moved[0])
            ):
                self.take(ours, moved[0], "moved with its neighbours")

    def moved_as_a_whole(self, request: Request, movers: Set[Request]) -> bool:
        """Whether a branch of our paths that the request is on moved together, and nothing of it stayed."""
        stayed = {match.ours for match in self.matches}
        for depth in range(1, len(request.segments) + 1):
            branch = [one for one in self.ours if one.segments[:depth] == request.segments[:depth]]
            moved = movers.intersection(branch)
            if stayed.isdisjoint(branch) and len(moved) >= _SHOWN_BY and 2 * len(moved) > len(branch):
                return True
        return False

    def match_ids(self) -> None:
        for ours in list(self.open_ours):
            theirs = self.same_id(ours)
            if theirs is None or ours not in self.lines or theirs not in self.open_theirs:
                continue
            problem = _id_problem(ours, theirs)
            if problem is None:
                self.take(ours, theirs, "same operationId")
            else:
                self.doubts.append(Proposal(ours, theirs, f"it has the same operationId, but {problem}"))

    def same_id(self, request: Request) -> Optional[Request]:
        """Theirs with the same operationId, where that is told once in either document."""
        wanted = self.ours[request].spec.get("operationId")
        if not wanted:
            return None
        alike = [one for one, operation in self.theirs.items() if operation.spec.get("operationId") == wanted]
        among_ours = [one for one in self.ours.values() if one.spec.get("operationId") == wanted]
        return alike[0] if len(alike) == 1 and len(among_ours) == 1 else None

    def proposals(self, missing: List[Request]) -> Iterator[Proposal]:
        proposed: Set[Request] = set()
        for doubt in self.doubts:
            if doubt.ours in missing and doubt.ours not in proposed:
                proposed.add(doubt.ours)
                yield doubt
        taken = {doubt.theirs for doubt in self.doubts if doubt.ours in proposed}
        scored = [
            (self.likeness(ours, theirs), ours, theirs)
            for ours in missing
            for theirs in self.open_theirs
            if ours not in proposed and theirs not in taken
        ]
        for score, ours, theirs in sorted(scored, key=lambda one: -one[0]):
            if score >= _LIKENESS and ours not in proposed and theirs not in taken:
                proposed.add(ours)
                taken.add(theirs)
                yield Proposal(ours, theirs, _likeness_in_words(ours, theirs))

    def likeness(self, ours: Request, theirs: Request) -> float:
        """How much two operations look alike, from 0 to 1."""
        if ours.segments == theirs.segments:
            return 1.0
        parts = [
            _overlap(_words(ours.path), _words(theirs.path)),
            _overlap(self.fields(self.our_document, ours), self.fields(self.their_document, theirs)),
            float(ours.verb == theirs.verb and len(ours.parameters) == len(theirs.parameters)),
        ]
        return sum(parts) / len(parts)

    def fields(self, document: Document, request: Request) -> Set[str]:
        operation = (self.ours if document is self.our_document else self.theirs)[request]
        return {name for schema in body_schemas(document, operation) for name in schema}


def body_schemas(document: Document, operation: Operation) -> Iterator[Dict[str, Any]]:
    """The properties of what an operation sends and of what it answers with, without the envelope."""
    holders = [operation.spec.get("requestBody", {})]
    holders += [
        response for status, response in operation.spec.get("responses", {}).items() if status.startswith("2")
    ]
    for holder in holders:
        for media in resolve(document, holder).get("content", {}).values():
            properties = merged_properties(document, media.get("schema", {}))
            data = properties.get("data")
            if data is not None:
                properties = merged_properties(document, resolve(document, data).get("items", data))
            yield properties


def _is_reordered(ours: Request, theirs: Request) -> bool:
    """Whether a path parameter of ours stands at another place in theirs."""
    mine = [_core(name) for name in ours.parameters]
    others = [_core(name) for name in theirs.parameters]
    if len(mine) != len(others):
        return True
    return any(other != own and other in mine for own, other in zip(mine, others))


def _core(name: str) -> str:
    """What a path parameter names, however it is spelled: `groupId` and `group_jid` name the group."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    kept = [word.lower() for word in words if word.lower() not in ("id", "jid", "name")]
    return "".join(kept) or name.lower()


def _prefixes(ours: Request, theirs: Request) -> Optional[Tuple[Tuple[str, ...], Tuple[str, ...]]]:
    """What stands before the part that two paths have in common, where that holds no parameters."""
    mine, others = ours.segments, theirs.segments
    common = 0
    while common < min(len(mine), len(others)) and mine[-1 - common] == others[-1 - common]:
        common += 1
    old, new = mine[: len(mine) - common], others[: len(others) - common]
    is_move = ours.verb == theirs.verb and common and old != new and "{}" not in (*old, *new)
    return (old, new) if is_move else None


def _id_problem(ours: Request, theirs: Request) -> Optional[str]:
    if ours.verb != theirs.verb:
        return f"its method is {theirs.verb}"
    if len(ours.parameters) != len(theirs.parameters):
        return "it has other path parameters"
    for own, other, before, after in zip(ours.parameters, theirs.parameters, _before(ours), _before(theirs)):
        if _core(own) != _core(other) and before != after:
            return "it has other path parameters"
    return "its path parameters stand in another order" if _is_reordered(ours, theirs) else None


def _before(request: Request) -> List[str]:
    """The segment before each placeholder, which says what it names."""
    segments = request.segments
    return [segments[at - 1] if at else "" for at, segment in enumerate(segments) if segment == "{}"]


def _words(path: str) -> Set[str]:
    literals = re.sub(r"\{[^{}]*\}", "", path)
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|\d+", literals)}


def _overlap(ours: Set[str], theirs: Set[str]) -> float:
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0


def _likeness_in_words(ours: Request, theirs: Request) -> str:
    if ours.segments == theirs.segments:
        return f"it has the same path, but the method {theirs.verb}"
    return "it looks alike"
