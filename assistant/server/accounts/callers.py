"""Who is asking: identified by a token, a session's cookie or a trusted proxy's header, or anonymous."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AccountError, SettingsError
from footnoted.assistant.web import guard

if TYPE_CHECKING:
    from footnoted.assistant.server.accounts.accounts import Accounts, User

SESSION_COOKIE = "footnote_session"
DEVICE_COOKIE = "footnote_device"
LARGEST_TOKEN = 512


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from.

    ``key`` owns conversations and uploads; it is empty for a browser that has not been given its cookie yet.
    ``user`` is the account's id, or ``None`` where accounts are off: then everybody may do everything.
    ``by_cookie``: the browser identified itself without being asked, so another site may have caused the request.
    """

    key: str
    name: str = ""
    user: str | None = None
    admin: bool = True
    by_cookie: bool = False


class Callers:
    """Finds the caller of a request. An account is needed as soon as there is one, and always where it is required."""

    def __init__(
        self, accounts: Accounts, *, required: bool = False, proxy_user_header: str = "", trusted_proxies: str = ""
    ) -> None:
        self.accounts, self._required = accounts, required
        self._proxy_header = proxy_user_header.strip().lower()
        self._trusted = networks(trusted_proxies)

    @property
    def required(self) -> bool:
        """Whether an account is needed to see anything."""
        # Once there was an account, there are accounts: a file that is lost while the server runs lets nobody in.
        self._required = self._required or bool(self._proxy_header) or self.accounts.any()
        return self._required

    @property
    def possible(self) -> bool:
        """Whether anybody could log in."""
        return bool(self._proxy_header and self._trusted) or self.accounts.any()

    def is_trusted(self, address: str) -> bool:
        """Whether this is the address of a trusted proxy."""
        try:
            return any(ipaddress.ip_address(address) in network for network in self._trusted)
        except ValueError:
            return False

    def find(self, headers: Mapping[str, str], peer: str) -> Caller | None:
        """The caller, or ``None`` where an account is needed and none was given.

        ``headers`` have lower-case names; ``peer`` is the address of the machine that opened the connection.
        """
        if not self.required:
            token = guard.token_of(headers)
            return Caller(guard.user_key(token) if token else "", by_cookie=bool(token))
        if name := self._named_by_proxy(headers, peer):
            try:
                return _caller(self.accounts.from_proxy(name), by_cookie=True)
            except AccountError:
                return None
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind:
            known = self.accounts.of_token(token.strip()[:LARGEST_TOKEN]) if kind.lower() == "bearer" else None
            return _caller(known) if known else None
        session = session_of(headers)
        user = self.accounts.of_session(session) if session else None
        return _caller(user, by_cookie=True) if user else None

    def unverified_token(self, headers: Mapping[str, str], peer: str) -> str:
        """The token that :meth:`find` would have to hash, which must not be done in the event loop, or nothing."""
        if not self.required or self._named_by_proxy(headers, peer):
            return ""
        kind, _, token = headers.get("authorization", "").partition(" ")
        token = token.strip()[:LARGEST_TOKEN] if kind.lower() == "bearer" else ""
        return "" if self.accounts.is_known(token) else token

    def _named_by_proxy(self, headers: Mapping[str, str], peer: str) -> str:
        return headers.get(self._proxy_header, "") if self._proxy_header and self.is_trusted(peer) else ""


def session_of(headers: Mapping[str, str]) -> str:
    """The secret of a session from a request's cookies, or an empty string."""
    return _cookie_of(headers, SESSION_COOKIE)


def device_of(headers: Mapping[str, str]) -> str:
    """The secret by which a browser is known that somebody has logged in with before, or an empty string."""
    return _cookie_of(headers, DEVICE_COOKIE)


def _cookie_of(headers: Mapping[str, str], name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value[:LARGEST_TOKEN] if morsel else ""


def networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses and networks from a setting, separated by commas. Raises SettingsError."""
    try:
        return [ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise SettingsError(f"FOOTNOTE_TRUSTED_PROXIES must be addresses separated by commas: {error}.") from None


def key_of(user: str) -> str:
    """The key under which an account's conversations are kept, from the account's id."""
    return guard.user_key(f"account:{user}")


def _caller(user: User, *, by_cookie: bool = False) -> Caller:
    return Caller(key_of(user.id), user.name, user.id, user.admin, by_cookie)


def new_request_id() -> str:
    """An id for a request that carries none."""
    return secrets.token_hex(8)
