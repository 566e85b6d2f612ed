"""The files of ``../shared/train``: what each line teaches, how often a set is used, and what is held out."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Span = tuple[int, int]

WHOLE = 0.9  # evidence that covers more of a passage than this says nothing about where the answer stands


@dataclass(frozen=True, slots=True)
class Source:
    """A file: the share of its lines that an epoch uses, and what they are.

    ``family`` is the name under which sets with the same articles are folded together. ``claim``: the question is a
    statement. ``made`` is how many negatives are made for each answered line, so that no set has one answer only.
    ``doubtful``: its README doubts that the texts may be used; such a set is left out unless asked for.
    """

    name: str
    share: float = 1.0
    family: str = ""
    claim: bool = False
    made: float = 0.15
    doubtful: bool = False


# Shares: sets with human-written unanswerable questions in full; what is clumsy, needs knowledge from elsewhere or can
# be told by its looks (17 statements in contractnli) less often. docs: the README of the data, "Before training on it".
SOURCES = (
    Source("squad2_dev_nineteen", family="nineteen"),
    Source("disflqa_nineteen", share=0.5, family="nineteen", made=0.1),
    Source("squad2_dev_six", family="six"),
    Source("squad2_train_part", family="squad2-train", made=0.8),
    Source("squad2_train_1000", family="squad2-train"),
    Source("squad2_train_pairs", family="squad2-train-pairs"),
    Source("qed_dev", made=0.8),
    Source("selqa", made=0.8),
    Source("covidqa", made=0.8),
    Source("fairytaleqa", share=0.4, made=0.7),
    Source("molweni_test", share=0.4, made=0.4),
    Source("condaqa", share=0.35, made=0.3),
    Source("boolq3l_dev", share=0.35, made=0.4),
    Source("strategyqa_facts", share=0.15, made=0.8),
    Source("claims_fever_symmetric", claim=True, made=0.0),
    Source("claims_begin_wow", share=0.4, claim=True, made=0.0),
    Source("claims_contractnli", share=0.15, claim=True, made=0.0),
    Source("ropes", share=0.2, made=0.5, doubtful=True),
    Source("sharc_dev", share=0.2, made=0.0, doubtful=True),
    Source("emanual_howto", made=0.8, doubtful=True),
)
# fever_symmetric's "false" means refuted, begin_wow's and contractnli's differ again: the label decides.
SUPPORTED = {"supports", "fully_attributable"}
YES_NO = {"condaqa", "boolq3l_dev", "strategyqa_facts", "sharc_dev"}  # no words of the passage are their answer


@dataclass(frozen=True, slots=True)
class Line:
    """A question and a passage: whether it is answered there, by which words, and which sentences show it.

    ``evidence`` is None where nobody marked it; () where the passage does not answer. ``fold`` is the key by which
    lines are held out together.
    """

    source: str
    id: str
    group: str
    fold: str
    title: str
    question: str
    passage: str
    answered: bool
    answers: tuple[str, ...]
    spans: tuple[Span, ...]
    evidence: tuple[Span, ...] | None
    claim: bool = False
    in_bench: bool = False
    constructed: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """What is held out: whole sets, and a fold of the articles of squad2_dev_nineteen (none when ``fold`` is None)."""

    sets: tuple[str, ...] = ("squad2_dev_six", "qed_dev")
    fold: int | None = 0
    folds: int = 5

    def holds_out(self, line: Line) -> bool:
        if line.source in self.sets:
            return True
        return (
            self.fold is not None and line.fold.startswith("nineteen/") and fold_of(line.fold, self.folds) == self.fold
        )


def fold_of(key: str, folds: int) -> int:
    """Which of ``folds`` folds a group belongs to, always the same."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % folds


def read_source(folder: Path, source: Source) -> list[Line]:
    """The lines of a file that teach something.

    Raises:
        ValueError: the file is missing or a line cannot be read; the message says which.
    """
    path = folder / f"{source.name}.jsonl.xz"
    lines = []
    try:
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            for number, text in enumerate(stream, start=1):
                try:
                    lines.append(_line(source, json.loads(text)))
                except (ValueError, KeyError, TypeError) as error:
                    raise ValueError(f"Line {number} of {path} cannot be read ({error!r}).") from error
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise ValueError(
            f"The training data {path} cannot be read: say where it lies with --data ({error})."
        ) from error
    return [line for line in lines if line is not None]


def _line(source: Source, found: dict) -> Line | None:
    label = found.get("label")
    if label == "needs_more":  # the text bears on the question, but a fact about the asker is missing: neither
        return None
    answered = label in SUPPORTED if source.claim else bool(found["answerable"])
    passage = found["passage"]
    spans = _spans(found["spans"], passage) if answered and source.name not in YES_NO else ()
    return Line(
        source=source.name,
        id=found["id"],
        group=found["group"],
        fold=f"{source.family or source.name}/{found['group']}",
        title=found.get("title", ""),
        question=found["question"],
        passage=passage,
        answered=answered,
        answers=tuple(found["answers"]),
        spans=spans,
        evidence=_evidence(source, answered, spans, _spans(found["evidence"], passage), passage),
        claim=source.claim,
        in_bench=bool(found.get("in_bench")),
        constructed=bool(found.get("constructed")),
    )


def _spans(found: Iterable[Sequence[int]], passage: str) -> tuple[Span, ...]:
    spans = tuple((int(start), int(end)) for start, end in found)
    if any(not 0 <= start < end <= len(passage) for start, end in spans):
        raise ValueError("a span lies outside of the passage")
    return spans


def _evidence(
    source: Source, answered: bool, spans: Sequence[Span], marked: Sequence[Span], passage: str
) -> tuple[Span, ...] | None:
    """The sentences that show the answer: those marked, else those of the answer's words."""
    if not answered:
        # A refuted claim has evidence, against it; an unsupported one may have some. Only for a question is it clear.
        return None if source.claim else ()
    found = tuple(marked) or sentences_with(passage, spans)
    if not found or sum(end - start for start, end in found) > WHOLE * len(passage):
        return None
    return found


def sentences_with(passage: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The sentences of a passage that share a character with one of the spans."""
    from footnoted.index.text.sentences import sentences

    if not spans:
        return ()
    return tuple(
        (start, end) for start, end in sentences(passage) if any(one < end and start < other for one, other in spans)
    )


def read_all(folder: Path, names: Sequence[str] = (), *, doubtful: bool = False) -> dict[str, list[Line]]:
    """The lines of the named sets, or of all that are used, by set."""
    chosen = [source for source in SOURCES if (source.name in names if names else doubtful or not source.doubtful)]
    if unknown := set(names) - {source.name for source in SOURCES}:
        raise ValueError(f"There is no training set called {', '.join(sorted(unknown))}.")
    return {source.name: read_source(folder, source) for source in chosen}


def parted(lines: Iterable[Line], split: Split) -> tuple[list[Line], list[Line]]:
    """(training, held out). A question of the benchmark is never trained on, whatever is held out."""
    training: list[Line] = []
    held_out: list[Line] = []
    for line in lines:
        if split.holds_out(line):
            held_out.append(line)
        elif not line.in_bench:
            training.append(line)
    return training, held_out


def hashes(folder: Path, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(file, SHA-256) of the sets, for the manifest of what was trained on them."""
    for name in sorted(names):
        with (folder / f"{name}.jsonl.xz").open("rb") as stream:
            yield f"{name}.jsonl.xz", hashlib.file_digest(stream, "sha256").hexdigest()
