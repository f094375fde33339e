"""The client against openapi.yaml: every operation, every example, in both directions."""

import inspect
import json
import re
from datetime import datetime
from typing import Any, List, Mapping, Union, get_args, get_origin, get_type_hints

import httpx
import pytest
import yaml
from typing_extensions import is_typeddict

from tests.support.fake_server import API_KEY, FakeServer, json_response
from tests.support.openapi import ALL_OPERATIONS, HELPERS, OPERATIONS, SEND_AS_CLIENT, SPEC, snake, violations
from tests.support.project import ROOT
from titan import NotFoundError, ServerError, TitanClient, params_gen, types_gen
from titan._models import TitanModel

CLIENT_TOKEN = "titan_ct_" + "t" * 80
TYPES = {**vars(types_gen), **vars(params_gen)}
# The one query parameter is the helper's: with it, the answer is no PairingQR but a picture.
QUERY_OF_HELPERS = {("pairing.qr", "format"): "pairing.qr_png"}

REQUESTS = [(one, name) for one in OPERATIONS for name in one.bodies or [None]]
REPLIES = [(one, reply) for one in OPERATIONS for reply in one.replies if reply.status != 202]
ASYNC_REPLIES = [(one, reply) for one in OPERATIONS for reply in one.replies if reply.status == 202]

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
each_request = pytest.mark.parametrize(
    ("operation", "example"), REQUESTS, ids=[f"{one.id}-{name or 'bare'}" for one, name in REQUESTS]
)
each_reply = pytest.mark.parametrize(
    ("operation", "reply"), REPLIES, ids=[f"{one.id}-{reply.status}-{reply.name}" for one, reply in REPLIES]
)


def method_of(operation):
    return operation.bind(any_client())


def any_client():
    return TitanClient("https://api.example.com", API_KEY)


def hints_of(method):
    return get_type_hints(method, localns=TYPES)


def first_reply(operation):
    """An ordinary answer to an operation."""
    for reply in operation.replies:
        if reply.status != 202:
            return json_response(reply.value, reply.status)
    return httpx.Response(200, content=b"bytes")


# The spec itself


def test_the_json_copy_of_the_spec_says_the_same_as_the_yaml():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load((ROOT / "openapi.yaml").read_text(encoding="utf-8"), Loader=loader)
    assert {key: value for key, value in SPEC.items() if key != "x-generated"} == document


def test_the_spec_has_76_operations_in_14_domains_and_account_keys():
    domains = {}
    for operation in OPERATIONS:
        domains.setdefault(operation.id.partition(".")[0], []).append(operation)
    assert len(domains.pop("account_keys")) == 4
    assert (len(domains), sum(map(len, domains.values()))) == (14, 76)


def test_every_operation_has_a_minimal_and_a_maximal_request_and_an_answer():
    for operation in ALL_OPERATIONS.values():
        assert bool(operation.component) == bool(operation.bodies), operation.id
        if operation.bodies:
            assert {"minimal", "maximal"} <= set(operation.bodies), operation.id
        assert operation.replies or operation.id == "media.download"


# Methods


def test_every_public_method_of_a_service_is_an_operation_or_a_listed_helper():
    client = any_client()
    services = {operation.id.partition(".")[0] for operation in OPERATIONS}
    found = {
        f"{service}.{name}"
        for service in services
        for name in dir(getattr(client, service))
        if not name.startswith("_")
    }
    assert found == {operation.id for operation in OPERATIONS} | HELPERS


def test_the_client_has_a_service_for_each_domain_of_the_spec_and_no_other():
    declared = {name for name in TitanClient.__annotations__ if not name.startswith("_")}
    assert declared == {tag["name"] for tag in SPEC["tags"]}
    assert declared == {operation.id.partition(".")[0] for operation in OPERATIONS}


@pytest.mark.parametrize("way", ["submit", "with_response"])
@pytest.mark.parametrize("name", sorted(HELPERS))
def test_helpers_are_refused_by_submit_and_with_response(connect, name, way):
    server = FakeServer(json_response({"data": {}}))
    client = connect(server)
    service, _, method = name.partition(".")
    with pytest.raises(TypeError, match="one operation"):
        getattr(client, way)(getattr(getattr(client, service), method), "my-session", "x", b"")
    assert server.requests == []


@each_operation
def test_parameters_are_path_then_payload_then_keyword_only_query(operation):
    parameters = list(inspect.signature(method_of(operation)).parameters.values())
    ids = [one for one in parameters if one.name in operation.parameter_names]
    assert [one.name for one in ids] == operation.parameter_names
    assert parameters[: len(ids)] == ids
    assert all(one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty for one in ids)

    payload = parameters[len(ids) : len(ids) + bool(operation.component)]
    for one in payload:
        assert one.kind is one.POSITIONAL_OR_KEYWORD
        assert one.default is (one.empty if operation.needs_payload else None)
    assert len(payload) == bool(operation.component)

    query = parameters[len(ids) + len(payload) :]
    assert all(one.kind is one.KEYWORD_ONLY for one in query)
    assert [one.name for one in query] == [
        snake(name) for name in operation.query_parameters if (operation.id, name) not in QUERY_OF_HELPERS
    ]


@each_operation
def test_payload_is_typed_as_model_or_typed_dict_and_as_any_mapping_where_inferred(operation):
    method = method_of(operation)
    names = list(inspect.signature(method).parameters)[len(operation.parameter_names) :]
    if operation.component is None:
        assert names == []
        return
    alternatives = set(flat(hints_of(method)[names[0]]))
    alternatives.discard(type(None))
    model = getattr(types_gen, operation.component)
    assert model in alternatives
    assert (Mapping[str, Any] in alternatives) is operation.inferred
    rest = alternatives - {model, Mapping[str, Any]}
    assert rest
    assert all(is_typeddict(one) for one in rest)


def flat(hint):
    return [part for one in get_args(hint) for part in flat(one)] if get_origin(hint) is Union else [hint]


# Requests


@each_request
def test_dict_and_model_make_the_same_request_and_it_fits_the_spec(connect, operation, example):
    payload = None if example is None else operation.payload(example)
    forms = [payload] if example is None else [payload, operation.model(payload)]
    for form in forms:
        server = FakeServer(first_reply(operation))
        operation.bind(connect(server, strict_responses=True))(*operation.arguments(form))
        request = server.request
        assert violations(request) == []
        assert (request.method, request.url.raw_path.decode()) == (operation.method, operation.target)
        assert request.headers["Authorization"] == f"Bearer {API_KEY}"
        assert request.headers["Accept"] == "application/json"
        assert re.fullmatch(r"titan-sdk/\S+ python/3\.\d+ httpx/\S+", request.headers["User-Agent"])
        assert "Prefer" not in request.headers
        if example is None:
            assert request.content == b""
            assert "Content-Type" not in request.headers
        else:
            assert json.loads(request.content) == operation.bodies[example]
            assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.session_in_body], ids=lambda one: one.id
)
def test_session_in_the_payload_is_filled_in_and_must_not_differ(connect, operation):
    server = FakeServer(first_reply(operation))
    method = operation.bind(connect(server))
    with pytest.raises(ValueError, match="another session"):
        method(*operation.arguments({**operation.payload(), "session": "other"}))
    assert server.requests == []
    payload = {**operation.payload(), "session": "my-session"}
    method(*operation.arguments(payload))
    assert json.loads(server.request.content) == payload
    # Sent was a copy.
    untouched = operation.payload()
    method(*operation.arguments(untouched))
    assert untouched == operation.payload()


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.component], ids=lambda one: one.id)
def test_a_payload_that_the_spec_does_not_know_travels_as_given(connect, operation):
    server = FakeServer(first_reply(operation))
    payload = {"type": 5, "new_field": {"deep": [None, {"x": 1.5}]}, "": "é", "text": None}
    operation.bind(connect(server))(*operation.arguments(payload))
    sent = json.loads(server.request.content)
    if operation.session_in_body:
        assert sent.pop("session") == "my-session"
    assert sent == payload


def test_an_optional_payload_can_be_left_out(connect):
    optional = [one for one in OPERATIONS if one.component and not one.needs_payload]
    assert optional
    for operation in optional:
        server = FakeServer(first_reply(operation))
        operation.bind(connect(server))(*operation.arguments())
        assert violations(server.request) == []
        assert server.request.content == b""
        assert "Content-Type" not in server.request.headers


@pytest.mark.parametrize("example", SEND_AS_CLIENT.bodies)
def test_a_client_token_sends_by_the_route_that_it_may_call(connect, example):
    body, payload = SEND_AS_CLIENT.bodies[example], SEND_AS_CLIENT.payload(example)
    for form in (payload, SEND_AS_CLIENT.model(payload)):
        server = FakeServer(first_reply(SEND_AS_CLIENT))
        client = connect(server, client_token=CLIENT_TOKEN, strict_responses=True)
        client.messages.send(body["session"], form)
        assert violations(server.request) == []
        assert server.request.url.path == SEND_AS_CLIENT.path.format(session=body["session"])
        assert json.loads(server.request.content) == body
        assert server.request.headers["Authorization"] == f"Bearer {CLIENT_TOKEN}"


def test_query_parameters_without_an_argument_are_sent_by_the_helper_that_needs_them(connect):
    server = FakeServer(
        json_response({"data": {"qr": "2@raw"}}),
        httpx.Response(200, content=b"\x89PNG", headers={"Content-Type": "image/png"}),
    )
    assert connect(server).pairing.qr_png("my-session") == b"\x89PNG"
    first, second = server.requests
    assert violations(first) == violations(second) == []
    assert second.url.raw_path == first.url.raw_path + b"?format=image"
    assert QUERY_OF_HELPERS.keys() == {
        (operation.id, name) for operation in OPERATIONS for name in operation.query_parameters
    }
    assert set(QUERY_OF_HELPERS.values()) <= HELPERS


def test_the_judge_of_requests_sees_what_is_wrong():
    good = {"session": "s", "chatId": "x", "type": "text", "text": "t"}
    url, headers = "https://api.example.com/api/messages/send", {"Authorization": "Bearer x"}

    def judge(method="POST", url=url, headers=headers, **body):
        return violations(httpx.Request(method, url, headers=headers, **body))

    assert judge(json=good) == []
    assert judge(json={**good, "text": 5})
    assert judge(json={key: value for key, value in good.items() if key != "session"})
    assert judge(content=b"x")
    assert judge(method="PUT", json=good)
    assert judge(url=url + "s", json=good)
    assert judge(headers={}, json=good)
    assert judge(method="GET", url="https://api.example.com/api/sessions/a%2Fb")


# What is repeated, and what is said of inferred routes


@each_operation
def test_after_500_only_what_the_spec_calls_repeatable_is_sent_again(connect, clock, operation):
    server = FakeServer(json_response({"error": "no"}, 500), first_reply(operation))
    method = operation.bind(connect(server))
    if operation.repeatable:
        method(*operation.arguments(operation.payload()))
    else:
        with pytest.raises(ServerError) as caught:
            method(*operation.arguments(operation.payload()))
        assert caught.value.maybe_processed
    assert len(server.requests) == 1 + operation.repeatable
    assert len({(one.method, one.url, one.content) for one in server.requests}) == 1


@each_operation
@pytest.mark.parametrize("status", [404, 405])
def test_a_missing_route_is_explained_where_it_is_inferred(connect, operation, status):
    with pytest.raises(Exception, match="nowhere") as caught:
        operation.bind(connect(FakeServer(json_response({"error": "nowhere"}, status))))(
            *operation.arguments(operation.payload())
        )
    assert caught.value.status_code == status
    assert ("client.request" in str(caught.value)) is operation.inferred
    assert (caught.value.method, caught.value.route) == (operation.method, operation.path)


def test_sending_with_a_client_token_is_inferred_and_not_repeated(connect, clock):
    assert SEND_AS_CLIENT.inferred
    assert not SEND_AS_CLIENT.repeatable
    server = FakeServer(json_response({"error": "no"}, 500))
    client = connect(server, client_token=CLIENT_TOKEN)
    with pytest.raises(ServerError):
        client.messages.send("my-session", SEND_AS_CLIENT.payload())
    assert len(server.requests) == 1
    server.answers = [json_response({"error": "no"}, 404)]
    with pytest.raises(NotFoundError, match=r"client\.request") as caught:
        client.messages.send("my-session", SEND_AS_CLIENT.payload())
    assert caught.value.route == SEND_AS_CLIENT.path


# Answers


@each_reply
def test_each_example_answer_parses_strictly_and_nothing_of_it_is_lost(connect, operation, reply):
    server = FakeServer(json_response(reply.value, reply.status))
    method = operation.bind(connect(server, strict_responses=True))
    result = method(*operation.arguments(operation.payload()))
    declared = hints_of(method)["return"]
    value = reply.value.get("data", reply.value)
    if declared is type(None):
        assert result is None
        assert value == {"success": True}
    elif value == {"success": True}:
        assert type(result) is declared
        assert all(getattr(result, name) is None for name in declared.model_fields)
        assert result.to_dict() == value
    else:
        items = result if get_origin(declared) is list else [result]
        assert {type(item) for item in items} <= {declared, *get_args(declared)}
        assert instants(to_json(result)) == instants(value)
        assert unknown_fields(result) == []


def to_json(result):
    return [item.to_dict() for item in result] if isinstance(result, list) else result.to_dict()


def instants(value):
    """JSON with its times as times."""
    if isinstance(value, dict):
        return {key: instants(item) for key, item in value.items()}
    if isinstance(value, list):
        return [instants(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", value):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


def unknown_fields(value):
    if isinstance(value, list):
        return [name for item in value for name in unknown_fields(item)]
    if not isinstance(value, TitanModel):
        return []
    inner = [name for field in type(value).model_fields for name in unknown_fields(getattr(value, field))]
    return [*(value.model_extra or {}), *inner]


@each_operation
def test_the_return_type_is_the_one_that_the_spec_names(operation):
    declared = hints_of(method_of(operation))["return"]
    responses = next(
        one["responses"]
        for item in SPEC["paths"].values()
        for one in item.values()
        if one["operationId"] == operation.id
    )
    response = responses.get("200") or responses["201"]
    if response.get("$ref", "").endswith("/Done"):
        assert declared is type(None)
        return
    media = response["content"]
    if "application/json" not in media:
        assert declared is bytes
        return
    schema = media["application/json"]["schema"]
    data = schema.get("anyOf", [schema])[0]["properties"]["data"]
    name = (data.get("items") or data)["$ref"].rpartition("/")[2]
    model = getattr(types_gen, name)
    assert declared == (List[model] if "items" in data else model)


NOTHING = [one for one in OPERATIONS if method_of(one).__annotations__["return"] in (None, "None")]


@pytest.mark.parametrize("operation", NOTHING, ids=lambda one: one.id)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(204),
        httpx.Response(200),
        json_response({"data": {"success": True}}),
        json_response({"success": True}),
        json_response({"data": None}),
    ],
    ids=["204", "empty", "success", "bare", "null"],
)
def test_operations_without_result_return_none(connect, operation, answer):
    method = operation.bind(connect(FakeServer(answer), strict_responses=True))
    assert method(*operation.arguments(operation.payload())) is None


def test_media_download_returns_the_bytes_as_they_came(connect):
    server = FakeServer(httpx.Response(200, content=b"\xff\xd8\x00", headers={"Content-Type": "image/jpeg"}))
    assert connect(server, strict_responses=True).media.download("my-session", "med_1") == b"\xff\xd8\x00"


@pytest.mark.parametrize(("operation", "reply"), ASYNC_REPLIES, ids=[one.id for one, _ in ASYNC_REPLIES])
def test_a_submitted_operation_asks_for_async_and_gives_the_correlation_id(connect, operation, reply):
    server = FakeServer(json_response(reply.value, 202))
    client = connect(server, strict_responses=True)
    submitted = client.submit(operation.bind(client), *operation.arguments(operation.payload()))
    assert violations(server.request) == []
    assert server.request.headers["Prefer"] == "respond-async"
    assert submitted.accepted
    assert submitted.correlation_id == reply.value["data"]["correlationId"]
    assert submitted.result is None


@each_operation
def test_every_operation_can_be_submitted_and_wrapped_in_its_response(connect, operation):
    server = FakeServer(first_reply(operation))
    client = connect(server, strict_responses=True)
    arguments = operation.arguments(operation.payload())
    plain = operation.bind(client)(*arguments)
    submitted = client.submit(operation.bind(client), *arguments)
    wrapped = client.with_response(operation.bind(client), *arguments)
    assert not submitted.accepted
    assert plain == submitted.result == wrapped.data
    assert wrapped.status_code == first_reply(operation).status_code
    assert [one.headers.get("Prefer") for one in server.requests] == [None, "respond-async", None]


# Docstrings


DOCUMENTED = {one.id: method_of(one) for one in OPERATIONS}
DOCUMENTED.update(
    {name: getattr(getattr(any_client(), name.partition(".")[0]), name.partition(".")[2]) for name in HELPERS}
)


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_docstring_has_all_arguments_the_result_and_the_errors(name):
    method = DOCUMENTED[name]
    summary, sections = sections_of(inspect.getdoc(method))
    assert re.fullmatch(r"[A-Z].*\.", summary)
    described = [line for line in sections.get("Args", []) if re.match(r"\w", line)]
    assert [line.partition(":")[0] for line in described] == list(inspect.signature(method).parameters)
    assert all(re.fullmatch(r"\w+: \S.*", line) for line in described)
    has_result = hints_of(method)["return"] is not type(None)
    assert ("Returns" in sections) is has_result
    assert any(line.startswith("TitanError: ") for line in sections["Raises"])
    assert [one for one in ("Args", "Returns", "Raises") if one in sections] == list(sections)


def sections_of(docstring):
    summary, *rest = docstring.split("\n")
    sections, current = {}, None
    for line in rest:
        header = re.fullmatch(r"(\w+):", line)
        if header:
            current = sections.setdefault(header[1], [])
        elif current is not None and line:
            current.append(line[4:])
    return summary, sections


@each_operation
def test_docstring_states_the_evidence_where_it_is_not_documented(operation):
    found = re.findall(r"^Evidence: (\w+)\b.+\.$", inspect.getdoc(method_of(operation)), re.MULTILINE)
    assert found == ([operation.evidence] if operation.inferred else [])
