"""Everything a sandbox holds, in memory: its records, and the lock and the clock that guard them.

Imports `base` only.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Callable, Deque, Dict, FrozenSet, Generator, Iterator, List, Optional, Set

from .base.clock import Clock
from .base.directory import Directory
from .base.encoding import Json
from .base.errors import SandboxError
from .base.keys import AccountKey, create_key
from .base.ledger import Ledger
from .base.owner import Owner
from .base.rate_limiter import RateLimiter
from .base.settings import Settings


@dataclass
class Message:
    """A message in a chat."""

    id: str
    session: str
    chat_id: str
    from_me: bool
    sender: str
    """JID of the person who wrote it."""
    push_name: str
    at: datetime
    status: str
    request: Json
    """The body that asked for it to be sent; an incoming message has one of the same shape."""
    text: Optional[str]
    """Its text, or the caption of its file, as it now is."""
    media_id: Optional[str] = None
    edited: bool = False
    deleted: bool = False
    starred: bool = False
    reactions: Dict[str, str] = field(default_factory=dict)
    """By the JID of the person who reacted."""
    votes: Dict[str, List[str]] = field(default_factory=dict)
    """Chosen options of a poll, by the JID of the voter."""


@dataclass
class Chat:
    """A conversation as one account sees it."""

    id: str
    messages: Dict[str, Message] = field(default_factory=dict)
    archived: bool = False
    muted: bool = False
    muted_until: Optional[datetime] = None
    unread: int = 0
    last_at: Optional[datetime] = None
    typing: Optional[str] = None
    """`composing` or `recording`, while the account shows that in it."""


@dataclass
class Contact:
    """A person whom an account has had to do with."""

    jid: str
    push_name: str
    blocked: bool = False
    presence: str = "unavailable"
    last_seen: Optional[datetime] = None
    subscribed: bool = False
    """Whether the account gets events about the presence."""


@dataclass
class File:
    """A file that came or went with a message."""

    id: str
    session: str
    message_id: str
    mime_type: str
    at: datetime
    content: Optional[bytes]
    """None where only its address is known."""
    filename: Optional[str] = None
    source_url: Optional[str] = None
    persisted: bool = False


@dataclass
class Label:
    """A tag for chats."""

    id: str
    name: str
    color: int
    chats: Set[str] = field(default_factory=set)


@dataclass
class Account:
    """A WhatsApp account, with all that is on its phone."""

    jid: str = ""
    """Empty before pairing."""
    push_name: str = ""
    business_name: Optional[str] = None
    about: str = "Hey there! I am using WhatsApp."
    picture_url: Optional[str] = None
    presence: str = "unavailable"
    contacts: Dict[str, Contact] = field(default_factory=dict)
    chats: Dict[str, Chat] = field(default_factory=dict)
    labels: Dict[str, Label] = field(default_factory=dict)
    muted_channels: Set[str] = field(default_factory=set)
    files: Dict[str, File] = field(default_factory=dict)
    missed: List[Callable[[], None]] = field(default_factory=list)
    """What happened while there was no connection, to be caught up on."""


@dataclass
class Pairing:
    """The time in which a session shows QR codes and waits for one to be scanned."""

    qr: str
    codes_shown: int = 1
    phone_number: Optional[str] = None
    """The number that a pairing code was made for."""


@dataclass
class Session:
    """A connection of Titan to a WhatsApp account, or one that is still to be paired."""

    name: str
    created_at: datetime
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    """Unique: a later session may have the same name."""
    status: str = "DISCONNECTED"
    status_reason: Optional[str] = None
    updated_at: Optional[datetime] = None
    options: Json = field(default_factory=dict)
    """`proxy` and `config`, as the request gave them."""
    account: Account = field(default_factory=Account)
    status_changes: int = 0
    pairing: Optional[Pairing] = None
    rules: Optional[Json] = None
    """The client rules, as they were set."""
    silent: bool = False
    """Whether nothing goes in or out although it is connected."""

    @property
    def is_connected(self) -> bool:
        """Whether it has a connection to WhatsApp."""
        return self.status == "CONNECTED"

    @property
    def is_reachable(self) -> bool:
        """Whether anything comes or goes over its connection."""
        return self.is_connected and not self.silent


@dataclass
class Group:
    """A WhatsApp group, the same for all its members."""

    id: str
    name: str
    owner: str
    created_at: datetime
    invite_code: str
    description: str = ""
    picture_url: Optional[str] = None
    members: Dict[str, bool] = field(default_factory=dict)
    """Whether a member is an admin, by JID."""


@dataclass
class Channel:
    """A WhatsApp channel, the same for all who follow it."""

    id: str
    name: str
    owner: str
    description: str = ""
    picture_url: Optional[str] = None
    followers: Set[str] = field(default_factory=set)


@dataclass
class Webhook:
    """An address that events are posted to."""

    id: str
    url: str
    hmac_key: str
    created_at: datetime
    options: Json
    """The other fields: events, session, label, enabled, headers, retries."""
    queue: Deque[Delivery] = field(default_factory=deque)
    """What is to be posted, first one first."""
    busy: bool = False
    """Whether a worker is posting to it."""
    app_calls: int = 0
    """How many calls of its app have not returned yet, where `Sandbox.subscribe` serves the app."""


@dataclass
class Attempt:
    """One request of a delivery."""

    at: datetime
    seconds: float
    status: Optional[int] = None
    error: Optional[str] = None


@dataclass
class Delivery:
    """An event on its way to a webhook."""

    id: str
    webhook: Webhook
    event: str
    event_id: Optional[str]
    session: str
    url: str
    body: bytes
    signature: str = ""
    """That of the last attempt: the webhook's key may change between attempts."""
    status: str = "pending"
    """`pending`, `delivered` or `failed`."""
    attempts: List[Attempt] = field(default_factory=list)


@dataclass
class Disorder:
    """Events that are to be delivered in reverse order."""

    events: FrozenSet[str]
    count: int
    session: Optional[str]
    """Of which session; None: of any."""
    held: List[Json] = field(default_factory=list)


class State:
    """Everything a sandbox knows.

    Look at it inside `with state.reading()`, change it inside `with state.changing()`: so nobody sees a
    half-made change, or misses what was due.

    Args:
        settings: All settings; `reset` returns to them.
        api_key: The first key; None makes one up.
    """

    def __init__(self, settings: Settings, api_key: Optional[str] = None) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.settings: Settings = settings
        self.clock: Clock = Clock(self.lock, lambda: self.settings.clock == "test")
        self.queue_filled: threading.Condition = threading.Condition(self.lock)
        """There is something to post to a webhook that no worker is posting to."""
        self.changed: threading.Condition = threading.Condition(self.lock)
        """Whoever waits for something to end has to look again."""
        self.owner: Owner = Owner()
        self.base_url = ""
        """Where the server listens; empty while it does not."""
        self.version: int = 0
        """Counts changes, across resets too: a page may be open."""
        self._initial_settings = settings
        self._serial = itertools.count(1)
        self.first_key: AccountKey = create_key("sandbox", ["*"], self.clock.now(), None)
        self.first_key.key = api_key or self.first_key.key
        self.reset()

    def reset(self) -> None:
        """Forget everything but the first key; the clock shows real time again."""
        self.clock.reset()
        self.settings = self._initial_settings
        self.version += 1
        self.sessions: Dict[str, Session] = {}
        self.groups: Dict[str, Group] = {}
        self.channels: Dict[str, Channel] = {}
        self.sent: List[Message] = []
        """Every message that was sent through the API, oldest first."""
        self.directory: Directory = Directory()
        self.kept_messages: Ledger = Ledger()
        self.kept_bytes: Ledger = Ledger()
        self.bans: Dict[str, datetime] = {}
        """Until when accounts are banned, by JID."""
        self.restrictions: Dict[str, datetime] = {}
        """Until when accounts cannot write to strangers, by JID."""
        self.not_to_be_added: Set[str] = set()
        """JIDs of the people whose privacy settings let nobody add them to groups."""
        self.webhooks: Dict[str, Webhook] = {}
        self.deliveries: List[Delivery] = []
        self.disorders: List[Disorder] = []
        self.warnings: List[str] = []
        """What was accepted and can hardly be meant, each once, for the page and for tests."""
        self.token_secret: bytes = secrets.token_bytes(32)
        self.requests: RateLimiter = RateLimiter(60, "rate limit exceeded")
        self.token_requests: RateLimiter = RateLimiter(60, "rateLimit of the client rules exceeded")
        self.token_messages: RateLimiter = RateLimiter(24 * 3600, "maxDaily of the client rules exceeded")
        self.first_key.is_active = True
        self.keys: Dict[str, AccountKey] = {self.first_key.id: self.first_key}

    @contextmanager
    def reading(self) -> Generator[None, None, None]:
        """Hold the lock, after everything that is due has happened."""
        self.owner.check()
        with self.lock:
            self.clock.run_due()
            yield

    @contextmanager
    def changing(self) -> Generator[None, None, None]:
        """Like `reading`, and let open pages know that something may have changed."""
        with self.reading():
            try:
                yield
            finally:
                # Also after a refusal, which may come in the middle of a change.
                self.version += 1
                self.changed.notify_all()

    def find_session(self, name: str) -> Session:
        """Find a session.

        Raises:
            SandboxError: 404.
        """
        try:
            return self.sessions[name]
        except KeyError:
            raise SandboxError(404, f"session not found: {name}") from None

    def find_connected_session(self, name: str) -> Session:
        """Find a session that can reach WhatsApp.

        Raises:
            SandboxError: 404, or 409 when it is not connected.
        """
        session = self.find_session(name)
        if not session.is_connected:
            raise SandboxError(409, f"session is not connected: {name}")
        return session

    def put_off(self, account: Account, action: Callable[[], None]) -> None:
        """Put off an action until the account can catch up on it; of very many the oldest go."""
        account.missed.append(action)
        del account.missed[: -self.settings.max_messages]

    def show_again(self) -> None:
        """Let open pages know that something has ended by itself."""
        self.version += 1

    def has_session(self, session: Session) -> bool:
        """Tell whether a session still exists: a later one may have its name."""
        return self.sessions.get(session.name) is session

    def find_sessions_of(self, jid: str) -> Iterator[Session]:
        """Find the sessions that an account is paired with."""
        return (session for session in self.sessions.values() if session.account.jid == jid)

    def find_file(self, file_id: str) -> File:
        """Find a file in any session.

        Raises:
            SandboxError: 404.
        """
        for session in self.sessions.values():
            if file_id in session.account.files:
                return session.account.files[file_id]
        raise SandboxError(404, f"file not found: {file_id}")

    def enqueue(self, delivery: Delivery) -> None:
        """Put a delivery into the queue of its webhook."""
        delivery.webhook.queue.append(delivery)
        # The worker that is posting to it takes the next one without being woken.
        if not delivery.webhook.busy:
            self.queue_filled.notify()

    def add_key(self, label: str, scopes: List[str], expires_at: Optional[datetime] = None) -> AccountKey:
        """Create an API key, valid at once."""
        key = create_key(label, scopes, self.clock.now(), expires_at)
        self.keys[key.id] = key
        return key

    def next_number(self) -> int:
        """Count up: for phone numbers, ids and the like, which must differ."""
        return next(self._serial)
