"""Writes the contract that was adopted: openapi.yaml, sdk.yaml, and what is generated from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Set, Tuple

import yaml
from _contract.contract import rename_schemas
from _contract.document import read_document
from _contract.errors import ContractError
from _contract.sdk_file import SdkFile, dump
from _generator.run import generate, write

from .plan import Plan
from .shapes import Document, events_of, name_of, reachable, schemas_of

HEAD = """\
# The contract of the Titan WhatsApp API, adopted by scripts/update_spec: in OpenAPI 3.1, with names for what
# stood inline. sdk.yaml says how it becomes Python, and what its schemas are called there.

"""
_SECTIONS = ("openapi", "info", "servers", "tags", "security", "paths", "webhooks", "components")
_PREFIX = "#/components/schemas/"


def objections(plan: Plan) -> List[str]:
    """Why a plan cannot be written before a person has decided."""
    found = [
        f"{plan.matching.methods[request]} is missing, which {', '.join(helpers)} cannot work without."
        for request, helpers in plan.needed.items()
    ]
    return found + [
        f"it is not decided which of {', '.join(conflict.theirs)} is which of our {', '.join(conflict.ours)}."
        for conflict in plan.pairing.conflicts
    ]


def write_contract(plan: Plan, root: Path) -> None:
    """Write both files of a repository and generate from them; all of it or nothing.

    Raises:
        ContractError: The generator refuses; everything is as it was.
    """
    document, names = build_document(plan)
    sdk = SdkFile(plan.lines.services, tuple(plan.secrets.after), names)
    files = {root / "sdk.yaml": dump(sdk)}
    # The same contract again: its file keeps its comments.
    if document != read_document(root / "openapi.yaml"):
        files[root / "openapi.yaml"] = HEAD + dump_document(document)
    before = {path: path.read_bytes() for path in files}
    try:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        generated = generate(root)
    except BaseException:
        for path, content in before.items():
            path.write_bytes(content)
        raise
    write(root, generated)


def build_document(plan: Plan) -> Tuple[Document, Dict[str, str]]:
    """The new contract, and the names in Python of its schemas where the two differ."""
    document = dict(plan.theirs)
    names = dict(plan.pairing.python_names)
    kept = _keep_ours(plan, document)
    names.update(kept)
    if document.get("webhooks"):
        document["webhooks"] = _one_webhook_an_event(document)
    # What had no name in their file needs no other than ours.
    ours = {name: names[name] for name in plan.unnamed if names[name] not in schemas_of(document)}
    document = rename_schemas(document, ours)
    names = {ours.get(name, name): python for name, python in names.items()}
    ordered = {key: document[key] for key in (*_SECTIONS, *document) if key in document}
    return ordered, {theirs: python for theirs, python in names.items() if theirs != python}


def dump_document(document: Document) -> str:
    """A document as readable YAML."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Dumper(yaml.SafeDumper):
    """Block style without anchors; texts of several lines as they read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _keep_ours(plan: Plan, document: Document) -> Dict[str, str]:
    """Add what stays of ours to a document; returns the names in Python of the schemas that were added."""
    components = {section: dict(parts) for section, parts in document["components"].items()}
    document["components"] = components
    theirs_by_ours = {ours: theirs for theirs, ours in plan.pairing.pairs.items()}
    keeper = _Keeper(plan.ours, components, theirs_by_ours, set(plan.pairing.kept))
    for name in plan.pairing.kept:
        keeper.add("schemas", name)
    if not document.get("webhooks") and plan.ours.get("webhooks"):
        document["webhooks"] = keeper.adapted(plan.ours["webhooks"])
    return {new: old for (section, old), new in keeper.added.items() if section == "schemas"}


class _Keeper:
    """Copies components of ours into those of theirs, with all that they refer to."""

    def __init__(
        self, ours: Document, components: Dict[str, Any], theirs_by_ours: Dict[str, str], kept: Set[str]
    ) -> None:
        self.ours, self.components, self.theirs_by_ours, self.kept = ours, components, theirs_by_ours, kept
        self.added: Dict[Tuple[str, str], str] = {}

    def add(self, section: str, name: str) -> str:
        """Copy one component; returns its name there."""
        if section == "schemas" and name not in self.kept and name in self.theirs_by_ours:
            return self.theirs_by_ours[name]
        if (section, name) not in self.added:
            parts = self.components.setdefault(section, {})
            new = name
            while new in parts:
                new = f"Kept{new}"
            self.added[section, name] = new
            parts[new] = None
            parts[new] = self.adapted(self.ours["components"][section][name])
        return self.added[section, name]

    def adapted(self, node: Any) -> Any:
        """A copy of a piece of ours that refers to what there is in theirs."""
        if isinstance(node, list):
            return [self.adapted(value) for value in node]
        if isinstance(node, dict):
            return {key: self.adapted(value) for key, value in node.items()}
        if isinstance(node, str) and node.startswith("#/components/"):
            _, _, section, name = node.split("/", 3)
            if name in self.ours["components"].get(section, {}):
                return f"#/components/{section}/{self.add(section, name)}"
        return node


def _one_webhook_an_event(document: Document) -> Dict[str, Any]:
    """A webhook by the name of each event, also where one of theirs was for several."""
    webhooks = document["webhooks"]
    events = events_of(document)
    if list(events) == list(webhooks):
        return dict(webhooks)
    found = {}
    for event, schema in events.items():
        template = _webhook_of(document, event, schema)
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        kept = {key: value for key, value in template.items() if key not in ("requestBody", "operationId")}
        found[event] = {"post": {**kept, "requestBody": body}}
    return found


def _webhook_of(document: Document, event: str, schema: Dict[str, Any]) -> Dict[str, Any]:
    for item in document["webhooks"].values():
        operation = item.get("post", {})
        if name_of(schema) in reachable(document, operation.get("requestBody", {})):
            return dict(operation)
    raise ContractError(f"/webhooks: {event} has no webhook that is a POST.")
