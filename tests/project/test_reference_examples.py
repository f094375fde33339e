"""Every example of an operation in the reference runs on the local Titan: in Python, and with curl."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import partial
from typing import Dict, List, NamedTuple

import flask
import pytest

import titan
from tests.support.openapi import ALL_OPERATIONS, OPERATIONS, SCHEMAS
from tests.support.programs import needed
from tests.support.reference import FOLDER, Section, sections
from tests.support.sandbox import FRIEND, PNG, SECRET
from titan import TitanClient, jid
from titan.sandbox import Sandbox

PAGES = {
    path.stem: sections(f"operations/{path.name}") for path in sorted((FOLDER / "operations").glob("*.md"))
}
OTHER = "5511988888888@s.whatsapp.net"
# A response is shown cut off behind the example of an id: every id in an example is of these forms.
IDS = {
    "groupId": r"120363012345678901@g\.us",
    "channelId": r"120363123456789012@newsletter",
    "mediaId": r"med_[0-9a-z]{10,}",
    "keyId": r"key_[0-9a-z]{10,}",
    "lid": r"12345678901234567890@lid",
    "messageId": r"msg_[0-9A-Za-z]{10,}",
    "code": r"FkX2pQ9sT1aBcDeFgHiJkL",
    # Not quoted in the path of a request.
    "labelId": r"(?<=/labels/)4\b|(?<=default\", \")4(?=\")",
    "webhookId": r"(?<=/webhooks/)7\b|(?<=\(\")7(?=\")",
    "webhook": r"https://example\.com/titan(?:/events)?(?=\")",
}


class Example(NamedTuple):
    operation: str
    language: str
    code: str


def _examples() -> List[Example]:
    found = []
    for page in PAGES.values():
        operation = ""
        for section in page.values():
            operation = section.title if section.title in ALL_OPERATIONS else operation
            if operation and section.title in {operation, *SCHEMAS}:
                found += [
                    Example(operation, language, code)
                    for language in ("python", "sh")
                    for code in section.blocks(language)
                ]
    return found


EXAMPLES = _examples()


@pytest.fixture(scope="module")
def running_sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(running_sandbox):
    running_sandbox.reset()
    with TitanClient(running_sandbox.base_url, running_sandbox.api_key, strict_responses=True) as client:
        yield client


def prepare(sandbox: Sandbox, client: TitanClient, operation: str) -> Dict[str, str]:
    """Make one thing of each kind, and say by which id it is known."""
    if operation == "sessions.create":
        return {}
    if operation.startswith("pairing."):
        client.sessions.create({"name": "default", "start": True})
        return {}
    sandbox.connect("default")
    received = sandbox.receive("default", "Look", sender=FRIEND, media=PNG)
    message = client.messages.send_text("default", FRIEND, "Hi")
    sandbox.receive("default", "Hi", sender=OTHER)
    group = client.groups.create("default", {"name": "Team", "participants": [FRIEND, OTHER]})
    code = client.groups.invite("default", group.id).code
    if operation == "groups.join":
        sandbox.connect("other")
        foreign = client.groups.create("other", {"name": "Theirs", "participants": [FRIEND]})
        code = client.groups.invite("other", foreign.id).code
    client.client_tokens.set_rules(
        "default", {"recipientMode": "conversation", "allowedActions": "send_message"}
    )
    client.presence.subscribe("default", FRIEND)
    sandbox.set_presence("default", FRIEND, "available")
    contact = client.contacts.get("default", FRIEND)
    webhook = client.webhooks.create({"url": "http://127.0.0.1:9/"})
    key = client.account_keys.create({"label": "l", "lifetimeDays": 1, "scopes": ["sessions:read"]})
    return {
        "groupId": group.id,
        "channelId": client.channels.create("default", {"name": "News"}).id,
        "mediaId": received["media"]["id"],
        "keyId": key.id,
        "lid": str(contact.lid),
        "messageId": message.id,
        "code": str(code),
        "labelId": client.labels.create("default", {"name": "New"}).id,
        "webhookId": str(webhook.id),
        "webhook": "http://127.0.0.1:9/",
    }


def with_ids(code: str, ids: Dict[str, str]) -> str:
    """An example with ids of things that there are; in a path they are percent-encoded."""
    for name, value in ids.items():
        pattern = IDS[name].replace("@", "(?:@|%40)")
        code = re.sub(pattern, partial(_spelt_like, value), code)
    return code.replace("https://example.com/titan", "http://127.0.0.1:9/titan")


def _spelt_like(value: str, found: re.Match[str]) -> str:
    return value.replace("@", "%40") if "%40" in found[0] else value


def of_language(language: str) -> pytest.MarkDecorator:
    chosen = [one for one in EXAMPLES if one.language == language]
    return pytest.mark.parametrize("example", chosen, ids=[one.operation for one in chosen])


def test_every_operation_and_kind_of_payload_has_an_example_in_both_languages():
    for language in ("python", "sh"):
        assert {one.operation for one in EXAMPLES if one.language == language} == {
            one.id for one in OPERATIONS
        }
    kinds = SCHEMAS["SendMessageRequest"]["discriminator"]["mapping"]
    sent = [one.code for one in EXAMPLES if one.operation == "messages.send"]
    for kind in kinds:
        assert sum(f'"type": "{kind}"' in code for code in sent) >= 2, kind


@of_language("python")
def test_python(example, running_sandbox, client, capsys):
    code = with_ids(example.code, prepare(running_sandbox, client, example.operation))
    compiled = compile(code, example.operation, "exec")
    exec(compiled, {"client": client})
    shown = capsys.readouterr().out
    assert ("print(" in code) == bool(shown)
    # Nobody here has a picture.
    assert shown != "None\n" or example.operation == "contacts.picture"


@of_language("sh")
def test_curl(example, running_sandbox, client, tmp_path):
    needed("curl", "the examples of requests with curl")
    ids = prepare(running_sandbox, client, example.operation)
    environment = {"TITAN_BASE_URL": running_sandbox.base_url, "TITAN_API_KEY": running_sandbox.api_key}
    if "TITAN_CLIENT_TOKEN" in example.code:
        token = client.client_tokens.mint({"session": "default", "ephemeralId": "user-123"})
        environment["TITAN_CLIENT_TOKEN"] = token.token
    strict = 'curl() { command curl -sS --fail-with-body --noproxy "*" "$@"; }\n'
    done = subprocess.run(
        ["sh", "-c", strict + with_ids(example.code, ids)],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    if "-o received" in example.code:
        assert (tmp_path / "received").read_bytes() == PNG
    elif done.stdout:
        assert {"data", "success"} & json.loads(done.stdout).keys()


@pytest.mark.parametrize("page", PAGES)
def test_the_client_of_the_examples_comes_from_the_environment(page, running_sandbox, monkeypatch):
    monkeypatch.setenv("TITAN_BASE_URL", running_sandbox.base_url)
    monkeypatch.setenv("TITAN_API_KEY", running_sandbox.api_key)
    top: Section = next(iter(PAGES[page].values()))
    (code,) = top.blocks("python")
    names: Dict[str, TitanClient] = {}
    exec(compile(code, page, "exec"), names)
    with names["client"] as client:
        assert isinstance(client.sessions.list(), list)


def test_the_examples_of_docstrings_run_in_their_order(running_sandbox, client, monkeypatch):
    monkeypatch.setenv("TITAN_BASE_URL", running_sandbox.base_url)
    monkeypatch.setenv("TITAN_API_KEY", running_sandbox.api_key)
    running_sandbox.connect("my-session")
    running_sandbox.connect("default")
    delivery = running_sandbox.event("message.received", secret=SECRET)
    app = flask.Flask("an app")
    names = {
        **{name: getattr(titan, name) for name in titan.__all__},
        "user": jid.user,
        "group": jid.group,
        "Sandbox": Sandbox,
        "client": client,
        "titan": running_sandbox,
        "app": app,
        "abort": flask.abort,
        "secret": SECRET,
        "body": delivery.body,
        "headers": delivery.headers,
        "titan_app": None,
        "django_app": None,
        "request": flask.request,
    }
    ran = 0
    with app.test_request_context("/titan", method="POST", data=delivery.body, headers=delivery.headers):
        for page in ("client.md", "webhooks.md", "sandbox.md"):
            for section in sections(page).values():
                for code in section.blocks("python"):
                    mine = {**names, "router": titan.WebhookRouter(SECRET)}
                    exec(compile(code, f"{page}: {section.title}", "exec"), mine)
                    ran += 1
    assert ran >= 10
