from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from typing import List, Literal, Optional, Union

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import Annotated

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer
from tests.support.project import CONTRACT as SPEC
from titan import APIResponseError, APIStatusError, NotFoundError, TitanClient, types_gen
from titan._models import TitanModel, validation
from titan._models.parsing import parse
from titan.services._generated.operations import SESSIONS_LIST
from titan.types_gen import Group, Message, Session

NOON = datetime(2025, 5, 1, 12, tzinfo=timezone.utc)
SESSION = {"name": "my-session", "status": "CONNECTED", "createdAt": "2025-05-01T12:00:00Z"}
TEXT = {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hello from Titan!"}


def to_bytes(document):
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def session_with(**fields):
    return to_bytes({"data": {**SESSION, **fields}})


@pytest.fixture
def answering(connect):
    """A client whose server gives this answer to everything."""

    def build(document, status=200, **options):
        return connect(FakeServer(httpx.Response(status, content=to_bytes(document))), **options)

    return build


@pytest.fixture(params=[False, True], ids=["tolerant", "strict"])
def strict(request):
    return request.param


# Answers that are what they should be.


def test_send_response_of_the_quickstart_is_read(answering, strict):
    client = answering(
        {
            "data": {
                "id": "msg_3AFBWAIKiNsZCmkg",
                "session": "my-session",
                "fromMe": True,
                "status": "sent",
                "type": "text",
                "text": "Hello from Titan!",
                "sentAt": "2025-05-01T12:05:00Z",
            }
        },
        strict_responses=strict,
    )
    message = client.messages.send("my-session", TEXT)
    assert (message.id, message.session, message.from_me) == ("msg_3AFBWAIKiNsZCmkg", "my-session", True)
    assert (message.status, message.type, message.text) == ("sent", "text", "Hello from Titan!")
    assert message.sent_at == NOON + timedelta(minutes=5)
    assert (message.timestamp, message.media_id) == (None, None)


def test_send_response_of_the_reference_is_read(answering, strict):
    client = answering(
        {
            "data": {
                "id": "msg_3AFBWAIKiNsZCmkg",
                "status": "pending",
                "timestamp": "2025-05-01T12:00:00Z",
                "fromPhoneNumber": "+5511999999999",
                "fromLid": "12345678901234567890@lid",
                "mediaId": "med_1",
            }
        },
        strict_responses=strict,
    )
    message = client.messages.send("my-session", TEXT)
    assert (message.status, message.timestamp, message.media_id) == ("pending", NOON, "med_1")
    assert message.from_phone_number == "+5511999999999"
    assert message.from_lid == "12345678901234567890@lid"
    assert (message.sent_at, message.session, message.type) == (None, None, None)


@pytest.mark.parametrize(
    "document",
    [
        {"data": {"qr": "data:image/png;base64,iVBORw0KGgo="}},
        {"qr": "2@ABC", "event": "code"},
        {"qr": "2@ABC", "event": None},
    ],
)
def test_both_qr_responses_are_read(answering, document, strict):
    qr = answering(document, strict_responses=strict).pairing.qr("my-session")
    came = document.get("data", document)
    assert qr.qr == came["qr"]
    assert qr.event == came.get("event")
    assert qr.to_dict() == came


@pytest.mark.parametrize(
    ("document", "came"),
    [
        ({"data": SESSION}, SESSION),
        (SESSION, SESSION),
        ({"data": SESSION, "success": True}, SESSION),
        ({"success": True, "data": SESSION, "meta": {"took": 5}}, SESSION),
        (
            {"data": {**SESSION, "shard": {"id": 5}, "tags": ["a"]}},
            {**SESSION, "shard": {"id": 5}, "tags": ["a"]},
        ),
        ({**SESSION, "shard": None}, {**SESSION, "shard": None}),
        ({"data": {**SESSION, "status": "HIBERNATING"}}, {**SESSION, "status": "HIBERNATING"}),
        ({"data": {**SESSION, "status": ""}}, {**SESSION, "status": ""}),
        ({"data": {**SESSION, "statusReason": None}}, {**SESSION, "statusReason": None}),
        (b'\r\n{"data": {"status": "CONNECTED", "name": "s"}}\t\n', {"name": "s", "status": "CONNECTED"}),
        (
            b'{"data": {"name": "first", "status": "CONNECTED", "name": "last"}}',
            {"name": "last", "status": "CONNECTED"},
        ),
        (
            b'{"data": {"name": "first"}, "data": {"name": "last", "status": "CONNECTED"}}',
            {"name": "last", "status": "CONNECTED"},
        ),
        (session_with(x=10**30), {**SESSION, "x": 10**30}),
        (session_with(x=-(10**999)), {**SESSION, "x": -(10**999)}),
    ],
)
def test_fitting_answer_is_read_with_or_without_envelope(answering, document, came, strict):
    session = answering(document, strict_responses=strict).sessions.get("my-session")
    assert session.name == came["name"]
    assert session.status == came["status"]
    assert type(session.status) is types_gen.SessionStatus
    assert session.to_dict() == came


@pytest.mark.parametrize("came", [[SESSION, {**SESSION, "status": "NEW", "x": 1}], []])
@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: {"data": data}])
def test_fitting_list_is_read_with_or_without_envelope(answering, wrap, came, strict):
    sessions = answering(wrap(came), strict_responses=strict).sessions.list()
    assert type(sessions) is list
    assert [session.to_dict() for session in sessions] == came


# Answers without a result. They are no mismatch.

NOTHING = [
    (204, b""),
    (200, b""),
    (200, b" \n"),
    (200, b"null"),
    (200, b'\xef\xbb\xbf{"data": null}'),
    (200, {"data": None}),
    (200, {"data": None, "success": True}),
    (200, {"data": {"success": True}}),
    (200, {"success": True}),
]


@pytest.mark.parametrize(("status", "document"), NOTHING)
def test_answer_without_a_result_is_a_model_of_nones(answering, status, document, strict):
    session = answering(document, status, strict_responses=strict).sessions.start("my-session")
    assert type(session) is Session
    assert {getattr(session, name) for name in Session.model_fields} == {None}


@pytest.mark.parametrize(("status", "document"), NOTHING)
def test_answer_without_a_result_is_an_empty_list(answering, status, document, strict):
    assert answering(document, status, strict_responses=strict).sessions.list() == []


@pytest.mark.parametrize(("status", "document"), [*NOTHING, (200, SESSION), (200, [1]), (201, b'"done"')])
def test_operation_without_a_result_returns_none(answering, status, document, strict):
    assert answering(document, status, strict_responses=strict).sessions.delete("my-session") is None


def test_empty_object_is_a_model_of_nones(answering, strict):
    session = answering({"data": {}}, strict_responses=strict).sessions.start("my-session")
    assert {getattr(session, name) for name in Session.model_fields} == {None}
    assert session.to_dict() == {}


# Answers that do not fit: kept as they came, or an error with strict_responses.


@pytest.mark.parametrize(
    ("body", "attribute", "kept"),
    [
        pytest.param(to_bytes({"data": {"name": "s"}}), "status", None, id="missing field"),
        pytest.param(to_bytes({"name": "s"}), "status", None, id="missing field, no envelope"),
        pytest.param(session_with(name=None), "name", None, id="null"),
        pytest.param(session_with(name=5), "name", 5, id="number for a string"),
        pytest.param(session_with(name=True), "name", True, id="boolean for a string"),
        pytest.param(session_with(name=["s"]), "name", ["s"], id="list for a string"),
        pytest.param(session_with(status=7), "status", 7, id="number for an enum"),
        pytest.param(session_with(status={"is": "NEW"}), "status", {"is": "NEW"}, id="object for an enum"),
        pytest.param(session_with(config="safe"), "config", "safe", id="string for an object"),
        pytest.param(session_with(config=[1, {}]), "config", [1, {}], id="list for an object"),
        pytest.param(session_with(updatedAt=1746100800), "updated_at", 1746100800, id="Unix time for ISO"),
        pytest.param(session_with(updatedAt="yesterday"), "updated_at", "yesterday", id="no time"),
        pytest.param(session_with(updatedAt=""), "updated_at", "", id="empty time"),
        pytest.param(session_with(pushName="\ud83d"), "push_name", "\ud83d", id="lone surrogate"),
        pytest.param(session_with(status="\udc00"), "status", "\udc00", id="lone surrogate for an enum"),
        pytest.param(session_with(other="\ud800"), "status", "CONNECTED", id="lone surrogate in a new field"),
        pytest.param(b"\xef\xbb\xbf" + session_with(lid="1@lid"), "lid", "1@lid", id="byte order mark"),
        pytest.param(
            b"\xef\xbb\xbf" + to_bytes({**SESSION, "lid": "1@lid"}), "lid", "1@lid", id="BOM, no envelope"
        ),
        pytest.param(session_with(lid="1@lid").decode().encode("utf-16"), "lid", "1@lid", id="UTF-16"),
    ],
)
def test_misfit_is_kept_as_it_came_or_an_error_if_strict(answering, body, attribute, kept):
    session = answering(body).sessions.get("s")
    document = json.loads(body)
    came = document.get("data", document)
    assert getattr(session, attribute) == kept
    assert type(getattr(session, attribute)) in (type(kept), types_gen.SessionStatus)
    assert session.to_dict() == came
    assert session.created_at == (NOON if "createdAt" in came else None)

    with pytest.raises(APIResponseError, match=r"server answered 200.* does not fit") as caught:
        answering(body, strict_responses=True).sessions.get("s")
    assert (caught.value.status_code, caught.value.body) == (200, body)
    assert caught.value.maybe_processed


@pytest.mark.parametrize(
    ("operation", "field", "kept"),
    [
        ("webhooks", "id", "5"),
        ("webhooks", "id", 5.5),
        ("webhooks", "id", True),
        ("webhooks", "enabled", "true"),
        ("webhooks", "enabled", 1),
        ("webhooks", "events", "*"),
        ("webhooks", "events", ["message.received", 5]),
    ],
)
def test_nothing_is_coerced(answering, operation, field, kept):
    document = {"data": {"id": 1, "url": "https://example.com", field: kept}}
    webhook = getattr(answering(document), operation).get(1)
    assert getattr(webhook, field) == kept
    assert type(getattr(webhook, field)) is type(kept)
    with pytest.raises(APIResponseError, match=f"data.{field}"):
        getattr(answering(document, strict_responses=True), operation).get(1)


def test_nested_models_are_read_as_far_as_they_fit(answering):
    people = [{"phoneNumber": "+551199"}, {"phoneNumber": 5, "isAdmin": True, "new": 1}, 7, None, "x"]
    document = {"data": [{"id": "1@g.us", "createdAt": 1746100800, "participants": people}, {"id": 2}, "?"]}
    first, second, third = answering(document).groups.list("s")
    assert type(first) is type(second) is Group
    assert first.created_at == 1746100800
    good, bad, *rest = first.participants
    assert type(good) is type(bad) is types_gen.GroupParticipant
    assert (good.phone_number, good.is_admin) == ("+551199", None)
    assert (bad.phone_number, bad.is_admin, bad["new"]) == (5, True, 1)
    assert rest == [7, None, "x"]
    assert (second.id, second.participants) == (2, None)
    assert third == "?"
    assert [first.to_dict(), second.to_dict(), third] == document["data"]
    with pytest.raises(APIResponseError, match=r"data\.0\.participants\.1\.phoneNumber"):
        answering(document, strict_responses=True).groups.list("s")


def test_misfits_are_named_without_their_values(answering):
    document = {"data": {**SESSION, "phoneNumber": 5511999999999, "proxy": ["secret"], "lid": 1, "name": 2}}
    with pytest.raises(APIResponseError) as caught:
        answering(document, strict_responses=True).sessions.get("s")
    text = caught.value.message
    assert "data.phoneNumber: Input should be a valid string" in text
    assert text.endswith("; …")
    assert "5511999999999" not in text
    assert "secret" not in text


def test_time_that_utc_cannot_say_is_kept_with_its_offset(answering, strict):
    for never in ("9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+02:00"):
        client = answering({"data": {**SESSION, "updatedAt": never}}, strict_responses=strict)
        session = client.sessions.get("s")
        assert session.updated_at == datetime.fromisoformat(never)
        assert session.to_dict()["updatedAt"] == never


# A union in an answer: none of today's models has one.


class Photo(TitanModel):
    type: Literal["photo"] = "photo"
    width: int


class Clip(TitanModel):
    type: Literal["clip"] = "clip"
    seconds: int


class Post(TitanModel):
    attachment: Optional[Annotated[Union[Photo, Clip], Field(discriminator="type")]] = None
    sent_at: types_gen.Timestamp


@pytest.mark.parametrize("attachment", [{"type": "hologram", "width": 5}, {"width": 5}, "none", [1]])
def test_unknown_union_tag_keeps_what_came(attachment):
    came = {"attachment": attachment, "sentAt": "2025-05-01T12:00:00"}
    post, mismatch = parse(to_bytes({"data": came}), Post)
    assert post.attachment == attachment
    assert type(post.attachment) is type(attachment)
    assert post.sent_at == NOON
    assert post.to_dict() == {**came, "sentAt": "2025-05-01T12:00:00Z"}
    assert mismatch


def test_known_union_tag_is_a_model_beside_a_misfit():
    came = {"attachment": {"type": "clip", "seconds": 5}, "sentAt": "?"}
    post, mismatch = parse(to_bytes({"data": came}), Post)
    assert type(post.attachment) is Clip
    assert post.attachment.seconds == 5
    assert post.to_dict() == came
    assert mismatch


def test_unknown_union_tag_in_a_list_leaves_its_neighbours_models():
    came = [{"type": "clip", "seconds": 5}, {"type": "hologram"}, {"type": "photo", "width": 7}]
    (clip, hologram, photo), mismatch = parse(
        to_bytes({"data": came}), List[Annotated[Union[Photo, Clip], Field(discriminator="type")]]
    )
    assert (type(clip), hologram, type(photo)) == (Clip, {"type": "hologram"}, Photo)
    assert mismatch


# Answers that cannot be read at all.

HTML = b"<!DOCTYPE html><html><body>Log in</body></html>"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (HTML, "HTML"),
        (b"\n  <html lang=pt>", "HTML"),
        (session_with()[:-10], "not valid JSON"),
        (session_with() + b"}", "not valid JSON"),
        (b"\xef\xbb\xbf", "not valid JSON"),
        (b"OK", "not valid JSON"),
        (b"\x1f\x8b\x08\x00", "not valid JSON"),
        ('{"data": {"name": "é"}}'.encode("latin-1"), "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
    ],
)
@pytest.mark.parametrize("operation", ["get", "delete"])
def test_answer_that_is_no_json_is_an_error_that_says_what_came(answering, operation, body, why, strict):
    client = answering(body, 201, strict_responses=strict)
    with pytest.raises(APIResponseError) as caught:
        getattr(client.sessions, operation)("my-session")
    error = caught.value
    assert (error.status_code, error.body) == (201, body)
    assert "the server answered 201, so the request was probably carried out" in str(error)
    assert why in str(error)
    assert error.maybe_processed
    assert error.route == "/api/sessions/{session}"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("text", "string"),
        (5, "number"),
        (0.5, "number"),
        (False, "boolean"),
        ([SESSION], "array"),
        ([], "array"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: {"data": data}])
def test_wrong_outer_shape_of_a_model_is_an_error(answering, wrap, document, name, strict):
    with pytest.raises(APIResponseError, match=f"holds a JSON {name}") as caught:
        answering(wrap(document), strict_responses=strict).sessions.get("s")
    assert caught.value.body == to_bytes(wrap(document))


@pytest.mark.parametrize(("document", "name"), [(SESSION, "object"), ({}, "object"), ("text", "string")])
@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: {"data": data}])
def test_wrong_outer_shape_of_a_list_is_an_error(answering, wrap, document, name, strict):
    with pytest.raises(APIResponseError, match=f"holds a JSON {name}"):
        answering(wrap(document), strict_responses=strict).sessions.list()


@pytest.mark.parametrize("field", ["config", "somethingNew"])
@pytest.mark.parametrize("depth", [100, 300])
def test_deep_nesting_is_kept(answering, field, depth):
    nested = json.loads('{"a":' * depth + "1" + "}" * depth)
    session = answering(session_with(**{field: nested})).sessions.get("s")
    assert session[field] == nested
    assert session.created_at == NOON
    assert session.to_dict()[field] == nested


def test_number_of_too_many_digits_is_kept_or_an_error(answering):
    client = answering(session_with().replace(b"}}", b', "x": %s}}' % (b"9" * 5000)))
    if hasattr(sys, "set_int_max_str_digits"):
        with pytest.raises(APIResponseError, match="not valid JSON"):
            client.sessions.get("s")
    else:
        assert client.sessions.get("s")["x"] == 10**5000 - 1


# Whatever the server sends.


def _examples():
    """Each 2xx example of the spec that holds a result, with the type that it is declared to have."""
    for item in SPEC["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json", {})
                schema = content.get("schema", {})
                schema = schema.get("anyOf", [schema])[0]
                data = schema.get("properties", {}).get("data", {})
                model = data.get("items", data).get("$ref", "").rpartition("/")[2]
                if status.startswith("2") and model:
                    shape = getattr(types_gen, model)
                    for example in content["examples"].values():
                        yield example["value"], List[shape] if "items" in data else shape


EXAMPLES = [
    (document["data"], shape)
    for document, shape in _examples()
    if "data" in document and document["data"] not in ([], {"success": True})
]
_names = st.text().filter(lambda name: name not in ("data", "success"))
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters()),
    st.text(st.characters(categories=["Cs", "Lu"]), max_size=3),
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def mutated(draw):
    """An example with some of its values replaced, some of its fields taken away, and new ones added."""
    document, shape = draw(st.sampled_from(EXAMPLES))
    root = {"data": json.loads(json.dumps(document))}
    for _ in range(draw(st.integers(0, 3))):
        parent, key = root, "data"
        while isinstance(parent[key], (dict, list)) and parent[key] and draw(st.integers(0, 9)):
            parent = parent[key]
            key = draw(st.sampled_from(sorted(parent) if isinstance(parent, dict) else range(len(parent))))
        if isinstance(parent[key], dict) and draw(st.booleans()):
            parent[key][draw(_names)] = draw(_values)
        elif parent is not root and draw(st.booleans()):
            del parent[key]
        else:
            parent[key] = draw(_values)
    return root["data"], shape


_time = TypeAdapter(datetime)


def same(came, kept):
    """Whether nothing was lost: times may be written differently, as long as they are the same instant."""
    if isinstance(came, dict) and isinstance(kept, dict):
        return came.keys() == kept.keys() and all(same(came[key], kept[key]) for key in came)
    if isinstance(came, list) and isinstance(kept, list):
        return len(came) == len(kept) and all(map(same, came, kept))
    if came == kept and type(came) is type(kept):
        return True
    try:
        return _time.validate_python(came).replace(tzinfo=timezone.utc) == datetime.fromisoformat(
            kept.replace("Z", "+00:00")
        )
    except (AttributeError, ValidationError):
        return False


_answer = FakeServer()
_http = httpx.Client(transport=httpx.MockTransport(_answer))
_clients = {
    strict: TitanClient(BASE_URL, API_KEY, http_client=_http, strict_responses=strict)
    for strict in (False, True)
}


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(), st.booleans())
def test_no_answer_breaks_the_caller_and_nothing_of_it_is_lost(example, in_envelope):
    data, shape = example
    assume(data not in (None, {}))  # no result, which fits any declared type
    body = to_bytes({"data": data} if in_envelope else data)
    _answer.answers = [httpx.Response(200, content=body)]

    def call(strict):
        return _clients[strict].sessions._call(SESSIONS_LIST, returns=shape)

    is_list = shape is not None and not isinstance(shape, type)
    if not isinstance(data, list if is_list else dict):
        with pytest.raises(APIResponseError):
            call(False)
        return
    result = call(False)
    kept = (
        [item.to_dict() if isinstance(item, TitanModel) else item for item in result]
        if is_list
        else (result.to_dict())
    )
    assert same(data, kept)
    assert repr(result)

    # Strict where, and only where, pydantic itself finds fault.
    try:
        TypeAdapter(shape).validate_json(json.dumps(data), strict=True)
    except ValidationError:
        with pytest.raises(APIResponseError):
            call(True)
    else:
        assert call(True) == result


# Bodies of errors.

DOCS = "https://docs.example.com/errors"


@pytest.mark.parametrize(
    ("body", "message", "docs_url"),
    [
        ({"error": "session not found", "docs": DOCS}, "session not found", DOCS),
        ({"error": "session not found"}, "session not found", None),
        ({"error": "session not found", "docs": None, "code": 7}, "session not found", None),
        ({"error": "session not found", "docs": ["?"]}, "session not found", None),
        ("\ufeff" + json.dumps({"error": "sessão"}), "sessão", None),
        ({"error": ""}, "Not Found", None),
        ({"error": {"message": "nested"}, "docs": DOCS}, "Not Found", DOCS),
        ({"error": None}, "Not Found", None),
        ({"error": 404}, "Not Found", None),
        ({"message": "another form"}, "Not Found", None),
        ({"data": {"error": "inside"}}, "Not Found", None),
        (["session not found"], "Not Found", None),
        ("", "Not Found", None),
        (HTML.decode(), "Not Found", None),
        ('{"error": "cut o', "Not Found", None),
        ("[" * 200_000, "Not Found", None),
        (b"\xff\xfe\x00", "Not Found", None),
    ],
)
def test_error_body_of_any_form_is_an_error_of_its_status(answering, body, message, docs_url):
    content = body.encode() if isinstance(body, str) else to_bytes(body)
    with pytest.raises(NotFoundError) as caught:
        answering(content, 404).sessions.get("my-session")
    error = caught.value
    assert (error.message, error.docs_url, error.body) == (message, docs_url, content)
    assert str(error).startswith(f"{message} (404 to GET /api/sessions/{{session}})")
    assert (docs_url in str(error)) if docs_url else ("see" not in str(error))


@pytest.mark.parametrize(
    ("status", "message"), [(418, "I'm a Teapot"), (402, "Payment Required"), (499, "unknown status")]
)
def test_error_without_a_text_is_named_by_its_status(answering, status, message):
    with pytest.raises(APIStatusError) as caught:
        answering(b"", status, max_retries=0).sessions.get("my-session")
    assert caught.value.message == message
    assert caught.value.status_code == status


def test_declared_type_is_what_comes_back(answering):
    """The same bytes read as another type, so that a cache of types cannot mix them up."""
    client = answering({"data": {"id": "x", "name": "n", "status": "sent"}})
    assert type(client.messages.send("s", TEXT)) is Message
    assert type(client.groups.get("s", "1@g.us")) is Group
    assert type(client.sessions.get("s")) is Session


# pydantic 2.13 drops unknown fields that are called like an attribute.


@pytest.mark.parametrize("drops", [True, validation._DROPS_FIELDS])
@pytest.mark.parametrize(
    ("returns", "data"),
    [
        (Session, {"name": "s", "status": "CONNECTED", "statusReason": "FAILED", "status_reason": "new"}),
        (List[Session], [{"name": "s", "status": "CONNECTED", "phone_number": [1]}]),
        (Group, {"id": "g", "participants": [{"is_admin": 1, "isAdmin": True}]}),
    ],
)
def test_unknown_field_called_like_an_attribute_is_kept_and_no_mismatch(
    answering, monkeypatch, drops, returns, data
):
    monkeypatch.setattr(validation, "_DROPS_FIELDS", drops)
    client = answering({"data": data}, strict_responses=True)
    result = client.sessions._call(SESSIONS_LIST, returns=returns)
    kept = [item.to_dict() for item in result] if isinstance(data, list) else result.to_dict()
    assert kept == data
