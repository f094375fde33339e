"""What the sandbox knows, and its clock. Everything is in memory."""

from __future__ import annotations

import heapq
import itertools
import math
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Deque, Dict, List, Optional, Tuple

from .errors import SandboxError

Json = Dict[str, Any]


def iso(moment: datetime) -> str:
    """Write a time as Titan does: `2025-05-01T12:00:00.000Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """Real time, which tests can move forward. The wall clock of the machine may jump; this one does not."""

    def __init__(self) -> None:
        self._start = datetime.now(timezone.utc)
        self._started = time.monotonic()
        self._moved = 0.0

    def now(self) -> datetime:
        """Tell the time."""
        return self._start + timedelta(seconds=time.monotonic() - self._started + self._moved)

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError("the clock moves forward only")
        self._moved += seconds


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
class ClientToken:
    """A client token of one session."""

    token: str
    session: str
    ephemeral_id: str
    expires_at: datetime

    @property
    def id(self) -> str:
        """Whose requests are counted together."""
        return f"{self.session}/{self.ephemeral_id}"


@dataclass
class Pairing:
    """A session's wait for somebody to scan its QR code."""

    qr: str
    shown: int = 1
    phone_number: Optional[str] = None


@dataclass
class Session:
    """A WhatsApp number, or what is to become one."""

    name: str
    created_at: datetime
    status: str = "DISCONNECTED"
    status_reason: Optional[str] = None
    updated_at: Optional[datetime] = None
    options: Json = field(default_factory=dict)
    """`proxy` and `config`, as they were given."""
    account: Json = field(default_factory=dict)
    """The WhatsApp account it is paired with, in wire names; empty before that."""
    pairing: Optional[Pairing] = None

    def move(self, status: str, reason: Optional[str], now: datetime) -> None:
        """Change the status."""
        self.status, self.status_reason, self.updated_at = status, reason, now


class RateLimit:
    """A sliding window of one minute for each credential."""

    _SECONDS = 60.0

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken: Dict[str, Deque[datetime]] = {}

    def take(self, who: str, now: datetime) -> int:
        """Count one request.

        Returns:
            How many are left.

        Raises:
            SandboxError: 429, with `Retry-After`.
        """
        taken = self._taken.setdefault(who, deque())
        while taken and (now - taken[0]).total_seconds() >= self._SECONDS:
            taken.popleft()
        if len(taken) >= self.limit:
            wait = self._SECONDS - (now - taken[0]).total_seconds() if taken else self._SECONDS
            raise SandboxError(429, "rate limit exceeded", {"Retry-After": str(max(1, math.ceil(wait)))})
        taken.append(now)
        return self.limit - len(taken)


class State:
    """Everything a sandbox knows.

    Handlers run with `lock` held and after `settle`, so that they see no half-made change and nothing
    that is overdue.

    Args:
        scan_after: Seconds after which a shown QR code is scanned by itself; None: never.
        qr_seconds: Seconds until a QR code is replaced by the next.
        rate_limit: Requests a credential may make in a minute.
    """

    def __init__(
        self, *, scan_after: Optional[float] = None, qr_seconds: float = 20, rate_limit: int = 100_000
    ) -> None:
        if not qr_seconds > 0:
            raise ValueError("qr_seconds must be above 0")
        if scan_after is not None and not scan_after >= 0:
            raise ValueError("scan_after must not be negative")
        self.lock = threading.RLock()
        self.scan_after = scan_after
        self.qr_seconds = qr_seconds
        self._rate_limit = rate_limit
        self._serial = itertools.count(1)
        self.first_key = _new_key("sandbox", ["*"], datetime.now(timezone.utc), None)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the first key; the clock shows real time again."""
        self.clock = Clock()
        self.rate_limit = RateLimit(self._rate_limit)
        self.sessions: Dict[str, Session] = {}
        self.messages: List[Json] = []
        self.tokens: Dict[str, ClientToken] = {}
        self.first_key.is_active = True
        self.keys: Dict[str, AccountKey] = {self.first_key.key: self.first_key}
        """By the key itself."""
        self._due: List[Tuple[datetime, int, Callable[[], None]]] = []
        self._settling_at: Optional[datetime] = None

    def now(self) -> datetime:
        """Tell the time; inside a delayed action, the time it was due."""
        return self._settling_at or self.clock.now()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Have something done in a while; the action must check that it still applies."""
        heapq.heappush(self._due, (self.now() + timedelta(seconds=seconds), next(self._serial), action))

    def settle(self) -> None:
        """Do what is due, in order, as if each were done at its time."""
        now = self.clock.now()
        try:
            while self._due and self._due[0][0] <= now:
                self._settling_at, _, action = heapq.heappop(self._due)
                action()
        finally:
            self._settling_at = None

    def session(self, name: str) -> Session:
        """Find a session.

        Raises:
            SandboxError: 404.
        """
        try:
            return self.sessions[name]
        except KeyError:
            raise SandboxError(404, f"session not found: {name}") from None

    def add_key(self, label: str, scopes: List[str], expires_at: Optional[datetime] = None) -> AccountKey:
        """Make a key, valid at once."""
        key = _new_key(label, scopes, self.now(), expires_at)
        self.keys[key.key] = key
        return key

    def number(self) -> int:
        """Count up: for phone numbers and the like that must differ."""
        return next(self._serial)


def _new_key(label: str, scopes: List[str], now: datetime, expires_at: Optional[datetime]) -> AccountKey:
    secret = f"titan_{secrets.token_urlsafe(73)}"
    return AccountKey(f"key_{secrets.token_hex(10)}", secret, label, scopes, now, expires_at)
