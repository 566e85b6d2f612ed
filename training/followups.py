"""How the model of follow-up questions is made: two logistic regressions, measured on topics and sets left out."""

from __future__ import annotations

import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from footnoted.assistant.english.followup import probability
from footnoted.assistant.english.followup_features import Features, question_features, word_features
from footnoted.index.store.keywords import STOPWORDS
from training.data.followups import Example, examples, for_training
from training.data.sources import fold_of

FOLDS = 3
HELD_OUT = 0.15  # share of the topics that the shipped weights never see: tests/benchmarks/conversations.py
PENALTY_NEEDS, PENALTY_LACKS = 0.3, 0.1  # inverse strengths of L1: most features get no weight
ALONE_BELOW, COMPLETED_ABOVE, LACKING_ABOVE = 0.12, 0.88, 0.1
_COMMON, _COMMON_ELSEWHERE, _FUNCTION = 8, 3, 4  # topics in which a word must be asked to be known
_DRAWN = 500


@dataclass(frozen=True, slots=True)
class Weights:
    """What is shipped: the words that are known, and the weights of both regressions."""

    known: frozenset[str]
    needs: dict[str, float]
    lacks: dict[str, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """An example with what weights that never saw its topics say of it."""

    example: Example
    needs: float
    words: tuple[tuple[str, float], ...]  # stem and probability, of each word of the talk


def fitted(chosen: Sequence[Example], seed: int = 1) -> Weights:
    """The weights that ``chosen`` teach."""
    known, taught = known_words(chosen), for_training(chosen, seed)
    needs = _regression(
        [question_features(one.question, one.talk, known) for one in taught], [one.needs for one in taught], 3,
        PENALTY_NEEDS,
    )  # fmt: skip
    rows = [
        (own, token.stem in one.lacking)
        for one in taught
        if one.needs
        for token, own in word_features(one.question, one.talk, known)
        if token.stem not in one.either
    ]
    lacks = _regression([own for own, _ in rows], [lacking for _, lacking in rows], 5, PENALTY_LACKS)
    return Weights(known, needs, lacks)


def known_words(chosen: Sequence[Example]) -> frozenset[str]:
    """Words that questions about many topics have, in both kinds of conversation; so not those of a topic."""
    topics: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in (one for one in chosen if one.kind == "human"):
        for token in one.question:
            topics[token.spoken][one.set[:4]].add(one.groups[0])
    found = set()
    for word, sets in topics.items():
        counts = sorted((len(groups) for groups in sets.values()), reverse=True)
        both = len(counts) > 1 and counts[0] >= _COMMON and counts[1] >= _COMMON_ELSEWHERE
        if not word[0].isdigit() and (both or (word in STOPWORDS and sum(counts) >= _FUNCTION)):
            found.add(word)
    return frozenset(found)


def _regression(rows: Sequence[Features], right: Sequence[bool], least: int, strength: float) -> dict[str, float]:
    """Weights by feature of an L1 logistic regression, without those that are none.

    Args:
        least: rows that must have a feature.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    counts = Counter(name for row in rows for name in row)
    places = {
        name: place for place, name in enumerate(sorted(name for name, count in counts.items() if count >= least))
    }
    columns = [[places[name] for name in row if name in places] for row in rows]
    starts = np.cumsum([0, *map(len, columns)])
    flat = np.fromiter((place for own in columns for place in own), dtype=np.int32)
    table = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(rows), len(places)))
    fit = LogisticRegression(
        C=strength, l1_ratio=1.0, solver="liblinear", random_state=1, fit_intercept=False, max_iter=300
    )
    fit.fit(table, np.asarray(right))
    return {
        name: round(float(weight), 3) for name, weight in zip(places, fit.coef_[0], strict=True) if abs(weight) > 0.01
    }


def judged(weights: Weights, chosen: Sequence[Example]) -> list[Judged]:
    """What the weights say of examples."""
    return [
        Judged(
            one,
            probability(weights.needs, question_features(one.question, one.talk, weights.known)),
            tuple(
                (token.stem, probability(weights.lacks, own))
                for token, own in word_features(one.question, one.talk, weights.known)
                if token.stem not in one.either
            )
            if one.needs
            else (),
        )
        for one in chosen
    ]


def by_folds(chosen: Sequence[Example]) -> list[Judged]:
    """Every example judged by weights that saw none of its topics."""
    found: list[Judged] = []
    for fold in range(FOLDS):
        held = [one for one in chosen if fold_of(one.groups[0], FOLDS) == fold]
        rest = [one for one in chosen if all(fold_of(group, FOLDS) != fold for group in one.groups)]
        found += judged(fitted(rest), held)
    return found


def report(rows: Sequence[Judged], name: str) -> Iterator[str]:
    """The figures of examples by set and kind, with 95 % intervals over topics."""
    groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for row in rows:
        kind = row.example.kind + (
            "" if row.example.kind != "human" else ", needs it" if row.example.needs else ", alone"
        )
        groups[row.example.set[:4], kind].append(row)
    yield f"| {name} | n | sure: with the talk | in doubt | sure: alone | words found | of those given |"
    yield "|---|---|---|---|---|---|---|"
    for (kept, kind), own in sorted(groups.items()):
        cells = [
            _share(own, lambda row: [float(row.needs > COMPLETED_ABOVE)]),
            _share(own, lambda row: [float(ALONE_BELOW <= row.needs <= COMPLETED_ABOVE)]),
            _share(own, lambda row: [float(row.needs < ALONE_BELOW)]),
            _share(own, _found) if own[0].example.needs else "",
            _share(own, _right) if own[0].example.needs else "",
        ]
        yield f"| {'CANARD' if kept == 'cana' else 'CAsT'}: {kind} | {len(own)} | {' | '.join(cells)} |"


def _found(row: Judged) -> list[float]:
    return [float(chance >= LACKING_ABOVE) for word, chance in row.words if word in row.example.lacking]


def _right(row: Judged) -> list[float]:
    return [float(word in row.example.lacking) for word, chance in row.words if chance >= LACKING_ABOVE]


def _share(rows: Sequence[Judged], values: Callable[[Judged], list[float]]) -> str:
    """The mean of all values, and its 95 % interval by the bootstrap over topics."""
    by_topic: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by_topic[row.example.groups[0]] += values(row)
    sums = np.array([[sum(own), len(own)] for own in by_topic.values()])
    drawn = np.random.default_rng(0).integers(0, len(sums), (_DRAWN, len(sums)))
    total = sums[drawn].sum(axis=1)
    low, high = np.percentile(total[:, 0] / np.maximum(total[:, 1], 1), [2.5, 97.5])
    return f"{sums[:, 0].sum() / max(sums[:, 1].sum(), 1):.2f} ({low:.2f} to {high:.2f})"


def make(
    data: Path, out: Path, *, figures: bool = True, held_out: float = HELD_OUT, say: Callable[[str], None] = print
) -> None:
    """Measure by folds and from set to set, then write the weights that all examples teach.

    Args:
        held_out: share of the topics that the written weights never see, for a benchmark.

    Raises:
        ValueError: the data cannot be read.
    """
    warnings.simplefilter("ignore")
    every = examples(data)
    if figures:
        for line in report(by_folds(every), "topics left out"):
            say(line)
        canard, cast = ([one for one in every if (one.set[:4] == "cana") is first] for first in (True, False))
        for line in report([*judged(fitted(cast), canard), *judged(fitted(canard), cast)], "the other set left out"):
            say(line)
    kept = [one for one in every if not any(is_held_out(group, held_out) for group in one.groups)]
    weights = fitted(kept)
    written = {
        "made": f"python -m training followups; {len(kept)} examples; docs/followups.md",
        "alone_below": ALONE_BELOW, "completed_above": COMPLETED_ABOVE, "lacking_above": LACKING_ABOVE,
        "known": sorted(weights.known), "needs": weights.needs, "lacks": weights.lacks,
    }  # fmt: skip
    out.write_text(json.dumps(written, ensure_ascii=False, indent=0, sort_keys=False) + "\n", encoding="utf-8")
    say(f"{out}: {len(weights.needs)} and {len(weights.lacks)} weights, {out.stat().st_size / 1000:.0f} kB")


def is_held_out(group: str, share: float) -> bool:
    """Whether a topic is kept for the benchmark of conversations, always the same."""
    return fold_of(f"conversations/{group}", 1000) < 1000 * share
