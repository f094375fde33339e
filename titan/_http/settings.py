"""What `with_options` can change: checked and prepared once, so that no request has to do it again."""

from __future__ import annotations

import itertools
import re
import sys
from typing import Any, Dict, List, Mapping, Optional, Protocol, Tuple, Union

import httpx

from .._privacy import Secret
from .._version import __version__
from ..errors import ConfigurationError


class Timeouts(Protocol):
    """Seconds for each kind of wait: an `httpx.Timeout`, or that of httpx2."""

    @property
    def connect(self) -> Optional[float]: ...
    @property
    def read(self) -> Optional[float]: ...
    @property
    def write(self) -> Optional[float]: ...
    @property
    def pool(self) -> Optional[float]: ...


class HTTPClient(Protocol):
    """An `httpx.Client`, or that of httpx2: what type checkers know them by."""

    @property
    def is_closed(self) -> bool:
        """Whether it is closed."""
        ...

    def build_request(self, method: str, url: str, *, content: Any, headers: Any, extensions: Any) -> Any: ...
    def send(self, request: Any, *, stream: bool, auth: Any, follow_redirects: bool) -> Any: ...
    def close(self) -> None: ...


TimeoutTypes = Union[float, Timeouts, None]

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_LONG_READ_SECONDS = 300.0
# Sockets count milliseconds in 32 bits.
_MOST_SECONDS = 2_000_000

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_OURS = ("Accept", "Accept-Encoding", "Content-Type")  # each request has its own
_KINDS = ("connect", "read", "write", "pool")
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


class Settings:
    """What `with_options` can change, prepared for use.

    Args:
        headers: Raw headers of each request; the credential is one of them.
        params: Query parameters of each operation.
        timeout: Seconds for each kind of wait.
        long_timeout: The same where the server may rightly take minutes.
        total_timeout: Seconds that a call may take with its retries.
        max_retries: How often a request is repeated at most.
    """

    __slots__ = ("headers", "long_timeout", "max_retries", "params", "timeout", "total_timeout")

    def __init__(
        self,
        headers: Secret[List[Tuple[bytes, bytes]]],
        params: Secret[Mapping[str, Any]],
        timeout: Dict[str, Optional[float]],
        long_timeout: Dict[str, Optional[float]],
        total_timeout: Optional[float],
        max_retries: int,
    ) -> None:
        self.headers: Secret[List[Tuple[bytes, bytes]]] = headers
        self.params: Secret[Mapping[str, Any]] = params
        self.timeout: Dict[str, Optional[float]] = timeout
        self.long_timeout: Dict[str, Optional[float]] = long_timeout
        self.total_timeout: Optional[float] = total_timeout
        self.max_retries: int = max_retries

    def within(self, total_timeout: float) -> Settings:
        """The same with another `total_timeout`."""
        return Settings(
            self.headers, self.params, self.timeout, self.long_timeout, total_timeout, self.max_retries
        )

    def __repr__(self) -> str:
        return "<Settings>"


def prepare_settings(
    credential: Secret[str],
    timeout: TimeoutTypes,
    total_timeout: Optional[float],
    max_retries: int,
    headers: Secret[Mapping[str, str]],
    params: Secret[Mapping[str, Any]],
) -> Settings:
    """Turn what the user set into what requests use as it is.

    Args:
        credential: Server key or client token.
        timeout: Seconds, an httpx.Timeout, or None for the defaults.
        total_timeout: Seconds that a request may take with its retries, or None.
        max_retries: How often a request is repeated at most.
        headers: Headers in addition to the SDK's own.
        params: Query parameters of each operation.

    Raises:
        ConfigurationError: A value is out of range, or not a valid header.
        TypeError: A value is of the wrong type.
    """
    check_integer("max_retries", max_retries, least=0)
    if total_timeout is not None:
        _check_seconds("total_timeout", total_timeout)
    if not isinstance(headers.reveal(), Mapping):
        raise TypeError(
            f"headers must be a mapping of names to values, not {type(headers.reveal()).__name__}"
        )
    problem = next(filter(None, itertools.starmap(_problem_of_header, headers.reveal().items())), None)
    if problem is not None:
        raise problem
    if not isinstance(params.reveal(), Mapping):
        raise TypeError(f"params must be a mapping of names to values, not {type(params.reveal()).__name__}")
    return Settings(
        _prepare_headers(credential, headers.reveal()),
        params,
        _timeouts(timeout, _READ_SECONDS),
        _timeouts(timeout, _LONG_READ_SECONDS),
        total_timeout,
        max_retries,
    )


def _prepare_headers(
    credential: Secret[str], headers: Mapping[str, str]
) -> Secret[List[Tuple[bytes, bytes]]]:
    user_agent = f"titan-sdk/{__version__} python/{_PYTHON} httpx/{httpx.__version__}"
    prepared = httpx.Headers()
    for name, value in headers.items():  # one at a time, so that the last of `X-A` and `x-a` counts
        # White space around a value is no part of it, and h11 refuses to write it.
        prepared[name] = value.strip(" \t")
    for name in _OURS:
        prepared.pop(name, None)
    if prepared.get("User-Agent"):
        user_agent += f" {prepared['User-Agent']}"
    prepared["User-Agent"] = user_agent
    return Secret([*prepared.raw, (b"Authorization", f"Bearer {credential.reveal()}".encode("ascii"))])


def check_integer(name: str, value: object, *, least: int) -> None:
    """Check an argument that counts something.

    Raises:
        ConfigurationError: It is too small.
        TypeError: It is not an integer.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}")
    if value < least:
        raise ConfigurationError(f"{name} must be {least} or more")


def _check_seconds(name: str, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not 0 < value <= _MOST_SECONDS:
        raise ConfigurationError(f"{name} must be more than 0 and at most {_MOST_SECONDS:,} seconds")


def _problem_of_header(name: object, value: object) -> Optional[Exception]:
    """What speaks against a header. Raised elsewhere: its value may be a credential, and is a local here."""
    if not isinstance(name, str) or not isinstance(value, str):
        return TypeError("headers must be strings")
    if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
        return ConfigurationError("headers must be printable ASCII, and names without spaces or separators")
    if name.lower() == "authorization":
        return ConfigurationError("pass the credential as api_key or client_token, not in headers")
    if name.lower() in ("host", "content-length", "transfer-encoding"):
        return ConfigurationError(f"the header {name} is set by the client itself")
    return None


def _timeouts(given: Any, seconds: float) -> Dict[str, Optional[float]]:
    if all(hasattr(given, kind) for kind in _KINDS):  # an httpx.Timeout, or that of httpx2
        seconds_of = {kind: getattr(given, kind) for kind in _KINDS}
        for kind, value in seconds_of.items():
            if value is not None:
                _check_seconds(f"the {kind} timeout", value)
        return seconds_of
    if given is not None:
        _check_seconds("timeout", given)
        seconds = given
    return {"connect": _CONNECT_SECONDS, "read": seconds, "write": seconds, "pool": seconds}
