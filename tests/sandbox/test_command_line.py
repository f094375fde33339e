"""The command line: `titan-sandbox`."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading

import httpx
import pytest

import titan
from tests.support.programs import python
from tests.support.sandbox import data_of
from titan._distribution import install_hint
from titan.sandbox import __main__ as command_line


def test_command_line():
    with python("-m", "titan.sandbox", "--port", "0", "--scan-after", "0", "--qr-seconds", "5") as process:
        base_url = process.stdout.readline().strip().partition("=")[2]
        key = process.stdout.readline().strip().partition("=")[2]
        with httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {key}"}, trust_env=False
        ) as api:
            data_of(api.post("/api/sessions", json={"name": "s", "start": True}), 201)
            assert data_of(api.get("/api/sessions/s"))["status"] == "CONNECTED"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


@pytest.fixture
def main():
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield command_line.main
    assert [signal.getsignal(number) for number in numbers] == before


def test_command_line_ends_on_sigterm(main, monkeypatch, capsys):
    monkeypatch.setattr(command_line, "_wait", lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["--port", "0"]) == 0
    out = capsys.readouterr().out
    shown = re.match(r"TITAN_BASE_URL=(http://127\.0\.0\.1:\d+)\nTITAN_API_KEY=titan_\S{98}\n", out)
    assert f"A phone in your browser: {shown[1]}/\n" in out


def test_sigterm_ends_it_where_it_must_not_wait_for_long_at_a_time(main, monkeypatch):
    monkeypatch.setattr(command_line, "_LONGEST_WAIT", 0.001)
    print_line = command_line._print

    def print_and_ask(line):
        print_line(line)
        if line == "Ctrl-C stops it.":
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()

    monkeypatch.setattr(command_line, "_print", print_and_ask)
    assert main(["--port", "0"]) == 0


# Where the signal comes: at the call of a function of the sandbox that runs at that point of the start.
POINTS = {
    "while its arguments are read": "argparse.ArgumentParser.parse_args",
    "while it is made": "titan.sandbox.server.sandbox.Sandbox.__init__",
    "while it listens": "titan.sandbox.server.sandbox.listen",
    "while its threads start": "threading.Thread.start",
    "when it has started": "titan.sandbox.server.sandbox.Sandbox.start",
}
SIGNAL_AT = """
import argparse, importlib, os, signal, sys, threading
from titan.sandbox.__main__ import main

path, number, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
module, names = path, []
while True:
    try:
        owner = importlib.import_module(module)
        break
    except ImportError:
        module, _, name = module.rpartition(".")
        names.insert(0, name)
for name in names[:-1]:
    owner = getattr(owner, name)
real = getattr(owner, names[-1])

def call(*args, **kwargs):
    for _ in range(times):
        os.kill(os.getpid(), number)
    result = real(*args, **kwargs)
    for _ in range(times):
        os.kill(os.getpid(), number)
    return result

setattr(owner, names[-1], call)
sys.exit(main(["--port", "0"]))
"""


@pytest.mark.parametrize(
    ("point", "number", "times"),
    [
        *((point, signal.SIGTERM, 1) for point in POINTS),
        ("while its threads start", signal.SIGTERM, 3),
        ("while it listens", signal.SIGINT, 1),
    ],
)
def test_signal_during_the_start_ends_it_cleanly(point, number, times):
    with python("-c", SIGNAL_AT, POINTS[point], str(int(number)), str(times)) as process:
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize("how", [["--version"], ["--port", "0", "--version"]])
def test_command_line_tells_its_version(main, capsys, how):
    with pytest.raises(SystemExit) as ended:
        main(how)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"titan-sandbox {titan.__version__}\n"


def test_command_line_says_what_is_wrong(main, sandbox, capsys):
    assert main(["--port", sandbox.base_url.rpartition(":")[2]]) == 1
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--qr-seconds", "0"])
    assert "qr_seconds: input should be greater than 0" in capsys.readouterr().err


def test_command_line_accepts_a_key_and_the_name_of_a_container(main, monkeypatch, capsys):
    def ask():
        base_url, key = re.findall(r"^TITAN_\w+=(.*)$", capsys.readouterr().out, re.MULTILINE)
        headers = {"Authorization": f"Bearer {key}", "Host": "titan:8420"}
        answers.append(
            (key, httpx.get(f"{base_url}/api/sessions", headers=headers, trust_env=False).status_code)
        )
        raise KeyboardInterrupt

    answers = []
    monkeypatch.setattr(command_line, "_wait", ask)
    assert main(["--port", "0", "--api-key", "titan_of_mine", "--allow-host", "titan"]) == 0
    assert answers == [("titan_of_mine", 200)]
    for key in ("titan_ct_of_mine", "mine", "titan_of mine", ""):
        with pytest.raises(SystemExit):
            main(["--api-key", key])
        assert "api_key must be titan_" in capsys.readouterr().err


def test_command_line_without_the_extra_says_how_to_get_it(not_yet_loaded, main, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main([]) == 1
    assert capsys.readouterr().err == f"titan.sandbox needs uvicorn: {install_hint('sandbox')}\n"
