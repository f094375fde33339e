"""Models first used while freezegun or time-machine has frozen the time, and after it."""

from __future__ import annotations

import json

import pytest

from tests.support.interpreter import run_python, run_script

_USE = """
import json, sys
import freezegun

def use():
    import datetime
    from typing import List
    from pydantic import BaseModel, TypeAdapter
    from titan import parse_webhook
    from titan._models.parsing import parse
    from titan.types_gen import Chat, Message, SendMessageRequest, Session, TextMessage

    class Job(BaseModel):
        message: SendMessageRequest
        session: Session
        sent: List[Message] = []

    time = "2025-05-01T12:00:00Z"
    body = json.dumps({"data": {"name": "s", "status": "CONNECTED", "createdAt": time}}).encode()
    session, mismatch = parse(body, Session)
    assert mismatch is None
    chats = parse(json.dumps({"data": [{"id": "c", "mutedUntil": time}]}).encode(), List[Chat])
    assert chats.mismatch is None
    job = Job(
        message=TextMessage(chat_id="1@g.us", text="x"), session=session, sent=[{"id": "m", "sentAt": time}],
    )
    assert Job.model_validate_json(job.model_dump_json()) == job
    event = json.dumps({"event": "message.received", "timestamp": time, "payload": {"timestamp": time}})
    event = parse_webhook(event)
    now = Message(id="m", sent_at=datetime.datetime.now(datetime.timezone.utc))
    assert Message.model_validate(now.model_dump()) == now
    schema = TypeAdapter(Message).json_schema(mode="serialization")
    assert schema["properties"]["sentAt"]["anyOf"][0]["format"] == "date-time"
    for moment in (session.created_at, job.sent[0].sent_at, event.timestamp):
        assert type(moment) is REAL[0], type(moment)
        assert moment == REAL[0](2025, 5, 1, 12, tzinfo=datetime.timezone.utc)
    assert session.to_dict()["createdAt"] == time
    return now.to_dict()["sentAt"]
"""


@pytest.mark.parametrize("ahead", ["", "import titan.types_gen", "import pydantic, titan"])
def test_models_first_used_in_frozen_time_work_in_it_and_after_it(ahead):
    code = f"""
import datetime
REAL = [datetime.datetime]  # in a list, where freezegun does not replace it
{ahead}
{_USE}
with freezegun.freeze_time("2030-01-02 03:04:05"):
    print(json.dumps(use()))
print(json.dumps(use() > "2026"))
with freezegun.freeze_time("2031-01-02"):
    print(json.dumps(use()))
"""
    printed = run_python(code, options=("-W", "error", "-W", "ignore::DeprecationWarning"))
    assert list(map(json.loads, printed.splitlines())) == [
        "2030-01-02T03:04:05Z",
        True,
        "2031-01-02T00:00:00Z",
    ]


def test_models_first_used_under_time_machine_work_in_it_and_after_it():
    pytest.importorskip("time_machine", reason="time-machine is not installed")
    code = f"""
import datetime
REAL = [datetime.datetime]  # in a list, where freezegun does not replace it
import time_machine
{_USE}
with time_machine.travel("2030-01-02T03:04:05Z", tick=False):
    print(json.dumps(use()))
print(json.dumps(use() > "2026"))
"""
    assert run_script(code) == ["2030-01-02T03:04:05Z", True]
