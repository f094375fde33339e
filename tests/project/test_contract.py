"""openapi.yaml, sdk.yaml, the generated contract and the client agree; whatever is missing is one failed test."""

import copy
import json
import shutil

import pytest
import yaml

from tests.support.contract_files import complaints, load_yaml, read_files
from tests.support.openapi import (
    ALL_OPERATIONS,
    BROKEN_OPERATIONS,
    HELPERS,
    OPERATIONS,
    SPEC,
    read_operations,
)
from tests.support.project import ROOT
from titan import TitanClient
from titan.services._generated.attributes import ServiceAttributes

FILES = read_files(ROOT)
SERVICES = [name for name in vars(ServiceAttributes) if not name.startswith("_")]
PUBLIC_METHODS = [
    f"{service}.{name}"
    for service in SERVICES
    for name in dir(getattr(TitanClient, service))
    if not name.startswith("_")
]


@pytest.mark.parametrize("name", ["openapi.yaml", "sdk.yaml", "openapi.json"])
def test_the_files_of_the_contract_can_be_read(name):
    assert FILES.unreadable.get(name) is None


@pytest.mark.parametrize("request_line", FILES.requests)
def test_the_files_agree_on_each_request(request_line):
    assert complaints(FILES, request_line) == []


@pytest.mark.parametrize("request_line", sorted({*FILES.generated, *BROKEN_OPERATIONS}))
def test_each_operation_of_the_generated_contract_can_be_read(request_line):
    assert BROKEN_OPERATIONS.get(request_line) is None


@pytest.mark.parametrize("name", ALL_OPERATIONS)
def test_each_operation_has_its_method(name):
    operation = ALL_OPERATIONS[name]
    assert operation.has_method, (
        f"client.{operation.service}.{operation.name} is missing: run scripts/generate"
    )


@pytest.mark.parametrize("name", PUBLIC_METHODS)
def test_each_public_method_of_a_service_is_an_operation_or_a_listed_helper(name):
    known = {operation.id for operation in OPERATIONS} | HELPERS
    assert name in known, (
        f"{name} is in neither sdk.yaml nor HELPERS: run scripts/generate, or list the helper"
    )


@pytest.mark.parametrize("name", sorted(HELPERS))
def test_each_listed_helper_is_a_method(name):
    assert name in PUBLIC_METHODS, f"{name} is not a method any more: take it out of HELPERS"


def test_the_client_has_the_services_of_sdk_yaml_in_their_order_and_no_other():
    document = load_yaml((ROOT / "sdk.yaml").read_text(encoding="utf-8"))
    assert list(document["services"]) == SERVICES
    assert all(hasattr(TitanClient, name) for name in SERVICES)


def test_the_generated_contract_says_the_same_as_openapi_yaml():
    def without_ours(document):
        rest = {key: value for key, value in copy.deepcopy(document).items() if not key.startswith("x-")}
        for item in rest["paths"].values():
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("x-sdk", None)
                    operation.pop("operationId", None)
        return rest

    assert without_ours(SPEC) == without_ours(FILES.document)


@pytest.mark.parametrize("operation", ALL_OPERATIONS.values(), ids=lambda one: one.id)
def test_each_operation_has_a_minimal_and_a_maximal_request_and_an_answer(operation):
    assert bool(operation.component) == bool(operation.bodies)
    if operation.bodies:
        assert {"minimal", "maximal"} <= set(operation.bodies)
    assert operation.replies or "binary" in operation.marks


# The checks themselves, on contracts that somebody has changed


@pytest.fixture
def change(tmp_path):
    """Change openapi.yaml in a copy of the files; gives what is said of each request then."""
    generated = tmp_path / "titan" / "sandbox" / "spec" / "openapi.json"
    generated.parent.mkdir(parents=True)
    shutil.copy(ROOT / "titan" / "sandbox" / "spec" / "openapi.json", generated)
    shutil.copy(ROOT / "sdk.yaml", tmp_path)

    def apply(change_document):
        document = copy.deepcopy(FILES.document)
        change_document(document)
        (tmp_path / "openapi.yaml").write_text(yaml.dump(document, sort_keys=False), encoding="utf-8")
        files = read_files(tmp_path)
        assert files.unreadable == {}
        # What the tests of operations are made from; it never raises.
        read_operations(json.loads(json.dumps(document)))
        found = {request: complaints(files, request) for request in files.requests}
        return {request: text for request, texts in found.items() for text in texts}

    return apply


def test_an_operation_more_is_one_complaint_with_the_line_to_write(change):
    def add(document):
        document["paths"]["/api/x"] = {
            "post": {"tags": ["labels"], "requestBody": {"content": {}}, "responses": {"200": {}}}
        }

    assert change(add) == {
        "POST /api/x": "add a line to sdk.yaml, below labels: POST /api/x: {method: …, payload: …}; "
        "then run scripts/generate"
    }


def test_an_operation_less_is_one_complaint_with_the_line_to_change(change):
    assert change(lambda document: document["paths"].pop("/api/sessions/{session}/start")) == {
        "POST /api/sessions/{session}/start": "openapi.yaml has no POST /api/sessions/{session}/start: "
        "give its line in sdk.yaml another request, or take it out"
    }


def test_a_reference_that_leads_nowhere_is_a_complaint_of_its_operation(change):
    def spoil(document):
        body = {"$ref": "#/components/requestBodies/Nothing"}
        document["paths"]["/api/sessions"]["post"]["requestBody"] = body

    found = change(spoil)
    assert list(found) == ["POST /api/sessions"]
    assert found["POST /api/sessions"].startswith("openapi.yaml: POST /api/sessions cannot be read: KeyError")


def test_a_file_without_webhooks_is_no_complaint(change):
    assert change(lambda document: document.pop("webhooks")) == {}


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda one: one["responses"].update({"202": {}}), "add `is: [command]`"),
        (lambda one: one.pop("requestBody"), "take out `payload`"),
        (lambda one: one["responses"].update({"200": {"content": {"image/png": {}}}}), "add `is: [binary]`"),
    ],
    ids=["command", "payload", "binary"],
)
def test_a_missing_mark_is_one_complaint_that_names_it(change, spoil, text):
    found = change(lambda document: spoil(document["paths"]["/api/client-tokens"]["post"]))
    assert list(found) == ["POST /api/client-tokens"]
    assert found["POST /api/client-tokens"].startswith(f"sdk.yaml: POST /api/client-tokens: {text}, since")


def test_a_file_that_is_not_yaml_or_not_a_contract_is_one_complaint(tmp_path):
    (tmp_path / "openapi.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "sdk.yaml").write_text("services: 5", encoding="utf-8")
    files = read_files(tmp_path)
    assert files.requests == []
    assert set(files.unreadable) == {"openapi.yaml", "sdk.yaml", "openapi.json"}


def test_an_operation_of_the_generated_contract_that_cannot_be_read_leaves_the_others():
    document = copy.deepcopy(SPEC)
    del document["paths"]["/api/sessions"]["post"]["x-sdk"]
    operations, broken = read_operations(document)
    assert broken == {"POST /api/sessions": "KeyError: 'x-sdk'"}
    assert len(operations) == len(ALL_OPERATIONS) - 1
