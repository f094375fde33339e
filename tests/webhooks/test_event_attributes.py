"""The payload and the session of an event are never None, and what really came is not lost by that."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import subprocess
import sys
from datetime import datetime, timezone
from typing import Optional
from unittest.mock import create_autospec

import pytest

from tests.support.events import CLASSES, EXAMPLE_OF, encoded
from tests.support.project import ROOT
from titan import parse_webhook
from titan.types_gen import MessageEditedEvent, MessagePayload, MessageReceivedEvent, SessionQREvent
from titan.webhooks import UnknownEvent, WebhookEvent
from titan.webhooks.events_gen import EVENT_CLASSES

RECEIVED = {"event": "message.received"}
TEXT = "Call me at +55 11 99999-9999"
NO_OBJECTS = [None, TEXT, "", 5, 0, 1.5, True, False, [], [1], [{"text": TEXT}]]
NO_TEXTS = [None, 5, 0, True, [TEXT], {"name": TEXT}]
NO_TIMES = ["yesterday", "", 1746101100, True, ["2025-05-01T12:05:00Z"], {"at": TEXT}]
STRANGE = [
    *(("payload", value) for value in NO_OBJECTS),
    *(("session", value) for value in NO_TEXTS),
    *(("timestamp", value) for value in [None, *NO_TIMES]),
]
strange_values = pytest.mark.parametrize(("name", "came"), STRANGE, ids=repr)


def received(**more):
    return parse_webhook(encoded({**RECEIVED, **more}))


# What is read.


@pytest.mark.parametrize("event_name", CLASSES)
def test_event_of_which_nothing_came_has_an_empty_payload_and_session(event_name):
    event = parse_webhook(encoded({"event": event_name}))
    payload = type(event.payload)
    assert payload is EVENT_CLASSES[event_name].model_fields["payload"].annotation
    assert event.payload == payload()
    assert event.payload.to_dict() == {}
    assert (event.session, event.timestamp, event.id) == ("", None, None)
    assert event.to_dict() == {"event": event_name}
    assert event.model_fields_set == {"event"}
    for name in ("payload", "session", "timestamp"):
        assert name not in event
        with pytest.raises(KeyError):
            event[name]


@pytest.mark.parametrize("came", NO_OBJECTS, ids=repr)
def test_payload_that_is_not_an_object_reads_as_an_empty_one(came):
    for event_name in CLASSES:
        event = parse_webhook(encoded({"event": event_name, "payload": came}))
        assert event.payload == EVENT_CLASSES[event_name].model_fields["payload"].annotation()
        assert event["payload"] == came
        assert event.to_dict() == {"event": event_name, "payload": came}


@pytest.mark.parametrize("came", NO_TEXTS, ids=repr)
def test_session_that_is_not_a_text_reads_as_an_empty_one(came):
    for event_name in [*CLASSES, "newsletter.update"]:
        event = parse_webhook(encoded({"event": event_name, "session": came}))
        assert event.session == ""
        assert event["session"] == came
        assert event.to_dict() == {"event": event_name, "session": came}


@pytest.mark.parametrize("came", NO_TIMES, ids=repr)
def test_timestamp_that_is_not_a_time_reads_as_none(came):
    for event_name in [*CLASSES, "newsletter.update"]:
        event = parse_webhook(encoded({"event": event_name, "timestamp": came}))
        assert event.timestamp is None
        assert event["timestamp"] == came
        assert event.to_dict() == {"event": event_name, "timestamp": came}


@pytest.mark.parametrize("came", [5, True, ["evt_1"], {"id": 1}])
def test_id_that_is_not_a_text_stays_as_it_came(came):
    assert received(id=came).id == came


@pytest.mark.parametrize("came", [None, TEXT, 5, [1], {"text": TEXT}])
def test_payload_of_an_unknown_event_stays_as_it_came(came):
    event = parse_webhook(encoded({"event": "newsletter.update", "payload": came}))
    assert isinstance(event, UnknownEvent)
    assert isinstance(event, WebhookEvent)
    assert (event.payload, event.session) == (came, "")


# What stays exact.


@strange_values
def test_what_came_is_in_every_dump(name, came):
    event = received(**{name: came})
    assert vars(event)[name] == came
    assert dict(event)[name] == came
    assert event.model_dump()[name] == came
    assert json.loads(event.model_dump_json())[name] == came
    assert event.model_dump(exclude_unset=True) == {**RECEIVED, name: came}
    assert event.model_fields_set == {"event", name}


@strange_values
@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda event: event.model_copy(),
        lambda event: event.model_copy(deep=True),
        lambda event: pickle.loads(pickle.dumps(event)),
        lambda event: parse_webhook(json.dumps(event.to_dict())),
        lambda event: parse_webhook(event.model_dump_json(exclude_unset=True)),
        lambda event: parse_webhook(event.model_dump_json()),
    ],
    ids=["copy", "deepcopy", "model_copy", "deep model_copy", "pickle", "to_dict", "set fields", "dump"],
)
def test_copy_is_equal_and_reads_alike(name, came, copied):
    event = received(**{name: came})
    other = copied(event)
    assert other == event
    assert other[name] == came
    assert getattr(other, name) == getattr(event, name)
    assert vars(other) == vars(event)


@pytest.mark.parametrize("name", ["payload", "session", "timestamp"])
def test_events_that_differ_in_something_strange_are_not_equal(name):
    events = [received(**{name: came}) for came in ([1], [2], 3, None)] + [received()]
    if name == "timestamp":
        del events[-2]  # null, and nothing, are equal where the default is None
    for place, event in enumerate(events):
        assert [other == event for other in events] == [place == other for other in range(len(events))]


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace came with Python 3.13")
@strange_values
def test_replaced_field_takes_the_place_of_what_came(name, came):
    new = {"payload": MessagePayload(text="Hi"), "session": "s", "timestamp": datetime.now(timezone.utc)}[
        name
    ]
    event = copy.replace(received(**{name: came}), **{name: new})
    assert getattr(event, name) == event[name] == new


@strange_values
def test_repr_shows_nothing_of_unknown_structure(name, came):
    shown = repr(received(**{name: came}))
    assert "Call me" not in shown
    assert "yesterday" not in shown
    assert shown.startswith("MessageReceivedEvent(event='message.received', " + name)


@pytest.mark.parametrize("came", [TEXT, [TEXT], {"text": TEXT}])
@pytest.mark.parametrize("event_name", ["newsletter.update", "command.result"])
def test_repr_of_other_events_shows_no_text_either(came, event_name):
    shown = repr(parse_webhook(encoded({"event": event_name, "payload": came, "data": came, "id": [TEXT]})))
    assert "Call me" not in shown


# As a field of pydantic.


def test_null_is_taken_where_a_dump_has_it():
    event = received(payload=None, session=None)
    assert MessageReceivedEvent.model_validate(event.model_dump()) == event
    assert MessageReceivedEvent.model_validate_json(event.model_dump_json(), strict=True) == event
    assert MessageReceivedEvent(payload=None, session=None, event="message.received") == event


def test_field_can_be_assigned_and_deleted():
    event = received(payload=5, session=5, timestamp=5)
    event.session, event.payload = "new", MessagePayload(text="Hi")
    event.timestamp = moment = datetime(2025, 5, 1, tzinfo=timezone.utc)
    assert (event.session, event.payload.text, event.timestamp) == ("new", "Hi", moment)
    assert event.to_dict()["payload"] == {"text": "Hi"}
    event.session = None
    assert (event.session, event["session"]) == ("", None)
    del event.session
    with pytest.raises(AttributeError, match="session"):
        event.session  # noqa: B018


def test_payload_of_which_nothing_came_can_be_filled():
    event = MessageReceivedEvent()
    event.payload.text = "Hi"
    assert event.payload.text == "Hi"
    assert MessageReceivedEvent().payload.text is None


def test_class_has_no_attribute_for_a_field():
    for name in ("payload", "session", "timestamp", "id"):
        assert not hasattr(MessageReceivedEvent, name)
        assert name in dir(MessageReceivedEvent)


def test_field_that_somebody_declares_anew_is_theirs():
    class Payload(MessagePayload):
        order_number: Optional[int] = None

    class Ours(MessageReceivedEvent):
        payload: Payload = Payload(order_number=1)
        session: Optional[str] = None
        tenant: str = "ours"

    assert (Ours().payload.order_number, Ours().session, Ours().tenant) == (1, None, "ours")
    read = Ours.model_validate_json('{"payload": {"orderNumber": 5}, "session": "s", "tenant": "t"}')
    assert (read.payload.order_number, read.session, read.tenant) == (5, "s", "t")
    assert Ours.model_construct(payload=None).payload == Payload()


def test_subclass_without_fields_of_its_own_reads_alike():
    class Ours(SessionQREvent):
        def is_ours(self) -> bool:
            return True

    event = Ours.model_validate_json('{"payload": {"qr": "2@x"}, "session": null}')
    assert (event.payload.qr, event.session, event.is_ours()) == ("2@x", "", True)
    assert Ours.model_construct(payload="strange").payload.qr is None
    assert pickle.loads(pickle.dumps(SessionQREvent(payload=None))).payload.qr is None


def test_mock_of_an_event_has_the_attributes_of_one():
    mock = create_autospec(MessageReceivedEvent, instance=True)
    mock.payload.text = "Hi"
    assert (mock.chat_id, mock.sender_id, mock.session) is not None
    with pytest.raises(AttributeError):
        mock.chatId  # noqa: B018
    event = MessageReceivedEvent.model_construct(payload=mock)
    assert event.payload is mock


def test_signature_says_what_can_be_left_out():
    parameters = inspect.signature(MessageEditedEvent).parameters
    assert list(parameters) == ["id", "event", "session", "timestamp", "payload"]
    assert parameters["session"].default == ""
    assert repr(parameters["payload"].default) == "<factory>"
    assert parameters["timestamp"].default is None


def test_schema_tells_types_and_null():
    properties = MessageEditedEvent.model_json_schema()["properties"]
    assert properties["session"]["default"] == ""
    assert properties["session"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    assert {"$ref": "#/$defs/MessageEditedPayload"} in properties["payload"]["anyOf"]
    assert "required" not in MessageEditedEvent.model_json_schema()


def test_each_class_can_be_built_first_by_any_thread():
    code = (
        "import json, sys, threading\n"
        "from titan import parse_webhook\n"
        "names = json.load(sys.stdin)\n"
        "start, wrong = threading.Barrier(16), []\n"
        "def read():\n"
        "    start.wait()\n"
        "    for name in names:\n"
        "        for came in ({'event': name}, {'event': name, 'payload': 5, 'session': None}):\n"
        "            event = parse_webhook(json.dumps(came))\n"
        "            if event.payload.to_dict() or event.session or event.to_dict() != came:\n"
        "                wrong.append(name)\n"
        "            event.model_dump_json(), repr(event), event.payload == event.payload\n"
        "threads = [threading.Thread(target=read) for _ in range(16)]\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
        "sys.exit(len(wrong))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        input=json.dumps(list(CLASSES)),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("event_name", CLASSES)
def test_fields_come_in_the_order_of_the_contract(event_name):
    event = parse_webhook(encoded(EXAMPLE_OF[event_name]))
    declared = list(EVENT_CLASSES[event_name].model_fields)
    assert list(event.model_dump()) == declared
    assert list(vars(event)) == declared
