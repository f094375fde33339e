"""Addresses: the server behind one, and whether that is this machine."""

from __future__ import annotations

import ipaddress
from typing import Optional, Tuple, Union

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: httpx.URL) -> Tuple[str, str, Optional[int]]:
    """Scheme, host and port of an address; the port is that of the scheme where it names none."""
    return url.scheme, url.host, url.port or DEFAULT_PORTS.get(url.scheme)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that nobody else can listen in."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = read_ip(host)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped is not None and bool(mapped.is_loopback)


def read_ip(host: str) -> Union[ipaddress.IPv4Address, ipaddress.IPv6Address, None]:
    """The IP address that a host is given by; None where it is a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
