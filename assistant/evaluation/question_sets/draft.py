"""Proposes questions from the documents of an index, each with its evidence span, for a person to review.

By default no model is used: a sentence that says when, where, how many, by whom or what gets a question by a pattern;
one that only contains a date, a number or a name gets a gap to fill. The same documents give the same questions. A chat
model can write them instead; only those whose quote is in the document, word for word, are kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from footnoted import prompts
from footnoted.assistant.web.suggested_questions import questions_of
from footnoted.assistant.writing.generative import streamed
from footnoted.index.text.sentences import sentences

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = rf"(?:(?:{MONTHS}) \d{{1,2}}(?:, \d{{4}})?|(?:\d{{1,2}} )?(?:{MONTHS})(?: \d{{4}})?|\d{{4}})"
NAME = r"(?:[A-Z][\w’'.-]*(?: (?:of|the|and|de|van|von) (?=[A-Z])| (?=[A-Z]))?)+(?<![.’'])"
NO_SUBJECT = r"(?!(?:When|If|While|After|Before|Although|As|Since|In|On|At|By|For)\b)"
SUBJECT = rf"(?P<subject>{NO_SUBJECT}(?:The |An? )?[A-Z][^,;:()\"“”]{{2,70}}?)"
DONE = r"(?P<done>\w+ed|born|built|made|won|held|written|sold|found|led|begun|known)"
BE = r"(?P<be>was|were|is|are)"
PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("when", re.compile(rf"^{SUBJECT} {BE} {DONE} (?:on|in) (?P<answer>{DATE})\b"), "When {be} {subject} {done}?"),
    ("who", re.compile(rf"^{SUBJECT} {BE} {DONE} by (?P<answer>{NAME})"), "Who {be} {subject} {done} by?"),
    ("where", re.compile(rf"^{SUBJECT} {BE} (?P<done>born|built|held|based|located|situated|founded) in "
                         rf"(?P<answer>(?!(?:{MONTHS})\b){NAME})"), "Where {be} {subject} {done}?"),
    ("how many", re.compile(rf"^{SUBJECT} (?P<be>has|have|had) (?P<answer>\d[\d,.]*\d|\d) (?P<done>[a-z]+s)\b"),
     "How many {done} {do} {subject} have?"),
)  # fmt: skip
GAPS = (
    ("date", re.compile(rf"\b(?i:on|in|since|until|by) (?P<answer>{DATE})\b")),
    (
        "number",
        re.compile(r"(?<![\w.,$€£-])(?P<answer>\d[\d,]*(?:\.\d+)?(?: (?:percent|million|billion|%))?)(?![\w-])"),
    ),
    ("name", re.compile(rf"(?<=[a-z,] )(?P<answer>{NAME})")),
)
SHORTEST, LONGEST = 30, 300
POINTS_BACK = re.compile(r"^(?:it|its|he|she|they|his|her|their|this|that|these|those|there|such)\b", re.IGNORECASE)
# A sentence of running text: begins like one, ends like one, and contains no table, code or line break.
WRITTEN = re.compile(r"[\"“‘(]?[A-Z0-9][^\n|`_]*[.!?][\"”’)]*")
GAP = "____"
WINDOW = 1500  # characters of a document that a model is shown at a time
STEP = 5  # every fifth window first, then the ones after those
REPLY = re.compile(r"Question:\s*(?P<question>.+?)\s*\nAnswer:\s*(?P<answer>.+?)\s*\nQuote:\s*(?P<quote>.+)", re.DOTALL)


def draft(index: Any, most: int = 20, propose: Callable[[str, str], Iterator[dict]] | None = None) -> list[dict]:
    """At most ``most`` question lines from the documents of the index, taken from each in turn so that none dominates.

    ``propose`` makes them from one document's text and source; by default it is :func:`proposals`.
    """
    sources = [info.source for info in index.documents() if info.status == "ready"]
    waiting = [(propose or proposals)(index.text_of(source), source) for source in sources]
    found: list[dict] = []
    seen: set[str] = set()
    while waiting and len(found) < most:
        for each in list(waiting):
            row = next(each, None)
            if row is None:
                waiting.remove(each)
            elif row["question"] not in seen and len(found) < most:
                seen.add(row["question"])
                found.append(row)
    return found


def proposals(text: str, source: str) -> Iterator[dict]:
    """The questions from one document: those by a pattern first, then gaps; one for each sentence."""
    gaps = []
    for start, end in sentences(text):
        sentence = text[start:end]
        if not SHORTEST <= len(sentence) <= LONGEST or POINTS_BACK.match(sentence) or not WRITTEN.fullmatch(sentence):
            continue
        asked = pattern_question(sentence) or statement_question(sentence)
        if asked:
            yield draft_row(source, start, end, sentence, *asked)
        elif gap := gap_question(sentence):
            gaps.append(draft_row(source, start, end, sentence, *gap))
    yield from gaps


def pattern_question(sentence: str) -> tuple[str, str, str] | None:
    """(question, answer, type) when the sentence says when, where, how many or by whom in a plain way."""
    for kind, pattern, form in PATTERNS:
        match = pattern.search(sentence)
        if match:
            parts = match.groupdict()
            parts["subject"] = mid_sentence(parts["subject"])
            parts["do"] = {"has": "does", "have": "do", "had": "did"}.get(parts["be"], "")
            return form.format(**parts), match["answer"].rstrip(".,"), kind
    return None


def statement_question(sentence: str) -> tuple[str, str, str] | None:
    """(question, answer, "what") when the sentence says what something is, in the way the chat suggests questions."""
    question = next(questions_of(sentence), "")
    if not question.startswith("What "):
        return None
    verb = question.split(" ", 2)[1]
    return question, sentence.partition(f" {verb} ")[2].rstrip("."), "what"


def gap_question(sentence: str) -> tuple[str, str, str] | None:
    """(question, answer, type) with a date, a number or a name taken out of the sentence."""
    for kind, pattern in GAPS:
        match = pattern.search(sentence)
        if (
            match
            and match["answer"].rstrip(".,")
            and not re.search(rf"(?:{MONTHS}) $", sentence[: match.start("answer")])
        ):
            answer = match["answer"].rstrip(".,")
            start = match.start("answer")
            return (
                f"What fills the gap: {sentence[:start]}{GAP}{sentence[start + len(answer) :]}",
                answer,
                f"gap, {kind}",
            )
    return None


def mid_sentence(subject: str) -> str:
    """A subject as it is written in the middle of a sentence: only its article loses its capital."""
    first, blank, rest = subject.partition(" ")
    return f"{first.lower()}{blank}{rest}" if first in ("The", "A", "An") else subject


def draft_row(source: str, start: int, end: int, sentence: str, question: str, answer: str, kind: str) -> dict:
    """A line of a question set, marked as a draft that nobody has reviewed yet."""
    identity = hashlib.sha256(f"{source}\0{start}\0{question}".encode()).hexdigest()[:12]
    evidence = [{"document": source, "start": start, "end": end, "text": sentence}]
    row = {"id": f"draft-{identity}", "question": question, "answers": [answer], "relevant": [source]}
    return {**row, "evidence": evidence, "answerable": True, "type": kind, "status": "draft"}


def model_proposals(model: Any, seconds: float) -> Callable[[str, str], Iterator[dict]]:
    """A function by which the model proposes questions from a document's (text, source); raises ``ModelError``."""

    def proposals(text: str, source: str) -> Iterator[dict]:
        for start, end in text_windows(text):
            *_, reply = streamed(model, prompts.fill("draft_question", text=text[start:end]), seconds)
            found = REPLY.search(reply)
            place = found and quote_place(found["quote"], text, start, end)
            if found and place:
                yield draft_row(source, *place, text[slice(*place)], found["question"], found["answer"], "model")

    return proposals


def text_windows(text: str) -> list[tuple[int, int]]:
    """Runs of whole sentences of about ``WINDOW`` characters, those from all over the document first."""
    found: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if found and end - found[-1][0] <= WINDOW:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [found[number] for step in range(STEP) for number in range(step, len(found), STEP)]


def quote_place(quote: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the quote is in ``text[start:end]``, without white space and quotation marks around it; None if nowhere."""
    words = quote.strip().strip("\"“”'‘’").split()
    match = re.compile(r"\s+".join(map(re.escape, words))).search(text, start, end) if words else None
    return match.span() if match else None
