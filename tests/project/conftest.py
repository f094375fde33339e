"""Fixtures of the tests of examples and pages."""

from __future__ import annotations

import pytest

from tests.support import examples
from titan import TitanClient


@pytest.fixture
def load(monkeypatch):
    """Import an example as a module, with the secret in the environment."""
    monkeypatch.setenv("TITAN_WEBHOOK_SECRET", examples.SECRET)
    return examples.load


@pytest.fixture
def titan(sandbox):
    """A local Titan with the connected session `default`."""
    sandbox.connect("default")
    return sandbox


@pytest.fixture
def client(titan):
    """Its client, which repeats nothing: no test waits for what it does not look at."""
    with TitanClient(titan.base_url, titan.api_key, max_retries=0) as client:
        yield client
