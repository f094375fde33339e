"""Answers of 2xx that say themselves that the request failed, or that hold nothing of what was asked for."""

from __future__ import annotations

from typing import Any, Dict, List, Union

import pytest

from tests.support.answers import SESSION, TEXT, to_bytes
from titan import APIResponseError
from titan._models import parsing
from titan._models.base import to_json_value
from titan._models.parsing import parse
from titan.types_gen import CommandResultPayload, Contact, Message, Session

NUMBER = "5511999999999"
FAILURES = [
    {"error": "no such chat"},
    {"error": "no such chat", "docs": "https://docs.example.com"},
    {"error": {"code": 7}},
    {"errors": ["no such chat"]},
    {"data": None, "error": "no such chat"},
    {"data": {}, "error": "no such chat"},
    {"data": {"error": "no such chat"}},
    {"success": False},
    {"success": False, "message": "no such chat"},
    {"success": False, "data": None},
    {"success": False, "data": {"id": "m", "status": "pending"}},
    {"success": "false"},
    {"data": {"success": False}},
    {"data": {"success": False, "error": "no such chat"}},
    {"data": {"id": "m", "success": False}},
    {"ok": False, "description": "no such chat"},
    {"status": "error", "message": "no such chat"},
    {"status": "fail", "data": None},
]
EMPTY = [b"", b" ", b"null", {}, {"data": None}, {"data": {}}, {"success": True}, {"data": {"success": True}}]


@pytest.mark.parametrize("document", FAILURES, ids=str)
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.messages.send("s", TEXT),
        lambda client: client.contacts.get("s", "1@lid"),  # none of its fields is required
        lambda client: client.groups.list("s"),
        lambda client: client.sessions.start("s"),
        lambda client: client.chats.archive("s", "1@g.us"),
        lambda client: client.sessions.delete("s"),
        lambda client: client.submit(client.messages.send, "s", TEXT),
        lambda client: client.with_response(client.messages.send, "s", TEXT),
        lambda client: client.request("POST", "/api/x"),
    ],
    ids=[
        "model",
        "any model",
        "list",
        "may be empty",
        "nothing",
        "delete",
        "submit",
        "with_response",
        "request",
    ],
)
def test_answer_that_says_that_it_failed_is_an_error(answering, document, call, strict):
    if document == {"data": {"error": "no such chat"}} and "request" in call.__code__.co_names:
        return  # nothing is declared there: that may be what was asked for
    with pytest.raises(APIResponseError) as caught:
        call(answering(document, 200, strict_responses=strict, max_retries=0))
    error = caught.value
    assert (error.status_code, error.body, error.maybe_processed) == (200, to_bytes(document), True)


def test_the_servers_own_words_are_shown_masked(answering):
    with pytest.raises(APIResponseError) as caught:
        answering({"data": {"success": False, "error": f"no chat {NUMBER}", "secret": "x"}}).messages.send(
            "s", TEXT
        )
    assert "its body says that it failed: no chat …" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert NUMBER.encode() in caught.value.body


@pytest.mark.parametrize(
    ("document", "shape"),
    [
        ({"data": {"id": "m", "error": None}}, Message),
        ({"data": {"id": "m", "error": "was slow"}}, Message),
        ({"data": {"id": "m"}, "error": "deprecated"}, Message),
        ({"data": {"id": "m"}, "error": None, "success": True}, Message),
        ({"id": "m", "error": "", "errors": []}, Message),
        ({"id": "m", "status": "error"}, Message),
        ({"data": {"id": "m", "status": "error"}}, Message),
        ({"data": {**SESSION, "status": "fail"}}, Session),
        ({"data": {"correlationId": "c", "success": False}}, CommandResultPayload),
        ({"data": [{"id": "m", "success": False}]}, List[Message]),
        ({"data": [], "error": "some were left out"}, List[Message]),
        ({"data": {"id": "m", "text": '"success": false'}}, Message),
        ({"data": {"error": "asked for"}}, Any),
    ],
    ids=str,
)
def test_result_that_only_mentions_an_error_is_a_result(document, shape):
    value, _ = parse(to_bytes(document), shape)
    assert to_json_value(value) == document.get("data", document)


@pytest.mark.parametrize(
    ("document", "shape"),
    [
        ({"data": {"id": "m", "text": "hello"}}, Message),
        ({"data": {"id": "m", "text": '"success": false, "ok": false'}, "meta": {"ok": False}}, Message),
        ({"data": {"correlationId": "c", "success": True}}, CommandResultPayload),
        ({"data": [{"id": "m", "success": False}]}, List[Message]),
        ({"data": []}, List[Message]),
    ],
    ids=str,
)
def test_an_answer_that_fits_is_read_once(document, shape, monkeypatch):
    monkeypatch.setattr(parsing, "load", lambda body: pytest.fail("it was read a second time"))
    assert to_json_value(parse(to_bytes(document), shape).value) == document["data"]


@pytest.mark.parametrize("document", EMPTY, ids=str)
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.messages.send("s", TEXT),
        lambda client: client.contacts.get("s", "1@lid"),
        lambda client: client.sessions.create({"name": "s"}),
    ],
    ids=["message", "contact", "session"],
)
def test_empty_answer_where_only_a_result_is_promised_is_an_error(answering, document, call, strict):
    client = answering(document, strict_responses=strict)
    if document == {"data": {}} and "contacts" in call.__code__.co_names:
        # The contract requires no field of a contact.
        assert call(client).to_dict() == {}
        return
    with pytest.raises(APIResponseError, match="its body holds no result") as caught:
        call(client)
    assert caught.value.maybe_processed is True


@pytest.mark.parametrize("document", EMPTY, ids=str)
def test_empty_answer_in_place_of_a_list_is_an_error(answering, document):
    with pytest.raises(APIResponseError, match="its body holds"):
        answering(document).contacts.list("s")


@pytest.mark.parametrize("document", EMPTY, ids=str)
@pytest.mark.parametrize("method", ["start", "stop"])
def test_sessions_start_and_stop_may_be_answered_without_a_session(answering, document, method, strict):
    session = getattr(answering(document, strict_responses=strict).sessions, method)("s")
    assert {getattr(session, name) for name in Session.model_fields} == {None}


def test_contact_of_which_only_unknown_fields_came_is_kept(answering):
    assert answering({"data": {"nickname": "Bob"}}).contacts.get("s", "1@lid")["nickname"] == "Bob"


def test_text_of_a_misfit_quotes_nothing_that_came():
    body = to_bytes({"data": {"event": NUMBER, "phoneNumber": [NUMBER], "lid": 5}})
    assert NUMBER not in str(parse(body, Contact).mismatch)


@pytest.mark.parametrize("shape", [Dict[str, Any], Dict[str, bool], Dict[str, Union[bool, str]], dict])
@pytest.mark.parametrize(
    "document",
    [
        {"data": {"success": False}},
        {"data": {"ok": False}},
        {"data": {"success": False, "text": True}},
        {"success": False, "data": {"text": True}},
    ],
    ids=str,
)
def test_a_plain_object_that_says_that_it_failed_is_an_error(document, shape):
    with pytest.raises(ValueError, match="its body says that it failed"):
        parse(to_bytes(document), shape)


@pytest.mark.parametrize("data", [{"success": True, "text": True}, {"text": False}, {"done": False}], ids=str)
def test_a_plain_object_that_does_not_say_so_is_the_result(data):
    assert parse(to_bytes({"data": data}), Dict[str, Any]).value == data
