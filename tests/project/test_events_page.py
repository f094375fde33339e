"""docs/reference/events.md shows every event as a handler has it."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.events import CLASSES
from tests.support.project import ROOT
from titan import parse_webhook
from titan._models.fields import fields_of
from titan.webhooks import MessageEvent
from titan.webhooks.events_gen import EVENT_CLASSES

PAGE = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
PAYLOADS = {name: cls.model_fields["payload"].annotation for name, cls in EVENT_CLASSES.items()}


def test_page_has_a_line_and_a_section_for_each_event():
    table = re.findall(r"^\| \[`(.+?)`\]\(#\S+\) \| `(\w+)` \| .+\. \| (\w+) \|$", PAGE, re.MULTILINE)
    assert {name: cls for name, cls, _ in table} == CLASSES
    assert list(SECTIONS) == list(CLASSES)
    assert {evidence for _, _, evidence in table} == {"documented", "named", "assumed"}


@pytest.mark.parametrize("name", CLASSES)
def test_sample_is_read_as_the_class_of_its_section(name):
    (sample,) = re.findall(r"^```json\n(.+?)^```$", SECTIONS[name], re.MULTILINE | re.DOTALL)
    event = parse_webhook(sample)
    assert type(event) is EVENT_CLASSES[name]
    assert event.to_dict() == json.loads(sample)
    assert event.payload.to_dict() != {}


def test_attributes_of_each_payload_are_shown_once():
    shown = {
        payload: dict(re.findall(r"^\| `\.(\w+)` \| `(\w+)` \|", rows, re.MULTILINE))
        for payload, rows in re.findall(r"^\| `(\w+)` \| Wire name .*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    }
    assert shown == {payload.__name__: fields_of(payload).wire_names for payload in PAYLOADS.values()}
    for name, payload in PAYLOADS.items():
        assert f"`{payload.__name__}`" in SECTIONS[name]


@pytest.mark.parametrize("name", CLASSES)
def test_section_says_whether_there_is_a_chat(name):
    has_chat = "Its chat is `event.chat_id`." in SECTIONS[name]
    assert has_chat == issubclass(EVENT_CLASSES[name], MessageEvent)
    assert has_chat != ("no `event.chat_id`" in SECTIONS[name])
    for attribute in re.findall(r"`event\.payload\.(\w+)`", SECTIONS[name]):
        assert attribute in PAYLOADS[name].model_fields
