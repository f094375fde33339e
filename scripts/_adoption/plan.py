"""All that adopting another contract means, in one value: what the report tells and what is written."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, List, NamedTuple, Tuple

from _contract.contract import rename_schemas
from _contract.document import normalise
from _contract.sdk_file import SdkFile

from .comparison import Change, compare_schemas
from .lines import Lines, adapt_lines, helpers_without, name_path_parameters_like_ours
from .matching import Matching, Request, match_operations
from .pairing import Pairing, pair_schemas
from .secret_fields import Secrets, adapt_secrets
from .shapes import Document, events_of, schemas_of, without_unused_schemas


class Plan(NamedTuple):
    """What adopting another contract means."""

    ours: Document
    """Our contract, its schemas under their names in Python."""
    theirs: Document
    """The other contract, its path parameters under our names."""
    sdk: SdkFile
    matching: Matching
    pairing: Pairing
    unnamed: FrozenSet[str]
    """Schemas of theirs that stand inline in their file."""
    changes: List[Change]
    lines: Lines
    secrets: Secrets
    needed: Dict[Request, Tuple[str, ...]]
    """The helpers that need an operation which is missing, by that operation."""
    lost_events: List[str]
    new_events: List[str]


def make_plan(ours: Dict[str, Any], theirs: Dict[str, Any], sdk: SdkFile) -> Plan:
    """Find out what adopting a contract means.

    Args:
        ours: Our contract as read.
        theirs: The other contract as read.
        sdk: What `sdk.yaml` says, with what a person decided in it.
    """
    own = normalise(ours)
    # The lines of a person who decides are about schemas of theirs.
    current = {theirs: name for theirs, name in sdk.schemas.items() if theirs in schemas_of(own)}
    own = rename_schemas(own, current)
    other = without_unused_schemas(normalise(theirs))
    matching = match_operations(own, other, sdk)
    pairing = pair_schemas(own, other, matching, sdk.schemas)
    renamed, matching_like_ours = name_path_parameters_like_ours(other, matching)
    events, their_events = events_of(own), events_of(other)
    return Plan(
        ours=own,
        theirs=renamed,
        sdk=sdk,
        matching=matching,
        pairing=pairing,
        unnamed=frozenset(schemas_of(other)) - frozenset(schemas_of(theirs)),
        changes=compare_schemas(own, other, pairing),
        lines=adapt_lines(sdk, renamed, matching_like_ours),
        secrets=adapt_secrets(sdk.secrets, own, other, pairing),
        needed=helpers_without(matching),
        lost_events=[event for event in events if event not in their_events] if their_events else [],
        new_events=[event for event in their_events if event not in events],
    )
