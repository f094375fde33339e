"""The address and the credential of a client, from what users have: strings, settings, the environment.

Error trackers report the local variables of frames that an error passes through: here, what may be private is
held in a `Secret` wherever one can be raised.
"""

from __future__ import annotations

import os
import re
from typing import Any, Optional, Protocol, Tuple, Union
from urllib.parse import urlsplit

from .._privacy import Secret
from ..errors import ConfigurationError
from .connections.addresses import is_loopback


class Address(Protocol):
    """An address as pydantic, httpx and yarl have it."""

    @property
    def scheme(self) -> str: ...

    @property
    def host(self) -> Optional[str]: ...


class SecretText(Protocol):
    """A text that hides itself, as `SecretStr` of pydantic does."""

    def get_secret_value(self) -> str: ...


AddressTypes = Union[str, Address]
SecretTypes = Union[str, SecretText]

_QUOTES = "\"'“”‘’`"
_IN_QUOTES = "it stands in quotes, which are part of it (docker --env-file keeps them): leave them out"


def read_address(given: Secret[Any]) -> str:
    """The address of the server without what users often leave at its end: a slash, `/api`.

    Args:
        given: A string, or an address of pydantic, httpx or yarl; None: what TITAN_BASE_URL says.

    Raises:
        ConfigurationError: It is no address, or holds more than one.
        TypeError: It is something else.
    """
    name, address = _read_text(
        "base_url",
        given,
        variable="TITAN_BASE_URL",
        missing="no base_url: pass the address of your Titan as base_url, or set TITAN_BASE_URL",
        way_out="of an address object, pass str(url)",
    )
    problem = _problem_of_address(address.reveal())
    if problem is not None:
        raise ConfigurationError(f"{name} {problem}")
    return _without_end(address.reveal())


def read_credential(api_key: Secret[Any], client_token: Secret[Any]) -> Secret[str]:
    """The one credential of a client.

    Args:
        api_key: A string or a `SecretStr` of pydantic, or None.
        client_token: Likewise; where both are None, TITAN_API_KEY counts.

    Raises:
        ConfigurationError: There is none, or two, or it cannot be one.
        TypeError: It is something else.
    """
    if api_key.reveal() is not None and client_token.reveal() is not None:
        raise ConfigurationError("pass either api_key or client_token, not both")
    is_token = client_token.reveal() is not None
    name, credential = _read_text(
        "client_token" if is_token else "api_key",
        client_token if is_token else api_key,
        variable="TITAN_API_KEY",
        missing="no credential: pass api_key (or client_token), or set the environment variable "
        "TITAN_API_KEY",
        way_out="of a secret that hides its value, pass the value, such as key.get_secret_value()",
    )
    problem = _problem_of_credential(credential.reveal())
    if problem is None and not is_token and credential.reveal().startswith("titan_ct_"):
        problem = "is a client token: pass it as client_token"
    if problem is not None:
        raise ConfigurationError(f"{name} {problem}")
    return credential


def is_private(base_url: str) -> bool:
    """Whether nobody else can listen in: TLS, or a connection that stays on this machine."""
    parts = urlsplit(base_url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def _read_text(
    name: str, given: Secret[Any], *, variable: str, missing: str, way_out: str
) -> Tuple[str, Secret[str]]:
    """The text of an argument, or of the environment where it is None, without white space around it.

    Args:
        name: Name of the argument.
        given: The argument.
        variable: The environment variable that stands in for it.
        missing: What to say where there is neither.
        way_out: What to say of an object that is no text.

    Returns:
        The name of what counted, argument or variable, and the text.

    Raises:
        ConfigurationError: There is neither.
        TypeError: It is no text, and does not stand for one.
    """
    if given.reveal() is None:
        name, given = variable, Secret(os.environ.get(variable))
        if given.reveal() is None:
            raise ConfigurationError(missing)
    text = Secret(_to_text(given.reveal()))
    if not isinstance(text.reveal(), str):
        raise TypeError(f"{name} must be a string, not {type(text.reveal()).__name__}; {way_out}")
    return name, Secret(text.reveal().strip())


def _to_text(given: Any) -> Any:
    """The text that an object of pydantic, httpx, yarl or the standard library stands for."""
    if isinstance(given, str):
        return given
    if hasattr(given, "get_secret_value"):
        return _to_text(given.get_secret_value())
    if hasattr(given, "geturl"):
        return given.geturl()
    return str(given) if hasattr(given, "scheme") and hasattr(given, "host") else given


def _problem_of_address(text: str) -> Optional[str]:
    if text and (text[0] in _QUOTES or text[-1] in _QUOTES):
        return f"cannot be used: {_IN_QUOTES}"
    if not _is_address(text):
        return "must look like https://api.example.com: scheme http or https, and a host"
    if "@" in urlsplit(text).netloc:
        return "must not hold a user name or password; pass the key as api_key"
    return "must not hold a query or fragment" if "?" in text or "#" in text else None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        host.encode("idna")
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(host)
        and has_port
        and not re.search(r"[\s\x00-\x1f\x7f\\]", text)
    )


def _without_end(address: str) -> str:
    text = address.rstrip("/")
    # Only at the end of a path: in `http://api` it is the host.
    return text[: -len("/api")].rstrip("/") if urlsplit(text).path.endswith("/api") else text


def _problem_of_credential(text: str) -> Optional[str]:
    if not text:
        return "is empty"
    if text[0] in _QUOTES or text[-1] in _QUOTES:
        return f"cannot be used: {_IN_QUOTES}"
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        return "has white space, control or non-ASCII characters inside"
    return None
