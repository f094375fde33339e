"""Signed deliveries that `Sandbox.event` makes, for tests of endpoints without a server."""

from __future__ import annotations

import enum
import json
import re
import warnings
from datetime import datetime, timedelta, timezone

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from jsonschema import Draft202012Validator
from pydantic import SecretStr
from pydantic.alias_generators import to_camel

from tests.support.bots import ANA, DJANGO_URLS, SECRET, fastapi_app, flask_app
from tests.support.project import CONTRACT
from titan import WebhookRouter, WebhookSignatureError, parse_webhook, verify_webhook
from titan._models import TitanModel
from titan.sandbox import Sandbox
from titan.webhooks.events import UnknownEvent
from titan.webhooks.events_gen import EVENT_CLASSES

with warnings.catch_warnings():
    # It wants httpx2, which Python 3.10 does not have.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

GROUP = "120363012345678901@g.us"
JID = "5511999999999@s.whatsapp.net"
LID = "12345678901234@lid"


@pytest.fixture(scope="module")
def titan():
    """A sandbox that does not run: none of this needs a server."""
    return Sandbox()


def made(titan, name="message.received", /, **fields):
    return json.loads(titan.event(name, secret=SECRET, **fields).body)


def payload_of(titan, name="message.received", /, **fields):
    return made(titan, name, **fields)["data" if name == "command.result" else "payload"]


def test_router_handles_what_is_made(titan):
    router, seen = WebhookRouter(SECRET), []
    router.on("message.received")(seen.append)
    delivery = titan.event("message.received", text="Hi!", secret=SECRET)
    router.handle(delivery.body, delivery.headers)
    router.handle(*delivery)
    assert [event.payload.text for event in seen] == ["Hi!", "Hi!"]
    with pytest.raises(WebhookSignatureError):
        router.handle(*titan.event("message.received", secret="another"))


def test_test_clients_of_frameworks_take_what_is_made(titan):
    calls = []
    delivery = titan.event("message.received", secret=SECRET)

    def act():
        calls.append(len(calls))

    flask = flask_app(act).test_client()
    assert flask.post("/titan", data=delivery.body, headers=delivery.headers).status_code == 204
    fastapi = TestClient(fastapi_app(act))
    assert fastapi.post("/titan", content=delivery.body, headers=delivery.headers).status_code == 200

    def view(request):
        act()
        return HttpResponse(
            status=200 if verify_webhook(request.body, signature_of(request), SECRET) else 401
        )

    def signature_of(request):
        return request.headers["X-Webhook-Signature"]

    DJANGO_URLS.urlpatterns = [path("titan", view)]
    with override_settings(ROOT_URLCONF=DJANGO_URLS):
        response = Client().post(
            "/titan", delivery.body, content_type="application/json", headers=delivery.headers
        )
    assert response.status_code == 200
    assert calls == [0, 1, 2]


def check_strictly(name, delivery):
    schema = CONTRACT["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": CONTRACT["components"]})
    assert [error.message for error in validator.iter_errors(json.loads(delivery.body))] == []
    assert EVENT_CLASSES[name].model_validate_json(delivery.body, strict=True)


@pytest.mark.parametrize("name", EVENT_CLASSES)
def test_every_known_event_fits_the_contract_without_a_field(titan, name):
    delivery = titan.event(name, secret=SECRET)
    check_strictly(name, delivery)
    assert verify_webhook(delivery.body, delivery.headers["X-Webhook-Signature"], SECRET)
    event = parse_webhook(delivery.body)
    assert type(event) is EVENT_CLASSES[name]
    assert event.session == "default"
    assert json.loads(delivery.body)["data" if name == "command.result" else "payload"]


@pytest.mark.parametrize(
    "name", [name for name in EVENT_CLASSES if name.startswith(("message.", "presence."))]
)
@pytest.mark.parametrize(
    "fields", [{"sender": ANA}, {"sender": LID}, {"group": GROUP}, {"sender": ANA, "group": GROUP}]
)
def test_every_event_fits_the_contract_with_the_people_it_is_given(titan, name, fields):
    check_strictly(name, titan.event(name, secret=SECRET, **fields))


def test_body_and_headers_are_those_of_a_delivery(sandbox, receiver):
    sandbox.connect("default")
    sandbox.receive("default", "Hi!", sender=ANA)
    sandbox.wait_for_deliveries()
    posted, headers = receiver.bodies[-1], receiver.headers[-1]
    delivery = sandbox.event("message.received", text="Hi!", sender=ANA, secret=SECRET)
    assert list(json.loads(posted)) == list(json.loads(delivery.body))
    assert b'": ' not in delivery.body
    http = {"host", "content-length", "accept-encoding", "connection"}
    assert {name.lower() for name in delivery.headers} == headers.keys() - http
    assert delivery.headers["Content-Type"] == headers["content-type"]


def test_events_differ_in_their_ids_and_have_the_time_of_the_sandbox(titan):
    first, second = made(titan), made(titan)
    assert first["id"] != second["id"]
    before = datetime.fromisoformat(second["timestamp"].replace("Z", "+00:00"))
    titan.advance(3600)
    later = made(titan)
    after = datetime.fromisoformat(later["timestamp"].replace("Z", "+00:00"))
    assert timedelta(seconds=3600) <= after - before < timedelta(seconds=3700)
    assert later["payload"]["timestamp"] == int(after.timestamp())


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2025, 5, 1, 12, 5),
        datetime(2025, 5, 1, 12, 5, tzinfo=timezone.utc),
        datetime(2025, 5, 1, 9, 5, tzinfo=timezone(timedelta(hours=-3))),
    ],
)
def test_time_of_an_event_is_that_of_its_message_too(titan, moment):
    event = made(titan, timestamp=moment)
    assert event["timestamp"] == "2025-05-01T12:05:00.000Z"
    assert event["payload"]["timestamp"] == 1746101100


def test_fields_of_the_envelope_and_of_the_payload_have_names_of_their_own(titan):
    event = made(titan, event_id="evt_1", session="shop", id="msg_1", name="a name")
    assert (event["id"], event["session"], event["payload"]["id"]) == ("evt_1", "shop", "msg_1")
    assert event["payload"]["name"] == "a name"


@pytest.mark.parametrize("name", ["from_me", "fromMe"])
def test_fields_go_by_attribute_or_by_their_name_in_json(titan, name):
    assert payload_of(titan, **{name: True})["fromMe"] is True
    assert payload_of(titan, "message.ack", chat_id=JID)["chatId"] == JID
    assert payload_of(titan, from_={"id": GROUP})["from"] == {"id": GROUP}


def test_field_that_the_contract_does_not_know_is_sent(titan):
    payload = payload_of(titan, mood="good", brand_new=[1], veryNew=None)
    assert (payload["mood"], payload["brandNew"], payload["veryNew"]) == ("good", [1], None)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("form_me", "from_me"), ("push_nam", "push_name"), ("pushNmae", "pushName"), ("txet", "text")],
)
def test_misspelled_field_is_refused(titan, name, meant):
    with pytest.raises(ValueError, match=f"has no field '{name}': did you mean '{meant}'"):
        titan.event("message.received", secret=SECRET, **{name: 1})


def test_field_that_is_given_twice_is_refused(titan):
    with pytest.raises(TypeError, match="fromMe was given twice"):
        titan.event("message.received", secret=SECRET, from_me=True, fromMe=False)


@pytest.mark.parametrize("name", ["message.recieved", "Message.Received", "mesage.ack"])
def test_misspelled_event_is_refused_unless_its_payload_is_given(titan, name):
    with pytest.raises(ValueError, match=f"no event is called '{name}': did you mean"):
        titan.event(name, secret=SECRET)
    assert made(titan, name, payload={})["event"] == name


@pytest.mark.parametrize("name", ["invoice.paid", "a", "group.deleted_by_admin"])
def test_unknown_event_has_the_fields_it_was_given(titan, name):
    event = parse_webhook(titan.event(name, secret=SECRET, chat_id=JID, sender="somebody").body)
    assert type(event) is UnknownEvent
    assert event.payload["chatId"] == JID
    assert event.id
    assert event.timestamp


@pytest.mark.parametrize("sender", [ANA, JID, "5511999999999"])
def test_sender_of_a_message_is_its_chat(titan, sender):
    payload = payload_of(titan, text="Hi!", sender=sender)
    assert payload["from"]["phoneNumber"] == "+5511999999999"
    assert payload["from"]["mode"] == "pn"
    assert payload["isGroup"] is False
    assert "sender" not in payload
    assert payload["body"] == payload["text"] == "Hi!"


def test_sender_can_be_known_by_lid_only(titan):
    assert payload_of(titan, sender=LID)["from"] == {"lid": LID, "mode": "lid"}


def test_group_is_the_chat_and_the_sender_wrote_in_it(titan):
    payload = payload_of(titan, sender=ANA, group=GROUP)
    assert payload["from"] == {"id": GROUP}
    assert payload["sender"]["phoneNumber"] == "+5511999999999"
    assert payload["isGroup"] is True
    assert payload_of(titan, group=GROUP)["sender"]
    given = {"phoneNumber": "+1"}
    assert payload_of(titan, group=GROUP, sender=given)["sender"] == given
    assert payload_of(titan, sender=given)["sender"] == given


def test_made_message_is_the_one_that_the_sandbox_delivers(sandbox, receiver):
    sandbox.connect("default")
    for group in (None, GROUP):
        sandbox.receive("default", "Hi!", sender=ANA, push_name="Ana", group=group)
        sandbox.wait_for_deliveries()
        (delivered,) = [one["payload"] for one in receiver.events if one["event"] == "message.received"][-1:]
        payload = payload_of(sandbox, text="Hi!", sender=ANA, push_name="Ana", group=group)
        for one in (payload, delivered):
            del one["id"], one["timestamp"]
        assert payload == delivered


def test_chat_of_other_events_is_where_they_have_it(titan):
    assert payload_of(titan, "message.ack", sender=ANA)["chatId"] == JID
    assert payload_of(titan, "message.ack", sender=ANA, group=GROUP)["chatId"] == GROUP
    assert payload_of(titan, "call.missed", sender=ANA)["from"]["phoneNumber"] == "+5511999999999"
    presence = payload_of(titan, "presence.update", sender=ANA, group=GROUP)
    assert (presence["from"], presence["sender"]["phoneNumber"]) == ({"id": GROUP}, "+5511999999999")
    with pytest.raises(ValueError, match="show no chat"):
        titan.event("session.status", secret=SECRET, sender=ANA)


@pytest.mark.parametrize(
    "fields", [{"sender": "12"}, {"sender": GROUP}, {"sender": "a@b"}, {"group": JID}, {"group": "team"}]
)
def test_who_is_no_person_and_what_is_no_group_is_refused(titan, fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        titan.event("message.received", secret=SECRET, **fields)


def test_result_of_a_command_has_its_fields_under_data_and_neither_id_nor_time(titan):
    event = made(titan, "command.result", correlation_id="cmd-1", success=False)
    assert event.keys() == {"event", "session", "data"}
    assert (event["data"]["correlationId"], event["data"]["success"]) == ("cmd-1", False)
    timed = made(titan, "command.result", event_id="evt_1", timestamp=datetime(2025, 5, 1))
    assert (timed["id"], timed["timestamp"]) == ("evt_1", "2025-05-01T00:00:00.000Z")


@pytest.mark.parametrize("payload", [None, {}, [], "text", 5, {"text": 5, "from": "nobody"}, "\ud800"])
def test_whole_payload_can_be_anything(titan, payload):
    event = made(titan, payload=payload)
    assert event["payload"] == payload
    assert made(titan, "command.result", payload=payload)["data"] == payload
    assert parse_webhook(titan.event("message.received", secret=SECRET, payload=payload).body).id


def test_payload_and_fields_of_it_are_refused(titan):
    with pytest.raises(TypeError, match="either payload"):
        titan.event("message.received", secret=SECRET, payload={}, text="Hi!")


class Mood(enum.Enum):
    GOOD = "good"


def test_values_are_written_as_json(titan):
    model = parse_webhook(titan.event("message.received", secret=SECRET, sender=ANA).body).payload.from_
    payload = payload_of(
        titan, from_=model, mood=Mood.GOOD, at=datetime(2025, 5, 1, tzinfo=timezone.utc), names=("a", "b")
    )
    assert payload["from"]["phoneNumber"] == "+5511999999999"
    assert (payload["mood"], payload["at"], payload["names"]) == ("good", "2025-05-01T00:00:00Z", ["a", "b"])
    with pytest.raises(ValueError, match="serialize"):
        titan.event("message.received", secret=SECRET, mood=object())


class Place(TitanModel):
    """A model that a test hands on, with a number that is none."""

    latitude: float


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    ("fields", "place"),
    [
        (lambda number: {"latitude": number}, "payload.latitude"),
        (lambda number: {"places": [{"latitude": 1.5}, {"latitude": number}]}, "payload.places.1.latitude"),
        (lambda number: {"payload": number}, "payload"),
        (lambda number: {"place": Place(latitude=number)}, "payload.place.latitude"),
    ],
)
def test_number_that_json_cannot_hold_is_refused(titan, fields, place, number):
    with pytest.raises(ValueError, match=f"^{place} is {number}, a number that JSON cannot hold$"):
        titan.event("message.received", secret=SECRET, **fields(number))


@pytest.mark.parametrize(
    ("name", "field", "form"),
    [
        ("message.received", "id", r"msg_\w{20}"),
        ("message.ack", "id", r"msg_\w{20}"),
        ("call.missed", "id", r"call_\w{20}"),
        ("command.result", "correlation_id", r"cmd-\w{20}"),
    ],
)
def test_second_event_of_a_name_is_about_something_else(titan, name, field, form):
    in_json = to_camel(field)
    first, second = (payload_of(titan, name)[in_json] for _ in range(2))
    assert first != second
    assert re.fullmatch(form, first)
    assert payload_of(titan, name, **{field: "mine"})[in_json] == "mine"


def test_events_without_an_id_of_their_own_are_about_the_same_thing(titan):
    groups = {payload_of(titan, "group.update")["id"] for _ in range(2)}
    assert len(groups) == 1


@pytest.mark.parametrize("secret", [SECRET, SECRET.encode(), SecretStr(SECRET), [SECRET, "the old one"]])
def test_secret_has_every_form_that_a_router_takes(titan, secret):
    WebhookRouter(SECRET).handle(*titan.event("message.ack", secret=secret))


@pytest.mark.parametrize(("secret", "error"), [("", ValueError), ([], ValueError), (5, TypeError)])
def test_unusable_secret_is_refused(titan, secret, error):
    with pytest.raises(error):
        titan.event("message.received", secret=secret)


@pytest.mark.parametrize(
    ("name", "error"), [("", ValueError), (None, TypeError), (b"message.ack", TypeError)]
)
def test_name_must_be_one(titan, name, error):
    with pytest.raises(error):
        titan.event(name, secret=SECRET)
