"""The programs in examples/, run as their docstrings say: on real sockets, a real Redis, a real database."""

from __future__ import annotations

import ast
import base64
import contextlib
import importlib.util
import itertools
import json
import os
import socket
import subprocess
import sys
import threading

import pytest
import redis

from tests.support.examples import EXAMPLES, ROOT, SECRET, documented, encoded, post, received, running
from tests.support.loopback import http, http_json, serving
from tests.support.programs import needed
from titan import WebhookRouter, sign_webhook
from titan.sandbox import Sandbox

# The quickstart is a walk through the API; all others are to be taken into a program as they are.
RECIPES = sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem != "quickstart")
MIB = 1024 * 1024


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


@pytest.fixture
def load(monkeypatch):
    """Import an example as a module, with the secret in the environment."""
    monkeypatch.setenv("TITAN_WEBHOOK_SECRET", SECRET)

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


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


# Stores of events that were handled


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    program = needed("redis-server", "examples/seen_redis.py")

    def command(port):
        return [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]

    with running(command, tmp_path_factory.mktemp("redis")) as server:
        yield f"redis://127.0.0.1:{server.port}"


@pytest.fixture(params=["seen_redis", "seen_database"])
def shared(request, tmp_path):
    """A store's example, its expression for a new store, and the variables of its program."""
    if request.param == "seen_database":
        return request.param, f"DatabaseEvents({str(tmp_path / 'titan-events.db')!r})", {}
    url = request.getfixturevalue("redis_url")
    with redis.Redis.from_url(url) as database:
        database.flushall()
    return request.param, f"RedisEvents(redis.Redis.from_url({url!r}))", {"REDIS_URL": url}


@pytest.fixture
def new_store(load, shared):
    """Makes stores on the same database."""
    name, expression, _ = shared
    module = load(name)
    return lambda: eval(expression, vars(module))


def test_store_claims_an_id_once_until_it_is_released(new_store):
    store, another = new_store(), new_store()
    assert [store.claim("evt_1"), store.claim("evt_1"), another.claim("evt_1")] == [True, False, False]
    assert another.claim("evt_2")
    another.release("evt_1")
    assert [store.claim("evt_1"), another.claim("evt_1"), store.claim("evt_2")] == [True, False, False]


@pytest.mark.parametrize(
    "event_id", ["", "evt " * 1000, "é🐈", "'; DROP TABLE titan_events; --", "a\nb", "*"]
)
def test_store_takes_any_id(new_store, event_id):
    store = new_store()
    assert [store.claim(event_id), store.claim(event_id)] == [True, False]
    store.release(event_id)
    assert store.claim(event_id)


def test_router_handles_to_success_exactly_once_with_the_store(new_store):
    texts = []
    routers = [WebhookRouter(SECRET, seen=new_store()) for _ in range(2)]

    def note(event):
        texts.append(event.payload.text)
        if len(texts) == 1:
            raise RuntimeError("the first time it fails")

    for router in routers:
        router.on("message.received")(note)
    body = encoded(received(text="Hi!"))
    with pytest.raises(RuntimeError, match="the first time"):
        routers[0].handle(body, sign_webhook(body, SECRET))
    for router in routers * 2:
        router.handle(body, sign_webhook(body, SECRET))
    assert texts == ["Hi!", "Hi!"]


CLAIMING = """
import sys
{imports}
sys.stdin.readline()
store = {store}
print("ready", flush=True)
for line in sys.stdin:
    print(*[number for number in line.split() if store.claim(f"evt_{{number}}")], flush=True)
"""


def test_of_several_processes_exactly_one_claims_each_id(shared):
    name, expression, _ = shared
    code = CLAIMING.format(imports=f"from {name} import *", store=expression)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(ROOT)])}
    ids = list(map(str, range(200)))
    claimed = {}

    def ask(line):
        for process in processes:
            process.stdin.write(line + "\n")
            process.stdin.flush()
        return {process: process.stdout.readline().split() for process in processes}

    with contextlib.ExitStack() as stack:
        processes = []
        for _ in range(4):
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            processes.append(stack.enter_context(process))
            stack.callback(process.kill)
        assert list(ask("").values()) == [["ready"]] * 4
        # A few at a time, or the process that comes first takes all, with nobody to race it.
        for start in range(0, len(ids), 5):
            for process, won in ask(" ".join(ids[start : start + 5])).items():
                claimed.setdefault(process, []).extend(won)
            processes.append(processes.pop(0))
    assert sorted(itertools.chain.from_iterable(claimed.values()), key=int) == ids
    assert sum(map(bool, claimed.values())) > 1


def test_of_two_servers_one_handles_a_delivery_that_both_get(shared, tmp_path):
    name, _, variables = shared
    event = received()

    def start():
        return running(lambda port: documented(name), tmp_path, TITAN_WEBHOOK_SECRET=SECRET, **variables)

    with start() as one, start() as other:
        assert post(one.port, encoded(event), sign_webhook(b"", SECRET)) == 401
        assert [post(server.port, encoded(event)) for server in (one, other, one)] == [200, 200, 200]
        assert [server.output.count(event["id"]) for server in (one, other)] == [1, 0]


def test_redis_forgets_an_id_after_a_day(load, redis_url):
    with redis.Redis.from_url(redis_url) as database:
        database.flushall()
        load("seen_redis").RedisEvents(database).claim("evt_1")
        (key,) = database.keys()
        assert 24 * 3600 - 60 < database.ttl(key) <= 24 * 3600


@pytest.mark.parametrize("decode_responses", [False, True])
def test_id_is_claimed_even_where_the_answer_of_redis_gets_lost(load, redis_url, decode_responses):
    """The client repeats the command; the id, set by the first one, is still new."""
    lost = []
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(losing_an_answer(int(redis_url.rpartition(":")[2]), b"evt_lost", lost))
        database = redis.Redis(port=port, decode_responses=decode_responses, socket_timeout=10)
        stack.callback(database.close)
        database.flushall()
        store = load("seen_redis").RedisEvents(database)
        assert [store.claim("evt_lost"), store.claim("evt_lost")] == [True, False]
    assert len(lost) == 1


@contextlib.contextmanager
def losing_an_answer(redis_port, mark, lost):
    """A way to Redis on which the answer to the first command with this mark gets lost; gives its port."""

    def serve(client):
        with client, socket.create_connection(("127.0.0.1", redis_port)) as server:
            while True:
                command = client.recv(65536)
                if not command:
                    return
                server.sendall(command)
                answer = server.recv(65536)
                if mark in command and not lost:
                    lost.append(answer)
                    return
                client.sendall(answer)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threads.append(threading.Thread(target=serve, args=(listener.accept()[0],)))
                threads[-1].start()

    listener = socket.create_server(("127.0.0.1", 0))
    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


# The echo bot


@pytest.fixture(scope="module")
def titan():
    with Sandbox() as sandbox:
        sandbox.connect("my-session")
        yield sandbox


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the bot runs, and keeps files."""
    return tmp_path_factory.mktemp("bot")


def echo_bot(folder, base_url, api_key):
    variables = {"TITAN_BASE_URL": base_url, "TITAN_API_KEY": api_key, "TITAN_WEBHOOK_SECRET": SECRET}
    return running(lambda port: documented("echo_bot"), folder, **variables)


@pytest.fixture(scope="module")
def bot(titan, folder):
    with echo_bot(folder, titan.base_url, titan.api_key) as program:
        yield program


@pytest.fixture
def new_messages(titan):
    """The messages that were sent since the test began."""
    before = len(titan.messages)
    return lambda: titan.messages[before:]


GROUP = "120363012345678901@g.us"


@pytest.fixture
def chats(titan):
    """What events call a chat, and the chat id that this stands for."""
    titan.receive("my-session", "Hello, all!", group=GROUP)
    lid = titan.add_contact("my-session", "+5511977776666", "Ada")["lid"]
    return {
        "person": ({"phoneNumber": "+5511999999999", "mode": "pn"}, "5511999999999@s.whatsapp.net"),
        "LID": ({"lid": lid, "mode": "lid"}, lid),
        "group": ({"id": GROUP}, GROUP),
    }


@pytest.mark.parametrize("kind", ["person", "LID", "group"])
def test_echo_bot_answers_into_the_chat_a_message_came_from_and_once(bot, new_messages, chats, kind):
    chat, chat_id = chats[kind]
    event = received(**{"from": chat})
    assert [post(bot.port, encoded(event), path="/") for _ in range(2)] == [200, 200]
    (answer,) = new_messages()
    assert answer["session"] == "my-session"
    sent = answer["request"]
    assert (sent["chatId"], sent["type"], sent["text"]) == (chat_id, "text", event["payload"]["text"])


def test_echo_bot_ignores_what_it_must_not_answer(bot, new_messages):
    assert post(bot.port, encoded(received(fromMe=True))) == 200
    assert post(bot.port, encoded(received(**{"from": {"id": "status@broadcast"}}))) == 200
    assert post(bot.port, encoded({**received(), "event": "message.sent"})) == 200
    assert post(bot.port, encoded(received()), sign_webhook(b"", SECRET)) == 401
    assert post(bot.port, encoded(received()).ljust(2 * MIB), pieces=[b""]) == 413
    assert new_messages() == []


@pytest.mark.parametrize(
    ("mime_type", "ending"), [("image/png", "png"), ("video/mp4; codecs=avc1", "mp4"), (None, "bin")]
)
def test_echo_bot_keeps_a_file_and_says_so(titan, bot, folder, new_messages, mime_type, ending):
    media = titan.receive("my-session", media=b"A file of the tests.", mime_type=mime_type)["media"]
    file = f"{media['id']}.{ending}"
    event = encoded(received(text="Look!", mediaId=media["id"], mimeType=mime_type))
    before = {path.name for path in folder.iterdir()}
    assert post(bot.port, event) == 200
    assert {path.name for path in folder.iterdir()} - before == {file}
    assert (folder / file).read_bytes() == b"A file of the tests."
    assert [message["text"] for message in new_messages()] == [f"Look! (20 bytes, kept as {file})"]


def test_echo_bot_keeps_a_file_in_its_folder_whatever_the_media_id(tmp_path):
    def answer(request):
        if request.target.endswith("/download"):
            return http(200, b"A file", {"Content-Type": "text/plain"})
        return http_json({"data": {"id": "msg_1"}})

    with serving(answer) as server, echo_bot(tmp_path, server.url, "titan_" + "k" * 98) as bot:
        assert post(bot.port, encoded(received(mediaId="../../med_04", mimeType="of/no-kind"))) == 200
    assert (tmp_path / "med_04.bin").read_bytes() == b"A file"


def test_echo_bot_tries_again_where_nothing_was_sent(titan, bot, new_messages):
    event = {**received(), "session": "offline"}
    assert post(bot.port, encoded(event)) == 500
    titan.connect("offline")
    assert post(bot.port, encoded(event)) == 200
    assert [message["text"] for message in new_messages()] == [event["payload"]["text"]]


def test_echo_bot_does_not_send_again_what_may_have_been_sent(tmp_path):
    event = encoded(received())
    with serving(lambda request: http_json({"error": "internal server error"}, 500)) as broken:
        with echo_bot(tmp_path, broken.url, "titan_" + "k" * 98) as bot:
            assert [post(bot.port, event), post(bot.port, event)] == [200, 200]
        assert [(one.method, one.target) for one in broken.requests] == [("POST", "/api/messages/send")]
