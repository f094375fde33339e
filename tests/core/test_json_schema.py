"""The JSON schemas of the types tell the truth: what may come, what it means, and nothing of our own."""

from __future__ import annotations

import ast
import inspect
import json
import zipfile
from typing import Any, Dict, Iterator, List, Optional

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from tests.support.interpreter import run_python
from tests.support.project import ROOT
from titan import types_gen
from titan._models import OpenEnum, TitanModel
from titan._models.fields import fields_of
from titan.types_gen import Group, Message, SendMessageRequest, Session, SessionStatus
from titan.webhooks import Event

pytestmark = pytest.mark.slow

MODELS = [
    model
    for model in vars(types_gen).values()
    if isinstance(model, type) and issubclass(model, TitanModel) and model.__module__ == types_gen.__name__
]
ENUMS = [
    enum
    for enum in vars(types_gen).values()
    if isinstance(enum, type) and issubclass(enum, OpenEnum) and enum is not OpenEnum
]
MODES = ["validation", "serialization"]


def properties_of(model, mode) -> Dict[str, Any]:
    return model.model_json_schema(mode=mode).get("properties", {})


def every_object(node: Any) -> Iterator[Dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from every_object(item)


@pytest.fixture(scope="module")
def document() -> Dict[str, Any]:
    """What a FastAPI application publishes whose routes take and give our types."""
    app = FastAPI()

    @app.post("/messages", response_model=Message)
    def send(message: SendMessageRequest) -> None: ...

    @app.get("/sessions")
    def sessions() -> List[Session]: ...

    @app.post("/events")
    def receive(event: Event) -> Group: ...

    return app.openapi()


def documented_classes() -> Dict[str, Dict[str, str]]:
    """What stands behind each field in the source of the types, read another way than the package does."""
    found: Dict[str, Dict[str, str]] = {}
    for node in ast.parse((ROOT / "titan" / "types_gen.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            last = None
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign):
                    last = ast.unparse(statement.target)
                elif isinstance(statement, ast.Expr) and last is not None:
                    found.setdefault(node.name, {})[last] = inspect.cleandoc(
                        ast.literal_eval(statement.value)
                    )
                    last = None
    return found


SOURCE = documented_classes()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", MODELS)
def test_each_property_has_the_description_that_stands_in_the_source(model, mode):
    shown = properties_of(model, mode)
    wanted: Dict[str, str] = {}
    for base in reversed(model.__mro__):
        wanted.update(SOURCE.get(base.__name__, {}))
    wire_names = fields_of(model).wire_names
    assert {name: one.get("description") for name, one in shown.items()} == {
        wire_names[name]: text for name, text in wanted.items()
    }
    assert set(shown) == set(wire_names.values())


def test_there_are_properties_to_describe():
    assert sum(len(properties_of(model, "validation")) for model in MODELS) > 400


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", MODELS)
def test_no_property_has_a_title_made_from_its_name(model, mode):
    assert [name for name, one in properties_of(model, mode).items() if "title" in one] == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("enum", ENUMS)
def test_enum_lists_the_known_values_and_takes_others(enum, mode):
    schema = TypeAdapter(enum).json_schema(mode=mode)
    assert schema["anyOf"] == [
        {"type": "string", "enum": [member.value for member in enum]},
        {"type": "string"},
    ]
    assert {"enum", "const", "type"}.isdisjoint(schema)
    assert schema["description"] == inspect.cleandoc(enum.__doc__)


def test_enum_with_one_value_is_open_too():
    class Single(OpenEnum):
        ONE = "one"

    schema = TypeAdapter(Single).json_schema()
    assert schema["anyOf"] == [{"type": "string", "enum": ["one"]}, {"type": "string"}]
    assert "const" not in schema


@pytest.mark.parametrize("model", MODELS)
def test_what_may_be_null_says_so_and_nothing_else_does(model):
    schema = model.model_json_schema()
    for name, wire_name in fields_of(model).wire_names.items():
        says_so = Draft202012Validator({**schema["properties"][wire_name], "$defs": schema.get("$defs", {})})
        try:
            model.model_validate_json(json.dumps({wire_name: None}), strict=True)
        except ValidationError as error:
            refused = {item["loc"][0] for item in error.errors()}
        else:
            refused = set()
        assert says_so.is_valid(None) == (wire_name not in refused), name


@pytest.mark.parametrize("model", MODELS)
def test_required_is_what_the_constructor_requires(model):
    # Its fields are complete once it was built, which asking for the schema does.
    schema = model.model_json_schema()
    required = {field.alias for field in model.model_fields.values() if field.is_required()}
    assert set(schema.get("required", [])) == required


def test_other_fields_may_come():
    for model in MODELS:
        assert model.model_json_schema()["additionalProperties"] is True


# In an application.


def test_published_document_describes_every_property_of_ours(document):
    ours = {model.__name__ for model in MODELS} | {"UnknownEvent"}
    published = {name: one for name, one in document["components"]["schemas"].items() if name in ours}
    assert {"Message", "TextMessage", "Session", "Group", "MessageReceivedEvent", "UnknownEvent"} <= set(
        published
    )
    for name, schema in published.items():
        for field, one in schema["properties"].items():
            assert one.get("description"), (name, field)
            assert "title" not in one, (name, field)


def test_published_document_leaves_enums_open(document):
    status = document["components"]["schemas"]["SessionStatus"]
    assert status["anyOf"] == [
        {"type": "string", "enum": ["CONNECTING", "CONNECTED", "DISCONNECTED"]},
        {"type": "string"},
    ]
    session = document["components"]["schemas"]["Session"]["properties"]
    assert session["status"]["$ref"] == "#/components/schemas/SessionStatus"
    assert {"type": "null"} in session["statusReason"]["anyOf"]


def test_published_document_has_nothing_of_our_own_in_it(document):
    assert [key for one in every_object(document) for key in one if key.startswith("x-")] == []
    assert "titan_secrets" not in json.dumps(document)


def test_schema_by_python_names_is_described_too():
    shown = Session.model_json_schema(by_alias=False)["properties"]
    assert shown["status_reason"]["description"] == SOURCE["Session"]["status_reason"]
    assert "title" not in shown["status_reason"]


# In classes of the user.


class Order(BaseModel):
    session: Session
    """Nobody asked pydantic to publish this."""
    status: Optional[SessionStatus] = None


class ShopSession(Session):
    shop: str
    """A note for colleagues."""
    owner: str = Field(title="Owner of it", description="Who owns it.")
    lid: Optional[str] = Field(None, title="LID", description="As our shop writes it.")


def test_enum_is_listed_in_the_json_schema_of_a_model_of_the_user():
    defined = Order.model_json_schema()["$defs"]["SessionStatus"]
    assert defined["anyOf"][0]["enum"] == ["CONNECTING", "CONNECTED", "DISCONNECTED"]
    assert defined["anyOf"][0]["type"] == "string"


def test_model_of_the_user_refers_to_described_types():
    schema = Order.model_json_schema()
    assert schema["$defs"]["Session"]["properties"]["lid"]["description"] == SOURCE["Session"]["lid"]
    assert "description" not in schema["properties"]["session"]


def test_subclass_of_the_user_keeps_its_own_words_and_notes_stay_private():
    shown = ShopSession.model_json_schema()["properties"]
    assert shown["name"]["description"] == SOURCE["Session"]["name"]
    assert (shown["owner"]["title"], shown["owner"]["description"]) == ("Owner of it", "Who owns it.")
    assert (shown["lid"]["title"], shown["lid"]["description"]) == ("LID", "As our shop writes it.")
    assert "description" not in shown["shop"]


# Where the package is not a folder of source files.


def test_descriptions_come_out_of_a_zip_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "titan.zip", "w") as archive:
        for path in sorted((ROOT / "titan").rglob("*.py")):
            archive.write(path, path.relative_to(ROOT))
    shown = "Session.model_json_schema()['properties']['lid']['description']"
    script = f"from titan.types_gen import Session; print({shown})"
    printed = run_with(tmp_path / "titan.zip", script)
    assert printed.strip() == SOURCE["Session"]["lid"]


def test_there_are_schemas_without_the_source(tmp_path):
    script = (
        "import inspect, titan.types_gen as types\n"
        "def no_source(_): raise OSError('source code not available')\n"
        "inspect.getsource = no_source\n"
        "print(types.Session.model_json_schema()['properties']['lid'])"
    )
    assert "anyOf" in run_with(ROOT, script)
    assert "description" not in run_with(ROOT, script)


def test_using_the_types_reads_no_source():
    script = (
        "import sys; from titan.types_gen import Session; Session(name='s', status='CONNECTED').to_dict()\n"
        "print('titan._models.json_schema' in sys.modules)"
    )
    assert run_with(ROOT, script) == "False\n"


def run_with(path, script) -> str:
    return run_python(f"import sys; sys.path.insert(0, {str(path)!r})\n{script}")
