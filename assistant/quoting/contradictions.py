"""Do documents disagree on what was asked? Two sentences that say the same of the same thing, but for the answer.

Only the sentences nearest to the question are compared, each against those of other documents. Two sentences disagree
when they share what the question asks about, differ in one date, number or name (or one denies what the other says),
and nothing else tells them apart: "the mill of Kell burnt down in 1950" and "in 1951". A false alarm is worse than a
missed one, so whatever might explain the difference (another year, another name, "first" and "second") ends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from footnoted.assistant.answers import Answer, Contradiction, Sentence, render_text
from footnoted.assistant.english.answer_kinds import (
    DATE,
    NAME,
    NUMBER,
    PLACED,
    YES_OR_NO,
    Value,
    agree,
    emphasis,
    kind_of,
    same_word,
    values,
)
from footnoted.assistant.english.facts import MONTHS, names
from footnoted.assistant.english.negation import OPPOSITES
from footnoted.assistant.quoting.citations import cite
from footnoted.assistant.quoting.evidence import Candidate
from footnoted.index.store.keywords import STOPWORDS, stem, words

NEAR = 6.0  # logits that a sentence may score below the best one and still be about the question
LEAST = 0.0  # below it a sentence is hardly about the question
SAME_WORDS = 0.5  # share of the two sentences' words, values aside, that both have
SAME_MEANING = 0.93  # or: cosine of the two sentences with their values blanked
MOST = 3

_NOT = re.compile(r"\b(?:not|never|no longer|no|neither|none|nobody|cannot)\b|n['’]t\b", re.IGNORECASE)
# What makes two statements speak of two things: one of several in a row, a part, an estimate.
_TELLS_APART = frozenset(
    """
    first second third fourth fifth last latest final next previous former later earlier early late original originally
    initial initially another other second-largest new old again half quarter part
    partly some most all average mean median maximum minimum total estimated planned expected annual annually monthly
    daily weekly per each every men women male female north south east west northern southern eastern western upper
    lower only also besides alone
    """.split()  # noqa: SIM905
)
_DIMENSIONS = {
    group.split()[0]: frozenset(group.split())
    for group in ("long length", "wide width broad", "high height tall", "deep depth", "heavy weight weighs", "old age",
                  "thick thickness", "large area size", "fast speed")
}  # fmt: skip
Likeness = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What two statements say differently: the kind, and the words of each."""

    kind: str
    one: str
    other: str


def with_contradictions(
    answer: Answer,
    leads: Sequence[Candidate],
    ranked: Sequence[tuple[Candidate, float]],
    likeness: Likeness | None = None,
    date_of: Callable[[str], str] = lambda source: "",
) -> Answer:
    """``answer`` with what other documents say against its cited sentences, quoted and cited behind them.

    Args:
        leads: the sentences of documents that the answer rests on.
        ranked: sentences that were read for the question, with their scores (logits), best first.
        likeness: cosine of two texts, for sentences that say the same in other words.
        date_of: the day of a document (YYYY-MM-DD), by source.
    """
    question = answer.standalone_question
    sentences, citations, found = list(answer.sentences), list(answer.citations), list[Contradiction]()
    numbers = {(note.source, note.start, note.end): note.number for note in citations}
    told: set[tuple[int, int]] = set()
    for lead in leads:
        number = numbers.get((lead.passage.source, lead.start, lead.end))
        for other, difference in against(question, lead, ranked, likeness) if number else []:
            place = (other.passage.source, other.start, other.end)
            before = [other.before] if other.depends and other.before else []
            for shown in [*before, other] if place not in numbers else []:
                at = (shown.passage.source, shown.start, shown.end)
                if at not in numbers:
                    numbers[at] = len(citations) + 1
                    citations.append(cite(numbers[at], shown.passage, shown.start, shown.end, shown.text, 1.0))
                    text = " ".join(shown.text.split())
                    opens = shown is not other or not before
                    sentences.append(Sentence(text, (numbers[at],), True, emphasis(question, text), opens))
            pair = (numbers[(lead.passage.source, lead.start, lead.end)], numbers[place])
            if pair[::-1] in told:
                continue
            told.add(pair)
            dates = (date_of(lead.passage.source), date_of(other.passage.source))
            found.append(Contradiction(difference.kind, pair, (difference.one, difference.other), dates))
    if not found:
        return answer
    return replace(
        answer,
        sentences=tuple(sentences),
        citations=tuple(citations),
        text=render_text(tuple(sentences)),
        contradictions=tuple(found),
    )


def against(
    question: str, lead: Candidate, ranked: Sequence[tuple[Candidate, float]], likeness: Likeness | None = None
) -> list[tuple[Candidate, Disagreement]]:
    """Sentences of other documents that disagree with ``lead`` on ``question``: at most one of each document."""
    scores = {(held.passage.source, held.start): score for held, score in ranked}
    best = scores.get((lead.passage.source, lead.start), ranked[0][1] if ranked else 0.0)
    found: dict[str, tuple[Candidate, Disagreement]] = {}
    for candidate, score in ranked:
        source = candidate.passage.source
        if source == lead.passage.source or source in found or score < max(LEAST, best - NEAR):
            continue
        if difference := disagreement(question, lead, candidate, likeness):
            found[source] = (candidate, difference)
    return list(found.values())[: MOST - 1]


def disagreement(
    question: str, one: Candidate, other: Candidate, likeness: Likeness | None = None
) -> Disagreement | None:
    """What two sentences say differently about ``question``; ``None`` when they agree or speak of different things."""
    if not _about_the_same(question, one, other):
        return None
    asked = kind_of(question)
    for kind in [asked] if asked in (DATE, NUMBER, NAME) else [NUMBER, DATE, NAME]:
        first, second = (_answering(question, text, kind) for text in (one.text, other.text))
        if not first or not second or len(first) > 2 or len(second) > 2:
            continue
        if asked != kind and (len(first) > 1 or len(second) > 1):
            continue  # it is unclear which of them answers
        compared = [(a, b, _agree(a, b, one.text, other.text)) for a in first for b in second]
        apart = [(a, b) for a, b, same in compared if same is False]
        if not apart or any(same for _, _, same in compared):
            continue
        if _nothing_else_differs(question, one, other, first, second) and (
            (kind == asked and _answers(question, one) and _answers(question, other))
            or _say_the_same(question, one.text, other.text, first, second, likeness)
        ):
            return Disagreement(kind, _in_full(apart[0][0], one.text), _in_full(apart[0][1], other.text))
    if denial := _denied(one.text, other.text):
        nothing: list[Value] = []
        facts_differ = any(
            values(one.text, kind, question) and values(other.text, kind, question)
            and not any(
                agree(a, b) for a in values(one.text, kind, question) for b in values(other.text, kind, question)
            )
            for kind in (DATE, NUMBER)
        )  # fmt: skip
        if not facts_differ and _nothing_else_differs(question, one, other, nothing, nothing):
            plain = [_without_denial(text, denial) for text in (one.text, other.text)]
            if _shared(_frame(plain[0], nothing), _frame(plain[1], nothing)) >= SAME_WORDS + 0.1:
                return denial
    return None


def _answering(question: str, text: str, kind: str) -> list[Value]:
    """The values of a kind that may answer: where a "who" is asked for, no place ("in Bergen")."""
    found = values(text, kind, question)
    if kind != NAME:
        return found
    place = re.search(r"\bwhere\b", question, re.IGNORECASE) is not None
    if not place and kind_of(question) != NAME:
        return found
    return [value for value in found if bool(PLACED.search(text[: value.start])) == place]


def _context(candidate: Candidate) -> str:
    passage = candidate.passage
    return f"{passage.title} {passage.heading} {candidate.in_context}"


def _about_the_same(question: str, one: Candidate, other: Candidate) -> bool:
    """Whether both sentences (with what they stand in) hold the names and numbers of the question and its other words
    alike."""
    stems = [{stem(word) for word in words(_context(candidate))} for candidate in (one, other)]
    asked = {stem(word) for word in words(question) if word not in STOPWORDS and word not in _ASKING}
    if not asked:
        return False
    needed = {stem(part) for name in names(question) for part in words(name)}
    needed |= {word for word in asked if word.isdigit()}
    if not all(needed <= held for held in stems):
        return False
    covered = [asked & held for held in stems]
    return bool(covered[0] & covered[1]) and len(covered[0] ^ covered[1]) <= max(1, len(asked) // 3)


_HOW = frozenset({"many", "much", "long", "old", "far", "tall", "number", "called"})


def _asked_alike(question: str, one: str, other: str) -> bool:
    """Whether two texts hold the same of the question's words: "built" asked for, "built" and "sold" said, is not."""
    # Names may stand in what is around a sentence: that was looked at before.
    named = {part for name in names(question) for part in words(name)}
    asked = {stem(word) for word in words(question) if word not in STOPWORDS and word not in named}
    first, second = ({stem(word) for word in words(text)} for text in (one, other))
    return not (asked & first) ^ (asked & second)


_ASKING = frozenset("year date day month many much long old far tall name names called number".split())  # noqa: SIM905


def _agree(one: Value, other: Value, text: str, other_text: str) -> bool | None:
    """Whether two values agree; ``None`` when they count different things and so can do neither."""
    if one.quantity is not None and other.quantity is not None:
        if one.quantity.unit != other.quantity.unit:
            return None
        counted, other_counted = _counted(text, one.end), _counted(other_text, other.end)
        if counted and other_counted and not counted & other_counted:
            return None
    return agree(one, other)


def _answers(question: str, candidate: Candidate) -> bool:
    """Whether a sentence, with the one it depends on, holds every word that the question asks with."""
    asking = _ASKING if kind_of(question) == DATE else _HOW
    asked = [word for word in words(question) if word not in STOPWORDS and word not in asking]
    held = words(candidate.in_context if candidate.depends else candidate.text)
    return len(asked) > 1 and all(any(same_word(word, other) for other in held) for word in asked)


def _in_full(value: Value, text: str) -> str:
    """A value as a reader wants it: a number with its unit ("10 euros")."""
    unit = re.match(r"[\s-]?[^\W\d_]+", text[value.end :]) if value.quantity and value.quantity.unit else None
    return value.text if unit is None or value.text[:1] in "$€£" else text[value.start : value.end + unit.end()]


def _counted(text: str, end: int) -> set[str]:
    """The next words behind a number: what it counts."""
    behind = re.split(r"[.;:!?,()]", text[end : end + 60])[0]
    return {stem(word) for word in words(behind)[:3] if word not in STOPWORDS}


def _nothing_else_differs(
    question: str, one: Candidate, other: Candidate, first: Sequence[Value], second: Sequence[Value]
) -> bool:
    """Whether no other year, name or telling word keeps the two statements apart."""
    if ({word for word in words(one.text) if word in _TELLS_APART}) != (
        {word for word in words(other.text) if word in _TELLS_APART}
    ):
        return False
    kind = first[0].kind if first else ""
    measured, also_measured = _dimensions(one.text), _dimensions(other.text)
    if measured and also_measured and not measured & also_measured:
        return False
    if kind != DATE and _months(one.text) != _months(other.text):
        return False
    for qualifier in (DATE, NUMBER):
        if qualifier == kind:
            continue
        said, also_said = values(one.text, qualifier), values(other.text, qualifier)
        if qualifier == DATE and bool(said) != bool(also_said):
            return False  # "in 2010 it was 5,000" and "it is 6,000" are of different times
        if said and also_said and not any(agree(a, b) for a in said for b in also_said):
            return False
    known = {stem(part) for candidate in (one, other) for part in words(f"{candidate.passage.title} {question}")}
    own, others = (
        {
            stem(part)
            for value in values(candidate.text, NAME)
            for part in value.key
            if not any(value.start < held.end and held.start < value.end for held in held_values)
        } - known
        for candidate, held_values in ((one, first), (other, second))
    )  # fmt: skip
    return not (own - others and others - own)


def _dimensions(text: str) -> set[str]:
    """What of a thing is measured: its length, its width."""
    return {group for word in words(text) for group, known in _DIMENSIONS.items() if word in known}


def _months(text: str) -> set[int]:
    return {MONTHS[word.casefold()] for word in re.findall(r"\b[A-Z][a-z]{2,}\b", text) if word.casefold() in MONTHS}


def _frame(text: str, held: Sequence[Value]) -> set[str]:
    """The stems of a text's content words, its values and all dates aside."""
    kept = _blanked(text, held, " ")
    return {stem(word) for word in words(kept) if word not in STOPWORDS and word not in MONTHS}


def _blanked(text: str, held: Sequence[Value], blank: str) -> str:
    for value in sorted(held, key=lambda value: -value.start):
        text = text[: value.start] + blank + text[value.end :]
    return text


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _say_the_same(
    question: str, one: str, other: str, first: Sequence[Value], second: Sequence[Value], likeness: Likeness | None
) -> bool:
    frames = _frame(one, first), _frame(other, second)
    if not frames[0] & frames[1]:
        return False
    if _shared(*frames) >= SAME_WORDS and _asked_alike(question, one, other):
        return True
    return likeness is not None and likeness(_blanked(one, first, "…"), _blanked(other, second, "…")) >= SAME_MEANING


def _denied(one: str, other: str) -> Disagreement | None:
    """The words by which one of two texts denies what the other says: a "not", or an opposite."""
    first, second = _NOT.findall(one), _NOT.findall(other)
    if bool(first) != bool(second):
        said = (first or second)[0]
        return Disagreement(YES_OR_NO, said if first else "yes", said if second else "yes")
    said, also_said = set(words(one)), set(words(other))
    for word in words(one):
        opposite = OPPOSITES.get(word, set()) & also_said
        if opposite and word not in also_said and not opposite & said:
            return Disagreement(YES_OR_NO, word, min(opposite))
    return None


def _without_denial(text: str, denial: Disagreement) -> str:
    text = _NOT.sub(" ", text)
    return re.sub(rf"\b(?:{re.escape(denial.one)}|{re.escape(denial.other)})\b", " ", text, flags=re.IGNORECASE)
