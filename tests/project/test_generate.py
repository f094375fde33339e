"""scripts/generate writes what follows from the contract, and says in a sentence what it cannot use."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

for _module in ("datamodel_code_generator", "jinja2"):
    pytest.importorskip(_module, reason="the generator runs on the newest Python only")

sys.path.insert(0, str(ROOT / "scripts"))

from _contract.contract import python_name  # noqa: E402
from _contract.document import read_document  # noqa: E402
from _contract.errors import ContractError  # noqa: E402
from _generator.reference.docstrings import Sources  # noqa: E402
from _generator.reference.operations import write_operations  # noqa: E402
from _generator.run import compare, generate, write  # noqa: E402
from _generator.services import write_services  # noqa: E402

# Each runs the generator anew, for seconds; that the committed files fit is a check of scripts/test too.
pytestmark = pytest.mark.heavy

TASKS = """
openapi: 3.1.0
info: {title: Tasks, version: '1'}
paths:
  /api/sessions/{session}/tasks/{taskId}:
    patch:
      summary: Change a task
      description: |-
        It says \\N{x} and \"\"\"more\"\"\".

        - one
        - two
      parameters:
        - {name: session, in: path, required: true, description: Session name., schema: {type: string}}
        - {name: taskId, in: path, required: true, description: Task id., schema: {type: integer}}
        - {name: dryRun, in: query, schema: {type: boolean}}
      requestBody:
        description: What to change.
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/UpdateTaskRequest'}}}
      responses:
        '200':
          description: The task, with its `dueAt`.
          content:
            application/json:
              schema:
                type: object
                properties: {data: {$ref: '#/components/schemas/Task'}}
  /api/sessions/{session}/tasks:
    get:
      parameters:
        - {name: session, in: path, required: true, schema: {type: string}}
      responses:
        '200':
          description: The tasks.
          content:
            application/json:
              schema:
                type: object
                properties: {data: {type: array, items: {$ref: '#/components/schemas/Task'}}}
components:
  schemas:
    Task:
      type: object
      properties: {dueAt: {type: string, format: date-time}}
    UpdateTaskRequest:
      type: object
      properties: {title: {type: string, maxLength: 5}}
"""

TASKS_SDK = """
services:
  tasks:
    about: Things to do.
    operations:
      PATCH /api/sessions/{session}/tasks/{taskId}:
        {method: update, payload: task, evidence: named, is: [command]}
      GET /api/sessions/{session}/tasks: {method: list}
secrets: []
schemas: {}
"""

TASKS_MODULE = '''\
# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Things to do."""

from typing import List, Optional, Union

from titan.params_gen import UpdateTaskParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import Task, UpdateTaskRequest


class Tasks(Service):
    """Things to do."""

    def update(
        self,
        session: str,
        task_id: Union[str, int],
        task: Union[UpdateTaskRequest, UpdateTaskParams],
        *,
        dry_run: Optional[bool] = None,
    ) -> Task:
        """Change a task.

        It says \\\\N{x} and \\"\\"\\"more\\"\\"\\".

        - one

        - two

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            task_id: Task id.
            task: What to change.
            dry_run: As the API takes it.

        Returns:
            The task, with its `due_at`.

        Raises:
            NotFoundError: The session or the task does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(
            operations.TASKS_UPDATE, session, task_id, body=task, query={"dryRun": dry_run}, returns=Task
        )

    def list(self, session: str) -> List[Task]:
        """GET /api/sessions/{session}/tasks.

        Args:
            session: As the API takes it.

        Returns:
            The tasks.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.TASKS_LIST, session, returns=List[Task])
'''


@pytest.fixture
def repository(tmp_path):
    """A copy of what the generator reads and writes."""
    shutil.copytree(ROOT / "titan", tmp_path / "titan", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("openapi.yaml", "sdk.yaml", "sdk.schema.json", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def change(file: Path, *replacements) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def state_of(folder: Path):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_service_is_written_byte_for_byte(repository):
    from _contract.contract import read_contract

    (repository / "openapi.yaml").write_text(TASKS, encoding="utf-8")
    (repository / "sdk.yaml").write_text(TASKS_SDK, encoding="utf-8")
    text = write_services(read_contract(repository))[Path("titan/services/tasks.py")]
    assert text == TASKS_MODULE
    [service] = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert 'It says \\N{x} and """more""".' in (ast.get_docstring(service.body[1]) or "")


def test_a_contract_without_examples_and_descriptions_has_a_reference_too(repository):
    from _contract.contract import read_contract

    tasks = TASKS.replace(
        "{type: string, maxLength: 5}}", "{type: string, maxLength: 5}, done: {type: boolean}}"
    )
    tasks = tasks.replace(
        "UpdateTaskRequest:\n      type: object", "UpdateTaskRequest:\n      required: [title]"
    )
    (repository / "openapi.yaml").write_text(tasks, encoding="utf-8")
    (repository / "sdk.yaml").write_text(TASKS_SDK, encoding="utf-8")
    pages = write_operations(read_contract(repository), Sources(repository))
    assert list(map(str, pages)) == ["docs/reference/index.md", "docs/reference/operations/tasks.md"]
    page = pages[Path("docs/reference/operations/tasks.md")]
    assert "`PATCH /api/sessions/{session}/tasks/{taskId}`\n\nChange a task.\n\n" in page
    assert "| `title` | `str` | required | at most 5 characters |" in page
    assert 'task = client.tasks.update("default", "taskId", {"title": "text"})\nprint(task.due_at)' in page
    assert """-d '{"title": "text"}'""" in page
    assert 'for task in client.tasks.list("default"):\n    print(task.due_at)' in page


def test_an_edited_file_and_one_that_nothing_asks_for_are_reported_and_mended(repository):
    left_over = repository / "titan" / "services" / "polls.py"
    shutil.copy(repository / "titan" / "services" / "labels.py", left_over)
    change(repository / "titan" / "services" / "labels.py", ("Create a label.", "Make a label."))
    shutil.copytree(ROOT / "docs" / "reference", repository / "docs" / "reference")
    page = repository / "docs" / "reference" / "operations" / "polls.md"
    shutil.copy(page.with_name("labels.md"), page)
    by_hand = repository / "docs" / "reference" / "notes.md"
    by_hand.write_text("# Notes\n", encoding="utf-8")
    files = generate(repository)
    differences = "\n".join(compare(repository, files))
    assert "titan/services/polls.py is generated from an operation that is gone" in differences
    assert "docs/reference/operations/polls.md is generated from an operation that is gone" in differences
    assert '+        """Create a label.' in differences
    write(repository, files)
    assert compare(repository, files) == []
    assert not left_over.exists()
    assert not page.exists()
    assert by_hand.exists()


@pytest.mark.parametrize(
    ("file", "replacements", "sentence"),
    [
        (
            "openapi.yaml",
            [("/api/sessions/{session}/labels:", "/api/sessions/{session}/tags:")],
            r"sdk.yaml: labels: openapi.yaml has no operation GET /api/sessions/\{session\}/labels",
        ),
        (
            "openapi.yaml",
            [("/api/sessions/{session}/labels:", "/api/sessions/{session}/tags:")],
            r"POST /api/sessions/\{session\}/tags has no line in sdk.yaml; "
            r"add under services: labels: operations: "
            r"`POST /api/sessions/\{session\}/tags: \{method: <name>, payload: <name of the argument>\}`",
        ),
        (
            "sdk.yaml",
            [("{method: create, payload: session}", "{method: create}")],
            "POST /api/sessions: the operation has a request body; name the argument for it with `payload`",
        ),
        (
            "sdk.yaml",
            [("GET /api/sessions: {method: list, ", "GET /api/sessions: {method: list, payload: what, ")],
            "GET /api/sessions: the operation has no request body; take out `payload`",
        ),
        (
            "sdk.yaml",
            [("  - AccountKey.key\n", "  - AccountKey.secret\n")],
            "secrets: there is no AccountKey.secret in openapi.yaml",
        ),
        (
            "sdk.yaml",
            [("  - AccountKey.key\n", "  - KeyOfAccount.key\n")],
            "secrets: there is no KeyOfAccount.key in openapi.yaml",
        ),
        (
            "sdk.yaml",
            [("  - AccountKey.key\n", "  - SendMessageRequest.base64\n")],
            "secrets: SendMessageRequest has fields that are secret, but is not an object",
        ),
        ("openapi.yaml", [("JIDRef", "JidRef")], "titan._models.ChatRef is the base of JIDRef"),
        (
            "openapi.yaml",
            [("PairingQR", "QrCode")],
            "secrets: there is no PairingQR.qr",
        ),
        (
            "openapi.yaml",
            [("SessionStatusReason", "Reason")],
            r"titan/services/pairing.py:\d+ uses SessionStatusReason",
        ),
        (
            "openapi.yaml",
            [("LabelChatsRequest", "Field")],
            "Field: generated code imports something of this name",
        ),
        (
            "openapi.yaml",
            [("LabelChatsRequest", "label-chats")],
            "label-chats: this is not a name for a class",
        ),
        (
            "openapi.yaml",
            [("LabelChatsRequest", "Create_LabelRequest")],
            "two schemas would both be the class CreateLabelRequest, "
            "so that a class would be called CreateLabelRequest1",
        ),
        ("sdk.yaml", [("schemas: {}", "schemas: {Lable: Label}")], "openapi.yaml has no schema Lable"),
        (
            "sdk.yaml",
            [("schemas: {}", "schemas: {Label: Chat}")],
            "Label cannot become Chat, which is another schema",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else None,
)
def test_a_contract_that_cannot_be_used_is_refused_with_its_place(repository, file, replacements, sentence):
    change(repository / file, *replacements)
    before = state_of(repository)
    with pytest.raises(ContractError, match=sentence):
        generate(repository)
    assert state_of(repository) == before


def test_a_package_that_would_not_import_is_refused(repository):
    # What a person wrote on top of the generated code is imported with it.
    with open(repository / "titan" / "services" / "media.py", "a", encoding="utf-8") as file:
        file.write("\n\nfrom ._generated.operations import MEDIA_SHRED\n")
    with pytest.raises(ContractError, match=r"does not import: .*MEDIA_SHRED.*titan/services/media.py"):
        generate(repository)


def test_an_annotation_that_does_not_resolve_is_refused(repository):
    with open(repository / "titan" / "services" / "media.py", "a", encoding="utf-8") as file:
        file.write("\n    def shred(self, media: Shredder) -> None:\n        pass\n")
    with pytest.raises(ContractError, match="does not import: NameError: name 'Shredder' is not defined"):
        generate(repository)


@pytest.mark.parametrize("kind", ["syntax", "the text of an exception"])
def test_the_command_says_what_is_wrong_and_writes_nothing(kind, tmp_path):
    for name in ("openapi.yaml", "sdk.yaml", "sdk.schema.json", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    broken = {
        "syntax": ("openapi: 3.1.0\n", "openapi: [\n"),
        "the text of an exception": ("\nschemas: {}", "\nschemas: {Lable: Label}"),
    }
    change(tmp_path / ("openapi.yaml" if kind == "syntax" else "sdk.yaml"), broken[kind])
    shutil.copytree(ROOT / "titan", tmp_path / "titan", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    change(tmp_path / "scripts" / "generate", ('    run_in_newest(extras="dev", minimum=(3, 10))\n', ""))
    before = state_of(tmp_path)
    done = subprocess.run(
        [sys.executable, "-B", "scripts/generate"], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 1
    assert re.match(r"nothing was written:\n(\S*openapi.yaml|sdk.yaml): ", done.stderr)
    assert "Traceback" not in done.stderr
    assert state_of(tmp_path) == before


@pytest.mark.parametrize(
    ("wire_name", "name"),
    [
        ("chatId", "chat_id"),
        ("s3Url", "s3_url"),
        ("JIDRef", "jid_ref"),
        ("from", "from_"),
        ("x-key", "x_key"),
    ],
)
def test_names_become_python_names(wire_name, name):
    assert python_name(wire_name) == name


OTHER_EVENTS = """
import json
from titan import parse_webhook
from titan.webhooks import MessageEvent

def read(name, **more):
    event = parse_webhook(json.dumps({"event": name, **more}))
    assert event.to_dict() == {"event": name, **more}, event.to_dict()
    event.model_dump_json(), repr(event), event == event, event.model_copy()
    return event

assert read("session.qr", session="s", payload={"qr": 1})["payload"] == {"qr": 1}
assert read("chat.read", payload="text").payload == "text"
assert read("chat.read").payload is None
assert read("chat.mute").payload.chat_id is None
assert read("chat.mute", payload=5).payload.chat_id is None
assert read("chat.archive").payload is None
assert read("chat.archive", payload=5).payload == 5
assert read("chat.archive", timestamp=5).timestamp == 5
assert read("message.ack", text=5).text == 5
assert not isinstance(read("message.ack"), MessageEvent)
assert read("message.edited", session=5).session == ""
assert read("message.edited").payload.text is None
"""


def test_events_without_session_or_payload_or_with_another_kind_of_them_are_read(repository):
    """As other contracts have them."""
    file = repository / "openapi.yaml"
    document = read_document(file)
    schemas = document["components"]["schemas"]
    for name in ("session", "payload"):
        del schemas["SessionQREvent"]["properties"][name]
    schemas["ChatReadEvent"]["properties"]["payload"] = {"type": "string"}
    schemas["ChatMutePayload"]["required"] = ["chatId"]
    schemas["ChatArchiveEvent"]["properties"]["payload"] = {
        "anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("ChatReadPayload", "Message")]
    }
    schemas["ChatArchiveEvent"]["properties"]["timestamp"] = {"type": "integer"}
    schemas["MessageAckEvent"]["properties"]["text"] = {"type": "integer"}
    schemas["MessageEditedEvent"]["required"] = ["event", "session", "payload"]
    file.write_text(json.dumps(document), encoding="utf-8")
    write(repository, generate(repository))
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, sys.argv[1])\n{OTHER_EVENTS}"]
    done = subprocess.run([*command, str(repository)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    page = (repository / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
    assert "`MessageAckEvent`: A message was delivered or read. It has no `event.chat_id`" in page
