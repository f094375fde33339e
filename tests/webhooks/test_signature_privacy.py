"""Mistakes in calls about signatures: error trackers find no secret and no body in the frames of ours."""

from __future__ import annotations

import pytest

from tests.support.deliveries import message_body
from tests.support.tracebacks import frames_of
from titan import WebhookRouter, sign_webhook, verify_webhook

KEY = "hush-hush-hush"
TEXT = "meet me at the old harbour"
BODY = message_body(text=TEXT)
SIGNATURE = sign_webhook(BODY, KEY)
PRIVATE = (KEY, TEXT, SIGNATURE[len("sha256=") :])


class Vault:
    """A secret that cannot be had just now."""

    def __repr__(self):
        return f"<{KEY}>"

    def get_secret_value(self):
        raise ConnectionError("the vault is closed")


MISTAKES = {
    "parsed body": lambda: verify_webhook({"text": TEXT}, SIGNATURE, KEY),
    "signature of another type": lambda: verify_webhook(BODY, [SIGNATURE], KEY),
    "empty secret beside another": lambda: verify_webhook(BODY, SIGNATURE, [KEY, ""]),
    "secret of another type": lambda: verify_webhook(BODY, SIGNATURE, {KEY}),
    "secret that cannot be had": lambda: verify_webhook(BODY, SIGNATURE, [KEY, Vault()]),
    "parsed body to sign": lambda: sign_webhook({"text": TEXT}, KEY),
    "body without UTF-8 form to sign": lambda: sign_webhook(f"{TEXT}\ud800", KEY),
    "secret without UTF-8 form": lambda: sign_webhook(BODY, [KEY, "\ud800"]),
    "router with an empty secret beside another": lambda: WebhookRouter([KEY, ""]),
    "router with a secret of another type": lambda: WebhookRouter([KEY, 5]),
    "router with a wrong store": lambda: WebhookRouter(KEY, seen=5),
    "router with a wrong surrounding": lambda: WebhookRouter([KEY], around=5),
    "router with a wrong on_error": lambda: WebhookRouter(KEY, on_error=5),
    "router given a parsed body": lambda: WebhookRouter(KEY).handle({"text": TEXT}, SIGNATURE),
    "router given no headers": lambda: WebhookRouter(KEY).handle(BODY, [SIGNATURE]),
    "router given a signature of another type": lambda: WebhookRouter(KEY).handle(
        BODY, {"X-Webhook-Signature": {SIGNATURE}}
    ),
    "router given a body that is no event": lambda: WebhookRouter(KEY).handle(TEXT, sign_webhook(TEXT, KEY)),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_frames_of_a_mistake_hold_nothing_private(mistake):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each of its own kind
        mistake()
    frames = [frame for frame in frames_of(caught.value) if frame.module.startswith("titan")]
    assert frames
    assert [(frame, private) for frame in frames for private in PRIVATE if private in frame.shown] == []
    assert [private for private in PRIVATE if private in str(caught.value)] == []
