"""Request models that went through a dump, in a queue or a database, are sent like those that did not."""

from __future__ import annotations

import json
from typing import Any, Callable, Optional

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from tests.support.openapi import OPERATIONS, snake
from tests.support.sandbox import FRIEND
from titan import APIStatusError, TitanClient, types_gen
from titan.types_gen import (
    CreateWebhookRequest,
    ImageMessage,
    QuotedMessage,
    SendMessageRequest,
    TextMessage,
    UpdateLabelRequest,
    UpdateWebhookRequest,
    Webhook,
    WebhookRetries,
)

WAYS = {
    "Python names": lambda kind, model: kind.validate_python(kind.dump_python(model)),
    "wire names": lambda kind, model: kind.validate_python(kind.dump_python(model, by_alias=True)),
    "JSON": lambda kind, model: kind.validate_json(kind.dump_json(model)),
    "JSON in wire names": lambda kind, model: kind.validate_json(kind.dump_json(model, by_alias=True)),
    "twice": lambda kind, model: kind.validate_json(
        kind.dump_json(kind.validate_python(kind.dump_python(model, by_alias=True)))
    ),
}
BODIES = [
    pytest.param(operation, example, id=f"{operation.id}-{example}")
    for operation in OPERATIONS
    if operation.component is not None
    for example in operation.bodies
]


class Job(BaseModel):
    message: SendMessageRequest


@pytest.fixture
def sent():
    """The bodies of the requests of `client`."""
    return []


@pytest.fixture
def client(sandbox, sent):
    def note(request: httpx.Request) -> None:
        sent.append(json.loads(request.content) if request.content else None)

    with httpx.Client(event_hooks={"request": [note]}, trust_env=False, timeout=60) as http:
        yield TitanClient(sandbox.base_url, sandbox.api_key, http_client=http, max_retries=0)


def read_back(way: str, model: Any, shape: Any = None) -> Any:
    return WAYS[way](TypeAdapter(type(model) if shape is None else shape), model)


def status_of(call: Callable[[], Any]) -> int:
    """The status of an error, else 200."""
    try:
        call()
    except APIStatusError as error:
        return error.status_code
    return 200


@pytest.mark.parametrize(("operation", "example"), BODIES)
def test_every_request_model_is_sent_as_before_it_was_dumped(client, sent, ids, operation, example):
    call = getattr(getattr(client, operation.service), operation.name)
    given = {snake(name): value for name, value in ids.items()}
    model = operation.model(operation.payload(example))
    models = [model, *(read_back(way, model, getattr(types_gen, operation.component)) for way in WAYS)]
    statuses = [status_of(lambda one=one: call(*operation.arguments(one, **given))) for one in models]
    assert len(sent) == 1 + len(WAYS)
    assert sent[1:] == [sent[0]] * len(WAYS)
    assert None not in sent[0].values()
    assert statuses.count(400) in (0, len(sent))  # what the sandbox refuses, it refused before


@pytest.mark.parametrize("options", [{}, {"by_alias": True}, {"exclude_unset": True}, {"exclude_none": True}])
def test_a_message_in_a_users_model_can_be_sent_after_a_dump(client, sandbox, connected, options):
    job = Job(message=TextMessage(chat_id=FRIEND, text="Hi"))
    again = Job.model_validate_json(job.model_dump_json(**options))
    assert client.messages.send("my-session", again.message).status == "sent"
    assert sandbox.messages[-1]["request"] == {
        "session": "my-session", "chatId": FRIEND, "type": "text", "text": "Hi",
    }  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_models_inside_models_and_dicts_are_sent_as_before(client, sent, connected, way):
    quoting = TextMessage(chat_id=FRIEND, text="Hi", quoted_message=QuotedMessage(id="m"))
    hook = CreateWebhookRequest(url="http://127.0.0.1:9/", retries=WebhookRetries(attempts=1))
    client.webhooks.create(read_back(way, hook))
    client.webhooks.create({"url": "http://127.0.0.1:9/", "retries": read_back(way, hook.retries)})
    with pytest.raises(APIStatusError):
        client.request("POST", "/api/drafts", json=[{"draft": read_back(way, quoting)}])
    as_dict = {"chatId": FRIEND, "type": "text", "text": "Hi", "quotedMessage": {"id": "m"}}
    in_wire_names = {"url": "http://127.0.0.1:9/", "retries": {"attempts": 1}}
    assert sent == [in_wire_names, in_wire_names, [{"draft": as_dict}]]


@pytest.mark.parametrize("way", WAYS)
def test_an_update_that_was_dumped_changes_only_what_was_given(client, ids, way):
    (before,) = client.webhooks.list()
    after = client.webhooks.update(ids["webhookId"], read_back(way, UpdateWebhookRequest(enabled=False)))
    assert after.to_dict() == {**before.to_dict(), "enabled": False}


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (UpdateLabelRequest(name="x", color=None), {"name": "x"}),
        (UpdateLabelRequest(name="x", brandNew=None), {"name": "x", "brandNew": None}),
        (ImageMessage(chat_id=FRIEND, caption=None), {"chatId": FRIEND, "type": "image"}),
        (Webhook(id=1, url="u", session=None, label=None), {"id": 1, "url": "u", "session": None}),
    ],
)
def test_none_in_a_model_is_sent_only_where_the_contract_has_null_or_does_not_know_the_field(
    client, sent, model, written
):
    with pytest.raises(APIStatusError):
        client.request("POST", "/api/drafts", json=model)
    assert sent == [written]
    assert None in model.to_dict().values()


def test_none_in_a_dict_is_sent(client, sent, connected):
    with pytest.raises(APIStatusError, match="must be"):
        client.messages.send(
            "my-session", {"chatId": FRIEND, "type": "text", "text": "Hi", "quotedMessage": None}
        )
    assert sent[0]["quotedMessage"] is None


def test_what_may_be_missing_in_a_users_own_class_is_left_out(client, sent):
    class Label(UpdateLabelRequest):
        owner: Optional[str] = None
        parent: Optional[str]

    with pytest.raises(APIStatusError):
        client.request("POST", "/api/drafts", json=read_back("JSON", Label(name="x", parent=None)))
    assert sent == [{"name": "x", "parent": None}]
