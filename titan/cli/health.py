"""The checks of `titan doctor`: each says in a line how something is, and what to do where it is wrong."""

from __future__ import annotations

import http.client
import ipaddress
import platform
import warnings
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from typing import (
    TYPE_CHECKING,
    Callable,
    Dict,
    Generator,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
)
from urllib.parse import urlsplit

from .._version import __version__
from ..errors import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TitanDeprecationWarning,
    TitanError,
    TitanSecurityWarning,
)
from .failures import describe, is_of_titan
from .output import join_words, local_time, printable

if TYPE_CHECKING:
    from ..client import TitanClient
    from ..types_gen import Session, Webhook

OK, LOOK, WRONG = "ok", "look", "wrong"
"""How something is: as it should be; worth a look; wrong."""

_SECONDS = 10.0
_SOON = timedelta(days=7)
_QUIET = timedelta(days=1)
_PLACEHOLDER = "titan_placeholder"
# The last two where the SDK refuses the name that a server gave a session.
_NO_ANSWER = (TitanError, ValueError, TypeError)

_REASONS: Mapping[Optional[str], Tuple[str, str]] = {
    "SCAN_QR": (WRONG, "it waits to be linked to a phone: titan pair {name}"),
    "AUTO_RECONNECT": (LOOK, "Titan connects it again by itself: wait a moment"),
    "MANUAL_STOP": (LOOK, "it was stopped; titan pair {name} starts it"),
    "QR_TIMEOUT": (WRONG, "its QR code was not scanned: titan pair {name}"),
    "LOGGED_OUT": (WRONG, "the phone ended the link: titan pair {name}"),
    "TEMPORARY_BAN": (WRONG, "WhatsApp has banned the account for a time: wait, and send less to strangers"),
    "STREAM_ERROR": (WRONG, "the connection was lost: titan pair {name} starts it"),
    "FAILED": (WRONG, "it failed: titan pair {name} starts it"),
}


class Check(NamedTuple):
    """How one thing is."""

    about: str
    """What was looked at, such as `key`."""
    state: str
    """`ok`, `look` or `wrong`."""
    found: str
    """How it is."""
    todo: str = ""
    """What to do, where something is to be done."""


def examine(environment: Mapping[str, str]) -> Iterator[Check]:
    """Look at everything, from the environment to the webhooks.

    Args:
        environment: The environment variables.

    Yields:
        What was found, one thing after the other.
    """
    yield _versions()
    missing = [_missing(environment, *of) for of in _VARIABLES.items()]
    if any(missing):
        yield from filter(None, missing)
        return
    from ..client import TitanClient

    with _remembered_warnings() as warned:
        try:
            client = TitanClient(max_retries=0, total_timeout=_SECONDS)
        except ConfigurationError as error:
            about = "key" if _is_address_usable() else "address"
            variable, value = _VARIABLES[about]
            yield Check(about, WRONG, describe(error), f"set {variable} {value}")
            return
        with client:
            yield from _examine_server(client, environment, warned)


_VARIABLES = {
    "address": ("TITAN_BASE_URL", "to the address of your Titan, such as https://api.example.com"),
    "key": ("TITAN_API_KEY", "to a server API key of your Titan, which begins with titan_"),
}


def _is_address_usable() -> bool:
    from ..client import TitanClient

    try:
        TitanClient(api_key=_PLACEHOLDER).close()
    except ConfigurationError:
        return False
    return True


def _missing(environment: Mapping[str, str], about: str, of: Tuple[str, str]) -> Optional[Check]:
    variable, value = of
    if environment.get(variable, "").strip():
        return None
    return Check(about, WRONG, f"{variable} is not set", f"export it: set it {value}")


def _versions() -> Check:
    parts = [f"{name} {version(name)}" for name in ("httpx", "pydantic")]
    return Check(
        "versions", OK, f"titan-sdk {__version__}, Python {platform.python_version()}, {', '.join(parts)}"
    )


def _examine_server(
    client: TitanClient, environment: Mapping[str, str], warned: List[warnings.WarningMessage]
) -> Iterator[Check]:
    host = _host_of(environment["TITAN_BASE_URL"])
    sessions: List[Session] = []
    try:
        sessions = client.sessions.list()
        failure: Optional[TitanError] = None
    except TitanError as error:
        failure = error
    address = _address(host, failure)
    yield address
    yield from _warnings_of(warned)
    if address.state != OK:
        return
    if isinstance(failure, AuthenticationError):
        todo = "set TITAN_API_KEY to one that works: it is wrong, disabled or over"
        yield Check("key", WRONG, "Titan does not take this key", todo)
        return
    yield Check("key", OK, "Titan takes it")
    yield from _keys(client)
    yield _scopes(client, sessions, failure)
    if failure is None:
        yield from _sessions(client, sessions)
    yield from _webhooks(client, is_titan_local=_is_local(environment["TITAN_BASE_URL"]))


def _address(host: str, failure: Optional[TitanError]) -> Check:
    is_refused = isinstance(failure, (AuthenticationError, PermissionDeniedError))
    if failure is None or (is_refused and is_of_titan(failure)):
        return Check("address", OK, f"Titan answers at {host}")
    if isinstance(failure, APIConnectionError):
        todo = "see whether TITAN_BASE_URL is right, Titan is running, and a proxy or firewall is in the way"
        return Check("address", WRONG, f"{host} cannot be reached: {describe(failure)}", todo)
    if isinstance(failure, RateLimitError):
        todo = "wait a minute, and run this again: the rest was not looked at"
        return Check("address", LOOK, f"{host} answers: too many requests", todo)
    if isinstance(failure, ServerError):
        todo = "see the log of your Titan, or of the proxy before it"
        return Check("address", WRONG, f"{host} answers with status {failure.status_code}", todo)
    status = f" with status {failure.status_code}" if isinstance(failure, APIStatusError) else ""
    todo = "see whether TITAN_BASE_URL leads to your Titan, and not to a web site or a proxy before it"
    return Check("address", WRONG, f"{host} answers{status}, but not as Titan does", todo)


def _warnings_of(warned: List[warnings.WarningMessage]) -> Iterator[Check]:
    for one in warned:
        if issubclass(one.category, TitanSecurityWarning):
            todo = "use https, or keep to a network of your own"
            yield Check("address", LOOK, "plain http: everybody on the way can read key and messages", todo)
        elif issubclass(one.category, TitanDeprecationWarning):
            yield Check("versions", LOOK, printable(one.message), "look for a newer titan-sdk")


def _keys(client: TitanClient) -> Iterator[Check]:
    """The keys of the account that end soon; which of them is this one, nothing says."""
    try:
        keys = client.account_keys.list()
    except TitanError:
        return
    now = datetime.now(timezone.utc)
    for key in keys:
        ends = key.expires_at
        if isinstance(ends, datetime) and key.is_active is not False and now < ends < now + _SOON:
            name = printable(key.label or key.id)
            yield Check("key", LOOK, f"the key {name} ends on {ends:%Y-%m-%d}", "make another one in time")


def _scopes(client: TitanClient, sessions: List[Session], failure: Optional[TitanError]) -> Check:
    """What the key may do, of what can be tried without changing anything."""
    tried: Dict[str, Optional[bool]] = {"sessions:read": failure is None}
    tried.update((scope, _is_allowed(call)) for scope, call in _probes(client, sessions).items())
    may = [scope for scope, allowed in tried.items() if allowed]
    may_not = [scope for scope, allowed in tried.items() if allowed is False]
    found = f"the key has {join_words(may)}" if may else "the key has none that could be tried"
    if not may_not:
        return Check("scopes", OK, f"{found}; messages:write cannot be tried without sending")
    todo = "make a key with what your program needs"
    state = WRONG if failure is not None else LOOK
    return Check("scopes", state, f"{found}; it lacks {join_words(may_not)}", todo)


def _is_allowed(call: Callable[[], object]) -> Optional[bool]:
    """Whether a request is allowed; None where something else kept it from being answered."""
    try:
        call()
    except PermissionDeniedError:
        return False
    except NotFoundError:
        return True
    except _NO_ANSWER:
        return None
    return True


def _probes(client: TitanClient, sessions: List[Session]) -> Dict[str, Callable[[], object]]:
    """Requests that only read, by the scope that each needs."""
    probes: Dict[str, Callable[[], object]] = {"webhooks:manage": client.webhooks.list}
    name = next((one.name for one in sessions if one.status == "CONNECTED"), None)
    if name is not None:
        probes["sessions:manage"] = lambda: client.client_tokens.get_rules(name)
        probes["chats:read"] = lambda: client.chats.list(name)
        probes["contacts:read"] = lambda: client.contacts.list(name)
        probes["groups:read"] = lambda: client.groups.list(name)
        probes["channels:read"] = lambda: client.channels.list(name)
    return probes


def _sessions(client: TitanClient, sessions: List[Session]) -> Iterator[Check]:
    if not sessions:
        yield Check("sessions", LOOK, "there are none", "titan pair NAME makes one")
    for session in sessions:
        name = printable(session.name)
        if session.status == "CONNECTED":
            yield _connected(client, name)
            continue
        reason = None if session.status_reason is None else str(session.status_reason)
        state, todo = _REASONS.get(reason, (WRONG, "see the log of your Titan; titan pair {name} starts it"))
        found = f"{printable(session.status)}{f', {printable(reason)}' if reason else ''}"
        yield Check(f"session {name}", state, found, todo.format(name=name))


def _connected(client: TitanClient, name: str) -> Check:
    """A session can be connected by its status, and yet nothing comes or goes."""
    about = f"session {name}"
    try:
        times = [chat.last_message_at for chat in client.chats.list(name)]
    except _NO_ANSWER:
        return Check(about, OK, "CONNECTED")
    last = max((time for time in times if isinstance(time, datetime) and time.year > 1), default=None)
    if last is None:
        return Check(about, OK, "CONNECTED, no messages yet")
    quiet = datetime.now(timezone.utc) - last
    if quiet > _QUIET:
        todo = "write to it from a phone; if nothing comes, stop and start it"
        days = "a day" if quiet.days == 1 else f"{quiet.days} days"
        return Check(about, LOOK, f"CONNECTED, but no message for {days}", todo)
    return Check(about, OK, f"CONNECTED, last message at {local_time(last, '%H:%M')}")


def _webhooks(client: TitanClient, *, is_titan_local: bool) -> Iterator[Check]:
    try:
        webhooks = client.webhooks.list()
    except TitanError:
        return
    if not webhooks:
        yield Check("webhooks", OK, "there are none, so events go nowhere")
    for webhook in webhooks:
        yield _webhook(webhook, is_titan_local=is_titan_local)


def _webhook(webhook: Webhook, *, is_titan_local: bool) -> Check:
    about, url = f"webhook {printable(webhook.id)}", str(webhook.url)
    host = _host_of(url)
    if webhook.enabled is False:
        return Check(about, LOOK, f"{host} is disabled", "enable it, or delete it")
    if str(webhook.label).startswith("titan listen"):
        # While that runs, it is where it should be.
        return Check(
            about, LOOK, f"{host} is that of a titan listen", "delete it if that does not run any more"
        )
    if _is_local(url) and not is_titan_local:
        return Check(
            about, WRONG, f"{host} is this machine, which Titan cannot reach", "give a public address"
        )
    return _reach(about, url, host)


def _reach(about: str, url: str, host: str) -> Check:
    """Ask the endpoint for its page, which changes nothing: any answer shows that it is there."""
    try:
        status = _get_status(url)
    except (ValueError, http.client.InvalidURL):
        # What it says may repeat the path.
        return Check(about, WRONG, f"{host} is not in an http(s) address", "change the address")
    except (OSError, http.client.HTTPException) as error:
        is_of_system = isinstance(error, OSError) and error.strerror
        reason = describe(error) if is_of_system else type(error).__name__
        todo = "start the endpoint, or change the address; Titan may see what this machine does not"
        return Check(about, WRONG, f"{host} cannot be reached from here: {reason}", todo)
    if status in (404, 410) or status >= 500:
        return Check(about, LOOK, f"{host} answers with status {status}", "see whether its path is right")
    return Check(about, OK, f"{host} can be reached from here")


def _get_status(url: str) -> int:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("this is not an http(s) address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")
        return connection.getresponse().status
    finally:
        connection.close()


def _is_local(url: str) -> bool:
    """Whether an address leads to the machine on which it is used."""
    try:
        host = urlsplit(url.strip()).hostname or ""
        return host.rstrip(".") == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_of(url: str) -> str:
    """Host and port alone: what stands behind them may be secret."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "?"
        return printable(f"{host}:{parts.port}" if parts.port else host)
    except ValueError:
        return "?"


@contextmanager
def _remembered_warnings() -> Generator[List[warnings.WarningMessage], None, None]:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield warned
