"""What `with_options` can change: checked and prepared once, so that no request has to do it again."""

from __future__ import annotations

import re
import sys
from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

import httpx

from .._version import __version__
from ..errors import ConfigurationError

TimeoutTypes = Union[float, httpx.Timeout, None]
HTTPClient = httpx.Client

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_LONG_READ_SECONDS = 300.0
# Sockets count milliseconds in 32 bits.
_MOST_SECONDS = 2_000_000

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


class Settings(NamedTuple):
    """What `with_options` can change, prepared for use."""

    headers: List[Tuple[bytes, bytes]]
    timeout: Dict[str, Optional[float]]
    long_timeout: Dict[str, Optional[float]]
    total_timeout: Optional[float]
    max_retries: int

    def __repr__(self) -> str:
        return "<Settings>"  # the headers hold the credential


def prepare_settings(
    authorization: str,
    timeout: TimeoutTypes,
    total_timeout: Optional[float],
    max_retries: int,
    headers: Mapping[str, str],
) -> Settings:
    """Turn what the user set into headers and timeouts that requests use as they are.

    Args:
        authorization: Value of the `Authorization` header.
        timeout: Seconds, an httpx.Timeout, or None for the defaults.
        total_timeout: Seconds that a request may take with its retries, or None.
        max_retries: How often a request is repeated at most.
        headers: Headers in addition to the SDK's own.

    Raises:
        ConfigurationError: A value is out of range, or not a valid header.
        TypeError: A value is of the wrong type.
    """
    if not isinstance(max_retries, int) or isinstance(max_retries, bool):
        raise TypeError(f"max_retries must be an integer, not {type(max_retries).__name__}")
    if max_retries < 0:
        raise ConfigurationError("max_retries must be 0 or more")
    if total_timeout is not None:
        _check_seconds("total_timeout", total_timeout)
    _check_headers(headers)
    return Settings(
        _prepare_headers(authorization, headers),
        _timeout(timeout, _READ_SECONDS).as_dict(),
        _timeout(timeout, _LONG_READ_SECONDS).as_dict(),
        total_timeout,
        max_retries,
    )


def _prepare_headers(authorization: str, headers: Mapping[str, str]) -> List[Tuple[bytes, bytes]]:
    user_agent = f"titan-sdk/{__version__} python/{_PYTHON} httpx/{httpx.__version__}"
    prepared = httpx.Headers()
    for name, value in headers.items():  # one at a time, so that the last of `X-A` and `x-a` counts
        prepared[name] = value
    prepared.pop("Content-Type", None)  # each body has ours
    if "User-Agent" in prepared:
        user_agent += f" {prepared['User-Agent']}"
    prepared.update(
        {
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Authorization": authorization,
        }
    )
    return prepared.raw


def _check_seconds(name: str, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not 0 < value <= _MOST_SECONDS:
        raise ConfigurationError(f"{name} must be more than 0 and at most {_MOST_SECONDS:,} seconds")


def _check_headers(headers: Mapping[str, str]) -> None:
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers must be a mapping of names to values, not {type(headers).__name__}")
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError("headers must be strings")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                "headers must be printable ASCII, and names without spaces or separators"
            )
        if name.lower() == "authorization":
            raise ConfigurationError("pass the credential as api_key or client_token, not in headers")
        if name.lower() in ("host", "content-length", "transfer-encoding"):
            raise ConfigurationError(f"the header {name} is set by the client itself")


def _timeout(given: TimeoutTypes, seconds: float) -> httpx.Timeout:
    if isinstance(given, httpx.Timeout):
        return given
    if given is not None:
        _check_seconds("timeout", given)
    return httpx.Timeout(seconds if given is None else given, connect=_CONNECT_SECONDS)
