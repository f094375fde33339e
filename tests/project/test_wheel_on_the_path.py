"""The package works from a wheel or folder on `sys.path`, wherever the program goes afterwards."""

from __future__ import annotations

import importlib.util
import shutil
import zipfile

import pytest

import titan
from tests.support.interpreter import run_python
from tests.support.loopback import http_json, serving
from tests.support.project import ROOT

pytestmark = pytest.mark.slow

WHEEL = f"titan_sdk-{titan.__version__}-py3-none-any.whl"
FOLDER = "folder"
# Its arguments: where to start, what to put on `sys.path`, where to go, and the address of a server.
FIND = """
import os, sys
start, entry, goal, url = sys.argv[1:]
os.chdir(start)
sys.path[:] = [entry, *(one for one in sys.path if not os.path.exists(os.path.join(one, "titan")))]
import titan
assert os.path.basename(entry) in titan.__file__.split(os.sep), titan.__file__
from titan import TitanClient
os.chdir(goal)
"""
IMPORT_ALL = """
import importlib
for name in ("titan", "titan.services", "titan.webhooks"):
    module = importlib.import_module(name)
    for public in module.__all__:
        assert getattr(module, public) is not None
from titan import *
from titan import params_gen, types_gen
assert "question: What is asked." in types_gen.PollMessage.__doc__
assert "TitanModel" not in types_gen.PollMessage.model_json_schema()["description"]
"""
CALL = """
with TitanClient(url, "titan_key") as client:
    assert client.labels.list("s")[0].name == "VIP"
    assert client.messages.send("s", {"chatId": "c", "type": "text", "text": "Hi"}).id == "msg_1"
    assert client.submit(client.sessions.list).result == []
    assert client.request("GET", "/api/anything") == []
    try:
        client.sessions.get("missing")
    except titan.NotFoundError as error:
        assert error.status_code == 404
    else:
        raise AssertionError("no error")
assert titan.verify_webhook(b"{}", titan.sign_webhook(b"{}", "k"), "k")
assert titan.parse_webhook('{"event": "session.status", "payload": {}}').event == "session.status"
"""
SANDBOX = """
import urllib.request
from titan.sandbox import Sandbox
with Sandbox() as sandbox:
    session = sandbox.connect("default")
    with TitanClient(sandbox.base_url, sandbox.api_key) as client:
        assert client.sessions.get("default").status == "CONNECTED"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sandbox.base_url) as page:
        assert b"<html" in page.read()
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that holds the package as a wheel, and as a folder."""
    place = tmp_path_factory.mktemp("installed")
    shutil.copytree(ROOT / "titan", place / FOLDER / "titan", ignore=shutil.ignore_patterns("__pycache__"))
    with zipfile.ZipFile(place / WHEEL, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path in sorted((place / FOLDER).rglob("*")):
            wheel.write(path, path.relative_to(place / FOLDER))
    return place


def answer(request):
    if request.target.endswith("/missing"):
        return http_json({"error": "session not found"}, 404)
    if request.method == "POST":
        return http_json({"data": {"id": "msg_1", "status": "sent"}}, 201)
    return http_json({"data": [{"id": "1", "name": "VIP"}] if request.target.endswith("/labels") else []})


@pytest.fixture
def run(installed, tmp_path):
    """Runs code with the package at some entry of `sys.path`, after the program has left the folder."""
    with serving(answer) as server:

        def run_code(entry, code):
            arguments = (str(installed), entry.format(installed=installed), str(tmp_path), server.url)
            return run_python(FIND + code, *arguments)

        yield run_code


@pytest.mark.parametrize("code", [IMPORT_ALL, CALL], ids=["imports", "calls"])
@pytest.mark.parametrize(
    "entry", [f"{{installed}}/{WHEEL}", WHEEL, f"./{WHEEL}", f"{{installed}}/{FOLDER}", FOLDER, f"./{FOLDER}"]
)
def test_all_that_is_public_works(run, entry, code):
    assert run(entry, code) == ""


@pytest.mark.parametrize("entry", [WHEEL, f"{{installed}}/{WHEEL}", FOLDER])
def test_the_sandbox_finds_its_files(run, entry):
    if importlib.util.find_spec("uvicorn") is None:
        pytest.skip("NOT TESTED: the sandbox inside a wheel; the extra `sandbox` is not installed")
    assert run(entry, SANDBOX) == ""
