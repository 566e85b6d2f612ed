"""A question of several parts: each part is answered under its own line, and what is missing is said for that part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from footnoted.assistant.answers import REFUSAL, Answer, Citation, Contradiction, Sentence, render_text
from footnoted.assistant.asking.request import History, Request
from footnoted.assistant.english.followup import understood
from footnoted.assistant.english.parts import Part
from footnoted.index.store.keywords import content_words, stem

_SURE = ("weak", "likely", "clear")
LEANS = 0.5  # the probability from which a part is taken to need the one before it: most name what they ask about

_STANDS_FOR = re.compile(r"\b(?:it|its|this|that|these|those|them|one|ones|former|latter)\b", re.IGNORECASE)

Answered = Callable[[Request], Answer]


def answered_in_parts(request: Request, parts: Sequence[Part], answered: Answered) -> Iterator[Answer]:
    """Growing answers to a question that has ``parts``; ``answered`` gives the answer to a question of one part.

    Two things to compare are looked for apart only where no text tells of both. A part may lean on the one before it
    ("When was it built, and by whom?"), as a question leans on the conversation.
    """
    compared = parts[0].compared
    if compared and _tells_of_all(whole := answered(request), parts):
        yield whole
        return
    history, found = list(request.history), list[Answer]()
    for part in parts:
        told = history if _leans(part, history, first=not found) else ()
        found.append(answered(replace(request, question=part.question, history=told)))
        if not compared:
            said = [{"role": "user", "content": part.question}, {"role": "assistant", "content": found[-1].text}]
            history = [*history, *said]
        if len(found) < len(parts) and any(not one.refused for one in found):
            yield replace(joined(request.question, parts, found), done=False)
    if all(one.kind != "answer" for one in found):
        yield whole if compared else answered(request)
    elif _is_one_answer(found):
        yield replace(found[0], question=request.question, standalone_question=request.question)
    else:
        yield joined(request.question, parts, found)


def _leans(part: Part, history: History, *, first: bool) -> bool:
    """Whether a part is asked with what was said before: the first one as any question is."""
    if part.compared:  # a bare name, which looks as if it lacked something, and lacks nothing
        return _STANDS_FOR.search(part.label) is not None
    return first or understood(part.question, history).needs > LEANS


def _tells_of_all(answer: Answer, parts: Sequence[Part]) -> bool:
    """Whether an answer quotes something on each of the things that are compared."""
    said = {stem(word) for citation in answer.citations for word in content_words(citation.quote)}
    return not answer.refused and all({stem(word) for word in content_words(part.label)} <= said for part in parts)


def _is_one_answer(found: Sequence[Answer]) -> bool:
    """Whether the same text answers all parts: it is shown once."""
    spans = [set(map(_span, answer.citations)) for answer in found]
    return bool(spans[0]) and all(span == spans[0] for span in spans)


def joined(question: str, parts: Sequence[Part], found: Sequence[Answer]) -> Answer:
    """The answers to the parts as one, each under its own line, with footnotes numbered through."""
    sentences, citations = list[Sentence](), list[Citation]()
    contradictions = list[Contradiction]()
    for part, answer in zip(parts, found, strict=False):
        numbers = _numbered(answer.citations, citations)
        sentences.append(Sentence(part.label, form="heading"))
        if answer.kind == "answer":
            told = answer.sentences
            told = told[1:] if told[0].form == "heading" and told[0].text.casefold() == part.label.casefold() else told
            sentences += [_with_numbers(one, numbers, first=place == 0) for place, one in enumerate(told)]
        else:
            said = f"{REFUSAL} {answer.reason}" if answer.refused else answer.text
            sentences.append(Sentence(said.strip(), paragraph=True, form="note"))
        contradictions += [
            replace(one, citations=tuple(numbers[number] for number in one.citations)) for one in answer.contradictions
        ]
    answers = [answer for answer in found if answer.kind == "answer"]
    return replace(
        found[0],
        question=question,
        standalone_question=question,
        text=render_text(sentences),
        sentences=tuple(sentences),
        citations=tuple(citations),
        passages=tuple({passage.id: passage for answer in found for passage in answer.passages}.values()),
        refused=False,
        kind="answer",
        reason="",
        other_question="",
        notice=" ".join(dict.fromkeys(answer.notice for answer in found if answer.notice)),
        confidence=_least_sure(answers, whole=len(answers) == len(found)),
        score=min((answer.score for answer in answers), default=0.0),
        missing_words=tuple(dict.fromkeys(word for answer in found for word in answer.missing_words)),
        contradictions=tuple(contradictions),
        timings=_summed(found),
    )


def _least_sure(answers: Sequence[Answer], *, whole: bool) -> str:
    """As sure as of the least sure part; an answer that lacks a part is not clear."""
    places = [_SURE.index(answer.confidence) for answer in answers if answer.confidence in _SURE]
    return _SURE[min([*places, len(_SURE) - 1 if whole else 1])] if places else ""


def _numbered(own: Sequence[Citation], citations: list[Citation]) -> dict[int, int]:
    """The numbers of an answer's citations among all; those that are not there yet are added."""
    numbers: dict[int, int] = {}
    for citation in own:
        known = next((one for one in citations if _span(one) == _span(citation)), None)
        if known is None:
            citations.append(known := replace(citation, number=len(citations) + 1))
        numbers[citation.number] = known.number
    return numbers


def _span(citation: Citation) -> tuple[str, int, int]:
    return citation.source, citation.start, citation.end


def _with_numbers(sentence: Sentence, numbers: dict[int, int], *, first: bool) -> Sentence:
    own = tuple(dict.fromkeys(numbers[number] for number in sentence.citations))
    return replace(sentence, citations=own, paragraph=sentence.paragraph or first)


def _summed(found: Sequence[Answer]) -> dict[str, float]:
    timings: dict[str, float] = {}
    for answer in found:
        for stage, milliseconds in answer.timings.items():
            timings[stage] = round(timings.get(stage, 0.0) + milliseconds, 2)
    return timings
