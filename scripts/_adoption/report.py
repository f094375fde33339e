"""Tells people what adopting another contract means, and what they have to decide."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Iterable, Iterator, List

from _contract.sdk_file import OperationLine, dump_line

from .matching import Match, Proposal, Request
from .plan import Plan

_LONGEST_LIST = 40


def write_report(plan: Plan) -> str:
    """The report on a plan, ready to print."""
    sections = [
        _operations(plan),
        _schemas(plan),
        _events(plan),
        _section("Also different", plan.lines.notes),
        _section(
            "Names that sound like secrets (list them in sdk.yaml if they are)", plan.secrets.suspicious
        ),
        _decisions(plan),
    ]
    return "\n\n".join(text for text in sections if text) + "\n"


def decisions(plan: Plan) -> List[str]:
    """What a person has to decide, each with the line to write and where."""
    return [*_missing_operations(plan), *_schema_decisions(plan), *_lost_secrets(plan)]


def _operations(plan: Plan) -> str:
    matching = plan.matching
    moved = [match for match in matching.matches if match.ours.segments != match.theirs.segments]
    reported = [match for match in moved if match.reason != "moved with its neighbours"]
    unchanged = len(matching.matches) - len(moved)
    counts = f"{unchanged} where they were, {len(moved)} moved"
    head = (
        f"Operations: {len(matching.matches)} matched ({counts}), {len(matching.missing)} missing, "
        f"{len(matching.new)} new."
    )
    return "\n".join(
        [
            head,
            *_lines("Moved", [*_moved_prefixes(moved), *(_move(plan, match) for match in reported)]),
            *_lines("Missing", [f"{_method(plan, request)}  {request}" for request in matching.missing]),
            *_lines(
                "New, each with a generated method, the evidence `documented` and no other mark",
                [f"{new.request}  as {new.service}.{new.line.method}" for new in plan.lines.new],
            ),
        ]
    )


def _moved_prefixes(moved: List[Match]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for match in moved:
        if match.reason == "moved with its neighbours":
            ours, theirs = list(match.ours.segments), list(match.theirs.segments)
            while ours and theirs and ours[-1] == theirs[-1]:
                del ours[-1], theirs[-1]
            counts[f"/{'/'.join([*ours, ''])}… is now /{'/'.join([*theirs, ''])}…"] += 1
    for move, count in counts.items():
        yield f"{move}: {count} operation{'s' if count > 1 else ''}"


def _move(plan: Plan, match: Match) -> str:
    return f"{_method(plan, match.ours)}  {match.ours} is now {match.theirs} ({match.reason})"


def _schemas(plan: Plan) -> str:
    pairing = plan.pairing
    other_names = sum(theirs != ours for theirs, ours in pairing.pairs.items())
    head = f"Schemas: {len(pairing.pairs)} matched ({other_names} of them have another name in the file)."
    if pairing.kept:
        head += f" {len(pairing.kept)} of ours stay beside them."
    new = [pairing.python_names[name] for name in pairing.new]
    return "\n".join(
        [
            head,
            *_lines("Gone", _wrapped(pairing.gone)),
            *_lines("New", _wrapped(new)),
            *_lines("Different", list(_changes(plan))),
        ]
    )


def _changes(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        if change.gone:
            yield f"{change.schema}: gone: {', '.join(change.gone)}"
        if change.new:
            yield f"{change.schema}: new: {', '.join(change.new)}"
        for text in change.changed:
            yield f"{change.schema}: {text}"


def _events(plan: Plan) -> str:
    if not plan.theirs.get("webhooks"):
        return "Events: the file has no webhooks; ours stay."
    lost = [f"gone: {', '.join(plan.lost_events)}"] if plan.lost_events else []
    new = [f"new: {', '.join(plan.new_events)}"] if plan.new_events else []
    return _section("Events", [*lost, *new])


def _decisions(plan: Plan) -> str:
    found = decisions(plan)
    if not found:
        return "There is nothing to decide."
    numbered = [f"{number}. {text}" for number, text in enumerate(found, 1)]
    return "\n".join(["To decide, in sdk.yaml, before --write:", *numbered])


def _missing_operations(plan: Plan) -> Iterator[str]:
    proposals = {proposal.ours: proposal for proposal in plan.matching.proposals}
    for request in plan.matching.missing:
        text = f"{_method(plan, request)} is missing ({request})."
        if request in plan.needed:
            text += f" {_and(plan.needed[request])} cannot work without it: --write refuses."
        proposal = proposals.get(request)
        if proposal is None:
            text += " If it has another route, put that in place of its line's request."
            yield f"{text} {_or_no(plan, request)}"
        else:
            yield f"{text} Is it {proposal.theirs}? {proposal.reason[:1].upper()}{proposal.reason[1:]}.\n" + (
                _indented(_or_yes(plan, proposal), _or_no(plan, request))
            )


def _or_yes(plan: Plan, proposal: Proposal) -> str:
    method = plan.matching.methods[proposal.ours]
    old = plan.sdk.services[method.service].operations[str(proposal.ours)]
    # Marks are about what the old operation does; whether the other does it too, a person has to know.
    line = OperationLine(
        old.method, old.payload, session_in_body=old.session_in_body, for_client_token=old.for_client_token
    )
    marks = f" Add `is: [{', '.join(sorted(old.marks))}]` only if that holds for it too." if old.marks else ""
    return (
        f"If so, write in place of its line, in services: {method.service}: operations:\n"
        f"   {dump_line(str(proposal.theirs), line)}\n{marks.strip()}"
    ).rstrip()


def _or_no(plan: Plan, request: Request) -> str:
    method = plan.matching.methods[request]
    return (
        f"If not, take the line `{request}` out of services: {method.service}: "
        f"{method} goes (which --write does by itself)."
    )


def _schema_decisions(plan: Plan) -> Iterator[str]:
    for conflict in plan.pairing.conflicts:
        one_of_theirs = len(conflict.theirs) == 1
        verb = "stands where we have" if one_of_theirs else "stand where we have"
        lines = [f"{theirs}: {ours}" for theirs in conflict.theirs for ours in conflict.ours]
        yield (
            f"{_and(conflict.theirs)} {verb} {_and(conflict.ours)}. Write under schemas: which of theirs "
            "keeps which name of ours (each once); --write refuses until then:\n"
            + _indented(*(f"   {line}" for line in lines))
        )
    for theirs, ours in plan.pairing.proposals:
        yield f"Is {theirs} what we call {ours}? It looks alike. If so, write under schemas:\n" + _indented(
            f"   {theirs}: {ours}", "If not, leave it: --write takes it as a new one."
        )


def _lost_secrets(plan: Plan) -> Iterator[str]:
    for lost in plan.secrets.lost:
        text = (
            f"The secret field {lost.field} is gone. Under secrets: put what took its place instead of it, "
            "or take the line out."
        )
        if lost.hidden_instead:
            text += f" Undecided, --write hides what is new there: {', '.join(lost.hidden_instead)}."
        yield text


def _method(plan: Plan, request: Request) -> str:
    return str(plan.matching.methods[request])


def _section(title: str, texts: List[str]) -> str:
    return "\n".join([f"{title}:", *_cut(texts)]) if texts else ""


def _lines(title: str, texts: List[str]) -> List[str]:
    return [f"{title}:", *_cut(texts)] if texts else []


def _cut(texts: List[str]) -> List[str]:
    shown = [f"  {text}" for text in texts[:_LONGEST_LIST]]
    return [*shown, f"  … and {len(texts) - _LONGEST_LIST} more"] if len(texts) > _LONGEST_LIST else shown


def _wrapped(names: List[str]) -> List[str]:
    return textwrap.wrap(", ".join(names), 100, break_long_words=False, break_on_hyphens=False)


def _indented(*texts: str) -> str:
    return "\n".join(f"   {line}" for text in texts for line in text.splitlines())


def _and(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
