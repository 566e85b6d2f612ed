"""What all routes of one server share: the assistant, the accounts, the limits, the metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.server.accounts.access import Access
from footnoted.assistant.server.accounts.accounts import DATABASE, Accounts
from footnoted.assistant.server.accounts.callers import Callers
from footnoted.assistant.server.accounts.user_rights import UserRights
from footnoted.assistant.server.limits import Attempts, Gate, Rate
from footnoted.assistant.server.metrics import Metrics
from footnoted.assistant.web import guard
from footnoted.assistant.web.service import Service
from footnoted.index.pages.public_addresses import parse_allowed
from footnoted.index.store.database import RESTORE

if TYPE_CHECKING:
    from footnoted.assistant.chain import Assistant
    from footnoted.assistant.server.tracing import Tracing


class State:
    """What the routes of one server share. ``local_only``: it listens only to this machine.

    ``accounts_required`` requires an account even while there is none. Raises FetchError for a ``fetch_allow`` that
    cannot be understood, AssistantError for lost accounts.
    """

    def __init__(self, assistant: Assistant, *, local_only: bool = False, accounts_required: bool = False) -> None:
        self.assistant, self.index, self.settings = assistant, assistant.index, assistant.settings
        settings = self.settings
        parse_allowed(settings.allowed_pages)  # so that a mistake is said now and not at the first page
        self.local_only = local_only
        self.folder = Path(self.index.home.folder)
        self.accounts = self._accounts()
        self.callers = Callers(
            self.accounts, required=accounts_required, proxy_user_header=settings.proxy_user_header,
            trusted_proxies=settings.trusted_proxies,
        )  # fmt: skip
        self.access = Access(self.accounts, self.index)
        self.rights = UserRights(self.access, self.callers)
        self.hosts = {name.strip().casefold() for name in settings.hosts.split(",") if name.strip()}
        self.rate = Rate(settings.requests_a_minute)
        self.attempts = Attempts()
        self.gate = Gate(settings.questions_at_once, settings.questions_waiting)
        self.metrics = Metrics(self.gate, self.index.catalog)
        self.tracing: Tracing | None = None
        self.started = time.time()
        self.warm = threading.Event()  # the models are loaded
        self.contexts: list[Callable[[], AbstractAsyncContextManager]] = []  # entered while the server runs
        self.upload_bytes = settings.upload_megabytes * 1_000_000
        self.service = Service(assistant, self.rights, self.upload_bytes)

    def _accounts(self) -> Accounts:
        """The accounts. The catalog remembers that there are any, lest a lost file opens the server to everybody.

        Raises AssistantError for a lost file.
        """
        path, catalog = self.folder / DATABASE, self.index.catalog
        if catalog.get("accounts") and not path.exists() and not self.settings.password:
            raise AssistantError(
                f"{path}, which holds the accounts, is gone, and without it everybody would be let in: {RESTORE}, and "
                "'footnote users add NAME --admin' begins anew."
            )
        accounts = Accounts(path, password=self.settings.password)
        if accounts.any() and not catalog.get("accounts"):
            catalog.set("accounts", "yes")
        return accounts

    def host_is_ours(self, host: str) -> bool:
        """Whether a request that names this host is meant for us."""
        name = guard.host_name(host)
        if guard.is_loopback(host) or name in self.hosts:
            return True
        return not self.local_only and not self.hosts

    def trace(self, tracing: Tracing) -> None:
        """Trace every request from now on; what is left is sent when the server stops."""
        self.tracing = tracing
        self.contexts.append(tracing.running)

    def close(self) -> None:
        """Close the conversations and the accounts; the assistant belongs to the caller."""
        self.service.close()
        self.accounts.close()
