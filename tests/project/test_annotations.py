"""Signatures and annotations of all that is public can be read at run time, as tool builders do."""

from __future__ import annotations

import importlib
import inspect
import typing
from typing import Any, Dict, Iterator, Tuple

import pytest
from pydantic import TypeAdapter
from typing_extensions import get_type_hints, is_typeddict

from tests.support.interpreter import run_python
from tests.support.project import ROOT
from titan import TitanClient
from titan.services._results import Response, Submitted

MODULES = (
    *("titan", "titan.client", "titan.errors", "titan.jid", "titan.services", "titan.webhooks"),
    *("titan.webhooks.seen", "titan.services._base", "titan.services._results", "titan._signature"),
)


def public_names(module) -> Iterator[str]:
    for name in getattr(module, "__all__", None) or vars(module):
        value = getattr(module, name)
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("titan"):
            yield name


def functions_of(owner: Any, name: str) -> Iterator[Tuple[str, Any]]:
    """A function itself, or the public methods and the constructor of a class."""
    if inspect.isfunction(owner):
        yield name, owner
    elif inspect.isclass(owner):
        for base in owner.__mro__:
            for attribute, value in list(vars(base).items()):
                function = getattr(value, "__func__", getattr(value, "fget", value))
                public = attribute == "__init__" or not attribute.startswith("_")
                if public and inspect.isfunction(function) and function.__module__.startswith("titan"):
                    yield f"{name}.{attribute}", function


def everything_public() -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name in public_names(module):
            found.update(functions_of(getattr(module, name), f"{module_name}.{name}"))
    return found


PUBLIC = everything_public()
each_function = pytest.mark.parametrize("function", PUBLIC.values(), ids=PUBLIC)


def test_there_is_much_that_is_public():
    names = set(PUBLIC)
    assert len(names) > 150
    assert {
        "titan.TitanClient.__init__",
        "titan.TitanClient.with_options",
        "titan.TitanClient.submit",
        "titan.verify_webhook",
        "titan.services.Messages.send_file",
        "titan.services.Pairing.wait",
        "titan.services.MediaService.download_to",
        "titan.WebhookRouter.handle",
        "titan.jid.user",
    } <= names


@each_function
def test_annotations_resolve(function):
    parameters = inspect.signature(function).parameters
    # The caller's namespaces play no part: what a name means stands in the module of the function.
    for resolve in (typing.get_type_hints, get_type_hints):
        hints = resolve(function)
        assert set(hints) == {*parameters, "return"} - {"self", "cls"}
        assert not [name for name, hint in hints.items() if isinstance(hint, str)]


@pytest.mark.parametrize(
    "owner",
    [
        TitanClient,
        Response,
        Submitted,
        *[value for value in vars(TitanClient).values() if inspect.isclass(value)],
    ],
)
def test_annotations_of_classes_resolve(owner):
    typing.get_type_hints(owner)


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        ("titan.services.Messages.send", "message"),
        ("titan.services.Webhooks.create", "webhook"),
        ("titan.services.Groups.create", "group"),
        ("titan.services.AccountKeys.create", "key"),
    ],
)
def test_a_tool_builder_makes_a_json_schema_of_a_payload(function, parameter):
    hint = typing.get_type_hints(PUBLIC[function])[parameter]
    schema = TypeAdapter(hint).json_schema()
    assert schema["anyOf"]
    assert any(is_typeddict(one) for one in typing.get_args(hint)) or "Params" in str(hint)


@pytest.mark.parametrize("name", ["verify_webhook", "sign_webhook"])
def test_only_who_resolves_the_annotations_of_a_signature_loads_typing(name):
    code = (
        "import sys\n"
        f"from titan import {name}\n"
        "assert 'typing' not in sys.modules\n"
        "import typing\n"
        f"hints = typing.get_type_hints({name})\n"
        "assert hints['body'] == typing.Union[bytes, bytearray, memoryview, str], hints\n"
    )
    assert run_python(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}", options=("-S",)) == ""
