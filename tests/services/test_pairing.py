"""`pairing.wait` and `pairing.qr_png`: from a started session to a connected one."""

from __future__ import annotations

import base64
import copy
import pickle
import socket
import time as time_module
import types
from typing import List, Optional, Union

import httpx
import pytest

import titan.services.pairing as pairing_module
from tests.support.fake_server import API_KEY, FakeServer, json_response
from titan import (
    APIStatusError,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PairingError,
    RateLimitError,
    ServerError,
    TitanClient,
)
from titan.types_gen import PairingQR, Session, SessionStatus

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
DATA_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()


@pytest.fixture
def time(clock, monkeypatch):
    """One clock for waiting and for requests."""
    monkeypatch.setattr(pairing_module, "time", clock)
    monkeypatch.setattr(pairing_module, "_clock", types.SimpleNamespace(now=clock.monotonic))
    return clock


class Phone:
    """Answers status requests with the given states in turn, QR requests with the codes; the last stays."""

    def __init__(self, states: List[Union[str, httpx.Response]], qrs: Optional[list] = None) -> None:
        self.states = states
        self.qrs = qrs or []
        self.asked: List[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        is_qr = request.url.path.endswith("/qr")
        answers = self.qrs if is_qr else self.states
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        if is_qr:
            return json_response({"data": {"qr": answer}})
        status, _, reason = answer.partition(" ")
        return json_response({"data": {"name": "s", "status": status, "statusReason": reason or None}})

    @property
    def polls(self) -> int:
        return self.asked.count("/api/sessions/s")


SCAN = "CONNECTING SCAN_QR"


def test_waiting_ends_with_the_connected_session(connect, time):
    phone = Phone([SCAN, SCAN, "CONNECTED"], ["2@A"])
    session = connect(phone).pairing.wait("s", on_qr=lambda qr: None)
    assert isinstance(session, Session)
    assert session.status == SessionStatus.CONNECTED
    assert time.slept == [3.0, 3.0]
    assert phone.asked[-1] == "/api/sessions/s"


def test_a_session_that_is_connected_already_is_returned_at_once(connect, time):
    phone, shown = Phone(["CONNECTED"], ["2@A"]), []
    assert connect(phone).pairing.wait("s", on_qr=shown.append).name == "s"
    assert (phone.asked, shown, time.slept) == (["/api/sessions/s"], [], [])


def test_each_code_is_shown_once(connect, time):
    codes = ["2@A", "2@A", "2@B", "2@B", "2@B", "2@A"]
    shown = []
    phone = Phone([SCAN] * len(codes) + ["CONNECTED"], codes)
    connect(phone).pairing.wait("s", on_qr=shown.append)
    assert [qr.qr for qr in shown] == ["2@A", "2@B", "2@A"]
    assert all(isinstance(qr, PairingQR) for qr in shown)


@pytest.mark.parametrize("status", [404, 409])
def test_a_code_that_is_not_there_yet_is_waited_for(connect, time, status):
    missing = json_response({"error": "no code"}, status)
    shown = []
    phone = Phone([SCAN] * 5 + ["CONNECTED"], [missing, missing, "2@A", missing, "2@A"])
    connect(phone).pairing.wait("s", on_qr=shown.append)
    assert [qr.qr for qr in shown] == ["2@A"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_answer_without_a_code_is_not_shown_and_forgets_nothing(connect, time, nothing):
    shown = []
    phone = Phone([SCAN] * 4 + ["CONNECTED"], [nothing, "2@A", nothing, "2@A"])
    connect(phone).pairing.wait("s", on_qr=shown.append)
    assert [qr.qr for qr in shown] == ["2@A"]


def test_without_a_callback_no_code_is_asked_for(connect, time):
    phone = Phone([SCAN, SCAN, "CONNECTED"], ["2@A"])
    connect(phone).pairing.wait("s")
    assert phone.asked == ["/api/sessions/s"] * 3


@pytest.mark.parametrize("state", ["DISCONNECTED MANUAL_STOP", "DISCONNECTED", "RESTING", "RESTING SOON"])
def test_no_code_is_asked_for_while_there_is_none_to_scan(connect, time, state):
    phone = Phone([state, "CONNECTED"], ["2@A"])
    connect(phone).pairing.wait("s", on_qr=lambda qr: pytest.fail("shown"))
    assert phone.asked == ["/api/sessions/s"] * 2


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, APIStatusError), (429, RateLimitError)]
)
def test_another_error_from_the_code_route_passes(connect, time, status, kind):
    phone = Phone([SCAN], [json_response({"error": "no"}, status, {"Retry-After": "600"})])
    with pytest.raises(kind) as caught:
        connect(phone).pairing.wait("s", on_qr=lambda qr: None)
    assert caught.value.status_code == status
    assert phone.polls == 1


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (409, ConflictError), (500, ServerError)])
def test_an_error_from_the_status_route_passes(connect, time, status, kind):
    phone = Phone([SCAN, json_response({"error": "no"}, status)], ["2@A"])
    with pytest.raises(kind):
        connect(phone, max_retries=0).pairing.wait("s", on_qr=lambda qr: None)


def test_a_failure_that_can_be_repeated_is_repeated(connect, time):
    phone = Phone([json_response({}, 503), SCAN, json_response({}, 500), "CONNECTED"], ["2@A"])
    assert connect(phone).pairing.wait("s").status == "CONNECTED"
    assert phone.polls == 4


@pytest.mark.parametrize("before", ["DISCONNECTED MANUAL_STOP", "DISCONNECTED"])
def test_a_session_that_is_still_stopped_is_waited_for(connect, time, before):
    phone = Phone([before, before, SCAN, "CONNECTED"])
    assert connect(phone).pairing.wait("s").status == "CONNECTED"
    assert phone.polls == 4


@pytest.mark.parametrize(
    "reason", ["QR_TIMEOUT", "LOGGED_OUT", "FAILED", "TEMPORARY_BAN", "STREAM_ERROR", "SOMETHING_NEW"]
)
def test_a_session_that_failed_is_not_waited_for(connect, time, reason):
    phone = Phone([f"DISCONNECTED {reason}"])
    with pytest.raises(PairingError) as caught:
        connect(phone).pairing.wait("s")
    assert (caught.value.session, caught.value.reason) == ("s", reason)
    assert reason in str(caught.value)
    assert phone.polls == 1
    assert type(caught.value.reason) is str


@pytest.mark.parametrize("reason", ["MANUAL_STOP", "QR_TIMEOUT", None])
def test_a_session_that_disconnects_after_connecting_is_not_waited_for(connect, time, reason):
    phone = Phone([SCAN, f"DISCONNECTED {reason or ''}".strip()])
    with pytest.raises(PairingError) as caught:
        connect(phone).pairing.wait("s")
    assert (caught.value.session, caught.value.reason) == ("s", reason)
    assert phone.polls == 2


def test_waiting_ends_when_the_time_is_over(connect, time):
    phone, start = Phone([SCAN]), time.now
    with pytest.raises(PairingError, match="10 seconds") as caught:
        connect(phone).pairing.wait("s", timeout=10, interval=3.0)
    assert (caught.value.session, caught.value.reason) == ("s", "TIMEOUT")
    assert time.now - start == 10
    assert time.slept == [3.0, 3.0, 3.0, 1.0]
    assert phone.polls == 5


def test_a_session_that_connects_at_the_last_moment_counts(connect, time):
    phone = Phone([SCAN, SCAN, "CONNECTED"])
    assert connect(phone).pairing.wait("s", timeout=4).status == "CONNECTED"
    assert time.slept == [3.0, 1.0]


def test_the_default_is_to_look_every_three_seconds_for_two_minutes(connect, time):
    phone = Phone([SCAN])
    with pytest.raises(PairingError, match="120 seconds"):
        connect(phone).pairing.wait("s")
    assert time.slept == [3.0] * 40


def test_no_time_means_one_look(connect, time):
    phone = Phone([SCAN])
    with pytest.raises(PairingError):
        connect(phone).pairing.wait("s", timeout=0)
    assert (phone.polls, time.slept) == (1, [])


class WindowClosedError(Exception):
    pass


@pytest.mark.parametrize(
    "error", [WindowClosedError(), NotFoundError("of the callback"), KeyboardInterrupt()]
)
def test_what_a_callback_raises_ends_the_waiting(connect, time, error):
    phone = Phone([SCAN], ["2@A"])

    def close(qr):
        raise error

    with pytest.raises(type(error)) as caught:
        connect(phone).pairing.wait("s", on_qr=close)
    assert caught.value is error
    assert phone.polls == 1


def test_the_settings_of_a_twin_are_used(connect, time):
    phone = Phone([json_response({}, 503), "CONNECTED"])
    with pytest.raises(ServerError):
        connect(phone).with_options(max_retries=0).pairing.wait("s")


def test_a_session_name_that_is_none_is_refused_before_anything_is_sent(connect, time):
    phone = Phone(["CONNECTED"])
    with pytest.raises(ValueError, match="session name"):
        connect(phone).pairing.wait("../s")
    assert phone.asked == []


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_a_pairing_error_can_be_copied_and_pickled(connect, time, copied):
    with pytest.raises(PairingError) as caught:
        connect(Phone(["DISCONNECTED QR_TIMEOUT"])).pairing.wait("s")
    other = copied(caught.value)
    assert type(other) is PairingError
    assert (other.session, other.reason, str(other)) == ("s", "QR_TIMEOUT", str(caught.value))
    assert other.maybe_processed is False


# --- the picture of the code


def picture(content: bytes = PNG, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=content, headers={"Content-Type": "image/png"})


def test_a_picture_comes_out_of_a_data_uri(connect):
    fake = FakeServer(json_response({"data": {"qr": DATA_URI}}))
    assert connect(fake).pairing.qr_png("s") == PNG
    assert fake.request.url.path == "/api/sessions/s/pairing/qr"


def test_a_picture_comes_without_the_envelope_too(connect):
    fake = FakeServer(json_response({"qr": DATA_URI, "event": None}))
    assert connect(fake).pairing.qr_png("s") == PNG


@pytest.mark.parametrize(
    "qr", ["2@ABC", "", None, "data:image/png;base64,%%%", "data:image/svg+xml;base64,AAAA", 7]
)
def test_a_picture_is_asked_for_where_the_code_is_none(connect, qr):
    fake = FakeServer(json_response({"data": {"qr": qr}}), picture())
    assert connect(fake).pairing.qr_png("s") == PNG
    assert fake.requests[1].url.path == "/api/sessions/s/pairing/qr"
    assert dict(fake.requests[1].url.params) == {"format": "image"}


@pytest.mark.parametrize(
    "answer",
    [json_response({"data": {"qr": "2@ABC"}}), picture(b""), picture(b"GIF89a"), picture(PNG[:3])],
    ids=["text", "empty", "GIF", "cut off"],
)
def test_a_server_without_a_picture_is_a_pairing_error(connect, answer):
    fake = FakeServer(json_response({"data": {"qr": "2@ABC"}}), answer)
    with pytest.raises(PairingError, match=r"pairing\.qr") as caught:
        connect(fake).pairing.qr_png("s")
    assert (caught.value.session, caught.value.reason) == ("s", None)


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (409, ConflictError)])
def test_an_error_from_the_code_route_passes_where_a_picture_is_wanted(connect, status, kind):
    fake = FakeServer(json_response({"error": "no"}, status))
    with pytest.raises(kind):
        connect(fake).pairing.qr_png("s")
    assert len(fake.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 405, 406])
def test_a_server_that_knows_no_picture_is_a_pairing_error(connect, status):
    fake = FakeServer(json_response({"data": {"qr": "2@A"}}), json_response({"error": "no format"}, status))
    with pytest.raises(PairingError, match="only as text"):
        connect(fake).pairing.qr_png("s")


@pytest.mark.parametrize("status", [401, 500])
def test_a_failure_of_the_picture_route_passes(connect, time, status):
    fake = FakeServer(json_response({"data": {"qr": "2@ABC"}}), json_response({"error": "no"}, status))
    with pytest.raises(APIStatusError) as caught:
        connect(fake).pairing.qr_png("s")
    assert caught.value.status_code == status


@pytest.mark.parametrize("helper", ["wait", "qr_png"])
def test_helpers_are_no_operations(connect, helper):
    client = connect(FakeServer(json_response({})))
    for wrap in (client.submit, client.with_response):
        with pytest.raises(TypeError):
            wrap(getattr(client.pairing, helper), "s")


@pytest.mark.parametrize("wrong", [{"interval": -1}, {"timeout": -1}, {"timeout": float("nan")}])
def test_waiting_for_no_time_is_refused_before_anything_is_sent(connect, wrong):
    fake = FakeServer(json_response({"data": {"name": "s", "status": "CONNECTED"}}))
    with pytest.raises(ValueError, match="0 seconds or more"):
        connect(fake).pairing.wait("s", **wrong)
    assert not fake.requests


def test_a_server_that_does_not_answer_cannot_make_waiting_longer():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = TitanClient(f"http://127.0.0.1:{silent.getsockname()[1]}", API_KEY)
        start = time_module.monotonic()
        with client, pytest.raises(PairingError) as caught:
            client.pairing.wait("s", timeout=0.5)
    assert caught.value.reason == "TIMEOUT"
    # Far below the 30 s that a single read may take, and far above what a busy machine adds.
    assert time_module.monotonic() - start < 10
