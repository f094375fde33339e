"""The proxies that the environment asks for, and the hosts that it wants reached without one."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from importlib.util import find_spec
from typing import Optional
from urllib.request import getproxies

import httpx

from ..._privacy import Secret
from ...errors import ConfigurationError
from .addresses import is_loopback, origin_of, read_ip


class Proxies:
    """What HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say now, or the settings of the system."""

    def __init__(self) -> None:
        self._found = Secret(getproxies())
        without = re.split(r"[,\s]+", self._found.reveal().get("no", ""))
        self._without = [_Bypass(entry) for entry in without if entry]

    def of(self, url: httpx.URL) -> Optional[httpx.Proxy]:
        """The proxy for an address; None where it is reached without one.

        A server on this machine always is: the key would leave the machine, in clear.

        Raises:
            ConfigurationError: The proxy for it cannot be used.
        """
        scheme = next((one for one in (url.scheme, "all") if self._found.reveal().get(one)), None)
        if scheme is None or is_loopback(url.host):
            return None
        _, host, port = origin_of(url)
        if any(one.covers(host, port) for one in self._without):
            return None
        return _read(scheme, Secret(self._found.reveal()[scheme]))


class _Bypass:
    """One entry of NO_PROXY: a host with all below it, an address, a network, or `*`; maybe with a port."""

    def __init__(self, entry: str) -> None:
        text, self._port = entry.lower(), None
        with_port = re.fullmatch(r"(\[[^]]*\]|[^:]*):(\d+)", text)
        if with_port:
            text, self._port = with_port[1], int(with_port[2])
        text = text.rpartition("://")[2].strip("[]")
        self._is_all = text == "*"
        self._name = text.lstrip("*").lstrip(".")
        self._network = None
        with contextlib.suppress(ValueError):
            self._network = ipaddress.ip_network(text, strict=False)

    def covers(self, host: str, port: Optional[int]) -> bool:
        """Whether this host is reached without a proxy."""
        if self._port not in (None, port):
            return False
        address = read_ip(host)
        if self._is_all:
            return True
        if self._network is not None:
            return address is not None and address in self._network
        return bool(self._name) and (host == self._name or host.endswith(f".{self._name}"))


def _read(scheme: str, text: Secret[str]) -> httpx.Proxy:
    """Read the address of a proxy.

    Raises:
        ConfigurationError: It is not one. Its text is not repeated: it may hold a password.
    """
    proxy, failure = None, None
    try:
        proxy = httpx.Proxy(text.reveal() if "://" in text.reveal() else f"http://{text.reveal()}")
        if not proxy.url.host or "%" in proxy.url.host:
            failure = "it has no host, or a strange one"
        elif proxy.url.scheme.startswith("socks5") and find_spec("socksio") is None:
            failure = 'for SOCKS, install "httpx[socks]"'
    except Exception:
        failure = (
            "it must look like http://host:port, https://… or socks5://…, and special characters in a "
            "password must be percent-encoded"
        )
    if failure is not None or proxy is None:
        raise ConfigurationError(
            f"the proxy that {scheme.upper()}_PROXY (or {scheme}_proxy) names cannot be used: {failure}"
        )
    return proxy
