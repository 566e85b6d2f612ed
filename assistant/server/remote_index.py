"""The index of a server that runs on the same data folder, as the commands use it instead of opening the store."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import secrets
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from footnoted.assistant import errors
from footnoted.assistant.answers import Answer
from footnoted.assistant.errors import AssistantError
from footnoted.index import errors as index_errors
from footnoted.index.types import CollectionInfo, DocumentInfo, Filter, Passage, Progress, Report

ANNOUNCEMENT = "server.json"  # in the data folder: where the server is, and the secret that opens it
CONNECT_SECONDS = 2.0
SILENCE_SECONDS = 60.0  # the server sends a line now and then even while it has nothing to report

RESULTS: dict[str, Any] = {
    "add": Report, "remove": list[str], "retrieve": list[Passage], "documents": list[DocumentInfo],
    "text_of": str, "source_of": str, "check": list[str], "repair": list[str],
    "collections": list[CollectionInfo], "set_collection": type(None), "answer": Answer,
}  # fmt: skip
"""The calls that are allowed, and the type of each result."""


class RemoteIndex:
    """What commands use of :class:`footnoted.index.Index`, carried out by the server. Paths are resolved here."""

    def __init__(self, announced: Mapping[str, Any], folder: Path) -> None:
        self._announced, self._folder = announced, folder

    def add(
        self,
        paths: Sequence[str | Path],
        *,
        collection: str | None = None,
        metadata: Mapping[str, str | int | float] | None = None,
        progress: Callable[[Progress], None] | None = None,
        **options: object,
    ) -> Report:
        """See :meth:`footnoted.index.Index.add`."""
        given = {_absolute(path): str(path) for path in paths}
        report = self.call(
            "add", {"paths": list(given), "collection": collection, "metadata": metadata, **options}, progress
        )
        return _named_as_given(report, given)

    def remove(self, source: str) -> list[str]:
        """See :meth:`footnoted.index.Index.remove`."""
        return self.call("remove", {"source": source, "path": _absolute(source)})

    def retrieve(
        self, question: str, k: int = 5, *, sources: Sequence[str] | None = None, filter: Filter | None = None,
        rerank: bool = True,
    ) -> list[Passage]:  # fmt: skip
        """See :meth:`footnoted.index.Index.retrieve`."""
        wanted = asdict(filter) if filter is not None else None
        return self.call("retrieve", {
            "question": question, "k": k, "sources": sources, "filter": wanted, "rerank": rerank,
        })  # fmt: skip

    def documents(self) -> list[DocumentInfo]:
        """See :meth:`footnoted.index.Index.documents`."""
        return self.call("documents", {})

    def text_of(self, source: str) -> str:
        """See :meth:`footnoted.index.Index.text_of`."""
        return self.call("text_of", {"source": source, "path": _absolute(source)})

    def source_of(self, name: str) -> str:
        """See :meth:`footnoted.index.Index.source_of`."""
        return self.call("source_of", {"source": name, "path": _absolute(name)})

    def check(self) -> list[str]:
        """See :meth:`footnoted.index.Index.check`."""
        return self.call("check", {})

    def repair(self) -> list[str]:
        """See :meth:`footnoted.index.Index.repair`."""
        return self.call("repair", {})

    def collections(self) -> list[CollectionInfo]:
        """See :meth:`footnoted.index.Index.collections`."""
        return self.call("collections", {})

    def set_collection(self, source: str, collection: str) -> None:
        """See :meth:`footnoted.index.Index.set_collection`."""
        self.call("set_collection", {"source": source, "path": _absolute(source), "collection": collection})

    def watch(self, paths: Sequence[str | Path], **options: Any) -> Iterator[Report | Exception]:
        """See :meth:`footnoted.index.Index.watch`: this process watches, the server reads what changed."""
        from footnoted.index.adding.watch import watch

        def add(there: Sequence[str | Path]) -> Report:
            return self.add(there, **options)

        return watch(add, list(paths), without=self._folder)

    def close(self) -> None:
        """There is nothing to close: each call has a connection of its own."""

    def __enter__(self) -> RemoteIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, name: str, given: Mapping[str, object], progress: Callable | None = None) -> Any:
        """Have the server do one of :data:`RESULTS`; its errors are raised here as what they were there."""
        connection = _connected(self._announced["url"], SILENCE_SECONDS)
        try:
            connection.request(
                "POST", "/control/call", json.dumps({"name": name, "given": given}),
                {"authorization": f"Bearer {self._announced['token']}", "content-type": "application/json"},
            )  # fmt: skip
            response = connection.getresponse()
            if response.status != 200:
                raise AssistantError(
                    f"The server of this data folder refused ({response.status}): --direct bypasses it."
                )
            return self._read(response, name, progress)
        except (OSError, http.client.HTTPException) as error:
            raise AssistantError(
                f"The server of this data folder stopped answering ({error}): run the command again."
            ) from error
        finally:
            connection.close()

    def _read(self, response: http.client.HTTPResponse, name: str, progress: Callable | None) -> Any:
        for line in response:
            message = json.loads(line)
            if "progress" in message and progress is not None:
                progress(revived(Progress, message["progress"]))
            if "error" in message:
                raise _error(message["error"])
            if "result" in message:
                return revived(RESULTS[name], message["result"])
        raise http.client.IncompleteRead(b"")


class RemoteAssistant:
    """The part of :class:`footnoted.assistant.Assistant` that commands use, carried out by the server."""

    def __init__(self, index: RemoteIndex) -> None:
        self.index = index

    def answer(self, question: str, *, sources: Sequence[str] | None = None, filter: Filter | None = None) -> Answer:
        """See :meth:`footnoted.assistant.Assistant.answer`."""
        wanted = asdict(filter) if filter is not None else None
        return self.index.call("answer", {"question": question, "sources": sources, "filter": wanted})

    def __enter__(self) -> RemoteAssistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.index.close()


def find(folder: Path, settings: Mapping[str, object]) -> RemoteIndex | None:
    """The index of the server that runs on this data folder, if one runs that was started with these settings.

    The server has to show that it knows the secret of the announcement before it is sent to it: a file that a killed
    server left behind may name a port that another program has by now.
    """
    try:
        announced = json.loads((folder / ANNOUNCEMENT).read_text(encoding="utf-8"))
        if any(announced["settings"].get(name) != value for name, value in settings.items()):
            return None
        nonce = secrets.token_hex(16)
        connection = _connected(announced["url"], CONNECT_SECONDS)
        try:
            connection.request("GET", f"/control/hello?nonce={nonce}")
            shown = json.loads(connection.getresponse().read(1000)).get("proof", "")
        finally:
            connection.close()
        if hmac.compare_digest(str(shown), proof(announced["token"], nonce)):
            return RemoteIndex(announced, folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, http.client.HTTPException):
        pass  # no server, a stale file, or something else on that port
    return None


def proof(token: str, nonce: str) -> str:
    """What only one who knows the token can answer to a nonce."""
    return hmac.new(token.encode(), nonce.encode(), hashlib.sha256).hexdigest()


def revived(kind: Any, value: Any) -> Any:
    """A value of our own types from its JSON."""
    if value is None:
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        held = {each.name: revived(hints[each.name], value[each.name]) for each in fields(kind) if each.name in value}
        return kind(**held)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return revived(next((one for one in inner if one is not type(None)), object), value)
    if origin is tuple and inner[-1:] != (Ellipsis,):
        return tuple(revived(one, each) for one, each in zip(inner, value, strict=True))
    if origin is tuple:
        return tuple(revived(inner[0], each) for each in value)
    if origin is list:
        return [revived(inner[0], each) for each in value]
    if isinstance(value, dict) and len(inner) == 2:
        return {key: revived(inner[1], each) for key, each in value.items()}
    return value


def _error(sent: Mapping[str, str]) -> Exception:
    """The same error as the command would have met itself."""
    for module in (index_errors, errors):
        kind = getattr(module, sent["kind"], None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            return kind(sent["message"])
    return AssistantError(sent["message"])


def _connected(url: str, seconds: float) -> http.client.HTTPConnection:
    host, _, port = url.removeprefix("http://").rpartition(":")
    return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=seconds)


def _absolute(path: str | Path) -> str:
    """A path as the server can find it; the address of a page is left as it is."""
    return str(path) if "://" in str(path) else os.path.abspath(os.path.expanduser(str(path)))


def _named_as_given(report: Report, given: Mapping[str, str]) -> Report:
    """What was skipped, by the names that the person wrote."""
    from dataclasses import replace

    skipped = {
        given.get(path, path): reason.replace(path, given[path]) if path in given else reason
        for path, reason in report.skipped.items()
    }
    return replace(report, skipped=skipped)
