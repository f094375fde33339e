"""The services of a client as attributes: loaded at the first use, and typed at run time too."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import typing
from unittest.mock import MagicMock, create_autospec, patch

import pytest

import titan
import titan.services
from tests.support.fake_server import FakeServer, json_response
from tests.support.project import CONTRACT
from titan import TitanClient
from titan.services._base import Service
from titan.types_gen import Label

SERVICES = list(
    dict.fromkeys(
        operation["x-sdk"]["service"]
        for item in CONTRACT["paths"].values()
        for operation in item.values()
        if "x-sdk" in operation
    )
)


def methods(service):
    return [
        value
        for name, value in inspect.getmembers(getattr(TitanClient, service), inspect.isfunction)
        if not name.startswith("_")
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_an_attribute_made_once(connect, service):
    client = connect(FakeServer(json_response({"data": []})))
    found = getattr(client, service)
    assert isinstance(found, Service)
    assert getattr(client, service) is found
    assert getattr(client.with_options(timeout=1), service) is not found


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_a_module_and_a_class_in_the_package(service):
    module = importlib.import_module(f"titan.services.{service}")
    service_class = getattr(TitanClient, service)
    assert getattr(module, service_class.__name__) is service_class
    assert getattr(titan.services, service_class.__name__) is service_class
    assert service_class.__name__ in titan.services.__all__
    assert service_class.__name__ in dir(titan.services)


def test_the_package_has_no_other_names():
    assert len(titan.services.__all__) == len(SERVICES)
    with pytest.raises(AttributeError, match="has no attribute 'Label'"):
        titan.services.Label  # noqa: B018


@pytest.mark.parametrize("service", SERVICES)
def test_annotations_of_operations_resolve_at_run_time(service):
    for method in methods(service):
        hints = typing.get_type_hints(method)
        assert set(hints) == {*inspect.signature(method).parameters, "return"} - {"self"}
        assert not any(isinstance(hint, str) for hint in hints.values())


def test_the_annotation_of_a_result_is_the_class_that_comes(connect):
    client = connect(FakeServer(json_response({"data": {"id": "4"}})))
    created = client.labels.create("s", {"name": "VIP"})
    assert type(created) is typing.get_type_hints(type(client.labels).create)["return"] is Label


MOCKS = {
    "autospec of the class": lambda: create_autospec(TitanClient, instance=True),
    "autospec of the class, called": lambda: create_autospec(TitanClient)(
        "https://api.example.com", "titan_key"
    ),
    "autospec of a client": lambda: create_autospec(TitanClient("https://api.example.com", "titan_key")),
    "autospec of a subclass": lambda: create_autospec(type("Ours", (TitanClient,), {}), instance=True),
    "spec": lambda: MagicMock(spec=TitanClient),
    "spec_set": lambda: MagicMock(spec_set=TitanClient),
    "spec of a client": lambda: MagicMock(spec=TitanClient("https://api.example.com", "titan_key")),
}


@pytest.mark.parametrize("mock", MOCKS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_mock_of_the_client_has_every_service(mock, service):
    mocked = MOCKS[mock]()
    methods = [name for name in dir(getattr(TitanClient, service)) if not name.startswith("_")]
    for name in methods:
        assert callable(getattr(getattr(mocked, service), name))
    with pytest.raises(AttributeError):
        getattr(mocked, f"{service}s")


@pytest.mark.parametrize("mock", [name for name in MOCKS if name.startswith("autospec")])
def test_an_autospec_of_the_client_checks_the_arguments_of_operations(mock):
    strict = MOCKS[mock]()
    strict.labels.create("s", {"name": "VIP"})
    strict.messages.send_file("s", "c", "a.png", caption="Look")
    strict.with_options(timeout=5)
    for mistake in (
        lambda: strict.labels.create("s"),
        lambda: strict.messages.send_file("s", "c", "a.png", title="Look"),
        lambda: strict.groups.list("s", "t"),
        lambda: strict.lables,
        lambda: strict.labels.fetch("s"),
    ):
        with pytest.raises((TypeError, AttributeError)):
            mistake()


def test_services_are_patched_on_the_class_on_a_client_and_on_the_service(connect):
    server = FakeServer(json_response({"data": []}))
    client = connect(server)
    with patch.object(TitanClient, "labels") as labels:
        assert connect(server).labels.list("s") is labels.list.return_value
    with patch.object(TitanClient, "labels", autospec=True) as labels:
        assert connect(server).labels is labels
    with patch.object(client, "labels") as labels:
        assert client.labels.list("s") is labels.list.return_value
    with patch.object(TitanClient.labels, "list", autospec=True, return_value=["VIP"]) as method:
        assert client.labels.list("s") == ["VIP"]
    method.assert_called_once_with(client.labels, "s")
    with patch("titan.services.labels.Labels.list", return_value=["VIP"]):
        assert client.labels.list("s") == ["VIP"]
    with patch("titan.TitanClient") as made:
        assert titan.TitanClient() is made.return_value
    assert server.requests == []
    assert client.labels.list("s") == connect(server).labels.list("s") == []


def test_the_class_of_the_client_loads_no_service_until_one_is_asked_for():
    code = (
        "import sys\n"
        "from titan import TitanClient\n"
        "assert 'messages' in dir(TitanClient)\n"
        "loaded = {'pydantic', 'titan.types_gen', 'titan.params_gen'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
        "TitanClient.messages\n"
        "assert 'titan.types_gen' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
