"""Write each event into PostgreSQL and answer Titan at once; workers handle the events afterwards.

    python examples/event_inbox.py
    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/event_inbox.py serve https://bot.example.com/titan
    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/event_inbox.py work

Needs `psycopg[binary]` and a database: DATABASE_URL=postgresql://..., or the variables of libpq. The first
line shows it on a local Titan (the extra `sandbox`), in a schema that it drops. `serve` creates the table and
the webhook, and receives on its port 8000 (PORT); start as many `work` as you like. They handle events side
by side, so those of one chat may change places.

An event whose worker fails or dies is handled again, at most eight times; then it is dead. Where a message
may have been sent, it is dead at once, for somebody to look at:

    SELECT number, reason, convert_from(body, 'utf-8') FROM titan_inbox WHERE state = 'dead';
    UPDATE titan_inbox SET state = 'waiting', attempts = 0, due_at = now() WHERE number = ...;

Now and then, delete what is done and so old that Titan does not deliver it again:

    DELETE FROM titan_inbox WHERE state = 'done' AND due_at < now() - interval '30 days';
"""

import functools
import hashlib
import os
import re
import secrets
import sys
import threading
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, Callable, Dict, List, Optional, Tuple
from wsgiref.simple_server import WSGIServer, make_server

import psycopg

from titan import TitanClient, WebhookPayloadError, jid, parse_webhook, verify_webhook
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import Event

SESSION = os.environ.get("TITAN_SESSION", "default")
MOST_BYTES = 1024 * 1024
TABLE = """
CREATE TABLE IF NOT EXISTS titan_inbox (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    body BYTEA NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', -- or running, sending, done, dead
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TIMESTAMPTZ NOT NULL DEFAULT now(), -- of one that runs: when its worker is taken for dead
    reason TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS titan_inbox_due ON titan_inbox (due_at) WHERE state NOT IN ('done', 'dead');
"""
ADD = "INSERT INTO titan_inbox (key, body) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING"
BURY = """
UPDATE titan_inbox SET state = 'dead', reason = 'its worker died while it was ' || state
WHERE due_at <= now() AND (state = 'sending' OR (state = 'running' AND attempts >= %s))
"""
TAKE = """
UPDATE titan_inbox SET state = 'running', attempts = attempts + 1, due_at = now() + %s * interval '1 second'
WHERE number = (SELECT number FROM titan_inbox WHERE state IN ('waiting', 'running') AND due_at <= now()
    ORDER BY due_at, number LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING number, attempts, body
"""
# `attempts` has grown where another worker has taken the event meanwhile.
MARK = """
UPDATE titan_inbox SET state = 'sending', due_at = now() + %s * interval '1 second'
WHERE number = %s AND attempts = %s AND state = 'running'
"""
END = """
UPDATE titan_inbox SET state = %s, reason = %s, due_at = now() + %s * interval '1 second'
WHERE number = %s AND attempts = %s
"""

Connect = Callable[[], "psycopg.Connection[Tuple[Any, ...]]"]


def connect_to(database: str, options: str = "") -> Connect:
    # Each statement is a transaction of its own.
    return functools.partial(psycopg.connect, database, autocommit=True, options=options)


class Endpoint:
    """A WSGI app: it verifies deliveries and writes them down."""

    def __init__(self, secret: str, connect: Connect) -> None:
        self._secret, self._connect = secret, connect

    def __call__(self, environ: Dict[str, Any], start_response: Any) -> List[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > MOST_BYTES:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        else:
            body = environ["wsgi.input"].read(int(length))
            status = self._receive(body, environ.get("HTTP_X_WEBHOOK_SIGNATURE"))
        start_response(f"{status.value} {status.phrase}", [("Content-Length", "0")])
        return []

    def _receive(self, body: bytes, signature: Optional[str]) -> HTTPStatus:
        if not verify_webhook(body, signature, self._secret):
            return HTTPStatus.UNAUTHORIZED
        try:
            key = key_of(parse_webhook(body), body)
        except WebhookPayloadError:
            return HTTPStatus.BAD_REQUEST
        with self._connect() as database:
            database.execute(ADD, (key, body))
        return HTTPStatus.OK


def key_of(event: Event, body: bytes) -> str:
    """The same for an event that comes again, and for a message that comes again in another event."""
    if isinstance(event, MessageReceivedEvent) and event.payload.id:
        about = f"{event.event} {event.session} {event.payload.id}"
    else:
        about = f"event {event.id}" if event.id else f"body {body!r}"
    return hashlib.sha256(ascii(about).encode()).hexdigest()


def answer(client: TitanClient, event: Event, about_to_send: Callable[[], None]) -> None:
    """Your handler. It calls `about_to_send` before the first thing that must not happen twice."""
    if not isinstance(event, MessageReceivedEvent) or event.payload.from_me:
        return
    if event.chat_id not in (None, jid.STATUS):
        about_to_send()
        client.messages.reply(event, f"You wrote: {event.text or 'nothing'}")


class Worker:
    def __init__(self, client: TitanClient, connect: Connect, lease: float = 120, pause: float = 10) -> None:
        self._client, self._connect = client, connect
        self._lease = lease  # seconds, and longer than the slowest handler takes
        self._pause = pause  # seconds until the second attempt; each further pause is twice as long
        self._attempts = 8

    def run(self, until: threading.Event) -> None:
        while not until.is_set():
            self._handle_events(until)

    def _handle_events(self, until: threading.Event) -> None:
        try:
            with self._connect() as database:
                while not until.is_set():
                    if not self.handle_one(database):
                        until.wait(0.2)
        except psycopg.OperationalError as error:
            print("The database is away:", error)
            until.wait(1)

    def handle_one(self, database: "psycopg.Connection[Tuple[Any, ...]]") -> bool:
        """Handle the next event; False where none is due."""
        database.execute(BURY, (self._attempts,))
        taken = database.execute(TAKE, (self._lease,)).fetchone()
        if taken is None:
            return False
        number, attempts, body = taken
        marked: List[bool] = []

        def about_to_send() -> None:
            if database.execute(MARK, (self._lease, number, attempts)).rowcount == 0:
                raise RuntimeError("another worker has this event, since this one took longer than its lease")
            marked.append(True)

        state, reason = "done", ""
        try:
            answer(self._client, parse_webhook(body), about_to_send)
        except Exception as error:
            # Every error of a request says it; of another error, nobody knows what was done before it.
            is_unclear = bool(marked) and getattr(error, "maybe_processed", True)
            state = "dead" if is_unclear or attempts >= self._attempts else "waiting"
            reason = f"{type(error).__name__}: {error}"
            # In ASCII: no database refuses it, and a refused one would end this worker, and then the next.
            reason = reason.replace("\0", "").encode("ascii", "backslashreplace").decode()
        pause = self._pause * 2 ** (attempts - 1)
        database.execute(END, (state, reason, pause, number, attempts))
        return True


def subscribe(client: TitanClient, url: str) -> str:
    """Create the webhook, or give the one of an earlier start a new key; returns the key."""
    key = secrets.token_urlsafe(32)
    known = [one.id for one in client.webhooks.list() if one.url == url]
    if known:
        client.webhooks.update(known[0], {"hmacKey": key})
    else:
        client.webhooks.create({"url": url, "session": SESSION, "hmacKey": key})
    return key


class Server(ThreadingMixIn, WSGIServer):
    """A slow connection holds up no other."""

    daemon_threads = True


def rehearse(database: str) -> int:
    from titan.sandbox import Sandbox

    connect, over = connect_to(database, "-c search_path=titan_rehearsal"), threading.Event()
    with Sandbox() as titan, TitanClient(titan.base_url, titan.api_key) as client, connect() as inbox:
        titan.connect(SESSION)
        inbox.execute("DROP SCHEMA IF EXISTS titan_rehearsal CASCADE; CREATE SCHEMA titan_rehearsal")
        inbox.execute(TABLE)
        worker = Worker(client, connect, pause=0.1)
        threads = [threading.Thread(target=worker.run, args=(over,), daemon=True) for _ in range(2)]
        with titan.subscribe(Endpoint("a-secret", connect), secret="a-secret", events=["message.received"]):
            for number in range(1, 7):
                titan.receive(SESSION, f"question {number}")
            titan.wait_for_deliveries()
        titan.fail("messages.send", status=409)  # not sent: tried again
        titan.fail("messages.send", cut="after")  # sent, but nobody is told
        for thread in threads:
            thread.start()
        while inbox.execute("SELECT 1 FROM titan_inbox WHERE state NOT IN ('done', 'dead')").fetchone():
            over.wait(0.05)
        over.set()
        for thread in threads:
            thread.join()
        for row in inbox.execute("SELECT number, state, attempts, reason FROM titan_inbox ORDER BY number"):
            print(*row)
        inbox.execute("DROP SCHEMA titan_rehearsal CASCADE")
        texts = [one["text"] for one in titan.messages]
    is_each_once = len(texts) == 6 == len({*texts})
    print("Each answered once:", "yes" if is_each_once else "no")
    return 0 if is_each_once else 1


def main() -> int:
    database = os.environ.get("DATABASE_URL", "")
    if len(sys.argv) == 1 and "TITAN_BASE_URL" not in os.environ:
        return rehearse(database)
    if len(sys.argv) == 1 or sys.argv[1] not in ("serve", "work"):
        raise SystemExit("say what to do: serve, with the address of the webhook, or work")
    with TitanClient() as client:
        connect, port = connect_to(database), int(os.environ.get("PORT", "8000"))
        if sys.argv[1] == "work":
            Worker(client, connect).run(threading.Event())
        with connect() as inbox:
            inbox.execute(TABLE)
        url = sys.argv[2] if len(sys.argv) > 2 else f"http://127.0.0.1:{port}/titan"
        endpoint = Endpoint(subscribe(client, url), connect)
        print("Waiting for events to", url)
        make_server("127.0.0.1", port, endpoint, Server).serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
