"""Starts and stops from several threads, and the deliveries that a stop or a reset finds under way."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.loopback import full_listener, listening, say_nothing
from tests.support.sandbox import client, data_of, receiving, subscribe, wait_until
from tests.support.sessions import create_session
from tests.support.webhooks import ONCE, create_webhook
from titan.sandbox import Sandbox

OWN_THREADS = "titan-sandbox"


def own_threads():
    return [one for one in threading.enumerate() if one.name.startswith(OWN_THREADS) and one.is_alive()]


def start_or_stop(sandbox, number):
    if number % 2:
        sandbox.stop()
    else:
        with contextlib.suppress(RuntimeError):
            sandbox.start()


def assert_alive(sandbox):
    """Its server answers, its clock goes on by itself, and its webhooks are delivered."""
    with receiving() as receiver, client(sandbox) as api:
        subscribe(api, receiver, "session.status")
        create_session(api, start=True)
        wait_until(lambda: receiver.events and receiver.events[-1]["payload"]["statusReason"] == "QR_TIMEOUT")


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_starts_and_stops_of_several_threads_come_one_after_the_other(threads):
    before = own_threads()
    sandbox = Sandbox(qr_seconds=0.01)
    with ThreadPoolExecutor(threads) as pool:
        for ended in [pool.submit(start_or_stop, sandbox, number) for number in range(4 * threads)]:
            ended.result(30)
    sandbox.stop()
    assert own_threads() == before
    with sandbox:
        assert_alive(sandbox)
    assert own_threads() == before


def test_two_threads_that_stop_it_both_return_when_it_has_ended():
    before = own_threads()
    sandbox = Sandbox()
    sandbox.start()
    left = []

    def stop():
        sandbox.stop()
        left.append(own_threads())

    with ThreadPoolExecutor(4) as pool:
        for ended in [pool.submit(stop) for _ in range(4)]:
            ended.result(30)
    assert left == [before] * 4


def test_of_two_threads_that_start_it_one_is_refused():
    sandbox = Sandbox()

    def start(_number):
        try:
            sandbox.start()
        except RuntimeError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(start, range(2)), key=str) == [None, "the sandbox is running already"]
    sandbox.stop()


def test_start_that_failed_leaves_nothing_and_can_be_repeated(sandbox):
    before = own_threads()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        second = Sandbox(taken.getsockname()[1])
        for _ in range(3):
            with pytest.raises(OSError, match="in use"):
                second.start()
            second.stop()
    assert own_threads() == before
    with second:
        assert second.base_url


@contextlib.contextmanager
def full():
    with full_listener() as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def silent(scheme):
    with listening(say_nothing) as address:
        yield f"{scheme}://{address}"


RECEIVERS = {
    "that takes no connection": full,
    "that takes no connection over TLS": lambda: secured(full()),
    "that says nothing": lambda: silent("http"),
    "that does not greet over TLS": lambda: silent("https"),
}


@contextlib.contextmanager
def secured(receiver):
    with receiver as url:
        yield url.replace("http:", "https:")


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_stop_does_not_wait_for_a_receiver(receiver):
    with RECEIVERS[receiver]() as url, Sandbox() as sandbox, client(sandbox) as api:
        create_webhook(api, url, retries=ONCE)
        sandbox.connect("s")
        wait_until(lambda: sandbox._dispatcher._connections)
        started = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_reset_ends_the_delivery_under_way(sandbox, api, receiver):
    with RECEIVERS[receiver]() as url:
        create_webhook(api, url, retries=ONCE)
        sandbox.connect("s")
        wait_until(lambda: sandbox._dispatcher._connections)
        sandbox.reset()
        started = time.monotonic()
        wait_until(lambda: not sandbox._dispatcher._connections)
        assert time.monotonic() - started < 3


def test_what_was_connecting_at_a_reset_does_not_come_later(sandbox, api):
    with full_listener() as listener:
        create_webhook(api, f"http://127.0.0.1:{listener.getsockname()[1]}", retries=ONCE)
        sandbox.connect("s")
        wait_until(lambda: sandbox._dispatcher._connections)
        sandbox.reset()
        wait_until(lambda: not sandbox._dispatcher._connections)
        # There is room again.
        listener.settimeout(0.2)
        received = b""
        with contextlib.suppress(TimeoutError, socket.timeout):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(0.1)
                    with contextlib.suppress(TimeoutError, socket.timeout):
                        received += connection.recv(1000)
        assert b"POST" not in received


def test_action_that_raises_is_logged_and_the_clock_goes_on(sandbox, api, caplog):
    def fail():
        raise LookupError("nobody has 5511999999999")

    ran = threading.Event()
    with caplog.at_level(logging.ERROR, logger="titan.sandbox"), sandbox._state.lock:
        for action in (fail, fail, ran.set):
            sandbox._state.clock.call_later(0.01, action)
    assert ran.wait(10)
    failures = [one.getMessage() for one in caplog.records if one.name == "titan.sandbox"]
    assert len(failures) == 2
    assert all("LookupError: nobody has …" in one for one in failures)
    assert data_of(api.get("/api/sessions")) == []


@pytest.mark.parametrize("look", ["a request", "a control call", "advance"])
def test_who_looks_at_the_state_does_not_get_the_error_of_an_action(look):
    # Not started: nobody but who looks runs the action.
    sandbox = Sandbox()

    def fail():
        raise LookupError("an action")

    with sandbox._state.lock:
        sandbox._state.clock.call_later(0, fail)
    if look == "a request":
        with sandbox, client(sandbox) as api:
            data_of(api.get("/api/sessions"))
    elif look == "advance":
        sandbox.advance(1)
    else:
        assert sandbox.messages == []
