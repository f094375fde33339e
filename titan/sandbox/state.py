"""What the sandbox knows. Everything is in memory."""

from __future__ import annotations

import contextlib
import itertools
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Deque, Dict, Generator, Iterator, List, Optional, Set

from .base import jids
from .base.clock import Clock
from .base.errors import SandboxError
from .base.rate_limiter import RateLimiter
from .base.settings import Settings

Json = Dict[str, Any]


@dataclass
class AccountKey:
    """A server API key."""

    id: str
    key: str
    label: str
    scopes: List[str]
    created_at: datetime
    expires_at: Optional[datetime] = None
    is_active: bool = True


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
    """What was asked to be sent; what came in has the same shape."""
    text: Optional[str]
    """Its text, or what is written under its file, as it now is."""
    media_id: Optional[str] = None
    edited: bool = False
    deleted: bool = False
    starred: bool = False
    reactions: Dict[str, str] = field(default_factory=dict)
    """By the JID of who reacted."""
    votes: Dict[str, List[str]] = field(default_factory=dict)
    """Options of a poll, by the JID of who chose them."""


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
    """What the account shows in it: `composing` or `recording`."""


@dataclass
class Contact:
    """A person whom an account knows."""

    jid: str
    push_name: str
    blocked: bool = False
    presence: str = "unavailable"
    last_seen: Optional[datetime] = None
    subscribed: bool = False
    """Whether the account is told of the presence."""


@dataclass
class File:
    """A file that came or went with a message."""

    id: str
    session: str
    message_id: str
    mime_type: str
    at: datetime
    content: Optional[bytes]
    """None where it is known by its address only."""
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
    """A WhatsApp account, with all that its phone holds."""

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
    """Has come in what was sent while there was no connection."""


@dataclass
class Pairing:
    """A session's wait for somebody to scan its QR code."""

    qr: str
    shown: int = 1
    phone_number: Optional[str] = None
    """The number that a pairing code was made for."""


@dataclass
class Session:
    """A WhatsApp number, or what is to become one."""

    name: str
    created_at: datetime
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    """Tells it from a later one of the same name."""
    status: str = "DISCONNECTED"
    status_reason: Optional[str] = None
    updated_at: Optional[datetime] = None
    options: Json = field(default_factory=dict)
    """`proxy` and `config`, as they were given."""
    account: Account = field(default_factory=Account)
    pairing: Optional[Pairing] = None
    rules: Optional[Json] = None
    """What client tokens may do, as it was set."""

    @property
    def is_connected(self) -> bool:
        """Whether it can reach WhatsApp."""
        return self.status == "CONNECTED"


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
    """By JID: whether that member is an admin."""


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
    """The other fields as they were given: events, session, label, enabled, headers, retries."""
    queue: Deque[Delivery] = field(default_factory=deque)
    """What is to be posted next."""
    busy: bool = False
    """Whether something is being posted."""


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
    """That of the last attempt: the webhook's key may change between two."""
    status: str = "pending"
    """`pending`, `delivered` or `failed`."""
    attempts: List[Attempt] = field(default_factory=list)


class State:
    """Everything a sandbox knows.

    Whoever looks at it does so inside `reading()`, whoever changes it inside `changing()`: so nobody sees a
    change that is half made, or misses what is due.

    Args:
        settings: All settings; `reset` returns to them.
        api_key: The first key; None makes one up.
    """

    def __init__(self, settings: Settings, api_key: Optional[str] = None) -> None:
        self.lock = threading.RLock()
        self.clock = Clock(self.lock)
        self.queued = threading.Condition(self.lock)
        """Something is to be posted to a webhook that nothing is being posted to."""
        self.posted = threading.Condition(self.lock)
        """Something was posted."""
        self.base_url = ""
        """Where the server listens; empty while it does not."""
        self.version = 0
        """Counts changes, across resets too: a page may be looking."""
        self._settings = settings
        self._serial = itertools.count(1)
        self.first_key = _new_key("sandbox", ["*"], self.clock.now(), None)
        self.first_key.key = api_key or self.first_key.key
        self.reset()

    def reset(self) -> None:
        """Forget everything but the first key; the clock shows real time again."""
        self.clock.reset()
        self.settings = self._settings
        self.version += 1
        self.sessions: Dict[str, Session] = {}
        self.groups: Dict[str, Group] = {}
        self.channels: Dict[str, Channel] = {}
        self.sent: List[Message] = []
        """Every message that was sent through the API, oldest first."""
        self.lids: Dict[str, str] = {}
        """JIDs of people by their LIDs."""
        self.webhooks: Dict[str, Webhook] = {}
        self.deliveries: List[Delivery] = []
        self.token_secret = secrets.token_bytes(32)
        self.requests = RateLimiter(60)
        self.token_requests = RateLimiter(60)
        self.token_messages = RateLimiter(24 * 3600)
        self.first_key.is_active = True
        self.keys: Dict[str, AccountKey] = {self.first_key.id: self.first_key}

    @contextlib.contextmanager
    def reading(self) -> Generator[None, None, None]:
        """Hold the lock, with everything done that is due."""
        with self.lock:
            self.clock.run_due()
            yield

    @contextlib.contextmanager
    def changing(self) -> Generator[None, None, None]:
        """Hold the lock, with everything done that is due, and note that something changed."""
        with self.reading():
            try:
                yield
            finally:
                # What was refused may have got half way.
                self.version += 1

    def session(self, name: str) -> Session:
        """Find a session.

        Raises:
            SandboxError: 404.
        """
        try:
            return self.sessions[name]
        except KeyError:
            raise SandboxError(404, f"session not found: {name}") from None

    def knows(self, session: Session) -> bool:
        """Tell whether a session is still there: a later one may have its name."""
        return self.sessions.get(session.name) is session

    def connected_session(self, name: str) -> Session:
        """Find a session that can reach WhatsApp.

        Raises:
            SandboxError: 404, or 409 when it is not connected.
        """
        session = self.session(name)
        if not session.is_connected:
            raise SandboxError(409, f"session is not connected: {name}")
        return session

    def person(self, jid: str, field: str) -> str:
        """Give the JID of a person named by phone number, JID or LID.

        Raises:
            SandboxError: 400 when that names no person, 404 for an unknown LID.
        """
        if "@" not in jid:
            jid = jids.from_phone(jid, field)
        jids.check(jid, field)
        if jids.is_lid(jid):
            if jid not in self.lids:
                raise SandboxError(404, f"LID not found: {jid}")
            return self.lids[jid]
        if not jids.is_person(jid):
            raise SandboxError(400, f"{field} must be the JID of a person")
        self.lids[jids.lid(jid)] = jid
        return jid

    def file(self, name: str) -> File:
        """Find a file, whosever it is.

        Raises:
            SandboxError: 404.
        """
        for session in self.sessions.values():
            if name in session.account.files:
                return session.account.files[name]
        raise SandboxError(404, f"file not found: {name}")

    def sessions_of(self, jid: str) -> Iterator[Session]:
        """Find the sessions that an account is paired with."""
        return (session for session in self.sessions.values() if session.account.jid == jid)

    def queue(self, delivery: Delivery) -> None:
        """Have an event posted, after those that are queued for the same webhook already."""
        delivery.webhook.queue.append(delivery)
        # Who is posting to it takes the next one without being told.
        if not delivery.webhook.busy:
            self.queued.notify()

    def add_key(self, label: str, scopes: List[str], expires_at: Optional[datetime] = None) -> AccountKey:
        """Make a key, valid at once."""
        key = _new_key(label, scopes, self.clock.now(), expires_at)
        self.keys[key.id] = key
        return key

    def number(self) -> int:
        """Count up: for phone numbers and the like that must differ."""
        return next(self._serial)


def _new_key(label: str, scopes: List[str], now: datetime, expires_at: Optional[datetime]) -> AccountKey:
    secret = f"titan_{secrets.token_urlsafe(73)}"
    return AccountKey(f"key_{secrets.token_hex(10)}", secret, label, scopes, now, expires_at)
