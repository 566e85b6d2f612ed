"""What a user of the page may see and change, by the key under which the user's conversations are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.errors import Forbidden
from footnoted.assistant.server.accounts.callers import Caller, key_of
from footnoted.index.pages.fetch import is_url
from footnoted.index.types import DEFAULT_COLLECTION

if TYPE_CHECKING:
    from footnoted.assistant.server.accounts.access import Access
    from footnoted.assistant.server.accounts.callers import Callers
    from footnoted.index.types import DocumentInfo


class UserRights:
    """The rules of :class:`Access` by the keys of users. Without accounts everybody may do everything."""

    def __init__(self, access: Access, callers: Callers) -> None:
        self._access, self._callers = access, callers

    def caller(self, key: str) -> Caller:
        """The account with this key; where accounts are required and none has it, a caller without rights."""
        if not self._callers.required:
            return Caller(key)
        for user in self._access.accounts.users():
            if key_of(user.id) == key:
                return Caller(key, user.name, user.id, user.admin)
        return Caller(key, user="", admin=False)

    def visible(self, key: str, documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
        """Those documents that the user may see."""
        return self._access.visible(self.caller(key), documents)

    def require_write(self, key: str, info: DocumentInfo) -> None:
        """Raises Forbidden or SourceNotFound where the user may not change this document."""
        self._access.require_write(self.caller(key), info.collection)

    def target(self, key: str, collection: str) -> str | None:
        """The collection that a user's documents go to; ``None`` leaves the choice to the index.

        Raises Forbidden or SourceNotFound where the user may not add to it.
        """
        caller = self.caller(key)
        name = collection or self._access.home_collection(caller)
        self._access.require_write(caller, name)
        return name if collection or name != DEFAULT_COLLECTION else None

    def require_free(self, key: str, paths: Sequence[Path | str]) -> None:
        """Adding a document again moves it to another collection: nobody may take somebody else's document that way.

        Raises Forbidden. Web pages have the same address for everybody: where there are accounts, administrators add
        them.
        """
        caller = self.caller(key)
        if caller.user is None or caller.admin:
            return
        for path in paths:
            if is_url(str(path)):
                raise Forbidden("Web pages are added by administrators here: ask one, or upload the page as a file.")
            record = self._access.index.catalog.file(str(Path(path).resolve()))
            if record is not None and not self._access.may_write(caller, record.collection):
                raise Forbidden(f"{Path(path).name} is in the index already, in a collection that is not yours.")
