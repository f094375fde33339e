"""Fixtures for tests that need a Titan; pytest finds them by itself.

A test takes `titan_client`, a client with a connected session; `titan_sandbox`, the local Titan itself; or
`titan_webhook`, which serves an app and subscribes it to the events:

    def test_answer(titan_client, titan_sandbox, titan_webhook):
        titan_webhook(create_bot(titan_client))
        titan_sandbox.receive("default", "Hi!", sender="+55 11 99999-9999")
        titan_sandbox.wait_for_deliveries()
        assert titan_sandbox.messages[0]["text"] == "Hello!"
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from titan import TitanClient

    from .server.endpoint import Subscription, TitanWebhook
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
        # Not skipped: tests that never ran would look like tests that passed.
        pytest.fail(str(error), pytrace=False)
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


# After `titan_client`: what still answers at the end of a test needs it open.
@pytest.fixture
def titan_webhook(titan_sandbox: Sandbox, titan_client: TitanClient) -> Iterator[TitanWebhook]:
    """Serve your app until the end of the test, and subscribe it to the events of `titan_sandbox`.

    `titan_webhook(app, *, secret=None, path="/titan", events=None, session=None)` takes a WebhookRouter, a
    WSGI app or an ASGI app, and returns the webhook with its `url`, `id` and `secret`; see
    `titan.sandbox.Sandbox.subscribe`. The session `default` is connected, as with `titan_client`.
    """
    from contextlib import ExitStack

    with ExitStack() as served:

        def subscribe(app: Any, **options: Any) -> Subscription:
            return served.enter_context(titan_sandbox.subscribe(app, **options))

        yield subscribe
