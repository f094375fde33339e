"""Every event fits the contract and is parsed as the class of its name."""

from __future__ import annotations

import base64
import json

import pytest
from jsonschema import Draft202012Validator

from tests.support.messages import act, create_group, send
from tests.support.project import CONTRACT as SPEC
from tests.support.sandbox import (
    BASE,
    CARLA,
    FRIEND,
    GROUP,
    JPEG,
    TEXT,
    data_of,
    jid_of,
)
from titan import parse_webhook
from titan.webhooks.events_gen import EVENT_CLASSES

pytestmark = pytest.mark.usefixtures("connected")


# All events with known names, and the result of a command in async mode.
EVENTS = {
    "message.received",
    "message.sent",
    "message.ack",
    "message.revoked",
    "message.reaction",
    "message.edited",
    "message.update",
    "message.delete",
    "message.vote",
    "session.status",
    "session.qr",
    "session.connected",
    "session.logged_out",
    "group.update",
    "group.participant",
    "presence.update",
    "call.received",
    "call.missed",
    "call.accepted",
    "call.rejected",
    "contact.update",
    "chat.archive",
    "chat.mute",
    "chat.read",
    "command.result",
}


def a_long_day(sandbox, api):
    """Do everything that there is an event for."""
    data_of(api.post("/api/sessions", json={"name": "new", "start": True}), 201)
    sandbox.advance(20)
    account = sandbox.scan("new", business_name="Acme Ltda")
    sandbox.disconnect("new", "AUTO_RECONNECT")
    sandbox.advance(5)
    assert account["platform"] == "smba"

    data_of(api.post(f"{BASE}/presence/{FRIEND}/subscribe"))
    for text in ("Hi", "\N{GRINNING FACE}"):
        sandbox.receive("my-session", text, sender=FRIEND, push_name=f"Ana {text}")
    sandbox.receive("my-session", "Look", sender=FRIEND, media=JPEG, filename="scan.jpg")
    sandbox.receive("my-session", "Hi all", sender=CARLA, group=GROUP)
    sandbox.receive("my-session", content={"type": "location", "latitude": 52.5, "longitude": 13.4})
    sandbox.set_presence("my-session", FRIEND, "composing")
    sandbox.set_presence("my-session", FRIEND, "unavailable")

    examples = SPEC["paths"]["/api/messages/send"]["post"]["requestBody"]["content"]["application/json"]
    for example in examples["examples"].values():
        # In the group that exists, not in that of the example.
        chat = GROUP if example["value"]["chatId"].endswith("@g.us") else example["value"]["chatId"]
        send(api, **{**example["value"], "chatId": chat})
    # To another session too: what one sends, the other receives.
    send(api, chatId=jid_of(account))
    message, poll = send(api), send(api, type="poll", question="When?", options=["Mon", "Tue"])
    for status in ("delivered", "read"):
        sandbox.acknowledge("my-session", message["id"], status)
    data_of(act(api, "react", message, reaction="👍"))
    data_of(act(api, "edit", message, text="Hello"))
    data_of(act(api, "star", message, star=True))
    sandbox.react("my-session", message["id"], "❤️")
    sandbox.vote("my-session", poll["id"], ["Mon"])
    data_of(act(api, "delete", message, forEveryone=True))
    data_of(act(api, "delete", poll))

    group = create_group(api, FRIEND)
    data_of(api.put(f"{BASE}/groups/{group}/subject", json={"session": "my-session", "subject": "New"}))
    picture = {"session": "my-session", "base64": base64.b64encode(JPEG).decode()}
    data_of(api.put(f"{BASE}/groups/{group}/picture", json=picture))
    data_of(api.post(f"{BASE}/groups/{group}/participants/promote", json={"participants": [FRIEND]}))
    data_of(api.post(f"{BASE}/groups/{group}/leave"))
    for outcome in ("missed", "accepted", "rejected"):
        sandbox.call("my-session", outcome=outcome)

    data_of(api.post(f"{BASE}/messages/seen", json={"chatId": FRIEND}))
    for verb, body in (("archive", {}), ("unarchive", {}), ("mute", {"duration": 60}), ("unmute", {})):
        data_of(api.post(f"{BASE}/chats/{FRIEND}/{verb}", json=body))
    prefer = {"Prefer": "respond-async"}
    data_of(api.post("/api/messages/send", json=TEXT, headers=prefer), 202)
    data_of(api.post("/api/messages/send", json={**TEXT, "chatId": "1@g.us"}, headers=prefer), 202)
    sandbox.advance(1)
    sandbox.logout("my-session")
    sandbox.wait_for_deliveries()


def schema_of(event):
    content = SPEC["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]
    return {**content["schema"], "components": SPEC["components"]}


def test_every_event_fits_the_spec_and_is_parsed_as_the_class_of_its_name(sandbox, api, receiver):
    a_long_day(sandbox, api)
    assert set(receiver.names) == EVENTS == set(EVENT_CLASSES) == set(SPEC["webhooks"])
    for body in receiver.bodies:
        event = json.loads(body)
        validator = Draft202012Validator(
            schema_of(event["event"]), format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        assert [error.message for error in validator.iter_errors(event)] == []
        kind = EVENT_CLASSES[event["event"]]
        assert type(parse_webhook(body)) is kind
        # The SDK reads tolerantly; only this shows that nothing had to be tolerated.
        kind.model_validate_json(body, strict=True)


def test_every_event_has_the_fields_of_its_example(sandbox, api, receiver):
    a_long_day(sandbox, api)
    # The example of a presence is of somebody who types in a group, which the sandbox does not have.
    for name in EVENTS - {"presence.update"}:
        content = SPEC["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
        example = content["examples"]["default"]["value"]
        shown = [one for one in receiver.events if one["event"] == name]
        assert {frozenset(one) for one in shown} == {frozenset(example)}
        fields = set(payload_of(example))
        assert any(fields <= set(payload_of(one)) for one in shown), name


def payload_of(event):
    return event["payload"] if "payload" in event else event["data"]


def test_no_event_has_a_field_that_the_spec_does_not_know(sandbox, api, receiver):
    a_long_day(sandbox, api)
    schemas = SPEC["components"]["schemas"]
    for event in receiver.events:
        fields = schemas[EVENT_CLASSES[event["event"]].__name__]["properties"]
        payload = schemas[fields["data" if "data" in event else "payload"]["$ref"].rpartition("/")[2]]
        assert set(payload_of(event)) <= set(payload["properties"]), event["event"]


def test_every_event_has_an_id_of_its_own_and_the_time_it_happened(sandbox, api, receiver):
    a_long_day(sandbox, api)
    named = [one for one in receiver.events if one["event"] != "command.result"]
    assert len({one["id"] for one in named}) == len(named)
    times = [one["timestamp"] for one in named]
    assert times == sorted(times)
    results = [one for one in receiver.events if one["event"] == "command.result"]
    assert [set(one) for one in results] == [{"event", "session", "data"}] * 2
    assert [one["data"]["success"] for one in results] == [True, False]
