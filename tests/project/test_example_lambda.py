"""The function for AWS Lambda, called with the events that AWS documents for each way to it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import pytest

from tests.support.examples import SECRET, encoded, received
from titan import sign_webhook

EVENTS = Path(__file__).parent / "lambda"
WAYS = sorted(path.stem for path in EVENTS.glob("*.json"))


class Answer(NamedTuple):
    status: int
    whole: Dict[str, Any]


@pytest.fixture
def function(load):
    return load("webhook_lambda")


@pytest.fixture(params=WAYS)
def invoke(request, function):
    """Calls the function as AWS does: what comes and goes is JSON."""

    def invoke(
        body: Optional[bytes],
        signature: Optional[str] = None,
        *,
        is_base64: bool = False,
        header: str = "X-Webhook-Signature",
    ) -> Answer:
        event = json.loads((EVENTS / f"{request.param}.json").read_text(encoding="utf-8"))
        if body:
            event["body"] = base64.b64encode(body).decode() if is_base64 else body.decode()
        event["isBase64Encoded"] = is_base64
        given = sign_webhook(body or b"", SECRET) if signature is None else signature
        # Formats with the version 2.0 have the names of headers in lower case.
        name = header.lower() if event.get("version") == "2.0" else header
        if given and "headers" in event:
            event["headers"][name] = given
        if given and "multiValueHeaders" in event:
            event["multiValueHeaders"][name] = [given]
        answer = json.loads(json.dumps(function.handler(event, object())))
        return Answer(answer.pop("statusCode"), answer)

    return invoke


def test_there_are_events_of_all_ways():
    assert len(WAYS) == 5


@pytest.mark.parametrize("is_base64", [False, True])
@pytest.mark.parametrize("header", ["X-Webhook-Signature", "x-webhook-signature", "X-WEBHOOK-SIGNATURE"])
def test_delivery_is_handled_once(invoke, capsys, is_base64, header):
    event = received(pushName="Zoë 🐈")
    # As it is, not escaped: a body that is not in base64 comes as text.
    body = json.dumps(event, ensure_ascii=False).encode()
    assert invoke(body, is_base64=is_base64, header=header).status == 200
    assert capsys.readouterr().out == f"Zoë 🐈 wrote: {event['payload']['text']}\n"
    assert invoke(body, is_base64=is_base64, header=header).status == 200
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_base64", [False, True])
def test_forged_deliveries_are_refused(invoke, capsys, is_base64):
    body = encoded(received())
    signature = sign_webhook(body, SECRET)
    forged = [(body, ""), (body, signature[:-1]), (body[:-1], signature), (None, signature), (None, "")]
    assert [invoke(*one, is_base64=is_base64).status for one in forged] == [401] * len(forged)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_base64", [False, True])
@pytest.mark.parametrize("body", [None, b"[]", b"no JSON"])
def test_what_is_no_event_is_answered_400(invoke, body, is_base64):
    assert invoke(body, is_base64=is_base64).status == 400


def test_event_whose_handler_failed_is_answered_500_and_handled_when_it_comes_again(
    invoke, function, capsys, caplog
):
    failures: List[Exception] = [RuntimeError("the first time it fails")]

    @function.router.on("message.received")
    def fail(event):
        if failures:
            raise failures.pop()

    body = encoded(received())
    assert invoke(body).status == 500
    assert "the first time it fails" in caplog.text
    assert [invoke(body).status for _ in range(2)] == [200, 200]
    assert capsys.readouterr().out.count("wrote:") == 2


def test_event_that_is_being_handled_is_answered_503(invoke, function):
    statuses: List[int] = []
    body = encoded(received())
    function.router.on("message.received")(lambda event: statuses.append(invoke(body).status))
    assert invoke(body).status == 200
    assert statuses == [503]


def test_answer_has_the_form_that_its_way_wants(invoke, request):
    way = request.node.callspec.params["invoke"]
    body = encoded(received())
    answers = [invoke(body).whole, invoke(body, "").whole, invoke(b"[]").whole]
    if way == "load_balancer":
        expected = [{"headers": {}, "statusDescription": text} for text in DESCRIPTIONS]
    elif way == "load_balancer_multi_value":
        expected = [{"multiValueHeaders": {}, "statusDescription": text} for text in DESCRIPTIONS]
    else:
        expected = [{}] * 3
    assert answers == [{"isBase64Encoded": False, **one} for one in expected]


DESCRIPTIONS = ["200 OK", "401 Unauthorized", "400 Bad Request"]
