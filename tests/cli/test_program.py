"""The program itself: help, completion, statuses, credentials, pipes, and what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import titan as package
from tests.support.interpreter import loaded_by
from tests.support.loopback import http_json, serving
from tests.support.project import ROOT
from titan._distribution import install_hint

COMMANDS = [
    *("pair", "sessions", "send", "chats", "check", "listen", "verify"),
    *("outbox", "token", "sandbox", "doctor", "completion"),
]


def start(*arguments, environment, **options):
    command = [sys.executable, "-m", "titan.cli", *arguments]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(command, env={**environment, "PYTHONPATH": str(ROOT)}, text=True, **options)


def test_help_lists_the_commands_in_the_words_of_each(run):
    from titan.cli import app

    done = run("--help")
    assert done.status == 0
    assert list(app.COMMANDS) == COMMANDS
    for name, place in app.COMMANDS.items():
        assert f"{name:<12}{place.about}" in done.out
        command = app.titan.get_command(None, name)
        assert command.name == name
        assert run(name, "--help").out.startswith(f"Usage: titan {name} ")
    assert run().out == done.out


def test_version(run):
    assert run("--version") == (0, f"titan {package.__version__}\n", "")


HELP = """
import contextlib, io
from titan.cli.__main__ import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
"""


def test_help_loads_neither_the_client_nor_what_draws():
    loaded = loaded_by(HELP)
    assert "click" in loaded
    assert not loaded & {"rich", "httpx", "pydantic", "segno", "PIL", "titan.client"}
    assert not any(name.startswith("titan.cli.commands.") for name in loaded)


def test_the_package_does_not_load_the_command_line():
    loaded = loaded_by("import titan\ntitan.TitanClient")
    assert not {name for name in loaded if name == "titan.cli" or name.startswith("titan.cli.")}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("send",), "Missing argument 'SESSION'"),
        (("sessions", "--jsn"), "No such option"),
        (("chats", "a b"), "session"),
        (("completion", "tcsh"), "is not one of"),
        (("listen", "--forward", "localhost:8000"), "http://"),
    ],
)
def test_wrong_usage_has_status_two_and_two_lines(run, arguments, says):
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert says in done.err
    assert len(done.err.splitlines()) <= 2


@pytest.mark.parametrize("variable", ["TITAN_BASE_URL", "TITAN_API_KEY"])
def test_what_is_missing_and_cannot_be_asked_for_is_wrong_usage(run, variable):
    done = run("sessions", **{variable: " "})
    assert done == (2, "", f"titan: the environment variable {variable} is not set\n")


@pytest.mark.parametrize(
    ("variable", "value"), [("TITAN_BASE_URL", "ftp://example.com"), ("TITAN_API_KEY", "titan_ct_token")]
)
def test_what_cannot_be_used_is_wrong_usage(run, variable, value):
    assert run("sessions", **{variable: value}).status == 2


@pytest.mark.slow
def test_what_is_missing_is_asked_for_and_the_key_stays_hidden(on_terminal, sandbox, connected):
    variables = {"TITAN_BASE_URL": None, "TITAN_API_KEY": None}
    asking = on_terminal("sessions", variables=variables)
    asking.wait_for("Address of your Titan:")
    asking.type(f"{sandbox.base_url}\n")
    asking.wait_for("Server API key (it stays hidden):")
    assert asking.answer_hidden(sandbox.api_key) == 0
    assert "CONNECTED" in asking.text
    asking = on_terminal("sessions", variables=variables)
    asking.wait_for("Address of your Titan:")
    assert asking.type_until_end("\x03") == 130


def test_a_deprecation_is_one_line(run, sandbox, connected):
    sandbox.configure(sdk_deprecation="use version 9")
    done = run("sessions", PYTHONWARNINGS="")
    assert done.status == 0
    assert done.err.startswith("titan: warning: ")
    assert done.err.count("\n") == 1


def test_what_a_server_says_shows_neither_keys_nor_numbers(run, sandbox):
    said = {"error": f"no access for {sandbox.api_key}, titan_ct_abc.def and 5511999999999"}
    with serving(lambda request: http_json(said, 403)) as server:
        done = run("sessions", TITAN_BASE_URL=server.url)
    assert (done.status, done.out) == (1, "")
    assert "no access for titan_…, titan_… and …" in done.err


def test_a_bug_is_one_line_too(run, monkeypatch):
    from titan import TitanClient

    monkeypatch.setattr(TitanClient, "__enter__", lambda self: 1 // 0)
    done = run("sessions")
    assert done.status == 1
    assert (
        done.err == "titan: this should not happen: ZeroDivisionError: integer division or modulo by zero\n"
    )


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_failure(environment, sandbox):
    for number in range(30):
        sandbox.connect(f"session-{number}")
    with start("sessions", environment=environment) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
    with start("--help", environment=environment) as process:
        process.stdout.close()
        assert process.stderr.read() == ""


CLOSED = [
    (("sessions",), "<&-", "my-session", 0),
    (("send", "my-session", "+55 11 99999-9999", "Hi"), ">&-", "", 0),
    (("send", "my-session", "+55 11 99999-9999", "Hi"), "<&- >&- 2>&-", "", 0),
    (("send", "my-session", "+55 11 99999-9999", "-", "--file", "none"), "<&- 2>&-", "", 2),
    (("verify", "-", "sha256=00"), "<&-", "The signature has 2", 1),
    (("sessions", "--help"), "2>&-", "Usage: titan sessions", 0),
    (("frobnicate",), "2>&-", "", 2),
]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: closed streams on Windows")
@pytest.mark.parametrize(("arguments", "closed", "says", "status"), CLOSED)
def test_a_stream_that_is_closed_is_like_one_that_leads_nowhere(
    environment, connected, arguments, closed, says, status
):
    variables = {**environment, "PYTHONPATH": str(ROOT), "TITAN_WEBHOOK_SECRET": "a secret of the tests"}
    command = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-m", "titan.cli", *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, "")
    assert says in done.stdout


@pytest.mark.slow
def test_credentials_that_nobody_can_be_asked_for_are_wrong_usage_without_a_stdin(environment):
    variables = {**environment, "PYTHONPATH": str(ROOT), "TITAN_API_KEY": ""}
    command = ["sh", "-c", '"$@" <&-', "sh", sys.executable, "-m", "titan.cli", "sessions"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "titan: the environment variable TITAN_API_KEY is not set\n"


def test_ctrl_c_while_the_modules_are_loaded_is_no_traceback(run, monkeypatch):
    from titan.cli import running

    def interrupt(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "run", interrupt)
    assert run("sessions") == (130, "", "")


@pytest.mark.slow
def test_without_the_extra_it_says_in_one_line_how_to_get_it(environment, tmp_path):
    code = "import sys\nsys.modules[{!r}] = None\nfrom titan.cli.__main__ import main\nsys.exit(main({!r}))"
    for missing, arguments in (("click", ["--version"]), ("rich", ["pair", "s"])):
        done = subprocess.run(
            [sys.executable, "-c", code.format(missing, arguments)],
            env={**environment, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"titan needs {missing}: {install_hint('cli')}\n"


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(run, shell):
    done = run("completion", shell)
    assert done.status == 0
    assert "_TITAN_COMPLETE" in done.out
    assert run("completion", SHELL=f"/bin/{shell}").out == done.out


@pytest.mark.slow
def test_bash_completes_commands_and_options(environment, tmp_path):
    """In bash itself, with a `titan` that is on its path."""
    program = tmp_path / "titan"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m titan.cli "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(titan completion bash)"; COMP_WORDS=({words}); COMP_CWORD={at}; '
        '_titan_completion titan; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    variables = {
        **environment,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{tmp_path}{os.pathsep}{environment['PATH']}",
    }
    for words, at, expected in (
        ("titan se", 1, {"send", "sessions"}),
        ("titan send --f", 2, {"--file"}),
        ("titan outbox s", 2, {"show", "settle", "sweep"}),
        ("titan outbox list se", 3, {"sending", "sent"}),
    ):
        done = subprocess.run(
            ["bash", "-c", script.format(words=words, at=at)],
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )
        assert {line.rpartition(",")[2] for line in done.stdout.split()} == expected
        assert done.stderr == ""


@pytest.mark.slow
def test_the_local_titan_starts_with_the_options_of_its_own_program(environment):
    options = [
        "--port",
        "0",
        "--api-key",
        "titan_of_mine",
        "--allow-host",
        "titan",
        "--qr-format",
        "text",
        "--json",
    ]
    with start("sandbox", *options, environment=environment) as process:
        said = json.loads(process.stdout.readline())
        assert said["apiKey"] == "titan_of_mine"
        variables = {**environment, "TITAN_BASE_URL": said["baseUrl"], "TITAN_API_KEY": said["apiKey"]}
        with start("sessions", "--json", environment=variables) as listing:
            assert listing.stdout.read() == "[]\n"
        process.terminate()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_the_local_titan_gets_each_option(run, monkeypatch):
    from titan.sandbox import __main__ as local

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "_wait", interrupt)
    done = run("sandbox", "--port", "0", "--api-key", "titan_of_mine", "--scan-after", "3")
    assert done.status == 0
    assert "TITAN_API_KEY=titan_of_mine\n" in done.out


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (("--port", "0"), ["--port=0"]),
        (("--scan-after", "0"), ["--scan-after=0.0"]),
        (("--port", "0", "--json", "--allow-host", "a", "--allow-host", "b"), None),
        ((), []),
    ],
)
def test_the_local_titan_gets_what_was_given_and_nothing_else(run, monkeypatch, given, passed):
    from titan.cli.commands import sandbox as command

    calls = []
    monkeypatch.setattr(command, "main", lambda arguments: calls.append(sorted(arguments)) or 0)
    assert run("sandbox", *given).status == 0
    assert calls == [["--allow-host=a", "--allow-host=b", "--json", "--port=0"] if passed is None else passed]


def test_the_local_titan_says_what_is_wrong_with_an_option(run):
    assert run("sandbox", "--port", "many").status == 2
    assert run("sandbox", "--qr-format", "smoke").status == 2
