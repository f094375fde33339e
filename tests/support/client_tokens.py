"""Client tokens of the sandbox: minting them, and the requests that each action allows."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

import httpx

from tests.support.sandbox import FRIEND, data_of

FRIEND_IN_PATH = FRIEND.replace("@", "%40")

ACTIONS: Dict[str, List[Tuple[str, str, Any]]] = {
    "send_message": [
        (
            "POST",
            "/messages/send",
            {"session": "default", "chatId": FRIEND, "type": "text", "text": "Hello"},
        )
    ],
    "send_reaction": [
        ("POST", "/messages/react", {"chatId": FRIEND, "messageId": "MESSAGE", "reaction": "👍"})
    ],
    "send_typing": [("POST", "/messages/typing", {"chatId": FRIEND, "state": "composing"})],
    "send_seen": [("POST", "/messages/seen", {"chatId": FRIEND})],
    "read_presence": [("GET", "/presence", None), ("GET", f"/presence/{FRIEND_IN_PATH}", None)],
    "subscribe_presence": [("POST", f"/presence/{FRIEND_IN_PATH}/subscribe", None)],
    "read_contact": [("GET", f"/contacts/{FRIEND_IN_PATH}", None)],
}
"""By action, the requests that it allows. `MESSAGE` stands for the id of a message that came in."""


class TokenTester:
    """The sandbox with the session `default`, to which somebody has written."""

    def __init__(self, sandbox: Any, web: httpx.Client) -> None:
        self.sandbox = sandbox
        self.web = web
        sandbox.connect("default")
        self.message = sandbox.receive("default", "Hi", sender=FRIEND)["id"]

    def ask(
        self,
        credential: str,
        method: str,
        path: str,
        body: Optional[Any] = None,
        session: str = "default",
        **headers: str,
    ) -> httpx.Response:
        """Make a request with a key or a token; a path may begin below that of the session."""
        headers = {"Authorization": f"Bearer {credential}", **headers}
        if body is not None:
            body = json.loads(json.dumps(body).replace("MESSAGE", self.message))
        if not path.startswith("/api"):
            path = f"/api/sessions/{session}{path}"
        return self.web.request(method, path, json=body, headers=headers)

    def use(self, token: str, action: str = "read_contact", **headers: str) -> httpx.Response:
        """Make a request with a token that an action allows."""
        return self.ask(token, *ACTIONS[action][0], **headers)

    def mint(self, ephemeral_id: str = "user-123", session: str = "default", **options: Any) -> Any:
        body = {"session": session, "ephemeralId": ephemeral_id, **options}
        return data_of(self.ask(self.sandbox.api_key, "POST", "/api/client-tokens", body), 201)

    def token(self, *args: Any, **options: Any) -> str:
        return self.mint(*args, **options)["token"]

    def allow(self, *actions: str, session: str = "default", **rules: Any) -> Any:
        """Set client rules that allow these actions."""
        rules = {"recipientMode": "conversation", "allowedActions": ",".join(actions), **rules}
        return data_of(self.ask(self.sandbox.api_key, "PUT", "/client-rules", rules, session))
