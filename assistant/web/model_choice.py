"""Which models a reader may choose between, and whether the one that is configured can be reached."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from footnoted.assistant.quoting.lengths import LENGTHS, Sized
from footnoted.assistant.writing.models import EXTRACTIVE

if TYPE_CHECKING:
    from footnoted.assistant.chain import Assistant
    from footnoted.assistant.settings import Settings

CHECKED_EVERY = 30.0  # seconds
_LOCAL = {"ollama": "http://127.0.0.1:11434"}


class Models:
    """The assistants that one page offers: the one that was configured, and the documents' own words."""

    def __init__(self, assistant: Assistant) -> None:
        self.configured = assistant
        self._quoting: Assistant | None = None
        self._lock = threading.Lock()
        self._checked, self._problem = -CHECKED_EVERY, ""

    def listed(self) -> list[dict[str, str]]:
        """The name, label and problem (if any) of each model, the configured one first; never a key."""
        quoting = "your documents, word for word"
        if self.configured.model_name == EXTRACTIVE:
            return [{"name": EXTRACTIVE, "label": f"{quoting} (no language model is set)", "problem": ""}]
        name = self.configured.model_name
        writing = f"{name}, in its own words, each sentence checked against your documents"
        return [
            {"name": name, "label": writing, "problem": self.problem()},
            {"name": EXTRACTIVE, "label": f"{quoting}, without the model", "problem": ""},
        ]

    def problem(self) -> str:
        """A sentence when the model's server on this machine or network does not answer; checked now and then.

        Only a server with an address of its own is tried. A provider on the internet is reached by a question alone.
        """
        with self._lock:
            if time.monotonic() - self._checked >= CHECKED_EVERY:
                self._checked, self._problem = time.monotonic(), unreachable(getattr(self.configured, "settings", None))
            return self._problem

    def assistant_for(self, model: str, length: str) -> Assistant | Sized:
        """The assistant for a model's name and a length ("short", "long" or the usual); unknown ones are the usual."""
        usual = self.configured
        if model == EXTRACTIVE and usual.model_name != EXTRACTIVE:
            usual = self._without_model()
        return Sized(usual, length) if length in LENGTHS else usual

    def _without_model(self) -> Assistant:
        with self._lock:
            if self._quoting is None:
                settings = replace(self.configured.settings, model=EXTRACTIVE)
                self._quoting = type(self.configured)(self.configured.index, None, settings)
            return self._quoting


def unreachable(settings: Settings | None) -> str:
    """One sentence when nothing listens where the model is served, else an empty text."""
    if settings is None or settings.model == EXTRACTIVE:
        return ""
    address = settings.base_url or _LOCAL.get(settings.model.partition(":")[0], "")
    parts = urlsplit(address)
    if not parts.hostname:
        return ""
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname, port), timeout=1.0).close()
    except (OSError, ValueError):
        where = f"{parts.hostname}:{parts.port}" if ":" in parts.netloc.rpartition("]")[2] else parts.hostname
        return f"{settings.model} cannot be reached at {where}: until it can, answers are quotes from your documents."
    return ""
