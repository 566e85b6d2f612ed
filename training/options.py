"""What a run is made of: its options, kept in its folder, and those that may change when it goes on."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from footnoted.index.models.reading import Limits
from training.checkpoints import OPTIONS
from training.data.sources import Split
from training.losses import Weights


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run. All of them together with the data determine its weights, on one kind of machine.

    ``fold`` below 0 holds out no articles. ``sets`` trains on these only. ``made`` multiplies how many negatives are
    made. ``rate`` is the highest learning rate, ``heads`` that of the new heads as a multiple of it. It rises over
    ``warm_up`` steps, stays, and falls to 0 over the last ``cool`` ones; ``steps`` may be changed when a run goes on,
    as long as it does not cool yet. The word vectors and the first ``frozen`` layers stay as they are. Relevance is
    taught with every ``taught``-th batch: it must only stay as it is, and the teacher costs a third of a step.
    """

    steps: int = 6000
    batch: int = 16
    rate: float = 1e-4
    heads: float = 3.0
    warm_up: int = 100
    cool: int = 1500
    frozen: int = 0
    decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.1
    attention_dropout: float = 0.0  # with it, attention on a processor takes three times as long
    tokens: int = 256
    seed: int = 1
    fold: int = 0
    folds: int = 3
    hold_sets: str = "squad2_dev_six,qed_dev"
    sets: str = ""
    doubtful: bool = False
    made: float = 1.0
    answered: float = 1.0
    span: float = 0.5
    evidence: float = 0.5
    relevance: float = 0.4
    taught: int = 2

    @property
    def weights(self) -> Weights:
        return Weights(self.answered, self.span, self.evidence, self.relevance)

    @property
    def split(self) -> Split:
        return Split(names(self.hold_sets), self.fold if self.fold >= 0 else None, self.folds)

    @property
    def limits(self) -> Limits:
        return Limits(tokens=self.tokens, question=min(128, self.tokens // 2 - 8), overlap=min(64, self.tokens // 4))


def names(listed: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def settled(folder: Path, given: dict[str, Any]) -> Options:
    """The options of the run in ``folder``: those it was begun with, or else the defaults with those given.

    Raises:
        ValueError: the run was begun with another value than the one given.
    """
    path = folder / OPTIONS
    if path.is_file():
        try:
            kept = Options(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{path} is not of this version of the training: name another folder ({error})."
            ) from error
        if given.get("steps", kept.steps) != kept.steps:
            kept = replace(kept, steps=given["steps"])
            _checked(kept)
            _write(kept, path)
        for name, value in given.items():
            if getattr(kept, name) != value:
                option = "--" + name.replace("_", "-")
                raise ValueError(
                    f"The run in {folder} was begun with {option} {getattr(kept, name)}, not {value}: "
                    "leave the option out to go on, or name another folder."
                )
        return kept
    options = replace(Options(), **given)
    _checked(options)
    folder.mkdir(parents=True, exist_ok=True)
    _write(options, path)
    return options


def _write(options: Options, path: Path) -> None:
    written = path.with_name(OPTIONS + ".new")
    written.write_text(json.dumps(asdict(options), indent=2) + "\n", encoding="utf-8")
    os.replace(written, path)


def _checked(options: Options) -> None:
    for name in ("steps", "batch", "folds", "taught"):
        if getattr(options, name) < 1:
            raise ValueError(f"--{name} must be 1 or more.")
    if not 64 <= options.tokens <= 512:
        raise ValueError("--tokens must be from 64 to 512: the encoder knows 512 positions.")
    if options.fold >= options.folds:
        raise ValueError("--fold must be below --folds, or -1 to hold out no articles.")
    if not 0 <= options.dropout < 1 or not 0 <= options.attention_dropout < 1:
        raise ValueError("--dropout and --attention-dropout must be from 0 to below 1.")
    for name in ("warm_up", "cool", "frozen"):
        if getattr(options, name) < 0:
            raise ValueError(f"--{name.replace('_', '-')} must be 0 or more.")


def option_names() -> list[str]:
    """The names of all options."""
    return [item.name for item in fields(Options)]
