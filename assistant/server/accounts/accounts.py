"""People and their tokens: a SQLite file in the data folder that holds hashes, never a password or a token."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnoted.assistant.errors import AccountError
from footnoted.index.store.database import Database

if TYPE_CHECKING:
    from argon2 import PasswordHasher

DATABASE = "accounts.sqlite3"  # in the data folder
SESSION_DAYS = 30
DEVICE_DAYS = 365
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000  # characters: hashing longer ones would only keep the machine busy
HASHING: dict[str, Any] = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4}  # argon2id as in RFC 9106, 64 MB
OPERATOR = "admin"  # the account that FOOTNOTE_PASSWORD is for
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_TOKEN = re.compile(r"fn_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")
SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, admin INTEGER NOT NULL,
    created_at TEXT NOT NULL
);
-- How a proxy spells a name: "Anna" and "anna" may be two people there, and are one account here.
CREATE TABLE IF NOT EXISTS proxy_names (
    user TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, label TEXT NOT NULL,
    hash TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (
    hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, ends_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS devices (
    hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, ends_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS collections (
    name TEXT PRIMARY KEY, owner TEXT REFERENCES users (id) ON DELETE SET NULL, public INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS shares (
    collection TEXT NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, PRIMARY KEY (collection, user)
);
"""


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. ``id`` is never reused, not even for the same name; an ``admin`` may do everything."""

    id: str
    name: str
    admin: bool
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """What may be shown of an API token: never the token itself."""

    id: str
    label: str
    created_at: str


class Accounts:
    """The accounts of one data folder. Safe from any thread; several processes may have it open."""

    def __init__(self, path: Path, *, password: str = "") -> None:
        """``password`` makes the administrator ``admin`` where there is none, and is its password from now on.

        Raises HomeUnusable for a damaged file.
        """
        self._database = Database(path, SCHEMA)
        self._known: dict[str, str] = {}  # SHA-256 of a token that was verified: its id
        self._hashing = threading.BoundedSemaphore(2)  # 64 MB and a core each
        if password and not self.check_password(OPERATOR, password):
            self._insert(OPERATOR, "", admin=True)
            self.set_password(OPERATOR, password)

    # People ------------------------------------------------------------------------------------------------------

    def any(self) -> bool:
        """Whether there is any account."""
        return bool(self._database.rows("SELECT 1 FROM users LIMIT 1"))

    def users(self) -> list[User]:
        """Everybody, by name."""
        return [
            _user(row) for row in self._database.rows("SELECT id, name, admin, created_at FROM users ORDER BY name")
        ]

    def user(self, name: str) -> User:
        """The account of this name. Raises AccountError."""
        rows = self._database.rows("SELECT id, name, admin, created_at FROM users WHERE name = ?", (_name(name),))
        if not rows:
            raise AccountError(f"There is no account called {name!r}: 'footnote users list' shows them.")
        return _user(rows[0])

    def add_user(self, name: str, password: str = "", *, admin: bool = False) -> User:
        """A new account; without a password it only opens by token or through a proxy. Raises AccountError."""
        hashed = self._hashed(_checked(password)) if password else ""
        if self._database.rows("SELECT 1 FROM users WHERE name = ?", (_name(name),)):
            raise AccountError(f"There is an account called {name!r} already.")
        return self._insert(_name(name), hashed, admin=admin)

    def _insert(self, name: str, hashed: str, *, admin: bool) -> User:
        user = User(secrets.token_hex(8), name, admin, _now())
        with self._database.changing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if not self._database.rows("SELECT 1 FROM users WHERE name = ?", (name,)):  # two requests may be the first
                if self._database.rows("SELECT 1 FROM collections WHERE name = ?", (personal(name),)):
                    raise AccountError(f"{name!r} was another person's name here: choose a new one.")
                connection.execute(
                    "INSERT INTO users VALUES (?, ?, ?, ?, ?)",
                    (user.id, user.name, hashed, int(admin), user.created_at),
                )
                connection.execute("INSERT INTO collections VALUES (?, ?, 0)", (personal(name), user.id))
        return self.user(name)

    def remove_user(self, name: str) -> None:
        """Delete an account, its tokens and sessions; its documents stay, for administrators. Raises AccountError."""
        user = self.user(name)
        with self._database.changing() as connection:
            connection.execute("DELETE FROM users WHERE id = ?", (user.id,))

    def set_password(self, name: str, password: str) -> None:
        """Give an account a new password and end its sessions. Raises AccountError."""
        user, hashed = self.user(name), self._hashed(_checked(password))
        with self._database.changing() as connection:
            connection.execute("UPDATE users SET password = ? WHERE id = ?", (hashed, user.id))
            connection.execute("DELETE FROM sessions WHERE user = ?", (user.id,))
            connection.execute("DELETE FROM devices WHERE user = ?", (user.id,))

    def check_password(self, name: str, password: str) -> User | None:
        """The account that this password opens; an unknown name costs the same time as a wrong password."""
        if not password or len(password) > LONGEST_PASSWORD:
            return None
        rows = self._database.rows(
            "SELECT id, name, admin, created_at, password FROM users WHERE name = ?", (name.lower(),)
        )
        held = rows[0][4] if rows else ""
        matches = self._verified(held or self._nobody(), password)
        return _user(rows[0]) if matches and held else None

    def from_proxy(self, name: str) -> User:
        """The account that a trusted proxy names; a new name gets one without a password.

        Raises AccountError for no name, and for another spelling than the first one: it may be another person.
        """
        rows = self._database.rows("SELECT id, name, admin, created_at FROM users WHERE name = ?", (_name(name),))
        user = _user(rows[0]) if rows else self._insert(_name(name), "", admin=False)
        if not (spelt := self._database.rows("SELECT name FROM proxy_names WHERE user = ?", (user.id,))):
            with self._database.changing() as connection:
                connection.execute("INSERT OR IGNORE INTO proxy_names VALUES (?, ?)", (user.id, name))
            spelt = self._database.rows("SELECT name FROM proxy_names WHERE user = ?", (user.id,))
        if spelt[0][0] != name:
            raise AccountError(f"The account {user.name!r} belongs to somebody whom the proxy spells otherwise.")
        return user

    # Sessions of the page ----------------------------------------------------------------------------------------

    def begin_session(self, user: User) -> str:
        """A new secret for a browser's cookie."""
        secret, ends = secrets.token_urlsafe(32), datetime.now(UTC) + timedelta(days=SESSION_DAYS)
        with self._database.changing() as connection:
            connection.execute("DELETE FROM sessions WHERE ends_at < ?", (_now(),))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", (_sha(secret), user.id, ends.isoformat()))
        return secret

    def of_session(self, secret: str) -> User | None:
        """Whose session this is, while it lasts."""
        rows = self._database.rows(
            "SELECT u.id, u.name, u.admin, u.created_at FROM sessions AS s JOIN users AS u ON u.id = s.user"
            " WHERE s.hash = ? AND s.ends_at > ?",
            (_sha(secret), _now()),
        )
        return _user(rows[0]) if rows else None

    def end_session(self, secret: str) -> None:
        """Log out."""
        with self._database.changing() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (_sha(secret),))

    def remember_device(self, user: User) -> str:
        """A new secret for the cookie by which a browser is known, in which this person has logged in."""
        secret, ends = secrets.token_urlsafe(32), datetime.now(UTC) + timedelta(days=DEVICE_DAYS)
        with self._database.changing() as connection:
            connection.execute("DELETE FROM devices WHERE ends_at < ?", (_now(),))
            connection.execute("INSERT INTO devices VALUES (?, ?, ?)", (_sha(secret), user.id, ends.isoformat()))
        return secret

    def knows_device(self, name: str, secret: str) -> bool:
        """Whether this person has logged in before in the browser that has this secret."""
        return bool(secret) and bool(
            self._database.rows(
                "SELECT 1 FROM devices AS d JOIN users AS u ON u.id = d.user WHERE d.hash = ? AND u.name = ?"
                " AND d.ends_at > ?",
                (_sha(secret), name.lower(), _now()),
            )
        )

    # Tokens of programs ------------------------------------------------------------------------------------------

    def add_token(self, name: str, label: str = "") -> str:
        """A new token, which can only be read this once. Raises AccountError."""
        user, number = self.user(name), secrets.token_hex(8)
        token = f"fn_{number}_{secrets.token_urlsafe(32)}"
        row = (number, user.id, " ".join(label.split())[:80], self._hashed(token), _now())
        with self._database.changing() as connection:
            connection.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?)", row)
        return token

    def tokens(self, name: str) -> list[Token]:
        """The tokens of an account, oldest first. Raises AccountError."""
        rows = self._database.rows(
            "SELECT id, label, created_at FROM tokens WHERE user = ? ORDER BY created_at", (self.user(name).id,)
        )
        return [Token(*row) for row in rows]

    def remove_token(self, name: str, number: str) -> None:
        """Revoke a token. Raises AccountError."""
        user = self.user(name)
        with self._database.changing() as connection:
            gone = connection.execute("DELETE FROM tokens WHERE user = ? AND id = ?", (user.id, number)).rowcount
        if not gone:
            raise AccountError(f"{user.name} has no token {number!r}: 'footnote users list' shows them.")

    def of_token(self, token: str) -> User | None:
        """Whose token this is. Verified by argon2 once a process, then known by its SHA-256, until it is removed."""
        found = _TOKEN.fullmatch(token)
        if not found:
            return None
        rows = self._database.rows(
            "SELECT u.id, u.name, u.admin, u.created_at, t.hash FROM tokens AS t JOIN users AS u ON u.id = t.user"
            " WHERE t.id = ?",
            (found[1],),
        )
        if not rows:
            return None
        digest = _sha(token)
        if self._known.get(digest) != found[1]:
            if not self._verified(rows[0][4], token):
                return None
            self._known[digest] = found[1]
        return _user(rows[0])

    def is_known(self, token: str) -> bool:
        """Whether :meth:`of_token` will answer without the slow hash."""
        return _sha(token) in self._known or not _TOKEN.fullmatch(token)

    # Who may read and write what ---------------------------------------------------------------------------------

    def rules(self) -> dict[str, tuple[str | None, bool, frozenset[str]]]:
        """Collections with a rule: the owner's id, whether public, and the ids of those it is shared with."""
        shared: dict[str, set[str]] = {}
        for collection, user in self._database.rows("SELECT collection, user FROM shares"):
            shared.setdefault(collection, set()).add(user)
        return {
            name: (owner, bool(public), frozenset(shared.get(name, ())))
            for name, owner, public in self._database.rows("SELECT name, owner, public FROM collections")
        }

    def set_rule(
        self, collection: str, *, owner: User | None = None, public: bool = False, shared: Sequence[User] = ()
    ) -> None:
        """Set the owner and the readers of a collection in one step."""
        with self._database.changing() as connection:
            connection.execute("DELETE FROM collections WHERE name = ?", (collection,))
            connection.execute(
                "INSERT INTO collections VALUES (?, ?, ?)", (collection, owner.id if owner else None, int(public))
            )
            connection.executemany(
                "INSERT OR IGNORE INTO shares VALUES (?, ?)", [(collection, user.id) for user in shared]
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # Hashing -----------------------------------------------------------------------------------------------------

    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(**HASHING)

    def _hashed(self, text: str) -> str:
        with self._hashing:
            return self._hasher().hash(text)

    def _verified(self, held: str, given: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._hashing:
            try:
                return self._hasher().verify(held, given)
            except (VerificationError, InvalidHashError):
                return False

    def _nobody(self) -> str:
        """A hash that no password has, so that an unknown name takes as long as a known one."""
        if not hasattr(self, "_unknown"):
            self._unknown = self._hashed(secrets.token_urlsafe(32))
        return self._unknown


def number_of(token: str) -> str:
    """The part of a token that is no secret; the beginning of what is none."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else token[:16]


def personal(name: str) -> str:
    """The collection that an account begins with."""
    return f"~{name}"


def _user(row: Sequence) -> User:
    return User(row[0], row[1], bool(row[2]), row[3])


def _name(name: str) -> str:
    """A name as it is stored. Raises AccountError."""
    folded = name.strip().lower()  # no other folding, which makes one name of "ß" and "ss"
    if not name.isascii() or not _NAME.fullmatch(folded):
        raise AccountError(
            f"{name[:80]!r} is not a name for an account: use up to 64 of a-z, 0-9, '.', '_', '@' and '-', "
            "beginning with a letter or digit."
        )
    return folded


def _checked(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"A password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return password


def _sha(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat()
