"""The outbox: what programs call."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import weakref
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Tuple,
    Union,
)

from sqlalchemy import URL, Connection
from typing_extensions import NoReturn, Self

from .._privacy import Secret
from ..jid import _drop_device
from ..params_gen import SendMessageParams
from ..services._paths import session_name
from ..types_gen import Message, SendMessageRequest
from .adding import add_items
from .content import Path, describe_sent
from .journal import chats, claims, rows, sessions
from .journal.claims import Claims
from .journal.database import Database
from .message import STATUSES, OutboxMessage, Status
from .pace import Pace
from .private import keeps_private
from .progress import showing
from .recording import Recorder
from .running import Run
from .sending import Sender, key_of

if TYPE_CHECKING:
    from ..client import TitanClient

AnyMessage = Union[SendMessageRequest, SendMessageParams, Mapping[str, Any]]
"""A message as for `messages.send`."""

_ROWS_OF_A_COMMIT = 1000


class Outbox:
    """Messages that are to be sent, each at most once, with an honest state for each of them.

    It keeps them in a database, its journal: SQLite for the processes of one machine, PostgreSQL for those of
    several. Threads can share an outbox; a forked process gets connections of its own.

    Args:
        client: Sends the messages. What it would repeat by itself, the journal decides.
        url: Where the journal is: `sqlite:///outbox.db`, or `postgresql://…`, which needs psycopg.
        pace: How fast each session sends. Default: as fast as Titan takes the messages.
        resolve: Whether the number of a person is looked up (`contacts.resolve`) before the first message to
            it.
        lease: Seconds after which a message is unclear whose process did not say what came of it: longer than
            a send can take.

    Raises:
        ValueError: The database is none of these, or SQLite is older than 3.35; or the lease is not positive.
        TypeError: An argument is of the wrong type.
        ImportError: The driver of PostgreSQL is not installed.
    """

    @keeps_private
    def __init__(
        self,
        client: TitanClient,
        url: Union[str, URL],
        *,
        pace: Optional[Pace] = None,
        resolve: bool = True,
        lease: float = 300,
    ) -> None:
        if not hasattr(client, "messages") or not hasattr(client, "_context"):
            raise TypeError(f"client must be a TitanClient, not {type(client).__name__}")
        if pace is not None and not isinstance(pace, Pace):
            raise TypeError(f"pace must be a Pace, not {type(pace).__name__}")
        if not 0 < lease < math.inf:
            raise ValueError("the lease must be a number of seconds, more than 0")
        self._client, self._pace, self._lease = client, pace or Pace(), float(lease)
        self._sender, self._resolve = Sender(client), resolve
        self._database = Database(url)
        self._recorder = Recorder(self._database)
        self._runs: weakref.WeakSet[Run] = weakref.WeakSet()
        self._key = key_of(client)

    def __repr__(self) -> str:
        kind = "SQLite" if self._database.is_sqlite else "PostgreSQL"
        return f"<Outbox of {self._client!r} on {kind}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an outbox holds a client and connections, and is neither copied nor pickled")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the database; the client stays open."""
        self._database.close()

    @keeps_private
    def add(self, key: str, session: str, message: AnyMessage, *, file: Optional[Path] = None) -> bool:
        """Add a message to what is to be sent. The same one with the same key is added once.

        Args:
            key: Your own name for it, such as `invoice-4711`.
            session: Session name.
            message: As for `messages.send`; `chatId` may also be a phone number with `+`. With a `file`,
                `type` may be left out, as `send_file` chooses it, and `{"type": "voice", "ptt": True}` is a
                voice note.
            file: Path of a file to send with it. It has to stay as it is until the message is sent: its size
                and SHA-256 are compared before.

        Returns:
            Whether it was new.

        Raises:
            ValueError: The journal has the key with another content; or the message cannot be sent as it is,
                such as one with more than a million characters of base64.
            TypeError: The message is none, or `file` is not a path.
            OSError: The file cannot be read.
        """
        return self._add(Secret([(key, session, message, file)])) == 1

    @keeps_private
    def add_many(
        self,
        messages: Iterable[Union[Tuple[str, str, AnyMessage], Tuple[str, str, AnyMessage, Optional[Path]]]],
    ) -> int:
        """Add many messages, a thousand in a commit.

        Args:
            messages: Key, session and message of each, and its file where it has one: what `add` takes.

        Returns:
            How many of them were new.

        Raises:
            ValueError: As for `add`; the thousand in which that is are not added, those before it are.
            TypeError: As for `add`.
            OSError: The file cannot be read.
        """
        remaining, added = iter(messages), 0
        while True:
            items = Secret(list(itertools.islice(remaining, _ROWS_OF_A_COMMIT)))
            if not items.reveal():
                return added
            added += self._add(items)

    def _add(self, items: Secret[List[Any]]) -> int:
        return add_items(self._database, items, strict=self._client._context.strict_requests)

    @keeps_private
    def run(self, *, progress: bool = False, wait: float = 0, workers: int = 8) -> None:
        """Send what is queued, and return when nothing is left that could go.

        What can go within a minute always is waited for: the turn of a session in its pace, Titan's limit,
        another attempt. One message of a session is under way at a time, in the order in which they were
        added. Any number of processes may run at the same time.

        An interruption, such as Ctrl-C, ends it: what is under way is waited for, and noted. A second one
        does not wait: what then was under way becomes unclear after the lease.

        Args:
            progress: Whether a progress bar is shown.
            wait: For how many seconds to wait for what cannot go yet, such as the end of quiet hours;
                `math.inf` never returns, and sends what is added meanwhile.
            workers: How many messages are under way at once, at most: each of another session.

        Raises:
            TitanError: Titan refuses the key, or the address is wrong: no other message would fare better.
            ValueError: `wait` is negative, or `workers` is not positive.
        """
        if not wait >= 0:
            raise ValueError("wait must be 0 seconds or more")
        if workers < 1:
            raise ValueError("workers must be 1 or more")
        claiming = Claims(self._database, self._key, self._pace, self._lease, resolve=self._resolve)
        running = Run(
            self._database,
            claiming,
            self._sender,
            key=self._key,
            lease=self._lease,
            wait=wait,
            gap=self._pace._gap,
            workers=workers,
        )
        self._runs.add(running)
        with showing(self._count) if progress else contextlib.nullcontext(lambda: None) as show:
            running.run(show)

    def stop(self) -> None:
        """Let every `run` of this outbox in this process return, once what is under way is noted.

        It may be called from another thread, or from a signal handler.
        """
        for running in tuple(self._runs):
            running.stop()

    @keeps_private
    def record(self, event: Any) -> None:
        """Take note of an event: `router.on("*")(outbox.record)`.

        It tells what was delivered and read, settles unclear messages, and pauses and resumes sessions. It
        may be called twice for the same event, in any order and from several processes. What is no event, or
        tells nothing, is left alone.

        Args:
            event: Any event.
        """
        self._recorder.record(Secret(event))

    @keeps_private
    def watch(self, session: str, message: Union[Message, str], *, key: Optional[str] = None) -> str:
        """Follow a message that was sent otherwise: its row says when it was delivered and read.

        Args:
            session: Session name.
            message: What `messages.send` returned, or its id.
            key: Your own name for it. Default: one made of the session and the id.

        Returns:
            The key; where the journal has this message already, the one that it has there.

        Raises:
            ValueError: The message has no id, or the key is that of another message.
        """
        message_id = message if isinstance(message, str) else message.id
        if not isinstance(message_id, str) or not message_id:
            raise ValueError("the message has no id")
        name = session_name(session)
        own_key = f"{name}/{message_id}" if key is None else key
        shown = describe_sent(message)
        watch = functools.partial(rows.watch, database=self._database, key=own_key, session=name)
        return self._database.write(functools.partial(watch, message_id=message_id, shown=shown))

    @keeps_private
    def get(self, key: str) -> OutboxMessage:
        """Look at a message.

        Args:
            key: Its key.

        Raises:
            KeyError: No message has it.
        """
        with self._database.reading() as connection:
            row = rows.find(connection, key)
        if row is None:
            raise KeyError("no message of the outbox has this key")
        return OutboxMessage(row)

    def messages(
        self, status: Optional[Status] = None, *, session: Optional[str] = None
    ) -> Iterator[OutboxMessage]:
        """Look at messages, in the order in which they were added.

        Args:
            status: Only those that stand there, such as `unclear`.
            session: Only those of a session.

        Raises:
            ValueError: There is no such status.
        """
        if status is not None and status not in STATUSES:
            raise ValueError(f"there is no such status; they are {', '.join(STATUSES)}")
        statuses = None if status is None else [status]
        return map(OutboxMessage, rows.find_all(self._database, session, statuses))

    @keeps_private
    def counts(self, *, session: Optional[str] = None) -> Dict[Status, int]:
        """Count the messages by their status.

        Args:
            session: Only those of a session.

        Returns:
            A number for each status, also where it is 0.
        """
        return self._count(session)

    def _count(self, session: Optional[str] = None) -> Dict[Any, int]:
        with self._database.reading() as connection:
            counted = rows.count(connection, session)
        return {status: counted.get(status, 0) for status in STATUSES}

    @keeps_private
    def settle(self, key: str, *, sent: bool, message_id: Optional[str] = None) -> None:
        """Say what became of an unclear message, as a person who has looked at the phone knows it.

        Args:
            key: Its key.
            sent: Whether it was sent. If not, it is queued again, and will be.
            message_id: Its id on WhatsApp, where that is known: then events tell of it.

        Raises:
            KeyError: No message has this key.
            ValueError: The message is not unclear, or another one has this id.
        """
        decide = functools.partial(rows.decide, database=self._database, key=key)
        if not self._database.write(functools.partial(decide, sent=sent, message_id=message_id)):
            raise ValueError(f"only an unclear message can be settled; this one is {self.get(key).status}")

    @keeps_private
    def cancel(self, key: str) -> None:
        """Do not send a message that is queued: it is `failed` then.

        Args:
            key: Its key.

        Raises:
            KeyError: No message has this key.
            ValueError: The message is not queued.
        """
        if not self._database.write(functools.partial(rows.cancel, database=self._database, key=key)):
            raise ValueError(f"only a queued message can be cancelled; this one is {self.get(key).status}")

    @keeps_private
    def know(self, session: str, chat_ids: Iterable[str]) -> None:
        """Say which chats an account had before: messages to them are no first messages to strangers.

        Args:
            session: Session name.
            chat_ids: The chats, such as the ids of `chats.list`.
        """
        places = Secret([(session_name(session), _drop_device(one)) for one in chat_ids])
        del chat_ids

        def know(connection: Connection) -> None:
            sessions.enrol(self._database, connection, [session])
            sessions.lock(connection, [session])
            chats.know(self._database, connection, places.reveal())

        self._database.write(know)

    @keeps_private
    def pause(self, session: str) -> None:
        """Send nothing more with a session, in any process, until `resume`.

        Args:
            session: Session name.
        """
        name = session_name(session)

        def pause(connection: Connection) -> None:
            sessions.enrol(self._database, connection, [name])
            sessions.lock(connection, [name])
            sessions.pause(connection, name, sessions.PERSON, self._database.now(connection))

        self._database.write(pause)

    @keeps_private
    def resume(self, session: str) -> bool:
        """End the pause of a session, whatever it came from.

        Args:
            session: Session name.

        Returns:
            Whether there was one.
        """
        return self._database.write(functools.partial(sessions.resume, session=session, by_person=True))

    @keeps_private
    def paused(self) -> Dict[str, str]:
        """The sessions that send nothing just now, with the reasons.

        A reason is a status of Titan's, such as `TEMPORARY_BAN`; `MISSING`: Titan has no such session;
        `SILENT`: it is connected, but nothing goes out; or `PERSON`: `pause` was called.
        """
        with self._database.reading() as connection:
            return dict(rows.paused(connection))

    @keeps_private
    def sweep(self) -> int:
        """Make unclear what was under way in processes that died; `run` does this too.

        Returns:
            How many messages that were.
        """
        return self._database.write(functools.partial(claims.sweep, database=self._database))
