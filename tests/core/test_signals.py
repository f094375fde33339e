"""What the caller's signal handlers raise passes through as it is, and nothing is sent again after it."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import io
import os
import signal
import socket
import threading
import time
from typing import Annotated

import httpx
import pytest
from pydantic import BeforeValidator, TypeAdapter

from tests.support.libraries import LIBRARIES, WAYS, name_of
from tests.support.loopback import full_listener, http, http_json, serving
from titan import APIConnectionError, APITimeoutError, TitanClient
from titan._http.connections.transport import DeadlineTransport
from titan._models import parsing

pytestmark = pytest.mark.slow

if not hasattr(signal, "setitimer"):
    pytest.skip("this system has no timers that send signals", allow_module_level=True)

SECONDS = 0.05


class MyError(Exception):
    """Somebody's own."""


ERRORS = [
    TimeoutError("mine"),
    OSError("mine"),
    OSError(5, "mine"),
    ConnectionResetError("mine"),
    BrokenPipeError("mine"),
    ValueError("mine"),
    RuntimeError("mine"),
    UnicodeDecodeError("utf-8", b"mine", 0, 1, "mine"),
    *(library.ReadTimeout("mine") for library in LIBRARIES),
    APIConnectionError("mine", method="GET", route="/mine"),
    MyError("mine"),
    KeyboardInterrupt("mine"),
    SystemExit("mine"),
]


def interrupt():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)


@pytest.fixture(autouse=True)
def _ignoring_what_comes_late():
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGALRM, before)


class Handling:
    """Handlers of every kind, which raise an error."""

    def __init__(self, error):
        self.error = error

    def function(self):
        def handler(signum, frame):
            raise self.error

        return handler

    def any_arguments(self):
        return lambda *_: (_ for _ in ()).throw(self.error)

    def method(self):
        return self._handle

    def partial(self):
        return functools.partial(self._handle_more, "more")

    def object(self):
        return self

    def decorated(self):
        @functools.wraps(self._handle)
        def handler(*args, **kwargs):
            return self._handle(*args, **kwargs)

        return handler

    def once(self):
        def handler(signum, frame):
            signal.signal(signum, signal.SIG_DFL)
            raise self.error

        return handler

    def deep(self):
        def handler(signum, frame):
            try:
                raise KeyError("before")
            except KeyError:
                self._handle(signum, None)

        return handler

    def __call__(self, signum, frame):
        raise self.error

    def _handle(self, signum, frame):
        raise self.error

    def _handle_more(self, more, signum, frame):
        raise self.error


KINDS = ["function", "any_arguments", "method", "partial", "object", "decorated", "once", "deep"]


@pytest.fixture(autouse=True)
def nothing_is_collected():
    """Python drops what a handler raises while the garbage collector calls back."""
    gc.disable()
    yield
    gc.enable()


@contextlib.contextmanager
def handled_by(handler):
    before = signal.signal(signal.SIGALRM, handler)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def call_after_start(seconds, call, *args, **options):
    signal.setitimer(signal.ITIMER_REAL, seconds)
    call(*args, **options)


def assert_passes(error, call, *args, kind="function", seconds=0.0, **options):
    """What a handler raises comes out of the call as it was: the same object, text and context unchanged.

    Args:
        error: What it raises.
        call: Called with the other arguments.
        args: For the call.
        kind: One of KINDS.
        seconds: After how long it comes; 0 where the server, or what is called, sends the signal.
        options: For the call.
    """
    told = (type(error), str(error), error.args)
    with handled_by(getattr(Handling(error), kind)()), pytest.raises(type(error)) as caught:
        call_after_start(seconds, call, *args, **options)
    try:
        assert caught.value is error
        assert (type(error), str(error), error.args) == told
        assert error.__cause__ is None
        assert repr(error.__context__) == ("KeyError('before')" if kind == "deep" else "None")
    finally:
        error.__traceback__ = error.__context__ = None


@pytest.fixture(params=WAYS, ids=name_of)
def client_of(request):
    """Makes a client, on connections of ours or on an http_client."""
    with contextlib.ExitStack() as stack:

        def make(url, **options):
            if request.param is None:
                return stack.enter_context(TitanClient(url, "titan_key", **options))
            own = stack.enter_context(request.param.Client())
            return stack.enter_context(TitanClient(url, "titan_key", http_client=own, **options))

        make.library = request.param
        yield make


class Stalling:
    """Answers what is about `after`; all else it answers as the test says, or not before the test is over."""

    def __init__(self, first=b"", status=None, reads=True, interrupts=True):
        self.over = threading.Event()
        self._first, self._status, self._reads = first, status, reads
        self._interrupts = interrupts
        self.timers = []
        self.asked = []

    def __call__(self, request):
        if request.target.endswith("after"):
            return http_json({"data": {"name": "after"}})
        self.asked.append(request.target)
        if self._interrupts:
            self.timers.append(threading.Timer(SECONDS, interrupt))
            self.timers[-1].start()
        if self._status is not None:
            return http_json({"error": "busy"}, self._status)
        if self._reads:
            for _ in request.pieces():
                pass
        with contextlib.suppress(OSError):
            request.connection.sendall(self._first)
            self.over.wait(60)
        return None


@contextlib.contextmanager
def stalling(*args, **options):
    answer = Stalling(*args, **options)
    with serving(answer) as server:
        try:
            yield server.url, answer.asked
        finally:
            answer.over.set()
            # A signal that came after the test would end the whole run.
            for timer in answer.timers:
                timer.cancel()
                timer.join()


LARGE = {"chatId": "1@g.us", "type": "text", "text": "x" * 20_000_000}
SMALL = {"chatId": "1@g.us", "type": "text", "text": "x"}
BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
FAILED = b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n{"


def get(client):
    client.sessions.get("s")


def send(client):
    client.messages.send("s", SMALL)


# What the server does, and the call.
MOMENTS = {
    "write": ({"reads": False}, lambda client: client.messages.send("s", LARGE)),
    "write of a file": (
        {"reads": False},
        lambda client: client.messages.send_file("s", "1@g.us", io.BytesIO(bytes(20_000_000))),
    ),
    "headers": ({}, get),
    "headers of a send": ({}, send),
    "beginning of the headers": ({"first": b"HTTP/1.1 200 OK\r\nContent-"}, get),
    "body": ({"first": BEGUN}, get),
    "body of a send": ({"first": BEGUN}, send),
    "body of an error": ({"first": FAILED}, get),
    "pause": ({"status": 503}, lambda client: client.with_options(max_retries=1).sessions.get("s")),
    "pairing": ({}, lambda client: client.pairing.wait("s", timeout=60)),
    "request": ({}, lambda client: client.request("GET", "/api/s")),
    "submit": ({}, lambda client: client.submit(client.messages.send, "s", SMALL)),
}


THOROUGH = ("write", "headers", "body")


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_a_handler_raises_passes_through_and_nothing_is_repeated(client_of, moment):
    options, call = MOMENTS[moment]
    for error in ERRORS[::2] if moment in THOROUGH else ERRORS[::5]:
        with stalling(**options) as (url, asked):
            client = client_of(url)
            client.sessions.get("after")  # connected, and all modules loaded
            assert_passes(error, call, client)
            assert len(asked) == 1, repr(error)
            assert client.sessions.get("after").name == "after"
            time.sleep(0.01)
            assert len(asked) == 1, repr(error)


@pytest.mark.parametrize("kind", KINDS)
def test_handlers_of_every_kind_are_known(client_of, kind):
    for error in (TimeoutError("mine"), ConnectionResetError("mine"), UnicodeError("mine")):
        for options, call in (MOMENTS["headers"], MOMENTS["write"]):
            with stalling(**options) as (url, asked):
                client = client_of(url)
                client.sessions.get("after")
                assert_passes(error, call, client, kind=kind)
                assert len(asked) == 1
                assert client.sessions.get("after").name == "after"


# The standard library, by which httpx connects, leaves a socket open where something else than OSError comes.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_error_of_a_handler_passes_through_connecting(client_of):
    with full_listener() as listener:
        client = client_of(f"http://127.0.0.1:{listener.getsockname()[1]}", total_timeout=5, max_retries=5)
        for error in ERRORS:
            assert_passes(error, get, client, seconds=SECONDS)
        gc.collect()


@pytest.mark.parametrize("is_own", [True, False])
def test_no_second_address_is_tried_after_a_handler_has_raised(monkeypatch, is_own):
    with full_listener() as listener, serving(lambda request: http_json({"data": []})) as server:
        port = int(server.url.rpartition(":")[2])
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (listener.getsockname(), ("127.0.0.1", port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
        with (
            httpx.Client(transport=DeadlineTransport()) as own,
            TitanClient(server.url, "titan_key", http_client=None if is_own else own) as client,
        ):
            for error in (TimeoutError("mine"), OSError("mine"), ConnectionRefusedError("mine")):
                assert_passes(error, client.sessions.list, seconds=SECONDS)
    assert server.requests == []


def test_an_error_of_a_handler_leaves_the_target_of_a_download_as_it_was(client_of, tmp_path):
    target = tmp_path / "picture.png"
    for error in ERRORS:
        target.write_bytes(b"old")
        with stalling(BEGUN) as (url, asked):
            client = client_of(url)
            client.sessions.get("after")
            assert_passes(error, client.media.download_to, "s", "m", target)
            assert len(asked) == 1
            assert client.sessions.get("after").name == "after"
        assert target.read_bytes() == b"old"
        assert [one.name for one in tmp_path.iterdir()] == ["picture.png"]


def send_file(client):
    client.messages.send_file("s", "1@g.us", SlowFile(bytes(200_000)), type="file")


class SlowFile(io.BytesIO):
    def read(self, size=-1):
        if size:
            time.sleep(0.3)
        return super().read(size)


def test_an_error_of_a_handler_passes_through_the_file_of_the_user(client_of):
    for error in ERRORS:
        with stalling(interrupts=False) as (url, asked):
            client = client_of(url)
            client.sessions.get("after")
            assert_passes(error, send_file, client, seconds=SECONDS)
            assert len(asked) <= 1
            assert client.sessions.get("after").name == "after"


def test_an_error_of_a_handler_passes_through_a_target_that_is_waited_for(client_of):
    for error in ERRORS:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        with (
            os.fdopen(reading, "rb"),
            os.fdopen(writing, "wb", buffering=0) as target,
            serving(lambda request: http(200, bytes(1_000_000))) as server,
        ):
            client = client_of(server.url)
            assert_passes(error, client.media.download_to, "s", "m", target, seconds=0.2)
            assert len(server.requests) == 1


def test_an_error_of_a_handler_passes_through_a_callback(client_of):
    for error in ERRORS:
        with serving(lambda request: http(200, bytes(1_000_000))) as server:
            client = client_of(server.url)
            assert_passes(
                error,
                *(client.media.download_to, "s", "m", io.BytesIO()),
                progress=lambda done, total: signal.raise_signal(signal.SIGALRM),
            )
            assert len(server.requests) == 1


# What a handler may interrupt while an answer is read as JSON, and what is answered.
READING = {
    "JSON that does not fit": ("titan._models.parsing.json.loads", {"data": {"name": 5}}),
    "what says that it failed": ("titan._models.parsing.refuse_failure", {"data": {"success": True}}),
    "a part that does not fit": ("titan._models.tolerant.json.dumps", {"data": {"name": 5}}),
}


@pytest.mark.parametrize("moment", READING)
def test_an_error_of_a_handler_passes_through_the_reading_of_an_answer(client_of, monkeypatch, moment):
    place, document = READING[moment]
    module, _, name = place.rpartition(".")
    owner, _, attribute = module.rpartition(".")
    try:
        holder = importlib.import_module(module)
    except ImportError:
        holder = getattr(importlib.import_module(owner), attribute)
    original = getattr(holder, name)

    def interrupted(*args, **options):
        signal.raise_signal(signal.SIGALRM)
        return original(*args, **options)

    with serving(lambda request: http_json(document)) as server:
        client = client_of(server.url)
        client.sessions.get("s") if moment != "what says that it failed" else None
        monkeypatch.setattr(holder, name, interrupted)
        for number, error in enumerate(ERRORS):
            assert_passes(error, client.sessions.get, "s")
            assert len(server.requests) == number + 1 + (moment != "what says that it failed")


def test_an_error_of_a_handler_in_a_validator_is_no_mismatch(client_of, monkeypatch):
    def interrupted(value):
        signal.raise_signal(signal.SIGALRM)
        return value

    adapter = TypeAdapter(Annotated[dict, BeforeValidator(interrupted)])
    monkeypatch.setattr(parsing, "envelope_of", lambda shape: adapter)
    with serving(lambda request: http_json({"data": {"name": "s"}})) as server:
        client = client_of(server.url)
        for number, error in enumerate(ERRORS):
            assert_passes(error, client.sessions.get, "s")
            assert len(server.requests) == number + 1


def test_what_a_handler_raised_before_is_forgotten_in_the_next_call(client_of):
    over = threading.Event()
    with serving(lambda request: over.wait(60) and None) as server:
        client = client_of(server.url, timeout=0.2, max_retries=1)
        try:
            interrupt_call(client)
        except TimeoutError:
            # While it is being handled, it is the context of whatever is raised.
            with pytest.raises(APITimeoutError):
                client.sessions.get("s")
        over.set()
    assert len(server.requests) == 3


def interrupt_call(client):
    with handled_by(Handling(TimeoutError("mine")).function()):
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        client.sessions.get("s")
    raise AssertionError("it was lost")


def test_a_time_out_of_the_network_is_still_one_where_a_handler_is_set():
    over = threading.Event()
    with (
        serving(lambda request: over.wait(60) and None) as server,
        handled_by(Handling(TimeoutError("mine")).function()),
        TitanClient(server.url, "titan_key", timeout=SECONDS, max_retries=1) as client,
    ):
        with pytest.raises(APITimeoutError):
            client.sessions.get("s")
        over.set()
    assert len(server.requests) == 2
