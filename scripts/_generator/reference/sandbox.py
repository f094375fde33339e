"""`docs/reference/sandbox.md`: the local Titan, its calls, settings, command and fixtures."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from ast import literal_eval
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple, cast

import griffe
from _contract.errors import ContractError

from .docstrings import Documented, Sources, describe, public_members, summary_of, text_and_sections
from .markdown import FOLDER, anchor, cell, page, table
from .python_pages import attributes, section

PATH = FOLDER / "sandbox.md"
_CONTROLS = (
    ("phone", "PhoneControls"),
    ("messages", "MessageControls"),
    ("people", "PeopleControls"),
    ("inspection", "InspectionControls"),
    ("faults", "FaultControls"),
    ("deliveries", "DeliveryControls"),
    ("settings", "SettingsControls"),
)
_OPENING = """\
A Titan on your own machine, in memory, without a phone; it needs the extra `sandbox`. What it does,
and does not do, as the real one stands in the [guide to testing](../guides/testing.md)."""
_OVER_HTTP = """Programs in other languages do the same over HTTP, with a JSON object of the same names in
camelCase. The routes ask for no key. What they answer stands in `data`: `GET /sandbox/messages` gives
`{"data": [{"id": "msg_…", "chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hi", …}]}`.
A field that a message does not have, such as the text of a picture without a caption, is left out."""
_SETTINGS = """`Options`: arguments of `Sandbox(…)` and of `titan.configure(…)`; over HTTP, with their names
in camelCase."""
# Run apart: the settings are read as the package has them that stands in the folder.
_ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from typing import get_type_hints
from titan.sandbox.__main__ import _parser
from titan.sandbox.base.settings import Options, Settings, describe

def shown(kind):
    return getattr(kind, "__name__", None) if type(kind) is type else str(kind).replace("typing.", "")

settings = [
    [name, shown(kind), repr(getattr(Settings, name)), describe(name)]
    for name, kind in get_type_hints(Options).items()
]
options = [
    [
        ", ".join(action.option_strings),
        action.metavar or ("{" + ",".join(action.choices) + "}" if action.choices else ""),
        action.help % {"default": action.default, "prog": "titan-sandbox"},
    ]
    for action in _parser()._actions
]
print(json.dumps([settings, options]))
"""


class _Call(NamedTuple):
    name: str
    one: Documented
    request: str


def write_sandbox_page(root: Path, sources: Sources) -> str:
    """The page.

    Raises:
        ContractError: The package in the folder cannot say its settings.
    """
    settings, options = _ask(root)
    calls = list(_calls(sources))
    sandbox = cast(griffe.Class, sources.one("titan.sandbox.server.sandbox", "Sandbox"))
    parts = [_OPENING, *section("Sandbox", sandbox, "Sandbox"), attributes(sandbox)]
    parts += ["## What a test can play", _OVER_HTTP, _table_of_calls(calls)]
    own = {name: one for name, one in public_members(sandbox).items() if isinstance(one, griffe.Function)}
    for call in calls:
        parts.append(f"### titan.{call.name}")
        parts += describe(call.one, f"titan.{call.name}")
    for name, one in own.items():
        parts += [f"### titan.{name}", *describe(one, f"titan.{name}")]
    parts += [
        "## Settings",
        _SETTINGS,
    ]
    rows = [
        (f"`{name}`", f"`{kind}`", f"`{default}`", cell(_sentence(text)))
        for name, kind, default, text in settings
    ]
    parts.append(table(("Setting", "Type", "Default", "Meaning"), rows))
    parts += ["## titan-sandbox", "`titan-sandbox`, and `python -m titan.sandbox`, run it until Ctrl-C."]
    parts.append(
        table(
            ("Option", "Value", "Meaning"),
            [
                (f"`{flag}`", f"`{value}`" if value else "", cell(_sentence(text)))
                for flag, value, text in options
            ],
        )
    )
    parts += ["## Fixtures of pytest", *_fixtures(sources)]
    parts += ["## Classes", *_classes(sources)]
    return page("The sandbox", "docstrings", parts)


def _sentence(text: str) -> str:
    """What a command line says of an option, as it stands on a page."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _ask(root: Path) -> Tuple[List[List[str]], List[List[str]]]:
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", _ASK, str(root.resolve())], capture_output=True, text=True
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ContractError(f"titan.sandbox does not say its settings: {said[-1] if said else ''}")
    settings, options = json.loads(done.stdout)
    return settings, options


def _calls(sources: Sources) -> Iterator[_Call]:
    """Every control call, as a class of the package has it."""
    for module, cls in _CONTROLS:
        members = cast(griffe.Class, sources.one(f"titan.sandbox.control.{module}", cls)).members
        for name, member in members.items():
            # A property that reads has its route on a method of its own.
            behind = members.get(f"_{name}", member)
            request = _route_of(behind)
            if not name.startswith("_") and member.has_docstring:
                yield _Call(name, cast(Documented, member), request)


def _route_of(member: Any) -> str:
    for decorator in getattr(member, "decorators", ()):
        value = decorator.value
        if isinstance(value, griffe.ExprCall) and str(value.function) == "route":
            verb, path = [literal_eval(str(one)) for one in value.arguments[:2]]
            return f"{verb} {path}"
    return ""


def _table_of_calls(calls: List[_Call]) -> str:
    rows = []
    for call in calls:
        # The request has a column of its own.
        text = re.sub(r" Also `[A-Z]+ [^`]+`\.", "", summary_of(call.one))
        request = f"`{call.request}`" if call.request else ""
        rows.append((f"[`{call.name}`](#{anchor(f'titan.{call.name}')})", request, cell(text)))
    return table(("`Sandbox`", "Request", "What it does"), rows)


def _fixtures(sources: Sources) -> Iterator[str]:
    module = sources.module("titan.sandbox.pytest_plugin")
    for name, function in module.functions.items():
        if not name.startswith("_"):
            yield f"### {name}"
            yield from text_and_sections(function)


def _classes(sources: Sources) -> Iterator[str]:
    found: Dict[str, str] = {
        "SignedEvent": "titan.sandbox.control.event_maker",
        "Subscription": "titan.sandbox.server.endpoint",
        "TitanWebhook": "titan.sandbox.server.endpoint",
        "SandboxError": "titan.sandbox.base.errors",
    }
    for name, module in found.items():
        cls = cast(griffe.Class, sources.one(module, name))
        yield f"### {name}"
        yield from text_and_sections(cls)
        yield attributes(cls)
