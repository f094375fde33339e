"""openapi.yaml, sdk.yaml, the generated contract and the client agree; what is missing is one failed test."""

import copy
import json

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


# The checks themselves, on a small contract that somebody has changed

OPENAPI = {
    "paths": {
        "/api/labels": {
            "get": {"tags": ["labels"], "responses": {"200": {}}},
            "post": {
                "tags": ["labels"],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": {}},
            },
        },
        "/api/send": {
            "post": {
                "requestBody": {"$ref": "#/components/requestBodies/Send"},
                "responses": {"200": {}, "202": {}},
            }
        },
    },
    "webhooks": {},
    "components": {
        "requestBodies": {
            "Send": {
                "content": {
                    "application/json": {
                        "schema": {
                            "oneOf": [
                                {"allOf": [{"required": ["session"]}]},
                                {"required": ["session", "text"]},
                            ]
                        }
                    }
                }
            }
        }
    },
}
LIST, CREATE, SEND = "GET /api/labels", "POST /api/labels", "POST /api/send"
SDK = {
    "services": {
        "labels": {
            "operations": {LIST: {"method": "list"}, CREATE: {"method": "create", "payload": "label"}}
        },
        "messages": {
            "operations": {
                SEND: {"method": "send", "payload": "message", "session": "body", "is": ["command"]}
            }
        },
    }
}


def generated_from(openapi, sdk):
    document = copy.deepcopy(openapi)
    for service, block in sdk["services"].items():
        for request, line in block["operations"].items():
            verb, path = request.split()
            common = {"service": service, "evidence": "documented", "scopes": [], "is": []}
            ours = {"operationId": f"{service}.{line['method']}", "x-sdk": {**common, **line}}
            document["paths"][path][verb.lower()].update(ours)
    return document


@pytest.fixture
def check(tmp_path):
    """Change a part of the small contract; gives what is said of each request then."""
    (tmp_path / "titan" / "sandbox" / "spec").mkdir(parents=True)

    def apply(change=lambda one: None, *, of="openapi"):
        files = {"openapi": OPENAPI, "sdk": SDK, "generated": generated_from(OPENAPI, SDK)}
        files = copy.deepcopy(files)
        change(files[of])
        (tmp_path / "openapi.yaml").write_text(yaml.dump(files["openapi"]), encoding="utf-8")
        (tmp_path / "sdk.yaml").write_text(yaml.dump(files["sdk"]), encoding="utf-8")
        generated = tmp_path / "titan" / "sandbox" / "spec" / "openapi.json"
        generated.write_text(json.dumps(files["generated"]), encoding="utf-8")
        read = read_files(tmp_path)
        assert read.unreadable == {}
        found = {request: complaints(read, request) for request in read.requests}
        return {request: said for request, said in found.items() if said}

    return apply


def test_a_contract_that_fits_together_is_not_complained_of(check):
    assert check() == {}
    assert check(lambda document: document.pop("webhooks")) == {}


def test_an_operation_more_is_one_complaint_with_the_line_to_write(check):
    more = {"tags": ["labels"], "requestBody": {"content": {}}, "responses": {"200": {}}}
    assert check(lambda document: document["paths"].update({"/api/x": {"post": more}})) == {
        "POST /api/x": [
            "add a line to sdk.yaml, below labels: POST /api/x: {method: …, payload: …}; "
            "then run scripts/generate"
        ]
    }


def test_an_operation_less_is_one_complaint_with_the_line_to_change(check):
    assert check(lambda document: document["paths"].pop("/api/send")) == {
        SEND: [f"openapi.yaml has no {SEND}: give its line in sdk.yaml another request, or take it out"]
    }


def test_a_reference_that_leads_nowhere_is_a_complaint_of_its_operation(check):
    found = check(lambda document: document["components"].clear())
    assert list(found) == [SEND]
    assert found[SEND] == [f"openapi.yaml: {SEND} cannot be read: KeyError: 'requestBodies'"]


@pytest.mark.parametrize(
    ("request_line", "spoil", "text"),
    [
        (CREATE, lambda one: one["responses"].update({"202": {}}), "add `is: [command]`"),
        (CREATE, lambda one: one.pop("requestBody"), "take out `payload`"),
        (LIST, lambda one: one.update(requestBody={"content": {}}), "add `payload`"),
        (LIST, lambda one: one["responses"]["200"].update(content={"image/png": {}}), "add `is: [binary]`"),
        (SEND, lambda one: one["responses"].pop("202"), "take out `is: [command]`"),
        (SEND, lambda one: one.update(requestBody={"content": {}}), "take out `session: body`"),
    ],
    ids=["command", "no body", "payload", "binary", "no command", "no session"],
)
def test_a_mark_too_few_or_too_many_is_one_complaint_that_names_it(check, request_line, spoil, text):
    verb, path = request_line.split()
    found = check(lambda document: spoil(document["paths"][path][verb.lower()]))
    assert list(found) == [request_line]
    (said,) = found[request_line]
    assert said.startswith(f"sdk.yaml: {request_line}: {text}, since in openapi.yaml it has ")


def test_a_query_parameter_of_a_helper_that_is_gone_is_named(check):
    found = check(
        lambda sdk: sdk["services"]["labels"]["operations"][LIST].update(query=["format"]), of="sdk"
    )
    assert found == {
        LIST: [f"sdk.yaml: {LIST}: take out `query: [format]`, since openapi.yaml has no such parameter"]
    }


def test_an_outdated_generated_contract_is_one_complaint_for_each_operation(check):
    assert check(lambda document: document["paths"].pop("/api/send"), of="generated") == {
        SEND: [f"the generated contract lacks {SEND}: run scripts/generate"]
    }
    assert check(lambda document: document["paths"].update({"/api/x": {"get": {}}}), of="generated") == {
        "GET /api/x": ["only the generated contract has GET /api/x: run scripts/generate"]
    }
    renamed = {"operationId": "labels.all"}
    assert check(
        lambda document: document["paths"]["/api/labels"]["get"].update(renamed), of="generated"
    ) == {LIST: [f"the generated contract says something else of {LIST} than sdk.yaml: run scripts/generate"]}


def test_a_file_that_is_not_yaml_or_not_a_contract_counts_as_empty_and_is_named(tmp_path):
    (tmp_path / "openapi.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "sdk.yaml").write_text("services: 5", encoding="utf-8")
    files = read_files(tmp_path)
    assert files.requests == []
    assert set(files.unreadable) == {"openapi.yaml", "sdk.yaml", "openapi.json"}


def test_an_operation_of_the_generated_contract_that_cannot_be_read_leaves_the_others():
    document = generated_from(OPENAPI, SDK)
    for operation in document["paths"]["/api/labels"].values():
        operation.pop("requestBody", None)
    body = document["components"]["requestBodies"]["Send"]["content"]["application/json"]
    body["schema"] = {"$ref": "#/components/schemas/Send"}
    assert [one.id for one in read_operations(document)[0]] == [
        "labels.list",
        "labels.create",
        "messages.send",
    ]
    del document["paths"]["/api/send"]["post"]["x-sdk"]
    operations, broken = read_operations(document)
    assert [one.id for one in operations] == ["labels.list", "labels.create"]
    assert broken == {SEND: "KeyError: 'x-sdk'"}
