"""A fixture of the tests of examples/."""

from __future__ import annotations

import pytest

from tests.support import examples


@pytest.fixture
def load(monkeypatch):
    """Import an example as a module, with the secret in the environment."""
    monkeypatch.setenv("TITAN_WEBHOOK_SECRET", examples.SECRET)
    return examples.load
