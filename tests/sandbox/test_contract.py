"""The sandbox and its contract: a handler for each operation, and a start with any contract."""

from __future__ import annotations

import copy
import json
import re

import pytest

from tests.support.project import CONTRACT
from tests.support.sandbox import FRIEND, TEXT, client, data_of, error_of
from titan.sandbox import Sandbox, SandboxError
from titan.sandbox.api.handlers import HANDLERS
from titan.sandbox.spec import operations
from titan.sandbox.spec.operations import METHODS, load_operations, load_spec


def operation_ids(contract):
    return [
        operation["operationId"]
        for item in contract["paths"].values()
        for method, operation in item.items()
        if method in METHODS
    ]


@pytest.mark.parametrize("name", operation_ids(CONTRACT))
def test_operation_has_a_handler(name):
    assert name in HANDLERS, f"write a handler for {name} in titan/sandbox/api/{name.partition('.')[0]}.py"


@pytest.mark.parametrize("name", HANDLERS)
def test_handler_has_an_operation(name):
    place = f"titan/sandbox/api/{name.partition('.')[0]}.py"
    assert name in operation_ids(CONTRACT), f"the contract has no {name}: delete its handler in {place}"


@pytest.fixture
def start_with(monkeypatch, tmp_path):
    """Start a sandbox with another contract."""
    running = []

    def start(contract):
        file = tmp_path / "openapi.json"
        file.write_text(json.dumps(contract))
        monkeypatch.setattr(operations, "CONTRACT_FILE", file)
        load_spec.cache_clear()
        load_operations.cache_clear()
        running.append(Sandbox())
        running[-1].start()
        return running[-1]

    yield start
    for sandbox in running:
        sandbox.stop()
    load_spec.cache_clear()
    load_operations.cache_clear()


def test_operation_without_handler_is_a_501_by_name(start_with):
    contract = copy.deepcopy(CONTRACT)
    contract["paths"]["/api/sessions/{session}/labels/{labelId}/merge"] = {
        "post": {"operationId": "labels.merge", "responses": {"200": {"description": "Merged."}}}
    }
    sandbox = start_with(contract)
    with client(sandbox) as api:
        refused = api.post("/api/sessions/s/labels/1/merge")
        route = "POST /api/sessions/{session}/labels/{labelId}/merge"
        assert error_of(refused, 501) == f"{route} (labels.merge) has no handler in this sandbox"
        refused = api.post("/api/sessions/s/labels/1/merge", headers={"Authorization": ""})
        assert refused.status_code == 401
        data_of(api.get("/api/sessions"))


def test_handler_without_operation_is_ignored(start_with):
    contract = copy.deepcopy(CONTRACT)
    del contract["paths"]["/api/sessions/{session}/labels"]
    sandbox = start_with(contract)
    sandbox.connect("s")
    with client(sandbox) as api:
        refused = api.get("/api/sessions/s/labels")
        assert error_of(refused, 404) == "no such route: GET /api/sessions/s/labels"
        data_of(api.get("/api/sessions/s/chats"))


def each_operation(contract):
    for item in contract["paths"].values():
        for method in METHODS:
            if method in item:
                yield item, item[method]


def without_webhooks(contract):
    del contract["webhooks"]


def without_marks(contract):
    del contract["x-secrets"]
    for _, operation in each_operation(contract):
        del operation["x-sdk"]


def without_parameters(contract):
    for _, operation in each_operation(contract):
        operation.pop("parameters", None)


def with_parameters_of_the_path(contract):
    for item, operation in each_operation(contract):
        item["parameters"] = operation.pop("parameters", [])


def without_async_responses(contract):
    for _, operation in each_operation(contract):
        operation["responses"].pop("202", None)


def without_responses(contract):
    for _, operation in each_operation(contract):
        del operation["responses"]


def without_discriminator_mapping(contract):
    del contract["components"]["schemas"]["SendMessageRequest"]["discriminator"]["mapping"]


def without_discriminator(contract):
    del contract["components"]["schemas"]["SendMessageRequest"]["discriminator"]


def without_request_bodies(contract):
    for _, operation in each_operation(contract):
        if operation["operationId"] != "messages.send":
            operation.pop("requestBody", None)


CHANGES = [
    without_webhooks,
    without_marks,
    without_parameters,
    with_parameters_of_the_path,
    without_async_responses,
    without_responses,
    without_discriminator_mapping,
    without_discriminator,
    without_request_bodies,
]


def all_at_once(contract):
    for change in CHANGES:
        if change not in (with_parameters_of_the_path, without_discriminator_mapping):
            change(contract)


@pytest.mark.parametrize("change", [*CHANGES, all_at_once], ids=lambda change: change.__name__)
def test_sandbox_works_with_a_poorer_contract(start_with, change):
    contract = copy.deepcopy(CONTRACT)
    change(contract)
    sandbox = start_with(contract)
    sandbox.connect("my-session")
    with client(sandbox) as api:
        sent = data_of(api.post("/api/messages/send", json=TEXT))
        assert data_of(api.get("/api/sessions/my-session/chats"))[0]["id"] == FRIEND
        assert data_of(api.get("/api/sessions/my-session"))["status"] == "CONNECTED"
        sandbox.receive("my-session", content={"type": "location", "latitude": 1, "longitude": 2})
    assert [one["id"] for one in sandbox.messages] == [sent["id"]]


def test_types_of_a_message_are_known_without_a_mapping(start_with):
    contract = copy.deepcopy(CONTRACT)
    without_discriminator_mapping(contract)
    with client(start_with(contract)) as api:
        refused = error_of(api.post("/api/messages/send", json={**TEXT, "type": "hologram"}), 400)
    types = re.fullmatch("type must be one of: (.*)", refused)[1]
    mapping = CONTRACT["components"]["schemas"]["SendMessageRequest"]["discriminator"]["mapping"]
    assert types.split(", ") == list(mapping)


def test_content_cannot_come_in_where_the_contract_does_not_say_what_it_can_be(start_with):
    contract = copy.deepcopy(CONTRACT)
    del contract["paths"]["/api/messages/send"]
    sandbox = start_with(contract)
    sandbox.connect("s")
    with pytest.raises(SandboxError, match=r"the contract has no messages\.send"):
        sandbox.receive("s", content={"type": "location", "latitude": 1, "longitude": 2})
    assert sandbox.receive("s", "Hi")["text"] == "Hi"


def test_command_whose_contract_names_no_session_is_refused(start_with):
    contract = copy.deepcopy(CONTRACT)
    send = contract["paths"]["/api/messages/send"]["post"]
    send["requestBody"]["content"]["application/json"]["schema"] = {"type": "object"}
    with client(start_with(contract)) as api:
        assert error_of(api.post("/api/messages/send", json={}), 400) == "missing required field: session"


BODIES_WITH_SESSION = [
    ("POST", "messages/send", TEXT),
    ("POST", "groups", {"session": "my-session", "name": "Team", "participants": [FRIEND]}),
    ("PUT", "groups/1@g.us/subject", {"session": "my-session", "subject": "Team"}),
    ("PUT", "groups/1@g.us/description", {"session": "my-session", "description": "Us"}),
    ("PUT", "groups/1@g.us/picture", {"session": "my-session", "url": "https://example.com/a.jpg"}),
]


@pytest.mark.parametrize(("method", "path", "body"), BODIES_WITH_SESSION)
def test_session_that_a_body_needs_is_not_taken_from_the_path(sandbox, api, method, path, body):
    sandbox.connect("my-session")
    without = {name: value for name, value in body.items() if name != "session"}
    refused = api.request(method, f"/api/sessions/my-session/{path}", json=without)
    assert error_of(refused, 400) == "missing required field: session"


@pytest.mark.parametrize(
    ("method", "path", "body"), [*BODIES_WITH_SESSION, ("POST", "labels", {"session": "", "name": "New"})]
)
def test_session_in_the_body_is_that_of_the_path(sandbox, api, method, path, body):
    sandbox.connect("my-session")
    sandbox.connect("other")
    refused = api.request(method, f"/api/sessions/my-session/{path}", json={**body, "session": "other"})
    assert error_of(refused, 400) == "session must be the same in the body as in the path"
    assert sandbox.messages == []
