"""Outboxes whose messages go to a local Titan, and what processes that died leave behind."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from typing import Any, Dict, Iterator, List, Optional

from titan import parse_webhook
from titan.outbox import Outbox
from titan.outbox.journal import outcomes
from titan.outbox.journal.claims import Claimed, Claims
from titan.outbox.work.sending import key_of
from titan.sandbox import Sandbox

FRIEND = "5511999999999@s.whatsapp.net"
_numbers = itertools.count(1)


def person(number: int) -> str:
    """The chat id of somebody who is on WhatsApp."""
    return f"55119{88123401 + number}@s.whatsapp.net"


def text(words: str, chat_id: str = FRIEND, **fields: Any) -> Dict[str, Any]:
    return {"chatId": chat_id, "type": "text", "text": words, **fields}


def emptied_postgres(server: Any) -> str:
    """The address of a database without a journal."""
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'titan_outbox_%'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"DROP TABLE {table} CASCADE")
    return server.url


class Setup(contextlib.ExitStack):
    """A local Titan, a client, and outboxes on one journal."""

    def __init__(self, sandbox: Sandbox, client: Any, url: str) -> None:
        super().__init__()
        self.sandbox, self.client, self.url = sandbox, client, url

    def outbox(self, client: Any = None, **options: Any) -> Outbox:
        return self.enter_context(contextlib.closing(Outbox(client or self.client, self.url, **options)))

    @property
    def texts(self) -> List[str]:
        """The texts of the messages that were sent, in their order."""
        return [message["request"]["text"] for message in self.sandbox.messages]

    def events(self, *names: str) -> List[Any]:
        """The events that Titan delivered, as a handler gets them; needs `listening`."""
        self.sandbox.wait_for_deliveries()
        found = [parse_webhook(one["body"]) for one in self.sandbox.deliveries]
        return [event for event in found if not names or event.event in names]


def move(outbox: Outbox, seconds: float) -> None:
    """Move the clock of a journal, for every process that uses it."""
    outbox._database.move_clock(seconds)


def now_of(outbox: Outbox) -> float:
    return outbox._database.write(outbox._database.now)


def claim(outbox: Outbox, most: int = 1) -> List[Claimed]:
    """Claim messages as a run does, and leave it at that: as a process that is killed then."""
    claims = Claims(outbox._database, key_of(outbox._client), outbox._pace, outbox._lease)
    token = f"a test.{next(_numbers)}"
    return outbox._database.write(
        lambda connection: claims.claim(connection, token, most, (), outbox._database.now(connection))
    )


def answer(outbox: Outbox, message: Claimed, kind: Any = "sent", **details: Any) -> None:
    """Write what came of a claimed message, as its owner does."""
    outcome = outcomes.Outcome(message, kind, **details)
    database = outbox._database
    database.write(
        lambda connection: outcomes.write(database, connection, [outcome], database.now(connection))
    )


def sent_event(
    message_id: str,
    words: str = "Hi",
    *,
    session: str = "shop",
    chat: Optional[Dict[str, Any]] = None,
    at: Optional[float] = None,
    **changes: Any,
) -> Any:
    """The event of a message that the account wrote; of now, unless it says when."""
    payload = {
        "id": message_id,
        "from": {"phoneNumber": "+5511999999999", "mode": "pn"} if chat is None else chat,
        "type": "text",
        "text": words,
        "body": words,
        "fromMe": True,
        "timestamp": int(time.time() if at is None else at),
        **changes,
    }
    return event("message.sent", payload, session)


def ack(message_id: str, status: str, session: str = "shop") -> Any:
    return event("message.ack", {"id": message_id, "chatId": FRIEND, "status": status}, session)


def event(name: str, payload: Any, session: str = "shop", **envelope: Any) -> Any:
    body = {"id": f"evt_{next(_numbers)}", "event": name, "session": session, "payload": payload, **envelope}
    return parse_webhook(json.dumps(body).encode())


def statuses(outbox: Outbox) -> Iterator[str]:
    return (message.status for message in outbox.messages())
