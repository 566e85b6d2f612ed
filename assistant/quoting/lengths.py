"""Answers made shorter or longer than the question needs, as a reader chose, with every footnote in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from footnoted.assistant.answers import Answer, Sentence
from footnoted.assistant.quoting.citations import cite, renumbered
from footnoted.assistant.quoting.evidence import Candidate, candidates
from footnoted.index.types import Passage

if TYPE_CHECKING:
    from footnoted.assistant.chain import Assistant

LENGTHS = ("short", "long")
MOST = 8  # sentences of a long answer
FOLLOWING = 2  # sentences that a long answer adds after each one


class Sized:
    """An assistant whose finished answers have another length; see :func:`shortened` and :func:`lengthened`."""

    def __init__(self, assistant: Assistant, length: str) -> None:
        self.assistant, self.length = assistant, length

    async def astream(self, *question, **options) -> AsyncIterator[Answer]:
        """:meth:`footnoted.assistant.chain.Assistant.astream` with its last answer made shorter or longer."""
        async with aclosing(self.assistant.astream(*question, **options)) as stream:  # type: ignore[type-var]
            async for answer in stream:
                yield self._sized(answer) if answer.done else answer

    def _sized(self, answer: Answer) -> Answer:
        return shortened(answer) if self.length == "short" else lengthened(answer, self._sentences)

    def _sentences(self, passage: Passage) -> list[Candidate]:
        return candidates(passage, self.assistant.index.catalog.structure(passage.source))


def shortened(answer: Answer) -> Answer:
    """The one sentence that answers most plainly; of a question of several parts, one for each under its line.

    An answer whose documents disagree stays whole: half of it would be a lie.
    """
    if len(answer.sentences) < 2 or answer.contradictions:
        return answer
    kept: list[Sentence] = []
    for label, told in _parts(answer.sentences):
        best = next((one for one in told if one.emphasis), told[0])
        kept += [*([label] if label else []), replace(best, paragraph=label is not None)]
    return renumbered(answer, kept, answer.citations)


def _parts(sentences: Sequence[Sentence]) -> list[tuple[Sentence | None, list[Sentence]]]:
    """The sentences by the line of the part that they answer; without one for an answer of one part."""
    found: list[tuple[Sentence | None, list[Sentence]]] = []
    for sentence in sentences:
        if sentence.form == "heading" and not sentence.citations:
            found.append((sentence, []))
        elif found:
            found[-1][1].append(sentence)
        else:
            found.append((None, [sentence]))
    return [(label, told) for label, told in found if told]


def lengthened(answer: Answer, sentences_of: Callable[[Passage], Sequence[Candidate]]) -> Answer:
    """A word-for-word answer with the sentences that follow each of its own in the same passage.

    What a language model wrote stays as it is: only the model could write more of it.
    """
    passages = {passage.id: passage for passage in answer.passages}
    if answer.model != "extractive" or not answer.sentences or answer.contradictions:
        return answer
    cited = {citation.number: citation for citation in answer.citations}
    taken = {(citation.source, citation.start) for citation in answer.citations}
    sentences: list[Sentence] = []
    citations = list(answer.citations)
    for sentence in answer.sentences:
        sentences.append(sentence)
        note = cited.get(sentence.citations[-1]) if sentence.citations else None
        if note is None or note.passage_id not in passages:
            continue
        after = [one for one in sentences_of(passages[note.passage_id]) if one.start >= note.end][:FOLLOWING]
        for one in after:
            if (note.source, one.start) in taken or len(sentences) >= MOST:
                break
            taken.add((note.source, one.start))
            citations.append(cite(len(citations) + 1, one.passage, one.start, one.end, one.text, 1.0))
            sentences.append(Sentence(" ".join(one.text.split()), (len(citations),)))
    return renumbered(answer, sentences, citations)
