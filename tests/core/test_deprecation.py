"""Announced ends become warnings: once per client and kind of header, where the caller can see them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.fake_server import FakeServer, json_response
from tests.support.project import ROOT
from titan import APIStatusError, TitanDeprecationWarning

HEADERS = {
    "Deprecation": "true",
    "Sunset": "Sat, 31 Dec 2033 23:59:59 GMT",
    "Titan-SDK-Deprecation": "upgrade to 2.x",
}


def server_with(headers, status=200):
    return FakeServer(json_response([], status, headers))


@pytest.fixture
def caught():
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        yield record


# Which headers


@pytest.mark.parametrize("name", HEADERS)
def test_each_kind_of_header_warns_once_per_client(connect, caught, name):
    client = connect(server_with({name: HEADERS[name]}))
    for _ in range(3):
        client.sessions.list()
        client.request("GET", "/api/x")
    assert [warning.category for warning in caught] == [TitanDeprecationWarning]
    assert name in str(caught[0].message)


def test_kinds_do_not_hide_each_other(connect, caught):
    client = connect(server_with(HEADERS))
    client.sessions.list()
    assert len(caught) == 3
    text = " ".join(str(warning.message) for warning in caught)
    assert "Sat, 31 Dec 2033 23:59:59 GMT" in text
    assert "upgrade to 2.x" in text


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("true", 1),
        ("@1688169599", 1),
        ("Sun, 11 Nov 2018 23:59:59 GMT", 1),
        ("", 1),
        ("?1", 1),
        ("false", 0),
        ("False", 0),
        (" FALSE ", 0),
    ],
)
def test_any_deprecation_but_false_counts(connect, caught, value, count):
    connect(FakeServer(httpx.Response(200, headers=[("deprecation", value)], content=b"[]"))).sessions.list()
    assert len(caught) == count


def test_without_a_header_there_is_no_warning(connect, caught):
    connect(server_with({})).sessions.list()
    assert caught == []


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_error_responses_count(connect, caught, clock, status):
    client = connect(server_with(HEADERS, status))
    with pytest.raises(APIStatusError):
        client.sessions.list()
    assert len(caught) == 3


def test_error_raised_by_an_event_hook_counts(caught):
    from titan import TitanClient

    hooks = {"response": [lambda response: response.raise_for_status()]}
    with httpx.Client(transport=httpx.MockTransport(server_with(HEADERS, 400)), event_hooks=hooks) as http:
        client = TitanClient("https://api.example.com", "key", http_client=http)
        with pytest.raises(APIStatusError):
            client.sessions.list()
    assert len(caught) == 3


# Once, for whom


def test_copies_share_which_warnings_were_given(connect, caught):
    client = connect(server_with(HEADERS))
    client.with_options(timeout=5).sessions.list()
    client.sessions.list()
    client.with_options(max_retries=0).with_options(timeout=1).sessions.list()
    client.with_response(client.sessions.list)
    assert len(caught) == 3


def test_another_client_warns_again(connect, caught):
    for _ in range(2):
        connect(server_with(HEADERS)).sessions.list()
    assert len(caught) == 6


def test_32_threads_make_one_warning(connect, caught):
    client = connect(lambda request: json_response([], headers={"Deprecation": "true"}))
    barrier = threading.Barrier(32)

    def use(_):
        barrier.wait()
        client.sessions.list()

    with ThreadPoolExecutor(32) as threads:
        list(threads.map(use, range(32)))
    assert len(caught) == 1


# Where


CALLS = [
    lambda client: client.sessions.get("s"),
    lambda client: client.with_options(timeout=5).sessions.get("s"),
    lambda client: client.submit(client.sessions.get, "s"),
    lambda client: client.with_response(client.sessions.get, "s"),
    lambda client: client.request("GET", "/api/x"),
    lambda client: client.media.download("s", "m"),
    lambda client: client.messages.send_file("s", "1@g.us", __file__),
    lambda client: client.pairing.wait("s"),
]


@pytest.mark.parametrize("call", CALLS)
def test_warning_stands_at_the_line_of_the_caller(connect, caught, call):
    answer = {"data": {"name": "s", "status": "CONNECTED"}}
    call(connect(FakeServer(json_response(answer, headers={"Deprecation": "true"}))))
    (warning,) = caught
    assert warning.filename == __file__
    assert warning.lineno == call.__code__.co_firstlineno


# A filter of the caller


def test_error_filter_raises_from_the_call(connect):
    client = connect(server_with({"Deprecation": "true"}))
    with warnings.catch_warnings():
        warnings.simplefilter("error", TitanDeprecationWarning)
        with pytest.raises(TitanDeprecationWarning, match="deprecated"):
            client.sessions.list()
    assert client.sessions.list() == []


def test_error_filter_does_not_repeat_the_request(connect, clock):
    server = server_with({"Deprecation": "true"}, 503)
    client = connect(server)
    with warnings.catch_warnings():
        warnings.simplefilter("error", TitanDeprecationWarning)
        with pytest.raises(TitanDeprecationWarning):
            client.sessions.list()
    assert len(server.requests) == 1


def test_filter_by_module_and_category_silences(connect):
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=TitanDeprecationWarning, module=__name__)
        connect(server_with(HEADERS)).sessions.list()
    assert record == []


# Python's own filters

APPLICATION = """
import httpx
from titan import TitanClient

def handler(request):
    return httpx.Response(200, json=[], headers={"Deprecation": "true"})

def use():
    with httpx.Client(transport=httpx.MockTransport(handler)) as http:
        client = TitanClient("https://api.example.com", "key", http_client=http)
        client.sessions.list()  # here
        client.sessions.list()
"""


@pytest.mark.parametrize("module", ["__main__", "application"])
def test_two_clients_warn_from_one_line_under_the_default_filters(tmp_path, module):
    (tmp_path / "application.py").write_text(APPLICATION, encoding="utf-8")
    code = (
        "use(); use()" if module == "__main__" else "import application; application.use(); application.use()"
    )
    script = tmp_path / "main.py"
    script.write_text((APPLICATION + code) if module == "__main__" else code, encoding="utf-8")
    where = script if module == "__main__" else tmp_path / "application.py"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    line = APPLICATION.splitlines().index("        client.sessions.list()  # here") + 1
    assert done.stderr.count(f"{where}:{line}: TitanDeprecationWarning: the version") == 2
    assert done.stderr.count("TitanDeprecationWarning") == 2
