"""Fixtures for tests that need a Titan; pytest finds them by itself.

A test takes `titan_client`, a client with a connected session, or `titan_sandbox`, the local Titan itself:

    def test_greeting(titan_client, titan_sandbox):
        greet(titan_client, "+55 11 99999-9999")
        assert titan_sandbox.messages[0]["text"] == "Hello!"
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from titan import TitanClient

    from .server.sandbox import Sandbox

SESSION = "default"
"""Name of the session that is connected for `titan_client`."""


@pytest.fixture(scope="session")
def _running_titan_sandbox() -> Iterator[Sandbox]:
    try:
        from titan.sandbox import Sandbox
    except ImportError as error:
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        pytest.skip(str(error))
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def titan_sandbox(_running_titan_sandbox: Sandbox) -> Iterator[Sandbox]:
    """A local Titan on a free port, with nothing in it: started once, reset before each test."""
    _running_titan_sandbox.reset()
    yield _running_titan_sandbox
    # What a test has left behind must not go on in the tests after it.
    _running_titan_sandbox.reset()


@pytest.fixture
def titan_client(titan_sandbox: Sandbox) -> Iterator[TitanClient]:
    """A client of `titan_sandbox`, where the session `default` is connected."""
    from titan import TitanClient

    titan_sandbox.connect(SESSION)
    with TitanClient(titan_sandbox.base_url, titan_sandbox.api_key) as client:
        yield client
