"""The programs in examples/, run as their docstrings say: on real sockets, a real Redis, a real database."""

from __future__ import annotations

import ast
import base64
import json

import pytest

from tests.support.examples import EXAMPLES, SECRET, documented, encoded, post, received, running
from tests.support.files import MIB
from titan import sign_webhook

# The quickstart is a walk through the API; all others are to be taken into a program as they are.
RECIPES = sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem != "quickstart")


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_has_at_most_40_lines_and_runs_on_python_3_9(name):
    source = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 40
    ast.parse(source, feature_version=(3, 9))


# Frameworks


@pytest.fixture(scope="module", params=["webhook_fastapi", "webhook_flask", "webhook_django"])
def framework(request):
    return request.param


@pytest.fixture(scope="module")
def server(framework, tmp_path_factory):
    """A framework's recipe on the server that its docstring names."""

    def command(port):
        where = (
            [f"127.0.0.1:{port}", "--noreload"] if framework == "webhook_django" else ["--port", str(port)]
        )
        return [*documented(framework), *where]

    with running(command, tmp_path_factory.mktemp(framework), TITAN_WEBHOOK_SECRET=SECRET) as program:
        yield program


def handled(server, event):
    """How often a handler had this event."""
    return server.output.count(f"Front desk wrote: {event['payload']['text']}\n")


@pytest.mark.parametrize("header", ["X-Webhook-Signature", "x-webhook-signature", "X-WEBHOOK-SIGNATURE"])
def test_delivery_reaches_the_handler(server, header):
    event = received()
    assert post(server.port, encoded(event), header=header) == 200
    assert handled(server, event) == 1


def test_delivery_that_comes_in_pieces_reaches_the_handler(server):
    event = received()
    body = encoded(event)
    assert post(server.port, body, pieces=[body[:20], body[20:]]) == 200
    assert handled(server, event) == 1


def test_replayed_delivery_is_accepted_but_not_handled_again(server):
    event = received()
    assert [post(server.port, encoded(event)) for _ in range(3)] == [200, 200, 200]
    assert handled(server, event) == 1


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda body: (body, ""), id="no signature"),
        pytest.param(lambda body: (body, sign_webhook(body, "another secret")), id="another secret"),
        pytest.param(lambda body: (body, sign_webhook(body, SECRET)[:-1]), id="truncated signature"),
        pytest.param(lambda body: (body, sign_webhook(body, SECRET)[7:]), id="signature without its prefix"),
        pytest.param(lambda body: (body + b" ", sign_webhook(body, SECRET)), id="changed body"),
        pytest.param(lambda body: (body[:-1], sign_webhook(body, SECRET)), id="truncated body"),
        pytest.param(lambda body: (b"", sign_webhook(body, SECRET)), id="no body"),
    ],
)
def test_forged_delivery_is_answered_401_and_the_real_one_still_handled(server, forge):
    event = received()
    assert post(server.port, *forge(encoded(event))) == 401
    assert handled(server, event) == 0
    assert post(server.port, encoded(event)) == 200
    assert handled(server, event) == 1


def test_delivery_that_breaks_off_is_not_handled_until_it_comes_whole(server):
    event = received()
    body = encoded(event)
    assert post(server.port, body, pieces=[body[:-10]]) in (400, 401, None)
    assert handled(server, event) == 0
    assert post(server.port, body) == 200
    assert handled(server, event) == 1


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"event": 5}', b"no JSON", b"", b'{"event": "message.received"']
)
def test_signed_body_that_is_no_event_is_answered_400(server, body):
    assert post(server.port, body) == 400


def test_event_whose_handler_failed_is_answered_500_and_handled_when_it_comes_again(server):
    event = received()
    assert post(server.port, encoded({**event, "payload": None})) == 500
    assert "AttributeError" in server.output, "whoever runs it sees what went wrong"
    assert post(server.port, encoded(event)) == 200
    assert handled(server, event) == 1


def test_unknown_event_is_accepted(server):
    unknown = {"id": "evt_unknown", "event": "newsletter.update", "payload": 1}
    assert post(server.port, encoded(unknown)) == 200


def test_oversized_body_is_refused_and_the_largest_allowed_one_handled(server, framework):
    event = received()
    # Django has a limit, and an answer, of its own.
    limit, refused = (2 * MIB + MIB // 2, 400) if framework == "webhook_django" else (MIB, 413)
    largest = encoded(event).ljust(limit)
    # Flask and Django look at Content-Length, and close the connection without reading what else comes.
    pieces = None if framework == "webhook_fastapi" else [b""]
    assert post(server.port, largest + b" ", pieces=pieces) == refused
    assert handled(server, event) == 0
    assert post(server.port, largest) == 200
    assert handled(server, event) == 1


# AWS Lambda


def format_1(body, headers, is_base64):
    """What a REST API sends, and an HTTP API on request."""
    return {
        "version": "1.0",
        "resource": "/titan",
        "path": "/titan",
        "httpMethod": "POST",
        "headers": headers or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "queryStringParameters": None,
        "requestContext": {"httpMethod": "POST", "path": "/titan", "stage": "$default"},
        "body": body,
        "isBase64Encoded": is_base64,
    }


def format_2(body, headers, is_base64):
    """What a function URL sends, and an HTTP API; without a body the event has none."""
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/titan",
        "rawQueryString": "",
        "headers": {"host": "localhost", **{name.lower(): value for name, value in headers.items()}},
        "requestContext": {"http": {"method": "POST", "path": "/titan"}, "stage": "$default"},
        "isBase64Encoded": is_base64,
    }
    return {**event, "body": body} if body else event


@pytest.fixture(params=[format_1, format_2])
def invoke(request, load):
    """Calls the function as AWS does: what comes and goes is JSON."""
    function = load("webhook_lambda")

    def invoke(body, signature=None, *, is_base64=False, header="X-Webhook-Signature"):
        signature = sign_webhook(body, SECRET) if signature is None else signature
        text = base64.b64encode(body).decode() if is_base64 else body.decode()
        event = request.param(text, {header: signature} if signature else {}, is_base64)
        answer = json.loads(json.dumps(function.handler(json.loads(json.dumps(event)), object())))
        return answer["statusCode"]

    return invoke


@pytest.mark.parametrize("is_base64", [False, True])
@pytest.mark.parametrize("header", ["X-Webhook-Signature", "x-webhook-signature", "X-WEBHOOK-SIGNATURE"])
def test_lambda_handles_a_delivery_once(invoke, capsys, is_base64, header):
    event = received(pushName="Zoë 🐈")
    # As it is, not escaped: a body that is not in base64 comes as text.
    body = json.dumps(event, ensure_ascii=False).encode()
    assert invoke(body, is_base64=is_base64, header=header) == 200
    assert capsys.readouterr().out == f"Zoë 🐈 wrote: {event['payload']['text']}\n"
    assert invoke(body, is_base64=is_base64, header=header) == 200
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_base64", [False, True])
def test_lambda_refuses_forged_deliveries(invoke, capsys, is_base64):
    body = encoded(received())
    signature = sign_webhook(body, SECRET)
    forged = [(body, ""), (body, signature[:-1]), (body[:-1], signature), (b"", signature), (b"", "")]
    assert [invoke(*one, is_base64=is_base64) for one in forged] == [401] * len(forged)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_base64", [False, True])
@pytest.mark.parametrize("body", [b"", b"[]", b"no JSON"])
def test_lambda_answers_400_to_what_is_no_event(invoke, body, is_base64):
    assert invoke(body, is_base64=is_base64) == 400


def test_lambda_answers_500_where_a_handler_failed_and_handles_the_event_when_it_comes_again(
    invoke, capsys, caplog
):
    event = received()
    assert invoke(encoded({**event, "payload": None})) == 500
    assert "AttributeError" in caplog.text
    assert invoke(encoded(event)) == 200
    assert event["payload"]["text"] in capsys.readouterr().out
