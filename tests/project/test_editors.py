"""What editors show: completions of jedi (IPython, Jupyter) and of pyright, and texts on hovering."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

import titan
from tests.support.language_server import CURSOR, LanguageServer
from tests.support.project import ROOT
from titan import TitanClient, services, types_gen, webhooks
from titan.services._base import Service
from titan.services._generated.attributes import ServiceAttributes
from titan.types_gen import Label, PollMessage, Session

pytestmark = pytest.mark.slow

CLIENT = "from titan import TitanClient\nclient = TitanClient()\n"
ERROR = "from titan import NotFoundError\ntry: ...\nexcept NotFoundError as error:\n    error."
SERVICES = [name for name in vars(ServiceAttributes) if not name.startswith("_")]
TYPES = [
    name for name, value in vars(types_gen).items() if getattr(value, "__module__", "") == types_gen.__name__
]


def public(owner: object) -> List[str]:
    return [name for name in dir(owner) if not name.startswith("_")]


def about(service: type) -> str:
    """What the contract says of a service: the docstring of its generated class."""
    bases = service.__mro__
    return str(bases[bases.index(Service) - 1].__doc__)


def keywords(names: List[str]) -> List[str]:
    return [f"{name}=" for name in names]


COMPLETIONS: Dict[str, List[str]] = {
    f"from titan import {CURSOR}": [name for name in titan.__all__ if name != "__version__"],
    f"import titan\ntitan.{CURSOR}": titan.__all__,
    f"from titan.services import {CURSOR}": services.__all__,
    f"from titan.webhooks import {CURSOR}": webhooks.__all__,
    f"from titan.types_gen import {CURSOR}": TYPES,
    f"from titan import jid\njid.{CURSOR}": ["STATUS", "group", "user"],
    f"from titan import TitanClient\nTitanClient({CURSOR})": keywords(["base_url", "api_key", "timeout"]),
    f"{CLIENT}client.{CURSOR}": public(TitanClient),
    f"from titan import TitanClient\nwith TitanClient() as client:\n    client.{CURSOR}": public(TitanClient),
    f"{CLIENT}client.with_options(timeout=5).{CURSOR}": public(TitanClient),
    **{f"{CLIENT}client.{name}.{CURSOR}": public(getattr(TitanClient, name)) for name in SERVICES},
    f"{CLIENT}client.messages.send_file('s', {CURSOR})": keywords(["chat_id", "file", "caption"]),
    f"{CLIENT}client.sessions.get('s').{CURSOR}": [*Session.model_fields, "to_dict"],
    f"{CLIENT}client.labels.list('s')[0].{CURSOR}": [*Label.model_fields, "to_dict"],
    f"from titan.types_gen import PollMessage\nPollMessage({CURSOR})": keywords([*PollMessage.model_fields]),
    f"{CLIENT}client.with_response(client.sessions.list).{CURSOR}": ["data", "headers", "rate_limit"],
    f"{CLIENT}client.submit(client.sessions.start, 's').{CURSOR}": ["accepted", "correlation_id", "result"],
    f"from titan import WebhookRouter\nWebhookRouter('s').{CURSOR}": public(titan.WebhookRouter),
    f"{ERROR}{CURSOR}": ["body", "docs_url", "headers", "maybe_processed", "message", "route", "status_code"],
}
# What jedi does not know: TypedDicts, literals as arguments, `Self`.
ONLY_PYRIGHT: Dict[str, List[str]] = {
    "from titan import TitanClient\nclass Ours(TitanClient):\n    def ours(self): ...\n"
    f"Ours().with_options().{CURSOR}": ["ours", "messages"],
    f"{CLIENT}client.messages.send('s', {{{CURSOR}}})": ["'chatId'", "'type'", "'text'", "'linkPreview'"],
    f"{CLIENT}client.messages.send('s', {{'type': '{CURSOR}'}})": ["'text'", "'image'", "'poll'"],
    f"{CLIENT}client.messages.edit('s', {{'{CURSOR}'}})": ["'chatId'", "'messageId'", "'text'"],
    f"{CLIENT}client.messages.typing('s', {{'chatId': 'c', 'state': '{CURSOR}'}})": [
        "'composing'",
        "'paused'",
    ],
    f"{CLIENT}client.presence.set('s', {{'presence': '{CURSOR}'}})": ["'available'", "'unavailable'"],
    f"{CLIENT}client.webhooks.create({{'url': 'u', 'events': ['*', '{CURSOR}']}})": ["'message.received'"],
    f"{CLIENT}client.webhooks.update('w', {{'events': ['{CURSOR}']}})": ["'*'", "'session.status'"],
    f"{CLIENT}client.webhooks.update('w', {{'retries': {{'policy': '{CURSOR}'}}}})": ["'exponential'"],
    f"{CLIENT}client.account_keys.create({{'scopes': ['{CURSOR}']}})": ["'*'", "'messages:write'"],
    f"{CLIENT}client.client_tokens.set_rules('s', {{'allowedActions': '{CURSOR}'}})": ["'send_message'"],
    f"{CLIENT}client.client_tokens.set_rules('s', {{'recipientMode': '{CURSOR}'}})": ["'conversation'"],
    f"from titan.types_gen import ClientRules\nClientRules(recipient_mode='{CURSOR}')": ["'conversation'"],
    f"from titan import WebhookRouter\nWebhookRouter('s').on('{CURSOR}')": ["'message.received'"],
}
HOVERS: Dict[str, str] = {
    **{f"{CLIENT}client.{name}{CURSOR}": about(getattr(TitanClient, name)) for name in SERVICES},
    f"{CLIENT}client.messages.send{CURSOR}": "Send a message of any type.",
    f"{CLIENT}client.with_response(client.sessions.list).data{CURSOR}": "What the operation returns.",
    f"{CLIENT}client.with_response(client.sessions.list).status_code{CURSOR}": "HTTP status, 200 to 299.",
    f"{CLIENT}client.with_response(client.sessions.list).rate_limit{CURSOR}": "rate limit",
    f"{CLIENT}client.submit(client.sessions.start, 's').accepted{CURSOR}": "Whether the result comes later",
    f"{CLIENT}client.submit(client.sessions.start, 's').correlation_id{CURSOR}": "correlationId",
    f"{CLIENT}client.sessions.get('s').status_reason{CURSOR}": "Why the session has this status",
    f"from titan import WebhookRouter\nWebhookRouter('s').on{CURSOR}": "Add a handler",
    f"{ERROR}maybe_processed{CURSOR}": "do not simply send it again",
    f"{ERROR}route{CURSOR}": "Route template",
    f"{ERROR}body{CURSOR}": "body",
    f"{ERROR}args{CURSOR}": "what the error is made again from",
}


@pytest.fixture(scope="module")
def editor(tmp_path_factory):
    server = LanguageServer(tmp_path_factory.mktemp("workspace"))
    yield server
    server.close()


def complete_with_jedi(code: str) -> List[str]:
    jedi = pytest.importorskip("jedi", reason="NOT TESTED: completions of jedi, which the extra `dev` brings")
    before, _, after = code.partition(CURSOR)
    script = jedi.Script(
        before + after,
        path=ROOT / "code.py",
        project=jedi.Project(ROOT),
        environment=jedi.create_environment(sys.executable, safe=False),
    )
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2])
    return [completion.name for completion in script.complete(line, column)]


@pytest.mark.parametrize("code", COMPLETIONS)
def test_jedi_completes(code):
    assert set(COMPLETIONS[code]) - set(complete_with_jedi(code)) == set()


@pytest.mark.parametrize("code", COMPLETIONS)
def test_pyright_completes(editor, code):
    assert set(COMPLETIONS[code]) - set(editor.completions(code)) == set()


@pytest.mark.parametrize("code", ONLY_PYRIGHT)
def test_pyright_completes_keys_and_values_of_payloads_and_subclasses(editor, code):
    offered = {name.replace('"', "'") for name in editor.completions(code)}
    assert set(ONLY_PYRIGHT[code]) - offered == set()


@pytest.mark.parametrize("code", HOVERS)
def test_pyright_shows_what_an_attribute_is(editor, code):
    # The cursor stands behind the name: an editor asks for the character before it.
    name = code.replace(CURSOR, "")
    shown = editor.hover(f"{name[:-1]}{CURSOR}{name[-1]}")
    assert " ".join(HOVERS[code].split()) in " ".join(shown.split())


def test_nothing_is_completed_after_a_misspelt_name(editor):
    for code in (f"from titan import TitanClent\nTitanClent().{CURSOR}", f"{CLIENT}client.mesages.{CURSOR}"):
        assert "messages" not in editor.completions(code)
        assert "send" not in complete_with_jedi(code)


def test_everything_public_is_typed():
    pytest.importorskip("pyright", reason="NOT TESTED: type completeness, with pyright of the extra `dev`")
    python = Path(sys.executable)
    done = subprocess.run(
        [python, "-m", "pyright", "--verifytypes", "titan", "--ignoreexternal", "--outputjson"],
        # It looks for the libraries of the `python` that it finds there.
        env={
            **os.environ,
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        encoding="utf-8",
    )
    report: Dict[str, Any] = json.loads(done.stdout)["typeCompleteness"]
    assert Path(report["moduleRootDirectory"]) == ROOT / "titan"
    assert len(report["symbols"]) > 2000
    incomplete = {
        symbol["name"]: [one["message"] for one in symbol["diagnostics"]]
        for symbol in report["symbols"]
        if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]
    }
    assert incomplete == {}
    assert report["completenessScore"] == 1
