"""An index and an assistant whose results are written down beforehand, so that every metric can be computed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from footnoted.assistant.answers import REFUSAL, Answer, Citation, Sentence, render_text
from footnoted.assistant.evaluation.question_sets.files import QuestionSet
from footnoted.assistant.evaluation.question_sets.questions import Question, parse_question
from footnoted.assistant.evaluation.running.evaluate import Options, ProgressCallbacks, Result, run_in_folder
from footnoted.assistant.evaluation.running.ranked_documents import DEPTH
from footnoted.assistant.evaluation.running.runner import question_asker
from footnoted.assistant.evaluation.running.subject import Subject
from footnoted.index import Passage
from footnoted.index.errors import SourceNotFound

STAMP = {"corpus": "made up", "model": "written down", "retrieval_only": False}


@dataclass
class WrittenIndex:
    """``found`` maps a question to the ids of the documents it finds, best first; each document is one passage."""

    texts: Mapping[str, str]
    found: Mapping[str, Sequence[str]]
    asked: list[str] = field(default_factory=list)
    reranker: None = None

    def documents(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(document_id=name, source=f"/corpus#{name}") for name in self.texts]

    def text_of(self, name: str) -> str:
        identity = name.removeprefix("/corpus#")
        if identity not in self.texts:
            raise SourceNotFound(f"There is no document {name}.")
        return self.texts[identity]

    def retrieve(self, question: str, k: int = 5, *, rerank: bool = True) -> list[Passage]:
        if rerank:
            self.asked.append(question)
        return [
            Passage(
                name, self.texts[name], f"/corpus#{name}", name, "", None, "", "", 0, len(self.texts[name]), 1 / rank
            )
            for rank, name in enumerate(self.found.get(question, ())[:k], start=1)
        ]


@dataclass
class WrittenAssistant:
    """``said`` maps a question to quotes as (document id, quote), one sentence each; one it lacks is refused.

    An exception in place of the quotes is raised.
    """

    index: WrittenIndex
    said: Mapping[str, Sequence[tuple[str, str]] | Exception]

    def answer(self, question: str, history: Sequence = ()) -> Answer:
        quotes = self.said.get(question, ())
        if isinstance(quotes, Exception):
            raise quotes
        if not quotes:
            return Answer(question, question, REFUSAL, refused=True, kind="refusal", reason="Nothing was found.")
        sentences, citations = [], []
        for number, (name, quote) in enumerate(quotes, start=1):
            start = self.index.texts[name].index(quote)
            place = (f"/corpus#{name}", name, "", None, "", start, start + len(quote), quote, 1.0)
            citations.append(Citation(number, name, *place))
            sentences.append(Sentence(quote, (number,)))
        shown = tuple(sentences)
        return Answer(
            question,
            question,
            render_text(shown),
            shown,
            tuple(citations),
            score=0.9,
            timings={"retrieve": 1.0, "answer": 2.0},
        )


def questions_of(*rows: Mapping) -> tuple[Question, ...]:
    """Questions from the lines of a question set."""
    return tuple(parse_question(row, f"q{number}") for number, row in enumerate(rows, start=1))


def run(
    folder: Path, questions: Sequence[Question], index: WrittenIndex, said: Mapping | None = None, **options
) -> Result:
    """Evaluate into ``folder``; without ``said`` only retrieval."""
    subject = Subject(index, None if said is None else WrittenAssistant(index, said))
    path = options.pop("path", Path("tiny.jsonl"))
    question_set = QuestionSet("tiny", path, tuple(questions))
    progress = options.pop("progress", ProgressCallbacks())
    stamp = {**STAMP, "retrieval_only": said is None, **options.pop("stamp", {})}
    chosen = Options(path, output=folder, retrieval_only=said is None, **options)
    return run_in_folder(lambda: question_asker(subject, chosen.depth or DEPTH), question_set, stamp, chosen, progress)
