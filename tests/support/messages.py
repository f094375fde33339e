"""Sending messages to the sandbox, changing them, and looking at them on its phones."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import httpx

from tests.support.sandbox import BASE, TEXT, Receiver, data_of, payloads_of


def send(api: httpx.Client, **changes: Any) -> Any:
    """Send "Hi" to a friend, or something else."""
    return data_of(api.post("/api/messages/send", json={**TEXT, **changes}))


def act(
    api: httpx.Client, verb: str, message: Dict[str, Any], session: str = "my-session", **fields: Any
) -> httpx.Response:
    """Do something to a message."""
    body = {"chatId": message["chatId"], "messageId": message["id"], **fields}
    return api.post(f"/api/sessions/{session}/messages/{verb}", json=body)


def create_group(api: httpx.Client, *participants: str) -> str:
    body = {"session": "my-session", "name": "All of us", "participants": list(participants)}
    return data_of(api.post(f"{BASE}/groups", json=body), 201)["id"]


def find_message(
    sandbox: Any, message: Dict[str, Any], session: str = "my-session", chat_id: Optional[str] = None
) -> Any:
    """A message as the phone of a session shows it."""
    messages = sandbox.chat(session, chat_id or message["chatId"])["messages"]
    return next(one for one in messages if one["id"] == message["id"])


def statuses_of(sandbox: Any, receiver: Receiver, session: str = "my-session") -> List[Tuple[str, str]]:
    """The ids and statuses of the events about statuses, in their order."""
    payloads = payloads_of(sandbox, receiver, "message.ack", session=session)
    return [(one["id"], one["status"]) for one in payloads]
