"""A journal that is opened: what can be seen and decided without a client."""

from __future__ import annotations

import functools
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    Iterator,
    Optional,
    Sequence,
    Union,
)

from sqlalchemy import URL, Connection
from typing_extensions import Self

from .._privacy import Secret
from ..jid import _drop_device
from ..services._paths import session_name
from .content import describe_sent
from .journal import chats, leases, rows, sessions
from .journal.database import Database
from .message import STATUSES, OutboxMessage, Status
from .private import keeps_private
from .recording import Recorder

if TYPE_CHECKING:
    from ..types_gen import Message


class OpenedJournal:
    """The messages of an outbox, and what was decided of them.

    Args:
        url: Where the journal is.
        create: Whether one is made where there is none.
        patience: For how many seconds a database that cannot be used is tried again. Default: a minute.

    Raises:
        ValueError: There is none, or the address is that of no journal.
        ImportError: The driver of PostgreSQL is not installed.
    """

    @keeps_private
    def __init__(
        self, url: Union[str, URL], *, create: bool = True, patience: Optional[float] = None
    ) -> None:
        self._database = Database(url, create=create, patience=patience)
        self._recorder = Recorder(self._database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the database; the next use opens new ones. The client stays open."""
        self._database.close()

    @keeps_private
    def record(self, event: Any) -> None:
        """Take note of an event: `router.on("*")(outbox.record)`.

        From events the journal learns what was delivered and read, whether an unclear message was sent, who
        has written to the account, and whether a session is connected. This may be called twice for the same
        event, in any order and from several processes. Any other event changes nothing.

        Args:
            event: An event of any class, as a handler gets it.
        """
        self._recorder.record(Secret(event))

    @keeps_private
    def watch(self, session: str, message: Union[Message, str], *, key: Optional[str] = None) -> str:
        """Follow a message that the outbox did not send: its status says whether it was delivered and read.

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
        """Look at one message, as it is now.

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
        return self._find(None if status is None else [status], session)

    def _find(self, statuses: Optional[Sequence[str]], session: Optional[str]) -> Iterator[OutboxMessage]:
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
        """End the pause of a session, whatever its reason is.

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
        """Make `unclear` what was under way in processes that died; `run` does this too.

        Returns:
            How many messages became unclear.
        """
        return self._database.write(functools.partial(leases.sweep, database=self._database))
