"""Webhooks: what their fields may be, which events they want, and how Titan shows them."""

from __future__ import annotations

import re
import secrets
from typing import Any, Dict, List
from urllib.parse import urlsplit

from ..base.clock import format_time
from ..base.encoding import Json
from ..base.errors import SandboxError
from ..base.hosts import is_loopback
from ..state import State, Webhook

_DEFAULTS: Json = {
    "events": [],
    "session": None,
    "label": "",
    "enabled": True,
    "headers": [],
    "retries": {"attempts": 3, "delaySeconds": 2, "policy": "exponential"},
}
_MOST_ATTEMPTS = 100


def create(state: State, body: Json) -> Webhook:
    """Create a webhook as a request asks for it.

    Raises:
        SandboxError: 400.
    """
    return Webhook(
        id=str(state.next_number()),
        url=_check_url(body["url"]),
        hmac_key=_check_key(body.get("hmacKey", secrets.token_hex(32))),
        created_at=state.clock.now(),
        options=_merge_options(_DEFAULTS, body),
    )


def update(state: State, webhook: Webhook, body: Json) -> None:
    """Change the fields of a webhook that a request names.

    Raises:
        SandboxError: 400; then nothing is changed.
    """
    url = _check_url(body.get("url", webhook.url))
    key = _check_key(body.get("hmacKey", webhook.hmac_key))
    webhook.options = _merge_options(webhook.options, body)
    webhook.url, webhook.hmac_key = url, key
    if not webhook.options["enabled"]:
        give_up_deliveries(state, webhook)


def give_up_deliveries(state: State, webhook: Webhook) -> None:
    """Mark the pending deliveries of a webhook as failed."""
    for delivery in state.deliveries:
        if delivery.webhook is webhook and delivery.status == "pending":
            delivery.status = "failed"
    webhook.queue.clear()


def wants(webhook: Webhook, event: str, session: str) -> bool:
    """Tell whether a webhook is to get an event of a session."""
    events = webhook.options["events"]
    return (
        webhook.options["enabled"]
        and webhook.options["session"] in (None, session)
        and (not events or "*" in events or event in events)
    )


def to_json(webhook: Webhook) -> Json:
    """Show a webhook as Titan does, without its key."""
    return {
        "id": int(webhook.id),
        "url": webhook.url,
        **webhook.options,
        "createdAt": format_time(webhook.created_at),
    }


def _check_url(url: str) -> str:
    if not is_loopback(urlsplit(url).hostname or ""):
        raise SandboxError(400, "url must be on this machine, such as http://127.0.0.1:8000/: the sandbox "
                                "sends nothing anywhere else")  # fmt: skip
    return url


def _check_key(key: str) -> str:
    try:
        key.encode()
    except UnicodeEncodeError:
        raise SandboxError(400, "hmacKey is not Unicode") from None
    if not key:
        raise SandboxError(400, "hmacKey must not be empty: anyone could sign with it")
    return key


def _check_headers(headers: List[Dict[str, Any]]) -> None:
    for number, header in enumerate(headers):
        for name in ("name", "value"):
            if name not in header:
                raise SandboxError(400, f"missing required field: headers.{number}.{name}")
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", header["name"]):
            raise SandboxError(400, f"headers.{number}.name cannot be the name of a header")
        if not re.fullmatch(r"[\t -~\xa0-\xff]*", header["value"]):
            raise SandboxError(400, f"headers.{number}.value cannot be sent in a header")


def _merge_options(options: Json, body: Json) -> Json:
    given = {name: body[name] for name in options if name in body}
    _check_headers(given.get("headers", []))
    if "retries" in given:
        retries = given["retries"] = {**options["retries"], **given["retries"]}
        retries["attempts"] = min(max(retries["attempts"], 1), _MOST_ATTEMPTS)
    return {**options, **given}
