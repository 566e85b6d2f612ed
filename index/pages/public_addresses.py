"""Which machines may be asked for a page: public ones, and those that were allowed by name, address or network.

A decision is made about the address that a connection is really opened to, never about the spelling of a host, so that
``http://2130706433/``, a name that resolves to 127.0.0.1 and a redirect to either are all the same case.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from footnoted.index.errors import FetchError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Beyond what the ipaddress module calls not global. The lists of special addresses (IANA) grow faster than Python.
_CLOSED_4 = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocols
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # the metadata service of Azure, a public address that is answered inside the machine
    )
)
# Of IPv6 only what the registries have given out for hosts: no mapped, translated (64:ff9b::/96) or local addresses.
_OPEN_6 = ipaddress.ip_network("2000::/3")
_CLOSED_6 = tuple(
    ipaddress.ip_network(text)
    for text in (
        "2001::/23",  # protocols, Teredo (which carries an IPv4 address) among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether an address (without a zone) is a public one on the internet."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        return parsed in _OPEN_6 and parsed.is_global and not any(parsed in network for network in _CLOSED_6)
    if parsed.is_multicast or parsed.is_reserved or not parsed.is_global:
        return False
    return not any(parsed in network for network in _CLOSED_4)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One exception: a network (of one address, mostly) or a host's name; ``port`` ``None`` means every port."""

    network: Network | None
    name: str
    port: int | None

    def covers(self, host: str, address: str, port: int) -> bool:
        """Whether a connection to ``address`` and ``port``, asked for as ``host``, is allowed by this."""
        if self.port not in (None, port):
            return False
        if self.network is None:
            return self.name == host
        try:
            return ipaddress.ip_address(address) in self.network
        except ValueError:
            return False


def parse_allowed(entries: Iterable[str]) -> tuple[Allowed, ...]:
    """``["127.0.0.1:8765", "10.0.0.0/8", "[::1]:80", "wiki.example.org"]`` as exceptions.

    Raises:
        FetchError: an entry is none of these.
    """
    return tuple(_entry(entry.strip()) for entry in entries if entry.strip())


def _entry(entry: str) -> Allowed:
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", entry)
    bare, port = (bracketed[1], bracketed[2]) if bracketed else (entry, None)
    if not bracketed and entry.count(":") == 1:
        bare, _, port = entry.partition(":")
    try:
        number = int(port) if port is not None else None
        if number is None or 0 < number < 65536:
            network = ipaddress.ip_network(bare) if bracketed or not _NAME.fullmatch(bare) else None
            return Allowed(network, "" if network else bare.lower().rstrip("."), number)
    except ValueError:
        pass
    raise FetchError(f"{entry!r} is not an address, network or host name that could be allowed.")
