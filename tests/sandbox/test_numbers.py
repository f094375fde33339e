"""Numbers that JSON cannot hold: no operation and no control call takes them."""

from __future__ import annotations

import json

import pytest

from tests.support.operations import OPERATIONS, example_body, fill_path
from tests.support.sandbox import FRIEND, client, data_of, error_of
from titan.sandbox import SandboxError
from titan.sandbox.control.routes import ROUTES

JSON = {"Content-Type": "application/json"}
MANY_NINES = "9" * 400
NUMBERS = {
    "1e999": "a number is too large: 1e999",
    "-1e999": "a number is too large: -1e999",
    "1" + "0" * 309: "a number is too large: one of 310 characters",
    "-" + "9" * 5000: "a number is too large: one of 5001 characters",
    MANY_NINES: "a number is too large: one of 400 characters",
    "NaN": "NaN is not JSON",
    "Infinity": "Infinity is not JSON",
    "-Infinity": "-Infinity is not JSON",
}
WITH_BODY = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, method, operation in (getattr(one, "values", one) for one in OPERATIONS)
    if "requestBody" in operation
]
LOCATION = {"session": "my-session", "chatId": FRIEND, "type": "location", "latitude": 1, "longitude": 2}


def with_number(body, number):
    """A body as text, with one field more, which holds the number inside a list."""
    return json.dumps({**body, "more": [{"number": 0}]}).replace('"number": 0', f'"number": {number}')


@pytest.mark.parametrize("number", NUMBERS)
def test_location_that_is_no_place_is_refused_and_the_page_goes_on(sandbox, connected, api, number):
    body = json.dumps({**LOCATION, "latitude": "here"}).replace('"here"', number)
    response = api.post("/api/messages/send", content=body, headers=JSON)
    assert error_of(response, 400) == f"invalid JSON: {NUMBERS[number]}"
    chat = api.get("/sandbox/overview", params={"session": "my-session", "chat": FRIEND})
    assert data_of(chat)["messages"] == []
    assert sandbox.messages == []


@pytest.mark.parametrize("number", ["1e999", "NaN", MANY_NINES])
@pytest.mark.parametrize(("path", "method", "operation"), WITH_BODY)
def test_no_operation_takes_such_a_number(sandbox, connected, api, path, method, operation, number):
    body = with_number(example_body(operation), number)
    path = fill_path(path, {"session": "my-session"})
    response = api.request(method, path, content=body, headers=JSON)
    assert (
        error_of(response, 400)
        == f"invalid JSON: {NUMBERS.get(number, 'a number is too large: one of 400 characters')}"
    )


@pytest.mark.parametrize("number", ["1e999", "NaN", MANY_NINES])
@pytest.mark.parametrize("route", [one for one in ROUTES if one.method != "GET"], ids=lambda one: one.path)
def test_no_control_call_takes_such_a_number(sandbox, api, route, number):
    ids = {"session": "my-session", "chat_id": FRIEND, "message_id": "msg_1", "delivery_id": "dlv_1"}
    path = route.path.format(**ids)
    response = api.request(route.method, path, content=with_number({}, number), headers=JSON)
    assert error_of(response, 400).startswith("invalid JSON: ")


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan"), 10**400])
def test_no_call_of_python_takes_such_a_number(sandbox, connected, number):
    content = {"type": "location", "latitude": number, "longitude": 1}
    with pytest.raises(SandboxError, match="invalid JSON"):
        sandbox.receive("my-session", content=content)


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1" + "0" * 308, "1e-999", "9007199254740993"])
def test_large_number_that_json_can_hold_is_taken(sandbox, connected, api, number):
    data_of(api.post("/api/messages/send", content=with_number(LOCATION, number), headers=JSON))
    assert sandbox.messages[0]["request"]["more"] == [{"number": json.loads(number)}]


@pytest.mark.parametrize("text", ["\ud800", "\udfff\ud800", "a\x00\u2028"])
def test_text_that_is_not_unicode_does_not_break_the_page(sandbox, connected, text):
    with client(sandbox) as api:
        body = json.dumps({**LOCATION, "type": "text", "text": text})
        data_of(api.post("/api/messages/send", content=body, headers=JSON))
        chat = api.get("/sandbox/overview", params={"session": "my-session", "chat": FRIEND})
    assert json.loads(chat.content)["data"]["messages"][0]["text"] == text
