"""What `help`, `dir`, `inspect` and mocks see of a model class: its fields, by their Python names."""

from __future__ import annotations

import inspect
import pydoc
from unittest.mock import MagicMock, create_autospec

import pytest

from tests.support.interpreter import run_python
from titan import types_gen
from titan._models import TitanModel
from titan.types_gen import CreateWebhookRequest, Message, OutgoingMessage, PollMessage, Session
from titan.webhooks import UnknownEvent

MODELS = [
    model
    for model in [*vars(types_gen).values(), UnknownEvent]
    if isinstance(model, type) and issubclass(model, TitanModel) and model is not TitanModel
]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@each_model
def test_the_signature_is_the_fields_in_snake_case(model):
    parameters = inspect.signature(model).parameters
    assert list(parameters) == list(model.model_fields)
    for name, field in model.model_fields.items():
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert (parameters[name].default is inspect.Parameter.empty) is field.is_required()
        assert parameters[name].annotation == field.annotation


def test_the_signature_is_the_same_before_and_after_the_first_use():
    code = (
        "import inspect\n"
        "from titan.types_gen import PollMessage\n"
        "before = inspect.signature(PollMessage)\n"
        "assert list(before.parameters)[:2] == ['chat_id', 'quoted_message'], before\n"
        "PollMessage(chat_id='c', question='q', options=[])\n"
        "assert inspect.signature(PollMessage) == before\n"
    )
    assert run_python(code) == ""


@each_model
def test_help_describes_every_field_and_none_of_what_pydantic_has_inside(model):
    text = pydoc.plain(pydoc.render_doc(model))
    for name in model.model_fields:
        assert f"     {name}: " in text.partition("Method resolution order")[0]
    assert "__pydantic" not in text
    assert "eprecated" not in text.partition("model_copy(")[0]


@pytest.mark.parametrize(
    ("model", "field", "described"),
    [
        (PollMessage, "question", "What is asked."),
        (PollMessage, "chat_id", "JID of the chat"),
        (Session, "push_name", "The name the account shows to others."),
        (CreateWebhookRequest, "label", "A name for people to tell webhooks apart."),
    ],
)
def test_the_docstring_says_what_a_field_means(model, field, described):
    assert f"\n    {field}: {described}" in model.__doc__


@pytest.mark.parametrize("model", [PollMessage, Session, OutgoingMessage])
def test_the_description_in_the_json_schema_is_that_of_the_class_alone(model):
    description = model.model_json_schema()["description"]
    assert description == vars(model)["__doc__"]
    assert "Attributes:" not in description


def test_the_docstring_of_a_users_own_model_is_the_users():
    class Described(Session):
        """A session of ours."""

    class Bare(Session):
        team: str

    assert Described.__doc__ == "A session of ours."
    assert Bare.__doc__ is None
    assert "description" not in Bare.model_json_schema()
    assert list(inspect.signature(Bare).parameters)[-1] == "team"
    assert "team" in dir(Bare)


@each_model
def test_dir_has_the_fields_and_what_users_call(model):
    names = dir(model)
    assert {*model.model_fields, "to_dict", "get", "model_dump_json", "model_validate"} <= set(names)
    assert not [name for name in names if "pydantic" in name or name in ("parse_obj", "construct", "json")]


@pytest.mark.parametrize("model", [Session, Message, PollMessage])
@pytest.mark.parametrize(
    "make", [lambda model: MagicMock(spec=model), lambda model: create_autospec(model, instance=True)]
)
def test_mocks_of_a_model_have_its_fields_and_methods_and_no_other(model, make):
    mock = make(model)
    for name in (*model.model_fields, "to_dict", "model_dump"):
        assert getattr(mock, name) is not None
    with pytest.raises(AttributeError):
        mock.nonsense  # noqa: B018
