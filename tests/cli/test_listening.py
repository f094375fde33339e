"""`titan listen`: it shows, verifies and forwards, and takes its webhook away however it ends."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.support.loopback import http, serving
from tests.support.project import ROOT
from tests.support.sandbox import FRIEND
from titan import sign_webhook, verify_webhook

pytestmark = pytest.mark.slow

SECRET = "a secret of the app"


@pytest.fixture
def listen(on_terminal, sandbox):
    """Start it, and wait until it listens; no secret of its webhook is ever shown."""
    started = []

    def start(*arguments, **options):
        listening = on_terminal("listen", "--port", "0", *arguments, **options)
        listening.wait_for("Listening on 127.0.0.1:")
        (webhook,) = sandbox._state.webhooks.values()
        listening.url = webhook.url
        started.append((listening, webhook.hmac_key))
        return listening

    yield start
    for listening, secret in started:
        assert len(secret) >= 16
        assert secret.encode() not in listening.raw


class App:
    """An app's endpoint that remembers what came."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.received = []

    def __call__(self, request):
        body = b"".join(request.pieces())
        self.received.append((request, body))
        return http(self.statuses.pop(0) if self.statuses else 200, b"taken")


@pytest.mark.parametrize("ending", ["Ctrl-C", "SIGTERM", "hang-up"])
def test_it_shows_events_and_removes_its_webhook_however_it_ends(listen, sandbox, titan, connected, ending):
    listening = listen()
    sandbox.receive(connected, "Hi there", sender=FRIEND)
    listening.wait_for("message.received")
    line = next(line for line in listening.lines if "message.received" in line)
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  message\.received  my-session  \.\.\.9999@s\.whatsapp\.net  Hi there", line
    )
    assert "5511999999999" not in listening.text
    if ending == "hang-up":
        assert listening.hang_up() == 0
    else:
        if ending == "Ctrl-C":
            listening.type("\x03")
        else:
            listening.process.send_signal(signal.SIGTERM)
        assert listening.wait() == 0
        assert "The webhook is removed." in listening.text
    assert titan.webhooks.list() == []


def test_numbers_are_shown_where_it_is_asked_for(listen, sandbox, connected):
    listening = listen("--show-numbers", "--event", "message.received", "--session", connected)
    sandbox.receive(connected, "Call +55 11 98888-8888\x1b[2J", sender=FRIEND)
    listening.wait_for("Call +55 11 98888-8888")
    assert FRIEND in listening.text


def test_what_is_forwarded_is_what_came_and_titan_gets_the_apps_answer(listen, sandbox, connected):
    app = App(500)
    with serving(app) as server:
        variables = {"TITAN_WEBHOOK_SECRET": SECRET}
        options = ("--forward", f"{server.url}/titan?a=1", "--event", "message.received")
        listening = listen(*options, variables=variables)
        sandbox.receive(connected, "Olá", sender=FRIEND)
        listening.wait_for("-> 500")
        sandbox.advance(3600)
        listening.wait_for("-> 200")
    assert len(app.received) == 2
    for request, body in app.received:
        assert request.target == "/titan?a=1"
        assert request.headers["content-type"] == "application/json"
        assert verify_webhook(body, request.headers["x-webhook-signature"], SECRET)
        assert json.loads(body)["payload"]["text"] == "Olá"
    assert app.received[0][1] == app.received[1][1]
    assert SECRET.encode() not in listening.raw


def test_an_app_that_is_not_there_is_told_of_and_gets_the_event_later(listen, sandbox, connected):
    listening = listen("--forward", "http://127.0.0.1:9/", "--event", "message.received")
    listening.wait_for("TITAN_WEBHOOK_SECRET is not set")
    sandbox.receive(connected, "Hi", sender=FRIEND)
    listening.wait_for("your app cannot be reached: Connection refused")
    listening.wait_for("-> 502")


def post(url, body, **headers):
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_what_is_forged_or_no_event_is_refused(listen):
    listening = listen(variables={"TITAN_WEBHOOK_SECRET": SECRET})
    body = b'{"event": "message.received", "payload": {}}'
    assert post(listening.url, body) == 401
    listening.wait_for("refused a delivery: it has no signature")
    assert post(listening.url, body, **{"X-Webhook-Signature": sign_webhook(body, "another")}) == 401
    listening.wait_for("a signature that does not fit")
    assert post(listening.url, b"[]", **{"X-Webhook-Signature": sign_webhook(b"[]", SECRET)}) == 400
    listening.wait_for("this delivery is not an event")
    assert post(listening.url, b"x" * 1_100_000) in (413,)
    assert post(listening.url, body, **{"X-Webhook-Signature": sign_webhook(body, SECRET)}) == 200
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(listening.url, timeout=10)


@contextlib.contextmanager
def piped(*arguments, environment):
    """Run it with pipes instead of a terminal."""
    command = [sys.executable, "-m", "titan.cli", "listen", "--port", "0", *arguments]
    variables = {**environment, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert "Listening" in process.stderr.readline()
            yield process
        finally:
            process.kill()


def test_json_is_one_event_a_line(environment, sandbox, titan, connected):
    with piped("--json", environment=environment) as process:
        sandbox.receive(connected, "Hi", sender=FRIEND)
        event = json.loads(process.stdout.readline())
        assert event["event"] == "message.received"
        assert event["payload"]["text"] == "Hi"
        process.terminate()
        assert process.wait(30) == 0
    assert titan.webhooks.list() == []


def test_it_ends_when_nobody_reads_its_output_any_more(environment, sandbox, titan, connected):
    with piped(environment=environment) as process:
        process.stdout.close()
        sandbox.receive(connected, "Hi", sender=FRIEND)
        assert process.wait(30) == 0
        assert "Traceback" not in process.stderr.read()
    assert titan.webhooks.list() == []


def test_a_webhook_of_which_nobody_knows_whether_it_was_made_is_removed(on_terminal, sandbox, titan):
    sandbox.fail("webhooks.create", cut="after")
    listening = on_terminal("listen", "--port", "0")
    assert listening.wait() == 1
    assert titan.webhooks.list() == []


def test_a_webhook_that_cannot_be_removed_is_told_of(listen, sandbox):
    listening = listen(columns=200)
    sandbox.fail("webhooks.delete", status=403)
    listening.type("\x03")
    assert listening.wait() == 1
    assert re.search(r"could not be removed.*\n.*client\.webhooks\.delete\(\d+\)", listening.text)


def test_a_titan_elsewhere_needs_a_public_address(run, sandbox):
    sandbox.fail("webhooks.create", status=400)
    done = run("listen", "--port", "0")
    assert done.status == 1
    assert "give its address with --url" in done.err


def test_a_tunnels_address_is_the_one_that_titan_gets(on_terminal, titan):
    listening = on_terminal("listen", "--port", "0", "--url", "http://127.0.0.1:9/tunnel")
    listening.wait_for("Listening on")
    assert [webhook.url for webhook in titan.webhooks.list()] == ["http://127.0.0.1:9/tunnel"]


def test_a_port_that_is_taken_and_a_name_that_is_nearly_one_are_told_of(run, sandbox):
    done = run("listen", "--port", sandbox.base_url.rpartition(":")[2], "--event", "message.recieved")
    assert done.status == 1
    assert "cannot listen on port" in done.err
    assert "did you mean message.received?" in done.err


def test_every_signal_handler_is_put_back(run, sandbox):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    sandbox.fail("webhooks.create", status=400)
    run("listen", "--port", "0")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
