"""Send many messages, each once: at a steady pace, and on from where it was when it is started again.

    python examples/many_messages.py
    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/many_messages.py messages.csv --per-minute 20

The first line shows this on a local Titan, and needs the extra `sandbox`. messages.csv begins with the
line `key,phone,text`; `key` is your own name for a message, such as the number of an order. What became of
each key stands in messages.db beside it: whatever happens to the program, start it again. Where it is
unclear whether a message was sent, it is not sent again: look at the phone, then say `--again KEY`, or leave
it. The exit status is 0 when all is done, 1 when it had to stop, 3 when something is unclear.
"""

import argparse
import csv
import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, List, Sequence, Tuple

from titan import BadRequestError, NotOnWhatsAppError, RateLimitError, TitanClient, TitanError, jid

SESSION = os.environ.get("TITAN_SESSION", "default")
UNCLEAR_IN_A_ROW = 3
TABLE = """CREATE TABLE IF NOT EXISTS messages (key TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'waiting',
reason TEXT NOT NULL DEFAULT '', at REAL NOT NULL DEFAULT 0)"""

Message = Tuple[str, str, str]
"""Key, phone number, text."""


class Journal:
    """What became of each message: waiting, sending, sent, refused or unclear."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # Held until this process ends, in whatever way: two of them would send everything twice.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("BEGIN EXCLUSIVE")
        self._database.execute(TABLE)
        self._database.execute("COMMIT")
        self._database.execute(
            "UPDATE messages SET state = 'unclear', reason = 'the program ended while it was sent' "
            "WHERE state = 'sending'"
        )

    def add(self, messages: Sequence[Message]) -> None:
        keys = [(key,) for key, _, _ in messages]
        self._database.executemany("INSERT OR IGNORE INTO messages (key) VALUES (?)", keys)

    def send_again(self, key: str) -> None:
        self._database.execute(
            "UPDATE messages SET state = 'waiting' WHERE key = ? AND state IN ('unclear', 'refused')", (key,)
        )

    def note(self, key: str, state: str, reason: str = "") -> None:
        self._database.execute(
            "UPDATE messages SET state = ?, reason = ? WHERE key = ?", (state, reason, key)
        )

    def claim(self, key: str) -> None:
        self._database.execute(
            "UPDATE messages SET state = 'sending', at = ? WHERE key = ?", (time.time(), key)
        )

    def select(self, columns: str, rest: str = "") -> List[Any]:
        return self._database.execute(f"SELECT {columns} FROM messages {rest}").fetchall()


class StopError(Exception):
    """To go on would fail for every message, or make it worse."""


class Sender:
    def __init__(self, client: TitanClient, journal: Journal, per_minute: float) -> None:
        self._client, self._journal, self._pause = client, journal, 60 / per_minute
        self._unclear_in_a_row = 0

    def send_all(self, messages: Sequence[Message]) -> None:
        waiting = {key for (key,) in self._journal.select("key", "WHERE state = 'waiting'")}
        for message in messages:
            while message[0] in waiting:
                try:
                    self._send(*message)
                    break
                except RateLimitError as error:  # the client has waited and tried again before
                    seconds = error.retry_after or 60
                    print(f"The rate limit is reached: going on in {seconds:.0f} seconds.")
                    time.sleep(seconds)

    def _send(self, key: str, phone: str, text: str) -> None:
        is_claimed = False
        try:
            if not phone.strip().endswith("@lid"):
                jid.user(phone)
        except ValueError as error:  # no phone number
            self._journal.note(key, "refused", str(error))
            return
        try:
            # Also tells who is not on WhatsApp: accounts that write to many of those get restricted.
            chat_id = self._client.contacts.resolve(SESSION, phone)
            self._wait_for_turn()
            self._journal.claim(key)
            is_claimed = True
            self._client.messages.send_text(SESSION, chat_id, text)
        except (NotOnWhatsAppError, BadRequestError) as error:
            self._journal.note(key, "refused", str(error))
        except TitanError as error:
            if is_claimed and error.maybe_processed:
                self._note_unclear(key, error)
                return
            self._journal.note(key, "waiting", str(error))
            if isinstance(error, RateLimitError):
                raise
            raise StopError(str(error)) from error  # offline, banned, restricted, a wrong key
        except ValueError as error:  # the SDK has refused it before anything was sent, as a wrong session
            self._journal.note(key, "waiting", str(error))
            raise StopError(str(error)) from error
        else:
            self._journal.note(key, "sent")
            self._unclear_in_a_row = 0

    def _wait_for_turn(self) -> None:
        ((last,),) = self._journal.select("max(at)")
        time.sleep(min(max(last + self._pause - time.time(), 0), self._pause))

    def _note_unclear(self, key: str, error: TitanError) -> None:
        self._journal.note(key, "unclear", str(error))
        self._unclear_in_a_row += 1
        if self._unclear_in_a_row == UNCLEAR_IN_A_ROW:
            raise StopError(f"{UNCLEAR_IN_A_ROW} messages in a row are unclear: {error}") from error


def read(file: Path) -> List[Message]:
    # With the mark that spreadsheets put in front.
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if not {"key", "phone", "text"} <= {*(rows.fieldnames or ())}:
            raise SystemExit(f"{file} must begin with the line key,phone,text")
        messages = [(row["key"] or "", row["phone"] or "", row["text"] or "") for row in rows]
    twice = [key for key, times in Counter(key for key, _, _ in messages).items() if times > 1 or not key]
    if twice:
        raise SystemExit(f"each message needs a key of its own, and these have none: {', '.join(twice)}")
    return messages


def run(client: TitanClient, file: Path, per_minute: float, again: Sequence[str] = ()) -> int:
    messages, path, stopped = read(file), file.with_suffix(".db"), ""
    # Each statement is on the disk before the next one runs.
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        try:
            journal = Journal(database)
        except sqlite3.OperationalError as error:
            raise SystemExit(f"{path} is used by another run, or cannot be written: {error}") from error
        for key in again:
            journal.send_again(key)
        journal.add(messages)
        try:
            Sender(client, journal, per_minute).send_all(messages)
        except StopError as error:
            stopped = str(error)
        states = dict(journal.select("state, count(*)", "GROUP BY state"))
        for key, state, reason in journal.select(
            "key, state, reason", "WHERE state IN ('unclear', 'refused') ORDER BY rowid"
        ):
            print(f"{key}: {state}: {reason}")
    print(", ".join(f"{count} {state}" for state, count in sorted(states.items())))
    if stopped:
        print("Stopped:", stopped)
    return 1 if stopped else 3 if "unclear" in states else 0


def rehearse() -> int:
    from titan.sandbox import Sandbox

    lines = [f"order-{number},+55 11 98888-000{number},Order {number} is ready." for number in range(1, 7)]
    lines += ["order-7,+55 11 90000-0000,This number is not on WhatsApp.", "order-8,12,No number."]
    with Sandbox() as titan, TitanClient(titan.base_url, titan.api_key, max_retries=0) as client:
        titan.connect(SESSION)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "messages.csv")
            file.write_text("\n".join(["key,phone,text", *lines]), encoding="utf-8")
            titan.fail("messages.send", status=429, retry_after=1)
            titan.fail("messages.send", cut="after")  # it is sent, and the answer gets lost
            run(client, file, per_minute=1200)
            print("Once more, as after a crash:")
            run(client, file, per_minute=1200)
        times = Counter(one["text"] for one in titan.messages)
    once = len(times) == 6 and {*times.values()} == {1}
    print("Each message once:", "yes" if once else "no")
    return 0 if once else 1


def main() -> int:
    if len(sys.argv) == 1 and "TITAN_BASE_URL" not in os.environ:
        return rehearse()
    parser = argparse.ArgumentParser(description="Send many messages, each once.")
    parser.add_argument("file", type=Path, help="CSV with key,phone,text")
    parser.add_argument("--per-minute", type=float, default=20)
    parser.add_argument("--again", metavar="KEY", action="append", default=[], help="send what is unclear")
    given = parser.parse_args()
    if not given.per_minute > 0:
        parser.error("--per-minute must be more than 0")
    with TitanClient() as client:
        return run(client, given.file, given.per_minute, given.again)


if __name__ == "__main__":
    raise SystemExit(main())
