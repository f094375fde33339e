"""The fixtures for users' tests, as their own pytest finds them."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.support.project import ROOT
from tests.support.type_checkers import check_types
from titan._distribution import install_hint

# Each test starts pytest anew, which takes seconds.
pytestmark = pytest.mark.heavy

PLUGIN = "titan.sandbox.pytest_plugin"


@pytest.fixture
def run_pytest(tmp_path):
    """Run the tests of somebody who has installed titan-sdk."""

    def run(tests, before="", arguments=(), plugins=()):
        (tmp_path / "test_theirs.py").write_text(tests, encoding="utf-8")
        # Installed here, but not by everybody; that of schemathesis needs jsonschema-rs itself.
        without = [f"-pno:{name}" for name in ("asyncio", "randomly", "schemathesis") if name not in plugins]
        arguments = ["-v", "-rs", "-p", "no:cacheprovider", *without, *arguments]
        code = f"import sys, pytest\n{before}\nsys.exit(pytest.main({arguments}))"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        return done.returncode, done.stdout

    return run


def test_a_test_gets_a_client_with_a_connected_session(run_pytest):
    status, output = run_pytest("""
def test_send(titan_client, titan_sandbox):
    message = {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hello!"}
    assert titan_client.messages.send("default", message).status == "sent"
    assert titan_client.sessions.get("default").status == "CONNECTED"
    assert [one["text"] for one in titan_sandbox.messages] == ["Hello!"]
""")
    assert status == 0, output
    assert "1 passed" in output


def test_each_test_finds_the_sandbox_as_new_and_the_same_one_running(run_pytest):
    status, output = run_pytest("""
import httpx, pytest

seen = []

@pytest.mark.parametrize("time", [1, 2])
def test_each(titan_client, titan_sandbox, time):
    seen.append(titan_sandbox.base_url)
    assert len(set(seen)) == 1
    assert [one.name for one in titan_client.sessions.list()] == ["default"]
    assert titan_sandbox.messages == titan_sandbox.deliveries == []
    assert titan_client.webhooks.list() == titan_client.labels.list("default") == []
    titan_client.labels.create("default", {"name": "a"})
    titan_client.webhooks.create({"url": "http://127.0.0.1:9/"})
    titan_client.messages.send("default", {"chatId": "491234567@s.whatsapp.net", "type": "text", "text": "a"})
    titan_sandbox.connect("other")
    titan_sandbox.configure(rate_limit=50)
    titan_sandbox.fail("*", 100, status=500)

def test_without_a_client_there_is_no_session(titan_sandbox):
    key = {"Authorization": f"Bearer {titan_sandbox.api_key}"}
    answer = httpx.get(f"{titan_sandbox.base_url}/api/sessions", headers=key, trust_env=False)
    assert answer.json() == {"data": []}
    assert answer.headers["X-RateLimit-Limit"] == "100000"
""")
    assert status == 0, output
    assert "3 passed" in output


def test_tests_in_frozen_time_end(run_pytest):
    status, output = run_pytest("""
import pytest
from freezegun import freeze_time

MESSAGE = ("default", "5511999999999@s.whatsapp.net", "x")

@freeze_time("2025-06-01")
@pytest.mark.parametrize("time", [1, 2])
def test_in_frozen_time(titan_client, titan_sandbox, time):
    titan_client.messages.send_text(*MESSAGE)
    titan_sandbox.wait_for_deliveries()
    assert len(titan_sandbox.messages) == 1

@pytest.fixture
def frozen():
    with freeze_time("2035-06-01"):
        yield

def test_with_the_fixtures_in_frozen_time(frozen, titan_client):
    assert titan_client.messages.send_text(*MESSAGE).sent_at.year == 2035

def test_after_it(titan_client):
    assert titan_client.messages.send_text(*MESSAGE).sent_at.year != 2035
""")
    assert status == 0, output
    assert "4 passed" in output


def test_nothing_is_left_when_the_tests_are_over(run_pytest):
    status, output = run_pytest(
        "def test_it(titan_client): print('at', titan_client.sessions.list())",
        before="""
import atexit, threading
atexit.register(lambda: print("threads at the end:", [one.name for one in threading.enumerate()]))
""",
    )
    assert status == 0, output
    assert "threads at the end: ['MainThread']" in output


def test_the_plugin_needs_pytest_only(run_pytest):
    """And costs those nothing who do not use it."""
    status, output = run_pytest(
        "def test_it(): pass",
        before="""
import importlib
before = set(sys.modules)
importlib.import_module("titan.sandbox.pytest_plugin")
print("loaded:", sorted(set(sys.modules) - before))
""",
    )
    assert status == 0, output
    loaded = re.search(r"loaded: (\[.*\])", output)[1]
    assert loaded == "['titan', 'titan.sandbox', 'titan.sandbox.pytest_plugin']"


BOT = """
from titan import WebhookRouter, jid

def create_bot(client):
    router = WebhookRouter("a secret")

    @router.on("message.received")
    def answer(event):
        client.messages.send_text("default", jid.user(event.payload.from_.phone_number), "Hello!")

    return router
"""


def test_bot_that_is_served_for_a_test_answers_in_it(run_pytest):
    status, output = run_pytest(
        BOT
        + """
import pytest, threading

@pytest.mark.parametrize("kind", ["router", "WSGI", "ASGI"])
def test_answer(titan_client, titan_sandbox, titan_webhook, kind):
    router = create_bot(titan_client)
    app = {"router": router, "WSGI": router.wsgi_app(), "ASGI": router.asgi_app()}[kind]
    webhook = titan_webhook(app, secret="a secret", events=["message.received"])
    other = titan_webhook(create_bot(titan_client), path="/other", session="other")
    assert {one.url for one in titan_client.webhooks.list()} == {webhook.url, other.url}
    titan_sandbox.receive("default", "Hi!", sender="+55 11 99999-9999")
    titan_sandbox.wait_for_deliveries()
    assert [one["text"] for one in titan_sandbox.messages] == ["Hello!"]

def test_session_is_connected_for_the_webhook_alone(titan_webhook, titan_sandbox):
    seen = []
    router = create_bot(None)
    router.on("*")(seen.append)
    titan_webhook(router, events=["message.sent"])
    titan_sandbox.receive("default", "Hi!")

def test_what_was_served_is_gone(titan_client, titan_sandbox):
    assert titan_client.webhooks.list() == titan_sandbox.messages == []
    assert not [one.name for one in threading.enumerate() if "app" in one.name]
"""
    )
    assert status == 0, output
    assert "5 passed" in output


def test_app_that_cannot_start_fails_the_test_with_its_error(run_pytest):
    status, output = run_pytest("""
from contextlib import asynccontextmanager
from starlette.applications import Starlette

@asynccontextmanager
async def lifespan(app):
    raise LookupError("no database")
    yield

def test_start(titan_webhook):
    titan_webhook(Starlette(lifespan=lifespan), secret="a secret")
""")
    assert status == 1, output
    assert "1 failed" in output
    assert "LookupError: no database" in output


def test_fixtures_work_in_every_worker_of_xdist(run_pytest):
    pytest.importorskip("xdist")
    status, output = run_pytest(
        BOT
        + """
import pytest

@pytest.mark.parametrize("time", range(8))
def test_answer(titan_client, titan_sandbox, titan_webhook, time):
    titan_webhook(create_bot(titan_client))
    titan_sandbox.receive("default", "Hi!", sender="+55 11 99999-9999")
    titan_sandbox.wait_for_deliveries()
    assert [one["text"] for one in titan_sandbox.messages] == ["Hello!"]
""",
        arguments=["-n", "2"],
    )
    assert status == 0, output
    assert "8 passed" in output


ORDER = """
import pytest

@pytest.mark.parametrize("time", range(3))
class TestAnyOrder:
    def test_bot(self, titan_client, titan_sandbox, titan_webhook, time):
        titan_webhook(create_bot(titan_client))
        titan_sandbox.receive("default", "Hi!", sender="+55 11 99999-9999")
        titan_sandbox.wait_for_deliveries()
        assert [one["text"] for one in titan_sandbox.messages] == ["Hello!"]

    def test_what_is_left_to_the_next(self, titan_client, titan_sandbox, time):
        assert titan_sandbox.messages == titan_client.webhooks.list() == []
        assert titan_client.chats.list("default") == []
        titan_sandbox.configure(rate_limit=20)
        titan_sandbox.fail("*", 100, status=500)
        titan_sandbox.ban("default")

    def test_sandbox_alone(self, titan_sandbox, time):
        assert titan_sandbox.connect("default")["status"] == "CONNECTED"
        titan_sandbox.go_silent("default")
"""


def test_fixtures_work_in_any_order(run_pytest):
    pytest.importorskip("pytest_randomly")
    orders = set()
    for seed in ("1", "2"):
        status, output = run_pytest(BOT + ORDER, arguments=[f"--randomly-seed={seed}"], plugins=["randomly"])
        assert status == 0, output
        assert "9 passed" in output
        orders.add(tuple(re.findall(r"::(\S+) PASSED", output)))
    assert len(orders) == 2


ASYNC_BOT = """
import anyio, pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from titan import WebhookRouter, jid

def create_app(client):
    router = WebhookRouter("a secret")

    @router.on("message.received")
    def answer(event):
        client.messages.reply(event, "Hello!")

    async def titan(request):
        await anyio.to_thread.run_sync(router.handle, await request.body(), request.headers)
        return Response(status_code=204)

    return Starlette(routes=[Route("/titan", titan, methods=["POST"])])
"""


ASYNC_TESTS = """
import functools, asyncio

async def in_thread(call, *args, **kwargs):
    return await IN_THREAD(functools.partial(call, *args, **kwargs))

@FIXTURE
async def webhook(titan_client, titan_webhook):
    return await in_thread(titan_webhook, create_app(titan_client), secret="a secret")

@pytest.mark.PLUGIN
@pytest.mark.parametrize("time", [1, 2])
async def test_answer(titan_client, titan_sandbox, webhook, time):
    assert [one.url for one in await in_thread(titan_client.webhooks.list)] == [webhook.url]
    await in_thread(titan_sandbox.receive, "default", "Hi!", sender="+55 11 99999-9999")
    await in_thread(titan_sandbox.wait_for_deliveries)
    assert [one["text"] for one in titan_sandbox.messages] == ["Hello!"]

@pytest.mark.PLUGIN
async def test_several_at_a_time(titan_client, titan_sandbox, webhook):
    people = [f"+55 11 99999-{number}" for number in range(1001, 1011)]
    calls = (in_thread(titan_sandbox.receive, "default", "Hi!", sender=one) for one in people)
    await asyncio.gather(*calls)
    await in_thread(titan_sandbox.wait_for_deliveries)
    assert len({one["chatId"] for one in titan_sandbox.messages}) == 10

def test_plain_function_beside_them(titan_client):
    assert titan_client.webhooks.list() == []
"""


@pytest.mark.parametrize("plugin", ["asyncio", "anyio"])
def test_coroutines_use_the_fixtures_from_threads(run_pytest, plugin):
    # That of anyio comes with anyio itself.
    module, fixture, in_thread = {
        "asyncio": ("pytest_asyncio", "pytest_asyncio.fixture", "asyncio.to_thread"),
        "anyio": ("anyio", "pytest.fixture", "anyio.to_thread.run_sync"),
    }[plugin]
    pytest.importorskip(module)
    tests = ASYNC_TESTS.replace("FIXTURE", fixture).replace("PLUGIN", plugin).replace("IN_THREAD", in_thread)
    backend = "\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    # Left to its default, this one is a warning.
    options = ["-o", "asyncio_default_fixture_loop_scope=function"] if plugin == "asyncio" else []
    status, output = run_pytest(f"import {module}\n{ASYNC_BOT}{tests}{backend}", "", options, [plugin])
    assert status == 0, output
    assert "4 passed" in output


FROZEN = """
import datetime
import pytest
from titan import AuthenticationError, ConflictError, TitanClient

ANA = "+55 11 99999-9999"
THEN = datetime.datetime(2031, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

@pytest.fixture
def titan_sandbox(titan_sandbox):
    titan_sandbox.configure(clock="test")
    return titan_sandbox

def test_message_has_the_date_of_the_test(clock, titan_client, titan_sandbox):
    titan_sandbox.receive("default", "Hi!", sender=ANA)
    (chat,) = titan_client.chats.list("default")
    assert titan_client.messages.send_text("default", chat.id, "Hello!").sent_at == THEN

def test_answer(clock, titan_client, titan_sandbox, titan_webhook):
    events = []
    router = create_bot(titan_client)
    router.on("message.received", "message.ack")(events.append)
    titan_webhook(router)
    titan_sandbox.receive("default", "Hi!", sender=ANA)
    titan_sandbox.wait_for_deliveries()
    assert [one["text"] for one in titan_sandbox.messages] == ["Hello!"]
    assert {event.timestamp for event in events} == {THEN}

def test_key_expires(clock, titan_client, titan_sandbox):
    key = titan_client.account_keys.create({"label": "l", "lifetimeDays": 30, "scopes": ["*"]})
    assert key.expires_at == THEN + datetime.timedelta(days=30)
    with TitanClient(titan_sandbox.base_url, key.key) as client:
        client.sessions.list()
        clock.move_to(key.expires_at)
        with pytest.raises(AuthenticationError, match="expired"):
            client.sessions.list()

def test_edit_comes_too_late(clock, titan_client):
    chat_id = "5511999999999@s.whatsapp.net"
    sent = titan_client.messages.send_text("default", chat_id, "Hi")
    change = {"chatId": chat_id, "messageId": sent.id, "text": "Hello"}
    titan_client.messages.edit("default", change)
    clock.move_to(THEN + datetime.timedelta(minutes=16))
    with pytest.raises(ConflictError, match="15 minutes"):
        titan_client.messages.edit("default", change)

def test_unfrozen(titan_client, titan_sandbox):
    assert titan_client.messages.send_text("default", "5511999999999@s.whatsapp.net", "Hi").sent_at < THEN
"""


@pytest.mark.parametrize(
    "clock",
    [
        "import freezegun\ndef frozen(): return freezegun.freeze_time(THEN)",
        "import time_machine\ndef frozen(): return time_machine.travel(THEN, tick=False)",
    ],
    ids=["freezegun", "time-machine"],
)
def test_suite_of_a_user_runs_under_a_frozen_clock(run_pytest, clock):
    fixture = "\n@pytest.fixture\ndef clock():\n    with frozen() as clock:\n        yield clock\n"
    status, output = run_pytest(BOT + FROZEN + clock + fixture)
    assert status == 0, output
    assert "5 passed" in output


def test_fixtures_say_what_they_are(run_pytest):
    status, output = run_pytest("", arguments=["--fixtures"])
    assert status == 0, output
    for fixture, text in {
        "titan_sandbox": "A local Titan on a free port",
        "titan_client": "A client of `titan_sandbox`",
        "titan_webhook": "Serve your app until the end of the test",
    }.items():
        assert re.search(rf"^{fixture} -- .*\n +{re.escape(text)}", output, re.MULTILINE), output


def test_type_checkers_know_the_fixtures_and_what_they_give(tmp_path):
    file = tmp_path / "test_typed.py"
    file.write_text(
        """
from typing import Any, Dict, Iterable

from titan import TitanClient, WebhookRouter
from titan.sandbox import Sandbox, SignedEvent, Subscription, TitanWebhook

router = WebhookRouter("a secret")


def wsgi(environ: Dict[str, Any], start_response: Any) -> Iterable[bytes]:
    return []


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    pass


def test_bot(titan_client: TitanClient, titan_sandbox: Sandbox, titan_webhook: TitanWebhook) -> None:
    webhook: Subscription = titan_webhook(router)
    url: str = titan_webhook(wsgi, secret="a secret", path="/hooks", events=["message.received"]).url
    number: int = titan_webhook(asgi, secret="a secret", session="default").id
    titan_webhook(router.wsgi_app(), secret=webhook.secret)
    titan_webhook(router.asgi_app(), secret=[b"a secret"])
    delivery: SignedEvent = titan_sandbox.event("message.received", text="Hi!", secret="a secret")
    router.handle(delivery.body, delivery.headers)
    with titan_sandbox.subscribe(router) as served:
        assert served.url != url and served.id != number
    titan_webhook(5)  # wrong
    titan_webhook(router, events=5)  # wrong
""",
        encoding="utf-8",
    )
    (tmp_path / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]})
    )
    reports = check_types({"mypy": [["--strict", str(file)]], "pyright": [["-p", str(tmp_path)]]})
    wrong = [
        number for number, line in enumerate(file.read_text().splitlines(), 1) if line.endswith("# wrong")
    ]
    for checker, errors in reports.items():
        assert sorted({one.line for one in errors}) == wrong, (checker, errors)


@pytest.mark.parametrize(
    "missing",
    [
        ["uvicorn"],
        ["starlette"],
        ["jsonschema_rs"],
        ["jsonschema_rs", "jwt", "segno", "starlette", "uvicorn"],
    ],
)
def test_without_the_extra_the_tests_fail_with_the_line_that_installs_it(run_pytest, missing):
    status, output = run_pytest(
        """
def test_sandbox(titan_sandbox): pass
def test_client(titan_client): pass
def test_webhook(titan_webhook): pass
def test_other(): pass
""",
        before=f"""
class Missing:
    @staticmethod
    def find_spec(name, *_):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.partition(".")[0])

sys.meta_path.insert(0, Missing)
""",
    )
    assert status == 1, output
    assert "1 passed, 3 errors" in output
    needs = "|".join(missing)
    assert re.search(f"titan.sandbox needs ({needs}): {re.escape(install_hint('sandbox'))}", output), output
    assert "Traceback" not in output
    assert "pytest_plugin.py:" not in output
