"""Errors that task queues and error trackers take apart and make again."""

from __future__ import annotations

import copy
import json
import pickle

import httpx
import pytest

from tests.core.test_errors import EXAMPLES
from tests.support.fake_server import FakeServer, json_response
from titan import errors
from titan.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    BadGatewayError,
    BadRequestError,
    NotOnWhatsAppError,
    PairingError,
    RateLimitError,
    TitanError,
)

NUMBER = "5511999999999"
ERRORS_OF_REQUESTS = [error for error in EXAMPLES if error._is_of_request]
NOT_IN_ARGS = {"args", "body", "headers", "phone_number"}


def from_celery(error):
    """What Celery's JSON result backend does: the class by its name, the args through JSON."""
    stored = json.loads(json.dumps({"exc_type": type(error).__name__, "exc_message": error.args}))
    return getattr(errors, stored["exc_type"])(*stored["exc_message"])


def from_args(error):
    """What tblib, billiard and concurrent.futures do."""
    return type(error)(*error.args)


def from_reduce(error):
    make, args = error.__reduce__()[:2]
    return make(*args)


def kept(error):
    return {name: value for name, value in vars(error).items() if name not in NOT_IN_ARGS}


@pytest.mark.parametrize("again", [from_celery, from_args, from_reduce])
@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_error_made_again_from_its_args_says_the_same(error, again):
    double = again(error)
    assert type(double) is type(error)
    assert kept(double) == kept(error)
    assert (str(double), repr(double), double.args) == (str(error), repr(error), error.args)
    for name in ("rate_limit", "retry_after"):
        assert getattr(double, name, None) == getattr(error, name, None)
    assert getattr(double, "body", b"") == b""
    # And once more: queues hand errors on.
    assert str(again(double)) == str(error)


@pytest.mark.parametrize("maybe_processed", [True, False])
@pytest.mark.parametrize(
    "kind", [TitanError, APIConnectionError, APITimeoutError, APIStatusError, BadGatewayError]
)
def test_whether_it_was_processed_survives(kind, maybe_processed):
    error = kind("lost", method="POST", route="/api/messages/send", maybe_processed=maybe_processed)
    assert from_celery(error).maybe_processed is maybe_processed
    assert pickle.loads(pickle.dumps(from_celery(error))).maybe_processed is maybe_processed


@pytest.mark.parametrize(
    "less",
    [
        lambda error: type(error)(str(error)),
        lambda error: type(error)(error.message),
        lambda error: type(error)(*map(str, error.args)),
        lambda error: type(error)(error.message, {}),
        lambda error: type(error)(error.message, None),
        lambda error: type(error)(error.message, ["POST", "/api/messages/send", False]),
        lambda error: type(error)(
            error.message, {"method": 5, "maybe_processed": "False", "status_code": "x"}
        ),
    ],
)
@pytest.mark.parametrize("error", ERRORS_OF_REQUESTS, ids=lambda error: type(error).__name__)
def test_error_of_a_request_made_again_from_less_is_unclear(error, less):
    double = less(error)
    assert double.maybe_processed is True
    assert "None" not in str(double)
    assert "0 to" not in str(double)
    # Pickled and copied, it stays what it is.
    assert vars(copy.copy(pickle.loads(pickle.dumps(double)))) == vars(double)


def test_text_of_an_error_made_again_from_its_text_is_that_text():
    error = BadRequestError("no", method="POST", route="/api/x", status_code=400, hint="look there")
    assert str(BadRequestError(str(error))) == str(error)


@pytest.mark.parametrize(
    ("kind", "status"), [(BadRequestError, 400), (RateLimitError, 429), (BadGatewayError, 502)]
)
def test_status_that_the_class_says_is_known_without_args(kind, status):
    assert kind("x").status_code == status


def test_errors_that_are_not_of_a_request_are_not_unclear():
    assert [error("x").maybe_processed for error in (PairingError, NotOnWhatsAppError)] == [False, False]


def test_error_of_a_real_answer_survives_json_without_its_private_parts(connect, clock):
    answer = json_response(
        {"error": f"chat {NUMBER} is busy", "docs": f"https://docs.example.com/{NUMBER}"},
        503,
        {"Retry-After": "9", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": NUMBER, "X-Chat": NUMBER},
    )
    with pytest.raises(errors.ServiceUnavailableError) as caught:
        connect(FakeServer(answer), max_retries=0).messages.send(
            "s", {"chatId": f"{NUMBER}@s.whatsapp.net", "type": "text", "text": "Hi"}
        )
    error = caught.value
    assert NUMBER not in json.dumps(error.args)
    assert NUMBER not in f"{error} {error!r} {error.message} {error.docs_url} {error.headers!r}"
    assert NUMBER.encode() in error.body
    double = from_celery(error)
    assert (double.status_code, double.maybe_processed) == (503, True)
    assert double.headers["RETRY-AFTER"] == double.headers["Retry-After"] == "9"
    assert double.rate_limit.limit == 60


def test_number_without_whatsapp_is_in_the_attribute_alone():
    error = NotOnWhatsAppError("this number has no WhatsApp account", phone_number=NUMBER)
    assert error.phone_number == pickle.loads(pickle.dumps(error)).phone_number == NUMBER
    assert NUMBER not in f"{error!r} {error.args}"


def test_headers_of_an_error_are_found_in_any_case_and_pickle_without_httpx():
    error = RateLimitError("x", headers=httpx.Headers({"Retry-After": "7"}))
    assert error.headers["retry-AFTER"] == "7"
    assert dict(error.headers) == {"retry-after": "7"}
    assert "x-other" not in error.headers
    assert b"httpx" not in pickle.dumps(error)


def test_users_raise_and_subclass_with_just_a_message():
    class NoCreditError(TitanError):
        def __init__(self, customer):
            super().__init__(f"{customer} has no credit")

    with pytest.raises(TitanError, match="cust has no credit"):
        raise NoCreditError("cust")
    assert NoCreditError("cust").args == ("cust has no credit",)
    assert TitanError("x").args == ("x",)


def test_response_error_keeps_its_status():
    error = APIResponseError("its body is HTML", status_code=201, method="POST", route="/api/x")
    assert from_celery(error).status_code == 201
    assert str(from_celery(error)).startswith(
        "the server answered 201, so the request was probably carried out"
    )


# What a refused chat id needs


@pytest.mark.parametrize(
    "text",
    [f'chatId "+{NUMBER}" is not valid', "invalid chat id", "Not a JID: …", "recipient must be a phone JID"],
)
def test_400_about_a_chat_id_names_jid_user(connect, text):
    with pytest.raises(BadRequestError, match=r"titan\.jid\.user\(number\)") as caught:
        connect(FakeServer(json_response({"error": text}, 400))).chats.archive("s", "1@g.us")
    assert NUMBER not in str(caught.value)
    assert "jid.user" in str(from_celery(caught.value))


@pytest.mark.parametrize(
    ("status", "text"), [(400, "text is too long"), (404, "no such chatId"), (400, "recipientMode")]
)
def test_other_errors_do_not_name_jid_user(connect, status, text):
    with pytest.raises(APIStatusError) as caught:
        connect(FakeServer(json_response({"error": text}, status))).chats.archive("s", "1@g.us")
    assert "jid.user" not in str(caught.value)


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize(
    "error",
    [
        APIConnectionError("x", method="GET", route="/r", maybe_processed=False),
        APITimeoutError("x", maybe_processed=True),
        RateLimitError("x", status_code=429, headers={"Retry-After": "3"}, maybe_processed=False),
        BadGatewayError("x", status_code=502, maybe_processed=True),
        TitanError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_an_earlier_attempt_left_unclear_is_restored_too(error, value):
    # The outcome of the call: one attempt may have been carried out, and the last was refused.
    error.maybe_processed = value
    again = type(error)(*json.loads(json.dumps(error.args)))
    assert again.maybe_processed is value
    assert pickle.loads(pickle.dumps(error)).maybe_processed is value
    assert (again.method, again.route) == (error.method, error.route)


def test_a_call_whose_first_attempt_was_unclear_stays_so_in_a_task_queue(connect, clock):
    server = FakeServer(httpx.ReadTimeout("slow"), httpx.ConnectError("refused"))
    with pytest.raises(APIConnectionError) as caught:
        connect(server, max_retries=1).sessions.list()
    again = type(caught.value)(*json.loads(json.dumps(caught.value.args)))
    assert caught.value.maybe_processed is again.maybe_processed is True
