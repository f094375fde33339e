"""The scripts find Pythons, keep environments, run the checks that they should, and explain themselves."""

import importlib.util
import json
import os
import runpy
import shutil
import signal
import stat
import subprocess
import sys

import pytest

from tests.support.project import ROOT
from titan.sandbox import Sandbox

pytestmark = pytest.mark.slow

RUNNING = "{}.{}".format(*sys.version_info[:2])


@pytest.fixture
def repository(tmp_path):
    """A copy of what scripts/_environment.py reads, so that no test touches the environments in use."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "_environment.py", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def program(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def interpreter(path, *version, has_venv=True, usable=True):
    """A program that answers as an interpreter of this version does."""
    return program(path, f"echo '{json.dumps([usable, version, str(path), has_venv])}'")


def ask(repository, code, *, path=(), **variables):
    """Run code that uses `_environment` on a machine that has these folders on PATH."""
    return subprocess.run(
        [sys.executable, "-c", f"from _environment import *\n{code}"],
        cwd=repository / "scripts",
        env={"PATH": os.pathsep.join(map(str, path)), "HOME": str(repository), **variables},
        capture_output=True,
        encoding="utf-8",
    )


def found(repository, **machine):
    done = ask(repository, "print(json.dumps([[*p.version, p.path] for p in find_pythons()]))", **machine)
    assert not done.returncode, done.stderr
    return {
        tuple(version): path for *version, path in json.loads(done.stdout) if path.startswith(str(repository))
    }


def test_pythons_on_path_and_in_pyenv_are_found_once_a_minor_version_in_its_newest_patch(repository):
    first, second, pyenv = repository / "first", repository / "second", repository / "pyenv"
    interpreter(first / "python3.40", 3, 40, 2)
    interpreter(second / "python3.40", 3, 40, 10)
    interpreter(second / "python3", 3, 41, 0)
    interpreter(pyenv / "versions" / "3.40.9" / "bin" / "python3", 3, 40, 9)
    interpreter(pyenv / "versions" / "3.42.1" / "bin" / "python3", 3, 42, 1)

    assert found(repository, path=[first, second, repository / "missing"], PYENV_ROOT=str(pyenv)) == {
        (3, 40, 10): str(second / "python3.40"),
        (3, 41, 0): str(second / "python3"),
        (3, 42, 1): str(pyenv / "versions" / "3.42.1" / "bin" / "python3"),
    }


def test_pyenv_is_asked_for_its_root(repository):
    program(repository / "bin" / "pyenv", f"echo {repository}/elsewhere")
    python = interpreter(repository / "elsewhere" / "versions" / "3.42.1" / "bin" / "python3", 3, 42, 1)
    assert found(repository, path=[repository / "bin"]) == {(3, 42, 1): str(python)}


def test_what_is_no_python_of_use_is_not_found(repository):
    folder = repository / "bin"
    program(folder / "python3.40", "echo 'pyenv: python3.40: command not found' >&2; exit 127")
    program(folder / "python3.41", "echo Python 3.41")
    interpreter(folder / "python3.8", 3, 8, 18)
    interpreter(folder / "python3.42", 3, 42, 0, usable=False)
    interpreter(folder / "python3.43-config", 3, 43, 0)
    (folder / "python3.44").mkdir()
    (folder / "python3.45").write_text("not executable")
    assert found(repository, path=[folder]) == {}


def test_the_running_python_is_found_by_its_base(repository):
    done = ask(repository, "print([p.path for p in find_pythons() if p.version == sys.version_info[:3]][0])")
    base = subprocess.check_output(
        [done.stdout.strip(), "-c", "import sys; print(sys.prefix)"], encoding="utf-8"
    )
    assert base.strip() == sys.base_prefix


def test_a_python_without_venv_is_left_out_and_named(repository):
    interpreter(repository / "bin" / "python3.40", 3, 40, 0, has_venv=False)
    done = ask(repository, "print(newest().minor)", path=[repository / "bin"])
    assert done.stdout.strip() == RUNNING
    assert "apt install python3.40-venv" in done.stderr


@pytest.mark.parametrize(
    ("has_venv", "hint"), [(True, "looked on PATH"), (False, "apt install python3-venv")]
)
def test_without_a_suitable_python_the_error_says_what_to_do(repository, has_venv, hint):
    interpreter(repository / "bin" / "python3.40", 3, 40 if not has_venv else 4, 0, has_venv=has_venv)
    done = ask(repository, "run_in_newest('sandbox', (3, 40))", path=[repository / "bin"])
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: this needs CPython 3.40 or later, with venv")
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def fake_python(repository):
    """An interpreter whose environments hold copies of it, and which writes down what it was asked to do."""
    return program(
        repository / "python",
        f"""echo "$@" >> {repository}/log
for last; do :; done
case "$*" in
    *"-m venv"*) rm -rf "$last"; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
    *"-m pip"*) echo what pip says; [ ! -e {repository}/offline ] ;;
esac""",
    )


def build(repository, fake_python, arguments="'test'"):
    code = f"print(environment(Python((3, 40, 1), {str(fake_python)!r}, True), {arguments}))"
    done = ask(repository, code, path=["/usr/bin", "/bin"])
    log = repository / "log"
    commands = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return done, commands


def test_an_environment_is_built_with_one_line_a_step_and_then_reused_in_silence(repository, fake_python):
    home = repository / ".venv" / "3.40-test"
    done, commands = build(repository, fake_python)
    assert done.stdout.strip() == str(home / "bin" / "python")
    assert done.stderr.splitlines() == ["creating .venv/3.40-test", "installing into .venv/3.40-test"]
    assert commands == [f"-m venv --clear --upgrade-deps {home}", f"-m pip install -e {repository}[test]"]

    done, commands = build(repository, fake_python)
    assert (done.stdout.strip(), done.stderr, commands) == (str(home / "bin" / "python"), "", [])


def test_an_environment_is_built_anew_when_what_it_shall_hold_changes(repository, fake_python):
    build(repository, fake_python, "'test', [], 'lowest'")
    _, commands = build(repository, fake_python, "'test', ['httpx==0.25'], 'lowest'")
    assert commands[-1].endswith("[test] httpx==0.25")

    with (repository / "pyproject.toml").open("a") as pyproject:
        pyproject.write("# changed\n")
    _, commands = build(repository, fake_python, "'test', ['httpx==0.25'], 'lowest'")
    assert len(commands) == 2

    (repository / ".venv" / "lowest" / "bin" / "python").unlink()
    _, commands = build(repository, fake_python, "'test', ['httpx==0.25'], 'lowest'")
    assert len(commands) == 2


def test_uv_installs_where_it_is_asked_for(repository, fake_python):
    uv = program(repository / "uv-python", f'echo "uv: $@" >> {repository}/log')
    _, commands = build(repository, fake_python, f"'test', ['httpx==0.25'], 'lowest', uv_from={str(uv)!r}")
    interpreter = repository / ".venv" / "lowest" / "bin" / "python"
    installs = f"uv: -m uv pip install --python {interpreter} -e {repository}[test] httpx==0.25"
    # It has no use for a newer pip.
    assert commands == [f"-m venv --clear {interpreter.parent.parent}", installs]


def test_a_failed_installation_shows_all_that_pip_said_and_is_not_taken_for_done(repository, fake_python):
    (repository / "offline").touch()
    for _ in range(2):
        done, commands = build(repository, fake_python)
        assert done.returncode == 1
        assert "installing into .venv/3.40-test failed:\nwhat pip says" in done.stderr
        assert len(commands) == 2


# --- as on Windows, as far as another system can show it

ON_WINDOWS = "import _environment; _environment.WINDOWS = True"


def test_programs_of_an_environment_are_where_windows_has_them(repository):
    python = program(
        repository / "python",
        f"""case "$*" in
    *"-m venv"*) mkdir -p "$5/Scripts"; cp "$0" "$5/Scripts/python.exe" ;;
    *"-m pip"*) echo "$0" >> {repository}/log ;;
esac""",
    )
    code = f"{ON_WINDOWS}; print(environment(Python((3, 40, 1), {str(python)!r}, True), 'test'))"
    interpreter = repository / ".venv" / "3.40-test" / "Scripts" / "python.exe"
    for _ in range(2):
        done = ask(repository, code, path=["/usr/bin", "/bin"])
        assert done.stdout.strip() == str(interpreter), done.stderr
    # The second time it was found.
    assert (repository / "log").read_text().splitlines() == [str(interpreter)]


def test_pythons_of_windows_are_found_on_path_in_pyenv_and_by_the_launcher(repository):
    folder, pyenv, elsewhere = repository / "bin", repository / "pyenv", repository / "Program Files"
    interpreter(folder / "python.exe", 3, 40, 0)
    interpreter(folder / "python3.41.exe", 3, 41, 0)
    interpreter(folder / "pythonw.exe", 3, 45, 0)
    interpreter(pyenv / "versions" / "3.42.1" / "python.exe", 3, 42, 1)
    interpreter(elsewhere / "python.exe", 3, 43, 0)
    program(
        folder / "py",
        f"echo ' -V:3.43 *        {elsewhere}/python.exe'; echo ' -V:3.44          {folder}/gone.exe'",
    )
    code = f"{ON_WINDOWS}; print(json.dumps([p.path for p in find_pythons()]))"
    done = ask(repository, code, path=[folder], PYENV_ROOT=str(pyenv))
    assert not done.returncode, done.stderr
    assert [path for path in json.loads(done.stdout) if path.startswith(str(repository))] == [
        str(folder / "python.exe"),
        str(folder / "python3.41.exe"),
        str(pyenv / "versions" / "3.42.1" / "python.exe"),
        str(elsewhere / "python.exe"),
    ]


@pytest.mark.parametrize("windows", [True, False])
@pytest.mark.parametrize("status", [0, 1, 3])
def test_a_script_that_starts_anew_ends_with_the_same_status(repository, windows, status):
    command = [sys.executable, "-c", f"import sys; print('again', *sys.argv[1:]); sys.exit({status})", "a b"]
    done = ask(repository, f"import _environment; _environment.WINDOWS = {windows}; run_instead({command})")
    assert (done.returncode, done.stdout, done.stderr) == (status, "again a b\n", "")


def test_a_child_that_a_signal_ended_shows_it_as_shells_do(repository):
    command = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"]
    done = ask(repository, f"{ON_WINDOWS}; run_instead({command})")
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")


def test_ctrl_c_is_left_to_the_child_and_the_script_waits_for_it(repository):
    child = (
        "import signal, time\n"
        # The tests themselves may have been started with signals ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('tidied up'); raise SystemExit(5)\n"
    )
    code = f"from _environment import *; {ON_WINDOWS}; run_instead({[sys.executable, '-c', child]!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=repository / "scripts",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        # As a terminal does: to all at once.
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (5, "tidied up\n", "")


def test_what_a_pipe_has_no_characters_for_does_not_end_a_script(repository):
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert ask(repository, r"print('\u2588 \xe9')", **poor).returncode == 1
    done = ask(repository, r"tolerate_any_text(); print('\u2588 \xe9'); say('\u2588')", **poor)
    assert (done.returncode, done.stdout, done.stderr) == (0, "? ?\n", "?\n")


SCRIPTS = [path.name for path in sorted((ROOT / "scripts").iterdir()) if path.is_file() and not path.suffix]


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_explain_themselves_and_refuse_unknown_options(script):
    command = [sys.executable, str(ROOT / "scripts" / script)]
    help_text = subprocess.check_output([*command, "--help"], encoding="utf-8")
    source = (ROOT / "scripts" / script).read_text(encoding="utf-8")
    assert source.split('"""')[1].splitlines()[0] in help_text

    # The file is there for those that need one.
    refused = subprocess.run([*command, "--unknown", "file"], stderr=subprocess.PIPE, encoding="utf-8")
    assert refused.returncode == 2
    assert "unrecognized arguments: --unknown" in refused.stderr


@pytest.mark.parametrize("variable", ["TITAN_BASE_URL", "TITAN_API_KEY"])
def test_the_quickstart_wants_both_address_and_key_or_neither(variable):
    env = {key: value for key, value in os.environ.items() if not key.startswith("TITAN_")}
    script = [sys.executable, str(ROOT / "scripts" / "quickstart")]
    refused = subprocess.run(script, env={**env, variable: "x"}, stderr=subprocess.PIPE, encoding="utf-8")
    assert refused.returncode == 2
    assert "set both TITAN_BASE_URL and TITAN_API_KEY" in refused.stderr


def test_the_quickstart_sends_nothing_to_an_example_number_on_a_real_titan():
    env = {**os.environ, "TITAN_BASE_URL": "http://127.0.0.1:9", "TITAN_API_KEY": "titan_unused"}
    script = [sys.executable, str(ROOT / "scripts" / "quickstart")]
    failed = subprocess.run(script, env=env, capture_output=True, encoding="utf-8", timeout=60)
    assert failed.returncode == 2
    assert "say whom the message goes to" in failed.stderr


def run_example(base_url, api_key, number="+55 11 99999-9999", *, folder):
    env = {key: value for key, value in os.environ.items() if not key.startswith("TITAN_")}
    # WhatsApp's codes are drawn with block characters, whatever the locale of the machine.
    env.update(TITAN_BASE_URL=base_url, TITAN_API_KEY=api_key, PYTHONIOENCODING="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / "quickstart.py"), number],
        cwd=folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_the_quickstart_goes_from_key_to_message_and_can_be_repeated(tmp_path):
    with Sandbox(port=0, scan_after=1.0, qr_format="text") as titan:
        first = run_example(titan.base_url, titan.api_key, folder=tmp_path)
        assert not first.returncode, first.stderr
        assert "█" in first.stdout
        assert "The session my-session is CONNECTED" in first.stdout
        assert first.stdout.splitlines()[-1].startswith("The message msg_")

        second = run_example(titan.base_url, titan.api_key, "+44 20 7946 0123", folder=tmp_path)
        assert not second.returncode, second.stderr
        assert second.stdout.splitlines()[-1].startswith("The message msg_")


def test_the_quickstart_ends_with_the_error_of_the_server(tmp_path):
    with Sandbox(port=0, scan_after=1.0) as titan:
        failed = run_example(titan.base_url, "titan_unknown", folder=tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("titan.errors.AuthenticationError: ")


def test_the_quickstart_refuses_a_number_that_is_none_before_it_asks_the_server(tmp_path):
    failed = run_example("http://127.0.0.1:9", "titan_unused", "Alice", folder=tmp_path)
    assert failed.stderr.splitlines()[-1].startswith("ValueError: ")


def test_the_quickstart_saves_a_code_that_comes_as_a_picture(tmp_path):
    with Sandbox(port=0, scan_after=1.0) as titan:
        done = run_example(titan.base_url, titan.api_key, folder=tmp_path)
    assert not done.returncode, done.stderr
    assert (tmp_path / "qr.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert str(tmp_path / "qr.png") in done.stdout


@pytest.fixture
def test_script(repository):
    """Names of scripts/test, evaluated beside a copy of pyproject.toml."""
    shutil.copy(ROOT / "scripts" / "test", repository / "scripts")

    def evaluate(expression):
        code = f"import runpy; script = runpy.run_path('test'); print(json.dumps({expression}))"
        done = ask(repository, code)
        assert not done.returncode, done.stderr
        return json.loads(done.stdout)

    return evaluate


def pythons(*versions):
    return "[{}]".format(", ".join(f"Python({version}, 'python', True)" for version in versions))


def test_the_oldest_python_is_tested_with_the_lowest_dependencies_too(test_script):
    runs, notes = test_script(f"script['plan']({pythons((3, 9, 1), (3, 11, 4), (3, 13, 0))})")
    assert [name for name, *_ in runs] == ["3.9-lowest", "3.9", "3.11"]
    # What waits is not repeated on every Python.
    assert [with_slow for *_, with_slow in runs] == [True, False, False]
    assert [with_lowest for _, _, with_lowest, _ in runs] == [True, False, False]
    assert notes == ["Python 3.10, not found on this machine", "Python 3.12, not found on this machine"]


@pytest.mark.skipif(not importlib.util.find_spec("uv"), reason="uv is a tool of development")
def test_the_lowest_dependencies_are_the_lower_bounds_that_go_together(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    script = runpy.run_path(str(ROOT / "scripts" / "test"))
    oldest = script["Python"]((3, 9, 1), sys.executable, True)
    lowest = dict(pin.split("==") for pin in script["find_lowest"](oldest, sys.executable))
    assert (lowest["httpx"], lowest["httpcore"], lowest["pydantic"]) == ("0.25.0", "0.18.0", "2.7.0")
    # Starlette is of the sandbox; what it needs in turn is free.
    assert lowest["starlette"].startswith("0.49.")
    assert "anyio" not in lowest


def test_lowest_dependencies_that_know_no_such_python_are_named_as_not_tested(test_script):
    runs, notes = test_script(f"script['plan']({pythons((3, 13, 0))})")
    assert runs == []
    assert notes[-1].startswith("the lowest supported versions, which need Python 3.12")


def test_tests_are_counted_over_all_runs_and_a_run_without_report_is_a_failure(repository, test_script):
    reports = repository / "reports"
    reports.mkdir()
    for name, counts in {"3.9": (9, 1, 1, 2), "3.13": (4, 0, 0, 0)}.items():
        tests, failures, errors, skipped = counts
        (reports / f"{name}.xml").write_text(
            f"<testsuites><testsuite tests='{tests}' failures='{failures}' errors='{errors}'"
            f" skipped='{skipped}'><testcase><skipped message='NOT TESTED: a thing'/></testcase>"
            "<testcase><skipped message='newer Pythons only'/></testcase></testsuite></testsuites>"
        )
    counts, notes, failures = test_script(f"script['count']({str(reports)!r}, 3)")
    assert counts == [5 + 4, 2 + 1, 2]
    assert notes == ["NOT TESTED: a thing (on 3.13)", "NOT TESTED: a thing (on 3.9)"]
    assert failures == []


def test_each_failure_is_named_in_a_line_of_the_summary(repository, test_script):
    reports = repository / "reports"
    reports.mkdir()
    (reports / "3.9.xml").write_text(
        "<testsuites><testsuite tests='2' failures='1' errors='1' skipped='0'>"
        "<testcase classname='tests.a' name='test_b'>"
        f"<failure message='E&#10; 1 != 2 {'x' * 999}'/></testcase>"
        "<testcase classname='' name='tests.c'><error message='collection failure'>…</error></testcase>"
        "</testsuite></testsuites>",
        encoding="utf-8",
    )
    _, _, failures = test_script(f"script['count']({str(reports)!r}, 1)")
    assert failures[0].startswith("FAILED tests.a::test_b (on 3.9): E 1 != 2 xxx")
    assert len(failures[0]) < 400
    assert failures[1:] == ["FAILED ::tests.c (on 3.9): collection failure"]


@pytest.mark.parametrize("arguments", [[], ["-k", "retry"]])
def test_the_newest_python_runs_all_but_the_heavy_tests_with_coverage(test_script, arguments):
    newest = "Python((3, 13, 0), 'python', True)"
    command = test_script(f"script['test_command']('python', {newest}, 'reports', {arguments})")
    assert command[:3] == ["python", "-m", "pytest"]
    assert command[command.index("-n") + 1] == "3"
    assert command[command.index("-m", 3) + 1] == "not heavy"
    assert "--cov" in command
    assert "--junitxml=reports/3.13.xml" in command
    # A selection cannot cover all.
    assert ("--cov-fail-under=0" in command) is bool(arguments)
    assert command[len(command) - len(arguments) :] == arguments


def test_the_tests_of_the_core_run_once_more_with_httpx2(test_script):
    newest = "Python((3, 13, 0), 'python', True)"
    command = test_script(f"script['httpx2_command']('python', {newest}, 'reports')")
    assert {"tests/core", "--http-client=httpx2", "--junitxml=reports/3.13-httpx2.xml"} <= set(command)
    assert "not heavy" in command


def test_heavy_tests_and_other_pythons_are_asked_for_one_at_a_time():
    command = [sys.executable, str(ROOT / "scripts" / "test"), "--heavy", "--all-pythons"]
    refused = subprocess.run(command, stderr=subprocess.PIPE, encoding="utf-8")
    assert refused.returncode == 2
    assert "not allowed with argument" in refused.stderr


def test_a_step_prints_its_output_at_once_and_names_itself_only_when_it_failed(repository, test_script):
    python = repr(sys.executable)
    for code, failed in (("print(5)", []), ("print(5); exit(3)", ["a check"])):
        expression = f"script['run_step']('a check', [{python}, '-c', {code!r}])"
        done = ask(repository, f"import runpy; script = runpy.run_path('test'); print({expression})")
        title, output, verdict, result = done.stdout.strip().splitlines()
        assert (title, output, result) == ("== a check", "5", str(failed))
        assert verdict.startswith(f"-- a check: {'FAILED' if failed else 'ok'}, ")
