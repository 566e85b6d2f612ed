"""How much text is still to be embedded, estimated for files not yet read: the basis of the remaining time."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping

# Characters of text for each byte of a file: what to expect of a kind before the first one was read.
_SHARES = {
    ".pdf": 0.05, ".docx": 0.2, ".pptx": 0.05, ".xlsx": 0.3, ".html": 0.3, ".htm": 0.3, ".xhtml": 0.3, ".epub": 0.5,
    ".eml": 0.3,
}  # fmt: skip
_WEIGHT = 200_000  # bytes of a kind that must have been read to count as much as what was expected


class Workload:
    """Characters to embed, done and in all. Files already read correct the estimate for others of their kind."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        """``sizes`` are the bytes of the files that will be read, by path."""
        self.done = 0.0
        self._waiting = 0.0
        self._unread = dict(sizes)
        self._left: dict[str, int] = defaultdict(int)
        self._seen: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])  # bytes, characters
        for path, size in sizes.items():
            self._left[_ending(path)] += size

    @property
    def total(self) -> float:
        """All that is done, known to be left, and expected of the files that are not read yet."""
        return self.done + self._waiting + sum(size * self._share(kind) for kind, size in self._left.items())

    def read(self, path: str, characters: int | None) -> None:
        """A file was read and holds this much that is new; ``None``: it says nothing about others."""
        size = self._unread.pop(path, 0)
        kind = _ending(path)
        self._left[kind] -= size
        if characters is not None:
            seen = self._seen[kind]
            seen[0] += size
            seen[1] += characters
            self._waiting += characters

    def embedded(self, characters: int) -> None:
        """This much of what was read is done."""
        self._waiting -= characters
        self.done += characters

    def _share(self, kind: str) -> float:
        size, characters = self._seen[kind]
        return (_SHARES.get(kind, 1.0) * _WEIGHT + characters) / (_WEIGHT + size)


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()
