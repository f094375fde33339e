"""A payload, dict or model, travels as JSON with nothing added, lost or refused."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from collections import OrderedDict, UserDict, deque
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import NOON
from tests.support.fake_server import FakeServer, json_response
from tests.support.hostile_texts import runs
from titan import ConfigurationError, TitanError
from titan.services._base import encode, with_session
from titan.types_gen import (
    ContactCard,
    ContactMessage,
    CreateSessionRequest,
    CreateWebhookRequest,
    PresenceSetting,
    QuotedMessage,
    SetPresenceRequest,
    TextMessage,
    TypingState,
    UpdateLabelRequest,
    WebhookHeader,
    WebhookRetries,
)

CHAT = "5511999999999@s.whatsapp.net"
TEXT = {"chatId": CHAT, "type": "text", "text": "Hello!"}
UTC = datetime.timezone.utc
BRASILIA = datetime.timezone(datetime.timedelta(hours=-3))


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Place:
    latitude: Any
    seen: Any = None


class Note(pydantic.BaseModel):
    made: datetime.date = datetime.date(2025, 5, 1)
    state: TypingState = TypingState.PAUSED


@pytest.fixture
def server():
    return FakeServer(json_response({"data": {"id": "msg_1"}}))


@pytest.fixture
def client(connect, server):
    return connect(server)


def sent(server):
    return json.loads(server.request.content)


# A dict travels as given.


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (10**30, 10**30),
        (-0.5, -0.5),
        ("", ""),
        ("Olá 👋 \u2028 \x00", "Olá 👋 \u2028 \x00"),
        ([], []),
        ({}, {}),
        ((1, (2,)), [1, [2]]),
        ({"a": {"b": [{"c": None}]}}, {"a": {"b": [{"c": None}]}}),
        ({7}, [7]),
        (frozenset("a"), ["a"]),
        (b"bytes", "bytes"),
        (datetime.datetime(2025, 5, 1, 12, tzinfo=UTC), "2025-05-01T12:00:00Z"),
        (datetime.datetime(2025, 5, 1, 12), "2025-05-01T12:00:00Z"),
        (datetime.datetime(2025, 5, 1, 9, tzinfo=BRASILIA), "2025-05-01T12:00:00Z"),
        (datetime.datetime(9999, 12, 31, 23, tzinfo=BRASILIA), "9999-12-31T23:00:00-03:00"),
        ([datetime.datetime(2025, 5, 1, 12)], ["2025-05-01T12:00:00Z"]),
        (datetime.date(2025, 5, 1), "2025-05-01"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (decimal.Decimal("1.10"), 1.1),
        (decimal.Decimal("-23.5505"), -23.5505),
        (decimal.Decimal("10"), 10),
        (decimal.Decimal("12345678901234567890"), 12345678901234567890),
        (decimal.Decimal("1E+30"), 10**30),
        (decimal.Decimal("1E+300"), 1e300),
        (decimal.Decimal("1E-400"), 0.0),
        ([decimal.Decimal("0.1")], [0.1]),
        (({"deep": decimal.Decimal(0)},), [{"deep": 0}]),
        (Path("a.png"), "a.png"),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (TypingState.PAUSED, "paused"),
        (TypingState("dancing"), "dancing"),
        ([TypingState.PAUSED], ["paused"]),
        (QuotedMessage(id="m", chat_id=CHAT), {"id": "m", "chatId": CHAT}),
        ([QuotedMessage(id="m")], [{"id": "m"}]),
        (({"deep": QuotedMessage(id="m")},), [{"deep": {"id": "m"}}]),
        (Note(), {"made": "2025-05-01", "state": "paused"}),
        (MappingProxyType({"at": datetime.datetime(2025, 5, 1, 12)}), {"at": "2025-05-01T12:00:00Z"}),
        (UserDict({"a": 1}), {"a": 1}),
        (deque([1, decimal.Decimal("0.5")]), [1, 0.5]),
        (Place(decimal.Decimal("0.5"), [NOON]), {"latitude": 0.5, "seen": ["2025-05-01T12:00:00Z"]}),
    ],
)
def test_dict_travels_as_given(client, server, value, written):
    client.messages.send("my-session", {**TEXT, "someKey": value})
    assert sent(server) == {"session": "my-session", **TEXT, "someKey": written}
    assert server.request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"anything": "at all", "not_camel": "case", "": ""},
        {"chatId": 5, "type": "hologram", "text": None},
        {"chatId": "no JID", "type": "poll", "options": ["only one"]},
        {"mentions": ["x"] * 1000, "text": "x" * 100_000},
    ],
)
def test_dict_is_not_judged(client, server, payload):
    client.messages.send("my-session", payload)
    assert sent(server) == {"session": "my-session", **payload}


@runs(50)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_written_as_json_would(value):
    assert json.loads(encode(value)) == value


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        ({TypingState.PAUSED: 1, TypingState("new"): 2}, {"paused": 1, "new": 2}),
        ({Colour.RED: 1}, {"red": 1}),
        ({5: 1}, {"5": 1}),
        ({uuid.UUID(int=7): 1}, {"00000000-0000-0000-0000-000000000007": 1}),
    ],
)
def test_key_is_written_as_its_value(keys, written):
    assert json.loads(encode({"a": keys})) == {"a": written}


def test_any_mapping_is_a_payload(client, server):
    client.messages.send("my-session", MappingProxyType(OrderedDict(TEXT)))
    assert sent(server) == {"session": "my-session", **TEXT}


# Models.


def test_model_travels_with_its_constants_and_what_was_set(client, server):
    client.messages.send("my-session", TextMessage(chat_id=CHAT, text="Hello!"))
    assert sent(server) == {"session": "my-session", **TEXT}


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (CreateSessionRequest(name="s"), {"name": "s"}),
        (CreateSessionRequest(name="s", start=False), {"name": "s", "start": False}),
        (CreateSessionRequest(name="s", proxy=None), {"name": "s"}),
        (CreateSessionRequest(name="s", config={"a": None}), {"name": "s", "config": {"a": None}}),
        (CreateSessionRequest(name="s", brandNew=1), {"name": "s", "brandNew": 1}),
    ],
)
def test_only_what_was_set_in_a_model_travels(client, server, model, written):
    client.sessions.create(model)
    assert sent(server) == written


def test_empty_model_is_an_empty_object(client, server):
    client.labels.update("s", "7", UpdateLabelRequest())
    assert server.request.content == b"{}"


def test_models_inside_a_model_travel_in_wire_names(client, server):
    webhook = CreateWebhookRequest(
        url="https://example.com/hook",
        hmac_key="k",
        headers=[WebhookHeader(name="X-A", value="1"), {"name": "X-B"}],
        retries=WebhookRetries(delay_seconds=5),
    )
    client.webhooks.create(webhook)
    assert sent(server) == {
        "url": "https://example.com/hook",
        "hmacKey": "k",
        "headers": [{"name": "X-A", "value": "1"}, {"name": "X-B"}],
        "retries": {"delaySeconds": 5},
    }


def test_constant_of_a_model_inside_a_dict_travels(client, server):
    card = ContactMessage(chat_id=CHAT, contacts=[ContactCard(name="Support", phone_number="+5511977777777")])
    client.request("POST", "/api/drafts", json={"drafts": [card]})
    assert sent(server) == {
        "drafts": [
            {
                "chatId": CHAT,
                "type": "contact",
                "contacts": [{"name": "Support", "phoneNumber": "+5511977777777"}],
            }
        ]
    }


@pytest.mark.parametrize(
    "payload",
    [
        SetPresenceRequest(presence=PresenceSetting.AVAILABLE),
        SetPresenceRequest(presence="available"),
        {"presence": PresenceSetting.AVAILABLE},
        {"presence": "available"},
    ],
)
def test_model_and_dict_say_the_same(client, server, payload):
    client.presence.set("my-session", payload)
    assert server.request.content == b'{"presence":"available"}'


def test_result_of_one_call_is_the_payload_of_another(connect):
    rules = {"recipientMode": "conversation", "rateLimit": 20, "newRule": {"a": [1]}}
    server = FakeServer(json_response({"data": rules}))
    client = connect(server)
    client.client_tokens.set_rules("other", client.client_tokens.get_rules("one"))
    assert json.loads(server.requests[1].content) == rules


# The name of the session in the body.


@pytest.mark.parametrize(
    "payload",
    [
        {**TEXT, "session": "my-session"},
        {**TEXT},
        TextMessage(chat_id=CHAT, text="Hello!", session="my-session"),
        TextMessage(chat_id=CHAT, text="Hello!"),
    ],
)
def test_session_is_put_into_the_body_once(client, server, payload):
    client.messages.send("my-session", payload)
    assert sent(server) == {**TEXT, "session": "my-session"}
    assert server.request.content.count(b'"session"') == 1


@pytest.mark.parametrize("name", ["other", "My-Session", "", None, 5, ["my-session"]])
@pytest.mark.parametrize("as_model", [False, True])
def test_other_session_in_the_payload_is_refused(client, server, name, as_model):
    payload = TextMessage(chat_id=CHAT, text="Hi", session=name) if as_model else {**TEXT, "session": name}
    with pytest.raises(ValueError, match="names another session"):
        client.messages.send("my-session", payload)
    assert server.requests == []


@pytest.mark.parametrize("method", ["create", "update_subject", "update_description", "update_picture"])
def test_group_operations_refuse_another_session_too(client, server, method):
    ids = () if method == "create" else ("1@g.us",)
    with pytest.raises(ValueError, match="names another session"):
        getattr(client.groups, method)("my-session", *ids, {"session": "other"})
    assert server.requests == []


@pytest.mark.parametrize("payload", [{**TEXT, "deep": [{"a": (1,)}]}, {**TEXT, "session": "s"}])
def test_payload_of_the_user_is_left_as_it_is(client, payload):
    before = copy.deepcopy(payload)
    client.messages.send("s", payload)
    assert payload == before
    assert type(payload["deep"][0]["a"]) is tuple if "deep" in payload else True


def test_model_of_the_user_is_left_as_it_is(client):
    message = TextMessage(chat_id=CHAT, text="Hello!")
    client.messages.send("s", message)
    assert message == TextMessage(chat_id=CHAT, text="Hello!")
    assert "session" not in message


# What is refused before anything is sent.


def ring() -> Any:
    link: dict[str, Any] = {}
    link["link"] = [link]
    return link


def deep() -> Any:
    nested: Any = 1
    for _ in range(100_000):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param(float("nan"), ValueError, id="NaN"),
        pytest.param(float("inf"), ValueError, id="infinity"),
        pytest.param([{"a": (float("-inf"),)}], ValueError, id="infinity inside"),
        pytest.param({float("nan")}, ValueError, id="NaN in a set"),
        pytest.param(decimal.Decimal("NaN"), ValueError, id="decimal NaN"),
        pytest.param(decimal.Decimal("sNaN"), ValueError, id="signalling NaN"),
        pytest.param([decimal.Decimal("-Infinity")], ValueError, id="decimal infinity inside"),
        pytest.param({"a": decimal.Decimal("1E+400")}, ValueError, id="decimal beyond all numbers"),
        pytest.param(Place(float("nan")), ValueError, id="NaN in a dataclass"),
        pytest.param(deque([decimal.Decimal("Infinity")]), ValueError, id="infinity in a deque"),
        pytest.param("\ud83d", ValueError, id="lone surrogate"),
        pytest.param({"\udc00": 1}, ValueError, id="lone surrogate as a key"),
        pytest.param(["ok", {"\ud800"}], ValueError, id="lone surrogate in a set"),
        pytest.param(QuotedMessage.model_construct(id="\ud800"), ValueError, id="lone surrogate in a model"),
        pytest.param(ring(), ValueError, id="a ring"),
        pytest.param(deep(), ValueError, id="too deep"),
        pytest.param(object(), TypeError, id="an object"),
        pytest.param(len, TypeError, id="a function"),
        pytest.param(b"\xff\xfe", TypeError, id="bytes that are no text"),
        pytest.param([{"a": object()}], TypeError, id="an object inside"),
    ],
)
def test_what_json_cannot_say_is_refused(client, server, value, error):
    with pytest.raises((ValueError, TypeError)) as caught:
        client.messages.send("my-session", {**TEXT, "value": value})
    assert type(caught.value) is error
    assert "payload" in str(caught.value)
    with pytest.raises(error):
        client.labels.create("my-session", {"name": value})
    with pytest.raises(error):
        client.request("POST", "/api/anything", json=value)
    assert server.requests == []


@pytest.mark.parametrize("payload", [[TEXT], "text", b"{}", 5, True, Note(), object(), TextMessage])
def test_payload_that_is_no_object_is_refused(client, server, payload):
    for call in (client.messages.send, client.labels.create, client.groups.create):
        with pytest.raises(TypeError, match=r"dict in wire names or a model of titan\.types_gen"):
            call("my-session", payload)
    assert server.requests == []


def test_refusals_are_no_titan_errors():
    with pytest.raises(ValueError, match="another session") as caught:
        with_session({"session": "a"}, "b")
    assert not isinstance(caught.value, (TitanError, ConfigurationError))
    assert "'a'" not in str(caught.value)


def test_none_in_place_of_a_payload_is_refused(connect):
    server = FakeServer(json_response({"data": {"id": "1"}}))
    with pytest.raises(TypeError, match="a payload is a dict"):
        connect(server).labels.create("default", None)
    assert not server.requests
