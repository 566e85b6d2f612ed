"""Relevance as the original cross-encoder sees it, computed once for each input and kept in a file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from footnoted.index.models.bundled import RERANKER
from footnoted.index.models.reading import Window
from training.data.encoding import padded
from training.devices import Device
from training.network import ReaderNetwork
from training.readers import AT_ONCE


class Teacher:
    """The start of training, which stays as it is. What it says of an input is computed once, over all runs."""

    def __init__(self, network: ReaderNetwork, path: Path, device: Device) -> None:
        self._network, self._device = network.eval().requires_grad_(False), device
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several runs may share the file; a lost row is computed again, so nothing waits for the disk.
        self._connection = sqlite3.connect(path, timeout=60)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, score REAL)")

    def scores(self, windows: Sequence[Window]) -> list[float]:
        """A logit for each window."""
        keys = [_key(window) for window in windows]
        known = {key: row[0] for key in keys if (row := self._row(key))}
        lacking = {key: window for key, window in zip(keys, windows, strict=True) if key not in known}
        ordered = sorted(lacking, key=lambda key: len(lacking[key].ids))
        for begin in range(0, len(ordered), AT_ONCE):
            part = ordered[begin : begin + AT_ONCE]
            with torch.inference_mode(), self._device.autocast():
                inputs = (one.to(self._device.name) for one in padded([lacking[key] for key in part]))
                found = self._network(*inputs)[0].float().tolist()
            known |= zip(part, found, strict=True)
            with self._connection:
                self._connection.executemany(
                    "INSERT OR IGNORE INTO scores VALUES (?, ?)", zip(part, found, strict=True)
                )
        return [known[key] for key in keys]

    def _row(self, key: bytes) -> tuple[float] | None:
        return self._connection.execute("SELECT score FROM scores WHERE key = ?", (key,)).fetchone()

    def close(self) -> None:
        self._connection.close()


def _key(window: Window) -> bytes:
    content = np.array([window.first, *window.ids], dtype=np.int32).tobytes()
    return hashlib.blake2b(content, digest_size=16, key=RERANKER.sha256["model.onnx"].encode()).digest()
