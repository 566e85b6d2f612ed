"""Which addresses a page may be fetched from."""

import pytest

from footnoted.index.errors import FetchError
from footnoted.index.pages.public_addresses import is_public, parse_allowed


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2001:4860:4860::8888"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


CLOSED = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.1.1", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
    "2001:0:1::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "localhost", "127.1", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("address", CLOSED)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "allowed"),
    [
        ("127.0.0.1:8765", "x.example", "127.0.0.1", 8765, True),
        ("127.0.0.1:8765", "x.example", "127.0.0.1", 80, False),
        ("127.0.0.1", "127.0.0.1", "127.0.0.2", 80, False),
        ("10.0.0.0/8", "x.example", "10.9.9.9", 80, True),
        ("[::1]:80", "::1", "::1", 80, True),
        ("::1", "::1", "::1", 1, True),
        ("wiki.example", "wiki.example", "10.0.0.1", 443, True),
        ("Wiki.Example:443", "wiki.example", "10.0.0.1", 443, True),
        ("wiki.example", "evil.wiki.example", "10.0.0.1", 443, False),
        ("wiki.example:443", "wiki.example", "10.0.0.1", 80, False),
    ],
)
def test_what_is_allowed(entry: str, host: str, address: str, port: int, allowed: bool) -> None:
    (exception,) = parse_allowed([entry, " "])
    assert exception.covers(host, address, port) is allowed


@pytest.mark.parametrize(
    "entry", ["http://x", "1.2.3", "a..b", ":80", "1.2.3.4:99999", "*", "10.0.0.1/8", "[x]:80", "x:y"]
)
def test_an_exception_that_makes_no_sense_is_refused(entry: str) -> None:
    with pytest.raises(FetchError, match="not an address, network or host name"):
        parse_allowed([entry])
