"""The state of a run in its folder, written in one step: a run killed at any moment goes on from the last one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

CHECKPOINT, LOG, OPTIONS, LOCK = "checkpoint.pt", "log.jsonl", "options.json", "lock"


@dataclass(slots=True)
class Place:
    """Where a run stands: steps done, the next batch of which epoch, and the seconds that its steps took."""

    step: int = 0
    epoch: int = 0
    position: int = 0
    seconds: float = 0.0


def save(folder: Path, place: Place, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Write the checkpoint; until it is complete on the disk, the one before stays."""
    state = {
        "place": {name: getattr(place, name) for name in Place.__slots__},
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "random_gpu": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    written = folder / (CHECKPOINT + ".new")
    with written.open("wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(written, folder / CHECKPOINT)


def restore(folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer, device: str) -> Place:
    """Set everything as it was when the checkpoint was written; without one, nothing changes."""
    path = folder / CHECKPOINT
    if not path.is_file():
        return Place()
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    network.to(device)
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    if device == "cuda" and state["random_gpu"]:
        torch.cuda.set_rng_state_all(state["random_gpu"])
    return Place(**state["place"])


def load_network(folder: Path, network: nn.Module) -> int:
    """The weights of a run's checkpoint put into ``network``; returns the step they are from.

    Raises:
        ValueError: there is no checkpoint in the folder.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        raise ValueError(f"There is no checkpoint in {folder}: train first, or name the folder of another run.")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    return int(state["place"]["step"])


class Log:
    """One JSON object a line; what was logged after the checkpoint that a run goes on from is taken back."""

    def __init__(self, folder: Path, step: int) -> None:
        self._path = folder / LOG
        kept = [json.dumps(entry) for entry in entries(folder) if entry["step"] <= step]
        written = folder / (LOG + ".new")
        written.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        os.replace(written, self._path)

    def add(self, entry: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """What was logged; a last line that a kill cut short is left out."""
    path = folder / LOG
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder for one process.

    Raises:
        ValueError: another process is training in it.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(f"Another process is training in {folder}: wait for it, or name another folder.") from None
    try:
        yield
    finally:
        lock.release()
