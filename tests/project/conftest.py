"""Which of these tests run on which Python, and a fixture of the tests of examples/."""

from __future__ import annotations

import importlib.util

import pytest

from tests.support.examples import EXAMPLES, SECRET

# The others read files of the repository, which are the same on each.
ON_EVERY_PYTHON = {
    *("test_annotations", "test_contract_methods", "test_contract_responses", "test_echo_bot"),
    *("test_example_lambda", "test_examples", "test_imports", "test_types_gen"),
}


def pytest_itemcollected(item):
    """Leave the others out on the Pythons between the newest and the oldest."""
    if item.path.stem not in ON_EVERY_PYTHON:
        item.add_marker("slow")


@pytest.fixture
def load(monkeypatch):
    """Import an example as a module, with the secret in the environment."""
    monkeypatch.setenv("TITAN_WEBHOOK_SECRET", SECRET)

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
