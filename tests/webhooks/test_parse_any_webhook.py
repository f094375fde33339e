"""Events that Titan never sent so far are read without loss, or refused."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.support.events import CLASSES, EXAMPLES
from tests.support.hostile_texts import runs
from titan import WebhookPayloadError, parse_webhook
from titan.webhooks import UnknownEvent
from titan.webhooks.events_gen import EVENT_CLASSES


class Object(list):
    """The members of a JSON object, in which a name can come twice."""


def members(value):
    if isinstance(value, dict):
        return Object([name, members(item)] for name, item in value.items())
    return [members(item) for item in value] if isinstance(value, list) else value


def written(value) -> str:
    if isinstance(value, Object):
        return "{" + ", ".join(f"{json.dumps(name)}: {written(item)}" for name, item in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


def objects_in(value):
    if isinstance(value, Object):
        yield value
    for item in value if isinstance(value, list) else ():
        yield from objects_in(item[1] if isinstance(value, Object) else item)


any_text = st.text(st.characters(), max_size=8)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), any_text)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(st.tuples(any_text, inner).map(list), max_size=3).map(Object)
    ),
    max_leaves=6,
)
names = st.sampled_from(sorted(CLASSES))
FIELDS = ["id", "event", "timestamp", "payload", "data", "from", "type", "status", "fromMe", "phoneNumber"]

TIMES = ["lastSeen", "mutedUntil"]
"""The times in payloads."""


@st.composite
def mutated_events(draw):
    event = members(EXAMPLES[draw(st.sampled_from(sorted(EXAMPLES)))])
    for _ in range(draw(st.integers(1, 4))):
        found = draw(st.sampled_from(list(objects_in(event))))
        if not found:
            continue
        place = draw(st.integers(0, len(found) - 1))
        name, value = found[place]
        mutation = draw(st.sampled_from(["drop", "null", "retype", "rename", "add", "nest", "wrap"]))
        if mutation == "drop":
            del found[place]
        elif mutation == "null":
            found[place] = [name, None]
        elif mutation == "retype":
            found[place] = [name, draw(values)]
        elif mutation == "rename":
            found[place] = [name, draw(st.one_of(any_text, names)) if isinstance(value, str) else value]
        elif mutation == "add":
            added = draw(st.one_of(any_text, st.sampled_from(FIELDS)))
            found[:] = [member for member in found if member[0] != added] + [[added, draw(values)]]
        else:
            for _ in range(draw(st.sampled_from([1, 70]))):
                value = [value] if mutation == "nest" else Object([["a", value]])
            found[place] = [name, value]
    repeated = draw(st.sampled_from(list(objects_in(event))))
    repeated += draw(st.sampled_from([repeated[:1], repeated[-1:], []]))
    return written(event)


def comparable(document) -> str:
    return json.dumps(document, sort_keys=True)


def assert_same_instant(came, read):
    instant = TypeAdapter(datetime).validate_json(json.dumps(came), strict=True)
    known = datetime.fromisoformat(read.replace("Z", "+00:00"))
    assert known == (instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc))


@runs(100)
@given(mutated_events())
def test_mutated_event_is_read_without_loss_or_refused_for_its_name(body):
    came = json.loads(body)
    if not isinstance(came.get("event"), str):
        with pytest.raises(WebhookPayloadError):
            parse_webhook(body)
        return
    event = parse_webhook(body)
    assert type(event) is EVENT_CLASSES.get(came["event"], UnknownEvent)
    repr(event)
    read = event.to_dict()
    if "timestamp" in came and read["timestamp"] != came["timestamp"]:
        assert_same_instant(came["timestamp"], read["timestamp"])
        came["timestamp"] = read["timestamp"]
    payload, read_payload = came.get("payload"), read.get("payload")
    for name in TIMES if isinstance(payload, dict) else ():
        if payload.get(name) != read_payload.get(name):
            assert_same_instant(payload[name], read_payload[name])
            payload[name] = read_payload[name]
    assert comparable(read) == comparable(came)


@runs(100)
@given(st.data())
def test_event_with_two_values_of_a_name_is_read_with_one_of_them(data):
    event = members(data.draw(st.sampled_from(list(EXAMPLES.values()))))
    payload = next(value for name, value in event if name in ("payload", "data"))
    where = data.draw(st.sampled_from([event, payload]))
    name, first = data.draw(st.sampled_from(where))
    second = data.draw(st.one_of(names, values))
    where.insert(data.draw(st.integers(0, len(where))), [name, second])
    try:
        read = parse_webhook(written(event)).to_dict()
    except WebhookPayloadError:
        assert name == "event"
        return
    read = read if where is event else read.get("payload", read.get("data"))
    # JSON does not say which one counts, nor does the oldest supported pydantic.
    if name not in ("timestamp", *TIMES):
        assert comparable(read[name]) in [comparable(json.loads(written(value))) for value in (first, second)]


@runs(100)
@given(st.one_of(st.binary(), st.text(st.characters()), values.map(written)))
def test_any_body_is_an_event_or_a_payload_error(body):
    try:
        event = parse_webhook(body)
    except WebhookPayloadError:
        return
    assert isinstance(event.event, str)


@pytest.mark.parametrize("name", ["message.received", "newsletter.update"])
@pytest.mark.parametrize("field", ["payload", "somethingNew", "timestamp"])
@pytest.mark.parametrize("opening", [b'{"a":', b"["])
@pytest.mark.parametrize("depth", [100, 250, 450, 900, 3_000, 100_000])
def test_nesting_of_any_depth_is_read_without_loss_or_refused(name, field, opening, depth):
    closing = b"}" if opening.startswith(b"{") else b"]"
    body = b'{"event": "%s", "%s": %s1%s}' % (name.encode(), field.encode(), opening * depth, closing * depth)
    try:
        event = parse_webhook(body)
    except WebhookPayloadError:
        assert depth > 500
        return
    repr(event)
    value = event.to_dict()[field]
    for _ in range(depth):
        value = value["a"] if opening.startswith(b"{") else value[0]
    assert value == 1
