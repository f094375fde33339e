"""The programs in examples/: what type checkers say of them, and those of the frameworks on real servers."""

from __future__ import annotations

import ast
import json
import os
import re

import pytest

from tests.support.examples import EXAMPLES, SECRET, documented, encoded, post, received, running
from tests.support.files import MIB
from tests.support.project import ROOT
from tests.support.type_checkers import check_types
from titan import sign_webhook

# The quickstart is a walk through the API, and the rehearsal one through a bad day; all others are to be
# taken into a program as they are.
RECIPES = sorted({path.stem for path in EXAMPLES.glob("*.py")} - {"quickstart", "careful_bot_rehearsal"})
PROGRAMS = (
    *("browser_chat", "event_inbox", "many_messages"),
    *("media_archiver", "pairing_page", "support_bot"),
)
"""Recipes that are whole programs, and show themselves on a local Titan."""


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_is_short_and_runs_on_python_3_9(name):
    source = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    # A store says what happens when several processes want the same event, or one of them dies.
    longest = 250 if name in PROGRAMS else 85 if name.startswith(("seen_", "careful_")) else 50
    assert len(source.splitlines()) <= longest
    ast.parse(source, feature_version=(3, 9))


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_says_how_it_runs_on_a_local_and_on_a_real_titan_and_needs_no_other_file(name):
    source = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    described = ast.get_docstring(ast.parse(source))
    assert f"\n    python examples/{name}.py\n" in described
    assert f"\n    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/{name}.py" in described
    imported = {
        name.partition(".")[0] for name in re.findall(r"^ *(?:from|import) (\S+)", source, re.MULTILINE)
    }
    assert not imported & {path.stem for path in EXAMPLES.glob("*.py")}, "a user copies one file"


def test_page_of_the_examples_has_each_of_them_with_its_command():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`(\w+)\.py`\]\((\w+)\.py\) \|.+\| (.+) \|$", page, re.MULTILINE)
    assert sorted(shown for shown, _, _ in rows) == sorted(path.stem for path in EXAMPLES.glob("*.py"))
    assert all(shown == linked for shown, linked, _ in rows)
    for name, _, command in rows:
        if name in PROGRAMS:
            assert command.endswith(f"python examples/{name}.py`")


# mypy and pyright read the whole package once more.
@pytest.mark.heavy
def test_examples_are_strictly_typed(tmp_path):
    examples = sorted(map(str, EXAMPLES.glob("*.py")))
    # Not the project's own settings, which allow what is unknown in JSON.
    settings = {"include": [os.path.relpath(EXAMPLES, tmp_path)], "extraPaths": [str(ROOT), str(EXAMPLES)]}
    configuration = tmp_path / "pyrightconfig.json"
    strict = {**settings, "typeCheckingMode": "strict", "pythonVersion": "3.9"}
    configuration.write_text(json.dumps(strict), encoding="utf-8")
    mypy = ["--strict", "--config-file", os.devnull, "--cache-dir", str(tmp_path / "cache")]
    reported = check_types({"mypy": [[*mypy, *examples]], "pyright": [["--project", str(configuration)]]})
    assert reported == {"mypy": [], "pyright": []}


# Frameworks


@pytest.fixture(scope="module", params=["webhook_fastapi", "webhook_flask", "webhook_django"])
def framework(request):
    return request.param


RUNNING = """
from titan.webhooks import RecentEvents

claim = RecentEvents.claim
RecentEvents.claim = lambda self, event_id, owner: (
    "running" if event_id == "evt_running" else claim(self, event_id, owner)
)
"""


@pytest.fixture(scope="module")
def server(framework, tmp_path_factory):
    """A framework's recipe on the server that its docstring names."""

    def command(port):
        where = (
            [f"127.0.0.1:{port}", "--noreload"] if framework == "webhook_django" else ["--port", str(port)]
        )
        return [*documented(framework), *where]

    folder = tmp_path_factory.mktemp(framework)
    (folder / "sitecustomize.py").write_text(RUNNING, encoding="utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])
    with running(command, folder, TITAN_WEBHOOK_SECRET=SECRET, PYTHONPATH=path) as program:
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
    # What cannot be printed.
    unprintable = {**event, "payload": {**event["payload"], "pushName": "\ud800"}}
    assert post(server.port, encoded(unprintable)) == 500
    assert "UnicodeEncodeError" in server.output, "whoever runs it sees what went wrong"
    assert post(server.port, encoded(event)) == 200
    assert handled(server, event) == 1


def test_event_that_is_being_handled_is_answered_503(server):
    event = {**received(), "id": "evt_running"}
    assert post(server.port, encoded(event)) == 503
    assert handled(server, event) == 0


def test_unknown_event_is_accepted(server):
    unknown = {"id": "evt_unknown", "event": "newsletter.update", "payload": 1}
    assert post(server.port, encoded(unknown)) == 200


def test_oversized_body_is_refused_and_the_largest_allowed_one_handled(server, framework):
    event = received()
    # Django has a limit, and an answer, of its own.
    limit, refused = (2 * MIB + MIB // 2, 400) if framework == "webhook_django" else (MIB, 413)
    largest = encoded(event).ljust(limit)
    # They look at Content-Length, and close the connection without reading what else comes.
    assert post(server.port, largest + b" ", pieces=[b""]) == refused
    assert handled(server, event) == 0
    assert post(server.port, largest) == 200
    assert handled(server, event) == 1


def test_handlers_beside_flask_run_in_its_application_context(load):
    from flask import current_app

    example = load("webhook_flask")
    names = []
    example.router.on("*")(lambda event: names.append(current_app.name))
    body = encoded(received())
    headers = {"X-Webhook-Signature": sign_webhook(body, SECRET)}
    assert example.app.test_client().post("/titan", data=body, headers=headers).status_code == 200
    assert names == ["webhook_flask"]
