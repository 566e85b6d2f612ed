"""What all routes of one server share: the assistant, the accounts, the limits, the figures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.errors import Forbidden
from footnoted.assistant.server.accounts.access import Access
from footnoted.assistant.server.accounts.accounts import Accounts
from footnoted.assistant.server.accounts.callers import Caller, Callers, key_of
from footnoted.assistant.server.limits import Attempts, Gate, Rate
from footnoted.assistant.server.metrics import Figures
from footnoted.assistant.web import guard
from footnoted.index.pages.fetch import is_url

if TYPE_CHECKING:
    from footnoted.assistant.chain import Assistant
    from footnoted.assistant.server.tracing import Tracing
    from footnoted.assistant.web.service import Service
    from footnoted.index.types import DocumentInfo

ACCOUNTS = "accounts.sqlite3"


class State:
    """One server's shared things. ``local_only``: it listens to this machine alone.

    ``accounts_required`` asks everybody for an account even while there is none.
    """

    def __init__(
        self, assistant: Assistant, service: Service, *, local_only: bool = False, accounts_required: bool = False
    ) -> None:
        self.assistant, self.index, self.settings = assistant, assistant.index, assistant.settings
        settings, self.service = self.settings, service
        self.local_only = local_only
        self.folder = Path(self.index.home.folder)
        self.accounts = Accounts(self.folder / ACCOUNTS, password=settings.password)
        self.callers = Callers(
            self.accounts, required=accounts_required, proxy_user_header=settings.proxy_user_header,
            trusted_proxies=settings.trusted_proxies,
        )  # fmt: skip
        self.access = Access(self.accounts, self.index)
        self.hosts = {name.strip().casefold() for name in settings.hosts.split(",") if name.strip()}
        self.rate = Rate(settings.requests_a_minute)
        self.attempts = Attempts()
        self.gate = Gate(settings.questions_at_once, settings.questions_waiting)
        self.figures = Figures(self)
        self.tracing: Tracing | None = None
        self.started = time.time()
        self.warm = threading.Event()  # the models are loaded
        self.contexts: list[Callable[[], AbstractAsyncContextManager]] = []  # entered while the server runs
        self.upload_bytes = settings.upload_megabytes * 1_000_000
        service.visible, service.require_write, service.state = self._visible, self._require_write, self

    def host_is_ours(self, host: str) -> bool:
        """Whether a request that names this host is meant for us."""
        name = guard.host_name(host)
        if guard.is_loopback(host) or name in self.hosts:
            return True
        return not self.local_only and not self.hosts

    def caller_of_key(self, key: str) -> Caller:
        """The account that owns conversations under this key; nobody's rights where accounts count and none fits."""
        if not self.callers.required:
            return Caller(key)
        for user in self.accounts.users():
            if key_of(user.id) == key:
                return Caller(key, user.name, user.id, user.admin)
        return Caller(key, user="", admin=False)

    def _visible(self, key: str, documents: list[DocumentInfo]) -> list[DocumentInfo]:
        return self.access.visible(self.caller_of_key(key), documents)

    def _require_write(self, key: str, info: DocumentInfo) -> None:
        self.access.require_write(self.caller_of_key(key), info.collection)

    def require_free(self, key: str, paths: Sequence[Path | str]) -> None:
        """Adding a document again moves it to another collection: nobody may take somebody else's that way.

        Raises Forbidden. Pages, whose addresses are the same for all, are added by administrators where accounts count.
        """
        caller = self.caller_of_key(key)
        if caller.user is None or caller.admin:
            return
        for path in paths:
            if is_url(str(path)):
                raise Forbidden("Web pages are added by administrators here: ask one, or upload the page as a file.")
            record = self.index.catalog.file(str(Path(path).resolve()))
            if record is not None and not self.access.may_write(caller, record.collection):
                raise Forbidden(f"{Path(path).name} is in the index already, in a collection that is not yours.")

    def trace(self, tracing: Tracing) -> None:
        """Note every request there from now on, and send what is left when the server stops."""
        self.tracing = tracing
        self.contexts.append(tracing.running)

    def close(self) -> None:
        """Let go of the accounts; the assistant belongs to the caller."""
        self.accounts.close()
