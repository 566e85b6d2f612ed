"""Where the network runs, and in which precision: bfloat16 is faster on some processors and slower on others."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

FASTER = 1.2  # how many times faster bfloat16 must be to be worth its rounding


@dataclass(frozen=True, slots=True)
class Device:
    """A device of torch ("cpu", "cuda") and whether matrices are multiplied in bfloat16 there."""

    name: str
    half: bool

    def autocast(self) -> AbstractContextManager:
        return torch.autocast(self.name, torch.bfloat16) if self.half else nullcontext()


def chosen(name: str = "auto", precision: str = "auto", threads: int = 0) -> Device:
    """The device called ``name`` ("auto": a GPU if there is one) and its precision ("auto": what is faster there).

    ``threads`` of 0 means one for each core that this process may use.
    """
    from footnoted.index.models.bundled import cores

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("torch sees no GPU here: leave --device out, or say --device cpu.")
    torch.set_num_threads(threads or cores())
    return Device(name, _half_is_faster(name) if precision == "auto" else precision == "bfloat16")


def _half_is_faster(name: str) -> bool:
    if name == "cuda":
        return torch.cuda.is_bf16_supported()
    seconds = {kind: _seconds(kind) for kind in (torch.float32, torch.bfloat16)}
    return seconds[torch.float32] > FASTER * seconds[torch.bfloat16]


def _seconds(kind: torch.dtype) -> float:
    """Of the product of two matrices like the network's; small, because it takes seconds where bfloat16 is emulated."""
    left, right = torch.ones(256, 384, dtype=kind), torch.ones(384, 1536, dtype=kind)
    left @ right
    begun = time.perf_counter()
    for _ in range(3):
        left @ right
    return time.perf_counter() - begun
