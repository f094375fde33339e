"""Every operation of the contract has a handler, and what has none is answered 501 by name."""

from __future__ import annotations

import pytest

from tests.support.project import CONTRACT
from tests.support.sandbox import FRIEND, TEXT, data_of, error_of
from titan.sandbox.api.handlers import HANDLERS
from titan.sandbox.spec.contract import operations

IN_CONTRACT = [
    operation["operationId"]
    for item in CONTRACT["paths"].values()
    for operation in item.values()
    if "operationId" in operation
]
GROUP = {"session": "my-session", "name": "Team", "participants": [FRIEND]}


@pytest.mark.parametrize("operation_id", IN_CONTRACT)
def test_operation_has_a_handler(operation_id):
    assert operation_id in HANDLERS, (
        f"write a handler for {operation_id} in titan/sandbox/api/{operation_id.partition('.')[0]}.py, "
        "and put it into HANDLERS there"
    )


@pytest.mark.parametrize("operation_id", HANDLERS)
def test_handler_has_an_operation(operation_id):
    assert operation_id in IN_CONTRACT, (
        f"the contract has no {operation_id}: take its handler out of titan/sandbox/api/, or rename it"
    )


@pytest.mark.parametrize(
    ("operation_id", "method", "path"),
    [
        ("sessions.list", "GET", "/api/sessions"),
        ("labels.create", "POST", "/api/sessions/{session}/labels"),
        ("labels.delete", "DELETE", "/api/sessions/{session}/labels/{labelId}"),
    ],
)
def test_operation_without_a_handler_is_a_501_by_name(sandbox, api, monkeypatch, operation_id, method, path):
    sandbox.connect("my-session")
    monkeypatch.delitem(HANDLERS, operation_id)
    response = api.request(method, path.format(session="my-session", labelId="4"), json={"name": "VIP"})
    assert error_of(response, 501) == f"{method} {path} ({operation_id}) has no handler in this sandbox"


@pytest.mark.parametrize("loss", ["session parameters", "webhooks", "mapping", "marks", "ids"])
def test_a_sandbox_starts_with_any_contract(tmp_path, loss):
    """In a process of its own, with a copy of the package whose contract lacks something."""
    import json
    import shutil
    import subprocess
    import sys

    from tests.support.project import ROOT

    shutil.copytree(ROOT / "titan", tmp_path / "titan", ignore=shutil.ignore_patterns("__pycache__"))
    contract = json.loads(json.dumps(CONTRACT))
    if loss == "session parameters":
        text = (
            json.dumps(contract)
            .replace("{session}", "{session-name}")
            .replace('"name": "session", "in": "path"', '"name": "session-name", "in": "path"')
        )
        contract = json.loads(text)
    elif loss == "webhooks":
        del contract["webhooks"]
    elif loss == "mapping":
        del contract["components"]["schemas"]["SendMessageRequest"]["discriminator"]["mapping"]
    else:
        for item in contract["paths"].values():
            for operation in item.values():
                operation.pop("x-sdk" if loss == "marks" else "operationId", None)
    path = tmp_path / "titan" / "sandbox" / "spec" / "openapi.json"
    path.write_text(json.dumps(contract), encoding="utf-8")
    code = (
        "import json, sys, urllib.request, urllib.error\n"
        "from titan.sandbox import Sandbox\n"
        "with Sandbox() as titan:\n"
        "    headers = {'Authorization': f'Bearer {titan.api_key}'}\n"
        "    request = urllib.request.Request(f'{titan.base_url}/api/sessions', headers=headers)\n"
        "    try:\n"
        "        with urllib.request.urlopen(request) as response:\n"
        "            print(response.status)\n"
        "    except urllib.error.HTTPError as error:\n"
        "        print(error.code, json.loads(error.read())['error'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8")
    wanted = "501 GET /api/sessions (get /api/sessions) has no handler" if loss == "ids" else "200"
    assert done.stdout.startswith(wanted), done.stderr


def test_session_in_the_body_is_required_where_the_contract_requires_it(sandbox, api):
    sandbox.connect("my-session")
    without = {name: value for name, value in GROUP.items() if name != "session"}
    group = data_of(api.post("/api/sessions/my-session/groups", json=GROUP), 201)["id"]
    for method, path, body in (
        ("POST", "groups", without),
        ("PUT", f"groups/{group}/subject", {"subject": "New"}),
        ("PUT", f"groups/{group}/description", {"description": "New"}),
        ("PUT", f"groups/{group}/picture", {"url": "https://example.com/a.jpg"}),
        ("POST", "messages/send", {name: value for name, value in TEXT.items() if name != "session"}),
    ):
        response = api.request(method, f"/api/sessions/my-session/{path}", json=body)
        if path == "messages/send":
            # Told apart by `type` first, so that the variant says what is missing.
            assert "session" in error_of(response, 400)
        else:
            assert error_of(response, 400) == "missing required field: session"


def test_session_in_the_body_must_be_that_of_the_path(sandbox, api):
    sandbox.connect("my-session")
    other = {**GROUP, "session": "other"}
    response = api.post("/api/sessions/my-session/groups", json=other)
    assert error_of(response, 400) == "session is not the session in the path"


def test_what_the_sandbox_knows_of_operations_comes_from_the_contract():
    known = operations()
    assert set(known) == set(IN_CONTRACT)
    assert known["messages.send"].is_command
    assert not known["sessions.list"].is_command
    assert known["groups.create"].session_in_body
    assert known["sessions.create"].scopes == ["sessions:manage"]
