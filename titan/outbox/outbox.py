"""The outbox: what programs call."""

from __future__ import annotations

import contextlib
import itertools
import math
import weakref
from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Mapping, Optional, Tuple, Union

from sqlalchemy import URL
from typing_extensions import NoReturn

from .._privacy import Secret
from ..params_gen import SendMessageParams
from ..types_gen import SendMessageRequest
from .adding import add_items
from .content import Path
from .journal.claims import Claims
from .opened import OpenedJournal
from .pace import Pace
from .private import keeps_private
from .work.progress import showing
from .work.running import Run
from .work.sending import Sender, key_of
from .work.turns import Turns

if TYPE_CHECKING:
    from ..client import TitanClient

AnyMessage = Union[SendMessageRequest, SendMessageParams, Mapping[str, Any]]
"""A message as for `messages.send`: a dict with the names of the API, or a model such as `TextMessage`."""

_ROWS_OF_A_COMMIT = 1000


class Outbox(OpenedJournal):
    """Messages that are to be sent, each at most once, with an honest state for each of them.

    It keeps them in a database, its journal: SQLite for the processes of one machine, PostgreSQL for those of
    several. Its tables are made where there are none. Threads can share an outbox; a forked process gets
    connections of its own. In a `with` statement, it closes its connections at the end.

    For example::

        with TitanClient() as client, Outbox(client, "sqlite:///outbox.db") as outbox:
            message = {"chatId": "+55 11 99999-9999", "type": "text", "text": "Your invoice"}
            outbox.add("invoice-4711", "default", message)
            outbox.run()

    Where the database cannot be used, methods that only look raise SQLAlchemy's `OperationalError` at once,
    and those that write after a minute.

    Args:
        client: Sends the messages. It repeats none of these requests by itself: the journal says what is
            tried again, and when.
        url: Where the journal is: `sqlite:///outbox.db`, or `postgresql://…`, which needs psycopg.
        pace: How fast each session sends. Default: as fast as Titan takes the messages.
        resolve: Whether the number of a person is looked up (`contacts.resolve`) before the first message to
            it.
        lease: Seconds after which a message becomes `unclear` whose process did not say what came of it.
            They should be more than a send can take.

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
        super().__init__(url)
        self._runs: weakref.WeakSet[Run] = weakref.WeakSet()
        self._key = key_of(client)
        self._make_tasks: Optional[Callable[[], None]] = None

    def __repr__(self) -> str:
        kind = "SQLite" if self._database.is_sqlite else "PostgreSQL"
        return f"<Outbox of {self._client!r} on {kind}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an outbox holds a client and connections, and is neither copied nor pickled")

    @keeps_private
    def add(self, key: str, session: str, message: AnyMessage, *, file: Optional[Path] = None) -> bool:
        """Add a message to what is to be sent. The same one with the same key is added once.

        It is in the journal when this returns, and nothing was sent yet: `run` sends it, or with `use_celery`
        a task.

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
        added = add_items(self._database, items, strict=self._client._context.strict_requests)
        if added and self._make_tasks is not None:
            self._make_tasks()
        return added

    @keeps_private
    def run(self, *, progress: bool = False, wait: float = 0, workers: int = 8) -> None:
        """Send what is queued, and return when nothing is left that could go.

        What can go within a minute is waited for in any case: the turn of a session in its pace, Titan's
        limit, another attempt. One message of a session is under way at a time, in the order in which they
        were added; one that cannot go yet does not hold up those behind it. Any number of processes may run
        at the same time.

        An interruption, such as Ctrl-C, ends it: what is under way is waited for, and noted. A second one
        does not wait: what then was under way becomes unclear after the lease.

        Args:
            progress: Whether a progress bar is shown.
            wait: For how many seconds to wait for what cannot go yet, such as the end of quiet hours;
                `math.inf` never returns, and sends what is added meanwhile.
            workers: How many messages are under way at once in this process, at most: each of another
                session.

        Raises:
            TitanError: Titan refuses the key, or the address is wrong: no other message would fare better.
            ValueError: `wait` is negative, or `workers` is not positive.
        """
        if not wait >= 0:
            raise ValueError("wait must be 0 seconds or more")
        if workers < 1:
            raise ValueError("workers must be 1 or more")
        running = Run(
            self._database,
            self._claims(),
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
    def sweep(self) -> int:
        """Make `unclear` what was under way in processes that died; `run` does this too.

        With `use_celery`, this also makes tasks of what can go and has none, such as after its task was lost.

        Returns:
            How many messages became unclear.
        """
        unclear = super().sweep()
        if self._make_tasks is not None:
            self._make_tasks()
        return unclear

    def _claims(self) -> Claims:
        return Claims(self._database, self._key, self._pace, self._lease, resolve=self._resolve)

    def _turns(self) -> Turns:
        return Turns(self._database, self._claims(), self._sender, self._key)
