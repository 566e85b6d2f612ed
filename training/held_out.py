"""What a run is measured on while it trains and afterwards: lines that were held out, with their figures."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from footnoted.index.models.reading import Limits, Reader, windows_of
from training.data.negatives import OtherPassages
from training.data.sources import Line, Split, parted
from training.figures import Probe, Row, row_of
from training.teacher import Teacher

FEW_UNANSWERED = 0.2  # a set with a smaller share of them is given other passages of its own as well


def held_out_probes(
    lines: Mapping[str, Sequence[Line]], split: Split, most: int = 0, seed: int = 0
) -> dict[str, list[Probe]]:
    """The probes of each set that is held out, or of a fold of it; at most ``most`` of a set, drawn by ``seed``.

    Where nearly all questions are answered, each also comes with another passage, which shares words with it: the name
    of such a set ends in "and other passages".
    """
    found = {}
    for name, own in lines.items():
        kept = parted(own, split)[1]
        if not kept or name.startswith("disflqa"):  # the same questions as the nineteen's, only spoken
            continue
        drawn = random.Random(f"{seed}/{name}").sample(kept, min(most or len(kept), len(kept)))
        probes = [probe_of(line) for line in drawn]
        if sum(not line.answered for line in kept) < FEW_UNANSWERED * len(kept):
            others = OtherPassages(own)
            probes += [_other(line, hard[0]) for line in drawn if line.answered and (hard := others.hard(line))]
            name += " and other passages"
        found[name] = probes
    return found


def probe_of(line: Line) -> Probe:
    """A line as it is measured."""
    return Probe(
        line.source, line.group, line.question, line.passage, line.answered, line.spans, line.evidence or (), line.claim
    )


def _other(line: Line, passage: str) -> Probe:
    return Probe(line.source, line.group, line.question, passage, False)


def rows_of(probes: Sequence[Probe], reader: Reader, taught: Sequence[float | None] = ()) -> list[Row]:
    """What a reader says of each probe; ``taught`` has the teacher's relevance of each, if it is wanted."""
    rows = []
    for number, probe in enumerate(probes):
        (reading,) = reader.read(probe.question, [probe.passage], claim=probe.claim)
        rows.append(row_of(probe, reading, taught[number] if taught else None))
    return rows


def taught_relevance(probes: Sequence[Probe], teacher: Teacher, tokenizer, limits: Limits) -> list[float | None]:
    """The teacher's relevance of each question with its passage; None for a claim, which it was not made for."""
    found: list[float | None] = []
    for probe in probes:
        windows = windows_of(tokenizer, probe.question, probe.passage, limits)
        found.append(None if probe.claim else max(teacher.scores(windows)))
    return found
