"""Which collections a caller may read and change: private, shared with some, or public, decided in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AccountError, Forbidden
from footnoted.assistant.server.accounts.accounts import personal
from footnoted.index.errors import SourceNotFound
from footnoted.index.search.filters import collection_name
from footnoted.index.types import DEFAULT_COLLECTION, DocumentInfo, Filter

if TYPE_CHECKING:
    from footnoted.assistant.server.accounts.accounts import Accounts
    from footnoted.assistant.server.accounts.callers import Caller
    from footnoted.index import Index


class Access:
    """The rules of one index. A collection without a rule is for administrators only, except ``default``, which all
    may read. Each account starts with a collection of its own, called ``~name``."""

    def __init__(self, accounts: Accounts, index: Index) -> None:
        self.accounts, self.index = accounts, index

    def readable(self, caller: Caller) -> tuple[str, ...] | None:
        """The names of the collections that the caller may read; ``None`` for all."""
        if caller.user is None or caller.admin:
            return None
        rules = self.accounts.rules()
        may = {name for name, (owner, public, shared) in rules.items() if public or caller.user in (owner, *shared)}
        return tuple(sorted(may if DEFAULT_COLLECTION in rules else may | {DEFAULT_COLLECTION}))

    def may_read(self, caller: Caller, collection: str) -> bool:
        """Whether the caller may read a collection."""
        readable = self.readable(caller)
        return readable is None or collection in readable

    def may_write(self, caller: Caller, collection: str) -> bool:
        """Whether the caller may add to a collection and remove from it: its owner and administrators may."""
        if caller.user is None or caller.admin:
            return True
        owner, _, _ = self.accounts.rules().get(collection, (None, False, frozenset()))
        return owner is not None and owner == caller.user

    def require_write(self, caller: Caller, collection: str) -> None:
        """Raises Forbidden where the caller may read but not write, SourceNotFound where it may not even read."""
        if self.may_write(caller, collection):
            return
        if not self.may_read(caller, collection):
            raise SourceNotFound(f"There is no collection called {collection!r} here.")
        raise Forbidden(f"The collection {collection!r} is not yours to change.")

    def home_collection(self, caller: Caller) -> str:
        """Where the caller's documents go when no collection is named."""
        return DEFAULT_COLLECTION if caller.user is None else personal(caller.name)

    def narrowed(self, caller: Caller, wanted: Filter | None) -> Filter | None:
        """The filter that was asked for, restricted to what the caller may read: the only way to the search."""
        readable = self.readable(caller)
        if readable is None:
            return wanted
        wanted = wanted or Filter()
        chosen = readable if wanted.collections is None else [name for name in wanted.collections if name in readable]
        return replace(wanted, collections=tuple(chosen))

    def visible(self, caller: Caller, documents: Iterable[DocumentInfo]) -> list[DocumentInfo]:
        """Those documents that the caller may read."""
        readable = self.readable(caller)
        return [info for info in documents if readable is None or info.collection in readable]

    def may_read_source(self, caller: Caller, source: str) -> bool:
        """Whether there is a document of this source that the caller may read."""
        row = self.index.catalog.document(source)
        if row is None or row["source"] != source:
            return False
        record = self.index.catalog.file(row["path"])
        return self.may_read(caller, record.collection if record else DEFAULT_COLLECTION)

    def missing_words(self, question: str, allowed: Filter | None) -> tuple[str, ...]:
        """The words of a question that no passage of these documents contains; other documents do not count."""
        return tuple(self.index.missing_words(question, filter=allowed))

    def share(self, caller: Caller, collection: str, *, public: bool, shared_with: Sequence[str]) -> None:
        """Set who else may read a collection. A new one is created and becomes the caller's.

        Raises SourceNotFound or Forbidden for somebody else's, AccountError for an unknown name.
        """
        name = collection_name(collection)
        rules, held = self.accounts.rules(), {info.name for info in self.index.collections()} | {DEFAULT_COLLECTION}
        if name not in rules and name not in held and not name.startswith("~"):
            owner = caller.user
        else:
            self.require_write(caller, name)
            owner = rules[name][0] if name in rules else None
        users = self.accounts.users()
        named = {user.name: user for user in users}
        unknown = sorted(other for other in shared_with if other.casefold() not in named)
        if unknown:
            raise AccountError(f"There is no account called {', '.join(unknown)}.")
        self.accounts.set_rule(
            name,
            owner=next((user for user in users if user.id == owner), None),
            public=public,
            shared=[named[other.casefold()] for other in shared_with],
        )
