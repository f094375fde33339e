"""A fixture of the tests of examples/."""

from __future__ import annotations

import importlib.util

import pytest

from tests.support.examples import EXAMPLES, SECRET


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
