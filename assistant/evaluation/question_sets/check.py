"""Finds faults in a question set: duplicates, answers missing from the corpus, wording that gives the answer away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from footnoted.assistant.evaluation.metrics.answers import YES_OR_NO, contains_tokens, normalise, textual_answers
from footnoted.assistant.evaluation.question_sets.questions import Question

# A question that repeats this many consecutive words of its evidence can be found by matching words alone.
LEAKED_WORDS = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one question. ``kind`` is duplicate, not in corpus, leak or label."""

    id: str
    kind: str
    message: str


def check(questions: Sequence[Question], text_of: Callable[[str], str | None] | None = None) -> list[Finding]:
    """All findings in the order of the questions; ``text_of`` gives a document's text, or None if there is none.

    Without ``text_of`` only the checks that need no corpus are made.
    """
    first: dict[str, str] = {}
    found: list[Finding] = []
    for question in questions:
        key = normalise(" ".join([*(turn["content"] for turn in question.history), question.question]))
        if key in first:
            found.append(Finding(question.id, "duplicate", f'the same question as "{first[key]}"'))
        first.setdefault(key, question.id)
        found.extend(label_findings(question))
        found.extend(leak_findings(question))
        if text_of is not None:
            found.extend(corpus_findings(question, text_of))
    return found


def label_findings(question: Question) -> Iterator[Finding]:
    """Labels that contradict one another or leave nothing to measure."""
    if question.answerable is False and (question.relevant or question.evidence):
        yield Finding(question.id, "label", "not answerable, but names relevant documents or evidence")
    if question.answerable and not (question.answers or question.relevant or question.evidence):
        yield Finding(question.id, "label", "answerable, but has no answer, relevant document or evidence")


def leak_findings(question: Question) -> Iterator[Finding]:
    """Wording that gives the answer away, or that was copied from the evidence."""
    asked = normalise(question.question)
    if "____" not in question.question:
        for answer in textual_answers(question.answers):
            given = normalise(answer)
            as_written = answer.strip(" .,;:!?").casefold() in question.question.casefold()
            if given and given not in YES_OR_NO and contains_tokens(asked, given) and as_written:
                yield Finding(question.id, "leak", f'the question contains its answer "{answer}"')
    words = asked.split()
    runs = {" ".join(words[start : start + LEAKED_WORDS]) for start in range(len(words) - LEAKED_WORDS + 1)}
    if any(contains_tokens(normalise(evidence.text), run) for evidence in question.evidence for run in runs):
        yield Finding(
            question.id, "leak", f"the question repeats {LEAKED_WORDS} or more consecutive words of its evidence"
        )


def corpus_findings(question: Question, text_of: Callable[[str], str | None]) -> Iterator[Finding]:
    """Relevant documents that do not exist, and spans and answers that are not where the labels say."""
    texts = {label: text_of(label) for label in question.relevant}
    for label, text in texts.items():
        if text is None:
            yield Finding(question.id, "not in corpus", f'there is no document "{label}"')
    known = [normalise(text) for text in texts.values() if text is not None]
    for evidence in question.evidence:
        document = text_of(evidence.document) if evidence.document else None
        if document is not None and evidence.start is not None and evidence.text:
            if document[evidence.start : evidence.end] != evidence.text:
                yield Finding(
                    question.id, "not in corpus", f'the span of "{evidence.document}" does not contain its text'
                )
        elif evidence.text and known and not any(contains_tokens(text, normalise(evidence.text)) for text in known):
            yield Finding(
                question.id, "not in corpus", f'no relevant document contains the evidence "{evidence.text[:60]}"'
            )
    answers = [answer for answer in textual_answers(question.answers) if normalise(answer) not in YES_OR_NO]
    expected = answers and known and not question.evidence  # with evidence, answers may be in other words
    if expected and not any(contains_tokens(text, normalise(answer)) for text in known for answer in answers):
        yield Finding(question.id, "not in corpus", "no answer is in a relevant document word for word")
