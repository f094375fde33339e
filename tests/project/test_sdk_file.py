"""sdk.yaml is read and written without loss, and what is wrong in it is told with line and remedy."""

import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from _contract.errors import ContractError  # noqa: E402
from _contract.sdk_file import (  # noqa: E402
    MARKS,
    OperationLine,
    SdkFile,
    ServiceBlock,
    dump,
    read_sdk_file,
    write_sdk_file,
)

SMALL = """\
services:
  labels:
    about: Tags for chats.
    operations:
      GET /api/labels: {method: list}
      PUT /api/labels/{labelId}: {method: update, payload: label, is: [command]}
secrets:
  - Session.proxy
schemas: {}
"""


@pytest.fixture
def refuse(tmp_path):
    """Read a file that must not be usable; returns what is said about it."""

    def read(text):
        path = tmp_path / "sdk.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ContractError) as caught:
            read_sdk_file(path)
        return str(caught.value).replace(f"{path}:", "")

    return read


def test_the_committed_file_is_read_and_written_byte_for_byte(tmp_path):
    sdk = read_sdk_file(ROOT / "sdk.yaml")
    write_sdk_file(tmp_path / "sdk.yaml", sdk)
    assert (tmp_path / "sdk.yaml").read_bytes() == (ROOT / "sdk.yaml").read_bytes()


def test_every_operation_of_the_contract_has_a_line_and_every_line_an_operation():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load((ROOT / "openapi.yaml").read_text(encoding="utf-8"), Loader=loader)
    lines = {
        request: line
        for block in read_sdk_file(ROOT / "sdk.yaml").services.values()
        for request, line in block.operations.items()
    }
    operations = {
        f"{verb.upper()} {path}": operation
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    }
    assert set(lines) == set(operations)
    for request, line in lines.items():
        assert bool(line.payload) is ("requestBody" in operations[request]), request
        assert ("command" in line.marks) is ("202" in operations[request]["responses"]), request


def test_every_secret_is_a_property_of_the_contract():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load((ROOT / "openapi.yaml").read_text(encoding="utf-8"), Loader=loader)
    schemas = document["components"]["schemas"]
    for secret in read_sdk_file(ROOT / "sdk.yaml").secrets:
        schema, _, name = secret.partition(".")
        assert name in schemas[schema]["properties"], secret


def test_a_line_is_read_with_all_it_says(tmp_path):
    path = tmp_path / "sdk.yaml"
    path.write_text(
        """\
services:
  messages:
    about: Sending.
    scopes: [messages:write]
    operations:
      POST /send: {method: send, payload: message, session: body, long_with: url, scopes: [], is: [command]}
      POST /{session}/send: {method: send, payload: message, evidence: named, for: client_token}
      GET /{session}/qr: {method: qr, query: [format], is: [long, binary]}
secrets: [Message.text]
schemas: {Nachricht: Message}
""",
        encoding="utf-8",
    )
    sdk = read_sdk_file(path)
    assert sdk.secrets == ("Message.text",)
    assert sdk.schemas == {"Nachricht": "Message"}
    block = sdk.services["messages"]
    assert (block.about, block.scopes) == ("Sending.", ("messages:write",))
    assert list(block.operations.values()) == [
        OperationLine("send", "message", "documented", frozenset({"command"}), "url", (), True, False, ()),
        OperationLine("send", "message", "named", frozenset(), None, None, False, True, ()),
        OperationLine(
            "qr", None, "documented", frozenset({"long", "binary"}), None, None, False, False, ("format",)
        ),
    ]


@pytest.mark.parametrize(
    "about",
    [
        "Plain.",
        "Numbers: create, start.",
        "It's # no comment",
        "'quoted' and \"doubly\"",
        "- no list",
        "{no: map}",
        "yes",
        "1.5",
        "2025-05-01",
        "~",
    ],
)
def test_any_text_is_written_so_that_it_reads_back(tmp_path, about):
    line = OperationLine("get", marks=frozenset(MARKS), scopes=("a,b", "*"), query=("x[]", "null"))
    sdk = SdkFile({"things": ServiceBlock(about, ("*",), {"POST /a,b/{c}": line})}, ("Thing.x-#",), {})
    write_sdk_file(tmp_path / "sdk.yaml", sdk)
    assert read_sdk_file(tmp_path / "sdk.yaml") == sdk


def test_an_empty_file_of_all_parts_is_written_so_that_it_reads_back(tmp_path):
    sdk = SdkFile({"lids": ServiceBlock("Nothing yet.", (), {})}, (), {"Theirs": "Ours"})
    write_sdk_file(tmp_path / "sdk.yaml", sdk)
    assert read_sdk_file(tmp_path / "sdk.yaml") == sdk


def test_defaults_are_not_written():
    line = OperationLine("list", evidence="documented", marks=frozenset(), scopes=None)
    text = dump(SdkFile({"labels": ServiceBlock("Tags.", (), {"GET /labels": line})}, (), {}))
    assert "      GET /labels: {method: list}\n" in text


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "method: list",
            "methode: list",
            "5: 'methode' is not a key of GET /api/labels; did you mean 'method'?",
        ),
        (
            "method: list",
            "methode: list",
            "5: GET /api/labels has no 'method'; add it.",
        ),
        (
            "    about: Tags for chats.\n",
            "",
            "2: the service labels has no 'about'; add it.",
        ),
        (
            "    about",
            "    abuot",
            "3: 'abuot' is not a key of the service labels; did you mean 'about'?",
        ),
        (
            "schemas: {}\n",
            "",
            "1: the file has no 'schemas'; add it.",
        ),
        (
            "schemas: {}",
            "schemas: {}\nfoo: 1",
            "10: 'foo' is not a key of the file",
        ),
        (
            "GET /api",
            "get /api",
            '5: "get /api/labels" is wrong here: A request: the verb and the path',
        ),
        (
            "GET /api",
            "GET  /api",
            '5: "GET  /api/labels" is wrong here: A request',
        ),
        (
            "GET /api",
            "GET api",
            '5: "GET api/labels" is wrong here: A request',
        ),
        (
            "method: list",
            "method: List",
            '5: "List" is wrong here: A Python name in lower case',
        ),
        (
            "method: list",
            "method: a-b",
            '5: "a-b" is wrong here: A Python name in lower case',
        ),
        (
            "method: list",
            "method: import",
            "5: 'import' is a keyword of Python; give the method another name.",
        ),
        (
            "  labels:",
            "  class:",
            "2: 'class' is a keyword of Python; call it otherwise.",
        ),
        (
            "payload: label",
            "payload: from",
            "6: 'from' is a keyword of Python; give the payload another name.",
        ),
        (
            "payload: label",
            "payload: label_id",
            "6: the payload of PUT /api/labels/{labelId} is called 'label_id'",
        ),
        (
            "payload: label, is",
            "payload: session, session: body, is",
            "6: the payload of PUT /api/labels/{labelId} is called 'session'",
        ),
        (
            "[command]",
            "[comand]",
            "6: \"comand\" is not known; did you mean 'command'?",
        ),
        (
            "[command]",
            "[]",
            "6: `is` is empty; leave it out.",
        ),
        (
            "[command]",
            "[command, command]",
            "6: `is` says the same thing twice",
        ),
        (
            "[command]",
            "command",
            '6: `is` must be a list, and is "command".',
        ),
        (
            "[command]",
            "[idempotent]",
            "6: PUT /api/labels/{labelId} can be repeated because it is a PUT",
        ),
        (
            "is: [command]",
            "evidence: guessed",
            '6: "guessed" is not known (known: documented, named, assumed).',
        ),
        (
            "is: [command]",
            "session: path",
            "6: `session` is \"path\"; the one thing it can be is 'body'.",
        ),
        (
            "{method: list}",
            "{method: list, session: body}",
            "5: GET /api/labels has `session` and no `payload`",
        ),
        (
            "{method: list}",
            "{method: list, long_with: url}",
            "5: GET /api/labels has `long_with` and no `payload`",
        ),
        (
            "[command]",
            "[long], long_with: url",
            "6: PUT /api/labels/{labelId} is `long` always; remove `long_with`.",
        ),
        (
            "{method: list}",
            "list",
            '5: GET /api/labels must be a block of keys, and is "list".',
        ),
        (
            "method: update",
            "method: list",
            "6: the service labels has the method 'list' for GET /api/labels already",
        ),
        (
            "{method: list}",
            "{method: list, for: client_token}",
            "5: GET /api/labels is a second route of the method 'list', and there is no first",
        ),
        (
            "{method: list}",
            "{method: list}\n      GET /api/labels: {method: other}",
            "6: 'GET /api/labels' stands here a second time; the first is on line 5. Remove one of them.",
        ),
        (
            "{method: list}",
            "{method: list, method: other}",
            "5: 'method' stands here a second time; the first is on line 5.",
        ),
        (
            "secrets:",
            "  others:\n    about: More.\n    operations:\n      GET /api/labels: {method: get}\nsecrets:",
            "10: GET /api/labels stands also on line 5; remove one of them.",
        ),
        (
            "Session.proxy",
            "proxy",
            '8: "proxy" is wrong here: A property of a schema, as Schema.property.',
        ),
        (
            "  - Session.proxy",
            "  - A.b\n  - A.b",
            "7: `secrets` says the same thing twice",
        ),
        (
            "schemas: {}",
            "schemas: {A: b}",
            '9: "b" is wrong here: The name of a Python class.',
        ),
        (
            "schemas: {}",
            "schemas:\n  A: Label\n  B: Label",
            "11: two schemas cannot both be Label; remove one of them.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_to_do(refuse, old, new, complaint):
    assert SMALL.count(old) == 1
    said = refuse(SMALL.replace(old, new)).split("\n")
    assert any(line.startswith(complaint) for line in said), said
    assert all(re.match(r"\d+: .", line) for line in said)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("services: {}\nsecrets: [\n", "3: this is not YAML: "),
        (
            "? [a]\n: b\n",
            "1: a key must be a text.",
        ),
        (
            "",
            "1: the file has no 'services' and no 'secrets' and no 'schemas'; add it.",
        ),
        (
            "[]",
            "1: the file must be a block of keys, and is [].",
        ),
    ],
)
def test_a_file_of_another_kind_is_told_as_such(refuse, text, complaint):
    assert refuse(text).startswith(complaint)


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_lines(refuse):
    text = SMALL.replace("method: list", "methode: list").replace("[command]", "[comand]")
    assert [line.partition(":")[0] for line in refuse(text).split("\n")] == ["5", "5", "6"]


def test_a_file_that_is_missing_is_a_contract_error(tmp_path):
    with pytest.raises(ContractError, match=r"missing\.yaml cannot be read"):
        read_sdk_file(tmp_path / "missing.yaml")


def test_the_schema_is_a_valid_schema_and_describes_every_key():
    schema = json.loads((ROOT / "sdk.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    parts = [schema, *schema["$defs"].values()]
    properties = [item for part in parts for item in part.get("properties", {}).items()]
    assert properties
    for name, part in properties:
        assert "description" in part or "description" in schema["$defs"][part["$ref"].rpartition("/")[2]], (
            name
        )
    marks = schema["$defs"]["operation"]["properties"]["is"]
    assert tuple(marks["items"]["enum"]) == MARKS
    assert all(f"{mark}: " in marks["description"] for mark in MARKS)
