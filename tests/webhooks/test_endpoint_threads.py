"""The threads of an ASGI endpoint: bounded, its own, and never in the way of anything else."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.deliveries import SECRET, message_body, signed
from tests.support.endpoints import answer_of_asgi, call_asgi
from tests.support.forks import fork_by, in_each_way, needs_fork
from tests.support.interpreter import run_script
from titan import WebhookRouter, sign_webhook
from titan.webhooks.endpoints import workers as workers_module


class Handler:
    """A handler that is busy until it is let go."""

    def __init__(self):
        self.lock = threading.Lock()
        self.started = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.threads = set()
        self.running = self.most = self.handled = 0

    def __call__(self, event):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
            self.threads.add(threading.current_thread())
        self.started.release()
        assert self.go_on.wait(20)
        with self.lock:
            self.running -= 1
            self.handled += 1

    def app(self, **options):
        router = WebhookRouter(SECRET)
        router.on("*")(self)
        return router.asgi_app(**options)


@pytest.fixture
def handler():
    handler = Handler()
    yield handler
    handler.go_on.set()


async def busy(handler, app, number):
    """Give an app so many deliveries, each of which holds a thread."""
    body = message_body()
    tasks = [asyncio.ensure_future(answer_of_asgi(app, body, signed(body))) for _ in range(number)]
    for _ in range(number):
        while not handler.started.acquire(blocking=False):
            await asyncio.sleep(0.001)
    return tasks


async def ended(handler, tasks):
    handler.go_on.set()
    assert await asyncio.wait_for(asyncio.gather(*tasks), 20) == [200] * len(tasks)


class Unused(ThreadPoolExecutor):
    def submit(self, *arguments, **options):
        raise AssertionError("this executor belongs to the program")


REFUSED = {
    "forged": (message_body(), {}, 401),
    "forged and large": (b" " * 1_000_000, signed(b""), 401),
    "no event": (b"[]", signed(b"[]"), 400),
    "no JSON": (b"\xff", signed(b"\xff"), 400),
    "too large": (b" " * 1_100_000, {}, 413),
}


@pytest.mark.parametrize("slow", [12, 16])
def test_slow_handlers_hold_up_nothing_else(handler, slow):
    async def program():
        loop = asyncio.get_running_loop()
        app = handler.app()
        tasks = await busy(handler, app, slow)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            found = await asyncio.wait_for(loop.getaddrinfo("localhost", port), 10)
        assert found
        for body, headers, status in REFUSED.values():
            assert await asyncio.wait_for(answer_of_asgi(app, body, headers), 10) == status
        assert handler.running == slow
        await ended(handler, tasks)

    asyncio.run(program())


def test_executor_of_the_event_loop_is_never_used(handler):
    handler.go_on.set()

    async def program():
        asyncio.get_running_loop().set_default_executor(Unused(1))
        body = message_body(text="x" * 100_000)
        assert await answer_of_asgi(handler.app(), body, signed(body)) == 200

    asyncio.run(program())
    assert handler.handled == 1


@pytest.mark.parametrize("workers", [1, 3, 16])
def test_no_more_threads_handle_than_were_asked_for(handler, workers):
    async def program():
        app = handler.app(workers=workers)
        body = message_body()
        tasks = await busy(handler, app, workers)
        tasks += [asyncio.ensure_future(answer_of_asgi(app, body, signed(body))) for _ in range(10)]
        await ended(handler, tasks)

    asyncio.run(program())
    assert (handler.most, handler.handled) == (workers, workers + 10)
    assert len(handler.threads) <= workers


@pytest.mark.parametrize("size", [0, 100_000])
def test_what_waits_is_bounded(handler, monkeypatch, size):
    monkeypatch.setattr(workers_module, "MOST_WAITING", 3)

    async def program():
        app = handler.app(workers=2)
        body = message_body(text="x" * size)
        tasks = await busy(handler, app, 2)
        tasks += [asyncio.ensure_future(answer_of_asgi(app, body, signed(body))) for _ in range(3)]
        await asyncio.sleep(0)
        for _ in range(3):
            assert await asyncio.wait_for(answer_of_asgi(app, body, signed(body)), 10) == 503
        assert await answer_of_asgi(app, body, {}) == 401
        await ended(handler, tasks)
        assert await answer_of_asgi(app, body, signed(body)) == 200

    asyncio.run(program())
    assert handler.handled == 6


def test_a_thousand_may_wait():
    assert workers_module.MOST_WAITING == 1000


def test_request_that_is_given_up_while_it_waits_is_not_handled(handler, monkeypatch):
    monkeypatch.setattr(workers_module, "MOST_WAITING", 3)

    async def program():
        app = handler.app(workers=1)
        body = message_body()
        tasks = await busy(handler, app, 1)
        for _ in range(3):
            waiting = asyncio.ensure_future(answer_of_asgi(app, body, signed(body)))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        # They hold their places until a thread comes to them: there is no end to how many are given up.
        assert await answer_of_asgi(app, body, signed(body)) == 503
        await ended(handler, tasks)
        while (status := await answer_of_asgi(app, body, signed(body))) == 503:
            await asyncio.sleep(0.001)
        assert status == 200

    asyncio.run(asyncio.wait_for(program(), 20))
    assert handler.handled == 2


@pytest.mark.parametrize("failures", [1, 2, 5])
def test_delivery_for_which_there_was_no_thread_is_not_handled_later(monkeypatch, failures):
    handled, left = [], [failures]
    router = WebhookRouter(SECRET)
    router.on("*")(lambda event: handled.append(event.id))
    app = router.asgi_app()
    start = threading.Thread.start

    def fail(thread):
        if left[0] and thread.name.startswith("titan-webhooks"):
            left[0] -= 1
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fail)
    answers = [call_asgi(app, body, signed(body)) for body in map(message_body, "a" * failures)]
    assert (answers, handled) == ([503] * failures, [])
    last = message_body("last")
    assert (call_asgi(app, last, signed(last)), handled) == (200, ["last"])


def test_nothing_is_handled_where_there_is_no_loop_of_asyncio():
    handled, body = [], message_body()
    router = WebhookRouter(SECRET)
    router.on("*")(handled.append)
    messages = [{"type": "http.request", "body": body}]

    async def receive():
        return messages.pop()

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"x-webhook-signature", sign_webhook(body, SECRET).encode())],
    }
    with pytest.raises(RuntimeError, match="no running event loop"):
        router.asgi_app()(scope, receive, receive).send(None)
    assert handled == []


def test_handler_sees_the_context_variables_of_its_request():
    variable = contextvars.ContextVar("variable", default="none")
    found = []
    router = WebhookRouter(SECRET)
    router.on("*")(lambda event: (found.append(variable.get()), variable.set("of a handler")))
    app = router.asgi_app(workers=1)

    async def request(value):
        variable.set(value)
        body = message_body()
        assert await answer_of_asgi(app, body, signed(body)) == 200

    async def program():
        await asyncio.gather(*(asyncio.ensure_future(request(value)) for value in "abc"))

    asyncio.run(program())
    assert sorted(found) == ["a", "b", "c"]


async def live(app, during):
    """Take an app through the life of a server."""
    messages, sent = asyncio.Queue(), asyncio.Queue()
    task = asyncio.ensure_future(app({"type": "lifespan"}, messages.get, sent.put))
    await messages.put({"type": "lifespan.startup"})
    assert await sent.get() == {"type": "lifespan.startup.complete"}
    await during()
    await messages.put({"type": "lifespan.shutdown"})
    assert await sent.get() == {"type": "lifespan.shutdown.complete"}
    await task


def test_threads_end_with_the_server_and_are_made_again_when_they_are_used_after_that(handler):
    handler.go_on.set()
    app, body = handler.app(), message_body()

    async def deliver():
        assert await answer_of_asgi(app, body, signed(body)) == 200

    for number in (1, 2):
        asyncio.run(live(app, deliver))
        for thread in handler.threads:
            thread.join(10)
            assert not thread.is_alive()
        assert len(handler.threads) == number
    asyncio.run(deliver())
    assert handler.handled == 3


def test_delivery_that_is_being_handled_when_the_server_ends_is_handled_to_its_end(handler):
    app, tasks = handler.app(workers=1), []

    async def program():
        async def deliver():
            tasks.extend(await busy(handler, app, 1))

        await live(app, deliver)
        await ended(handler, tasks)

    asyncio.run(program())
    assert handler.handled == 1


def test_app_works_on_one_event_loop_after_the_other(handler):
    handler.go_on.set()
    app, body = handler.app(), message_body()
    assert [call_asgi(app, body, signed(body)) for _ in range(3)] == [200] * 3
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(3))
        calls = [pool.submit(call_asgi, app, body, signed(body)) for _ in range(9)]
        assert [call.result() for call in calls] == [200] * 9


@needs_fork
@in_each_way
@pytest.mark.slow
def test_forked_process_has_threads_of_its_own(way):
    run_script(
        fork_by(way)
        + """
import logging
from tests.support.deliveries import SECRET, message_body, signed
from tests.support.endpoints import call_asgi
from titan import WebhookRouter

# In the development mode it complains of steps that take 0.1 s, as they do on a busy machine.
logging.getLogger("asyncio").setLevel(logging.ERROR)
handled = []
router = WebhookRouter(SECRET)
router.on("*")(lambda event: handled.append(os.getpid()))
app = router.asgi_app(workers=2)

def deliver(number):
    for one in range(3):
        body = message_body(f"evt_{number}_{one}")
        assert call_asgi(app, body, signed(body)) == 200
    assert handled[-3:] == [os.getpid()] * 3

deliver(0)
children = [in_child(lambda: deliver(number)) for number in (1, 2, 3)]
deliver(4)
ended(*children)
deliver(5)
assert len(handled) == 9
""",
    )


@pytest.mark.parametrize("workers", [0, -1, -100])
def test_number_of_workers_must_be_positive(workers):
    with pytest.raises(ValueError, match="workers must be positive"):
        WebhookRouter(SECRET).asgi_app(workers=workers)


@pytest.mark.parametrize("workers", [None, 1.5, "4", True])
def test_number_of_workers_must_be_an_integer(workers):
    with pytest.raises(TypeError, match="workers must be an integer"):
        WebhookRouter(SECRET).asgi_app(workers=workers)
