"""`titan listen`: it shows, verifies and forwards, and takes its webhook away however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests.support.loopback import http, http_json, serving
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


@pytest.fixture
def listen_here(run, sandbox):
    """Run it in this process, while a thread does something with its webhook and then presses Ctrl-C."""

    def start(play, *arguments, **variables):
        failed = []

        def press():
            state = sandbox._state
            try:
                with state.lock:
                    assert state.changed.wait_for(lambda: state.webhooks, 30)
                    (webhook,) = state.webhooks.values()
                play(webhook)
            except BaseException as error:
                failed.append(error)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=press)
        thread.start()
        done = run("listen", "--port", "0", *arguments, **variables)
        thread.join(30)
        assert failed == []
        return done

    return start


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


def post(url, body, **headers):
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.fixture
def receive(sandbox, connected):
    """What a test does while it listens: a message comes in and is delivered."""

    def make(text):
        def play(webhook):
            sandbox.receive(connected, text, sender=FRIEND)
            sandbox.wait_for_deliveries()

        return play

    return make


def test_numbers_are_shown_where_it_is_asked_for(listen_here, receive, connected):
    text = "Call +55 11 98888-8888\x1b[2J, " + "and " * 30
    options = ("--event", "message.received", "--session", connected)
    done = listen_here(receive(text), *options)
    assert done.status == 0
    assert "...9999@s.whatsapp.net  Call +… [2J, and and" in done.out
    done = listen_here(receive(text), *options, "--show-numbers")
    assert f"{FRIEND}  Call +55 11 98888-8888 [2J, and and" in done.out
    assert done.out.endswith("...\n")


def test_events_without_a_text_say_how_something_now_is(listen_here, sandbox, connected):
    def play(webhook):
        sandbox.disconnect(connected)
        sandbox.wait_for_deliveries()

    done = listen_here(play)
    assert "session.status  my-session  DISCONNECTED STREAM_ERROR\n" in done.out


def test_what_is_forwarded_is_what_came_and_titan_gets_the_apps_answer(listen_here, sandbox, connected):
    app = App(500)

    def play(webhook):
        sandbox.receive(connected, "Olá", sender=FRIEND)
        sandbox.wait_for_deliveries()
        sandbox.advance(3600)
        sandbox.wait_for_deliveries()

    with serving(app) as server:
        options = ("--forward", f"{server.url}/titan?a=1", "--event", "message.received")
        done = listen_here(play, *options, TITAN_WEBHOOK_SECRET=SECRET)
    first, second = done.out.splitlines()
    assert (first[-6:], second[-6:]) == ("-> 500", "-> 200")
    assert len(app.received) == 2
    for request, body in app.received:
        assert request.target == "/titan?a=1"
        assert request.headers["content-type"] == "application/json"
        assert verify_webhook(body, request.headers["x-webhook-signature"], SECRET)
        assert json.loads(body)["payload"]["text"] == "Olá"
    assert app.received[0][1] == app.received[1][1]
    assert SECRET not in done.out + done.err


def test_an_app_that_is_not_there_is_told_of_and_titan_is_told_too(listen_here, receive):
    options = ("--forward", "http://127.0.0.1:9/", "--event", "message.received")
    done = listen_here(receive("Hi"), *options)
    assert "TITAN_WEBHOOK_SECRET is not set, so your app cannot verify" in done.err
    assert "your app cannot be reached: Connection refused" in done.err
    assert done.out.endswith("-> 502\n")


def test_an_app_that_speaks_something_else_is_told_of(listen_here, receive):
    with serving(lambda request: b"hello\r\n\r\n") as server:
        done = listen_here(receive("Hi"), "--forward", server.url, "--event", "message.received")
    assert "your app cannot be reached: BadStatusLine" in done.err


def test_what_is_forged_or_no_event_is_refused(listen_here):
    body = b'{"event": "message.received", "payload": {}}'
    statuses = []

    def play(webhook):
        for sent, signature in (
            (body, ""),
            (body, sign_webhook(body, "another")),
            (b"[]", sign_webhook(b"[]", SECRET)),
            (b"x" * 1_100_000, ""),
            (body, sign_webhook(body, SECRET)),
        ):
            headers = {"X-Webhook-Signature": signature} if signature else {}
            statuses.append(post(webhook.url, sent, **headers))
        with pytest.raises(urllib.error.HTTPError, match="405"):
            urllib.request.urlopen(webhook.url, timeout=10)
        with socket.create_connection(("127.0.0.1", urlsplit(webhook.url).port)) as raw:
            raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 411")

    done = listen_here(play, TITAN_WEBHOOK_SECRET=SECRET)
    assert statuses == [401, 401, 400, 413, 200]
    # A delivery may come before it is said that there is somebody who listens.
    refused = [line for line in done.err.splitlines() if line.startswith("titan: refused")]
    assert refused[:3] == [
        "titan: refused a delivery: it has no signature",
        "titan: refused a delivery: it has a signature that does not fit",
        "titan: refused a delivery: this delivery is not an event: its body is not a JSON object",
    ]


def test_a_webhook_that_cannot_be_removed_is_told_of(listen_here, sandbox):
    done = listen_here(lambda webhook: sandbox.fail("webhooks.delete", status=403))
    assert done.status == 1
    assert re.search(r"could not be removed.*\n.*client\.webhooks\.delete\(\d+\)", done.err)


def test_a_tunnels_address_is_the_one_that_titan_gets(listen_here):
    urls = []
    listen_here(lambda webhook: urls.append(webhook.url), "--url", "http://127.0.0.1:9/tunnel")
    assert urls == ["http://127.0.0.1:9/tunnel"]


def test_a_webhook_that_may_be_left_is_told_of_with_its_label(run, sandbox):
    sandbox.fail("webhooks.create", cut="after")
    sandbox.fail("webhooks.list", status=403)
    done = run("listen", "--port", "0")
    assert done.status == 1
    assert re.search(r'a webhook with the label "titan listen [0-9a-f]{8}" may be left', done.err)


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


def test_a_webhook_of_which_nobody_knows_whether_it_was_made_is_removed(run, sandbox, titan):
    sandbox.fail("webhooks.create", cut="after")
    done = run("listen", "--port", "0")
    assert done.status == 1
    assert "The webhook is removed." in done.err
    assert titan.webhooks.list() == []


def test_a_titan_elsewhere_needs_a_public_address(run, sandbox):
    sandbox.fail("webhooks.create", status=400)
    done = run("listen", "--port", "0")
    assert done.status == 1
    assert "give its address with --url" in done.err


def test_a_port_that_is_taken_and_a_name_that_is_nearly_one_are_told_of(run, sandbox):
    done = run("listen", "--port", sandbox.base_url.rpartition(":")[2], "--event", "message.recieved")
    assert done.status == 1
    assert "cannot listen on port" in done.err
    assert "did you mean message.received?" in done.err


def test_a_webhook_that_somebody_else_removed_is_gone(listen_here, titan):
    done = listen_here(lambda webhook: titan.webhooks.delete(webhook.id))
    assert done.status == 0
    assert done.err.endswith("The webhook was removed already.\n")


def test_a_webhook_whose_id_did_not_come_is_removed_by_its_label(listen_here_at):
    done, requests = listen_here_at({"label": None})
    assert done.status == 0
    assert "The webhook is removed." in done.err
    assert requests[-1] == ("DELETE", "/api/webhooks/7")


@pytest.fixture
def listen_here_at(run):
    """Run it at a Titan that creates a webhook and says nothing of its id; gives what was asked for, too."""

    def start(created):
        requests, labels = [], []

        def answer(request):
            requests.append((request.method, request.target))
            if request.method == "POST":
                labels.append(request.json()["label"])
                os.kill(os.getpid(), signal.SIGINT)
                return http_json({"data": created}, 201)
            if request.method == "GET":
                others = [{"id": 6, "label": "titan listen 1"}, {"id": 8}]
                return http_json({"data": [*others, {"id": 7, "label": labels[0]}]})
            return http(204)

        with serving(answer) as server:
            return run("listen", "--port", "0", TITAN_BASE_URL=server.url), requests

    return start


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/olá b?q=ñ&r=%20", "/ol%C3%A1%20b?q=%C3%B1&r=%20"),
        ("", "/"),
        ("?a=1", "/?a=1"),
        ("/a;b,c=(d)/@e:f", "/a;b,c=(d)/@e:f"),
    ],
)
def test_any_path_of_an_app_can_be_forwarded_to(url, target):
    from titan.cli.receiver import AppAddress

    app = App()
    with serving(app) as server:
        assert AppAddress(f"{server.url}{url}").post(b"{}", []).status == 200
    assert app.received[0][0].target == target


@pytest.mark.parametrize(
    "url", ["http://a:b@localhost/", "http://.example/", f"http://{'a' * 80}.example/", "http://localhost:x/"]
)
def test_an_address_that_nothing_can_be_sent_to_is_refused_at_once(run, url):
    done = run("listen", "--port", "0", "--forward", url)
    assert (done.status, done.out) == (2, "")
    assert "Invalid value for --forward" in done.err


def test_every_signal_handler_is_put_back(run, sandbox):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    sandbox.fail("webhooks.create", status=400)
    run("listen", "--port", "0")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
