"""Five passages for each question: is the right one quoted when it is among them, and is it refused when it is not?

    python tests/benchmarks/five.py [--sets squad2] [--limit N] [--cache DIR] [--write]

Search is out of the picture. A question that can be answered is asked twice: of the labelled passage and the four
others that the first stage likes best, and, to be refused, of the five others that it likes best: among all others
("absent"), and among those of other articles, where the ids of a set tell articles ("subject absent"). A question that
cannot be answered although a passage is about its subject (``related``; written to mislead) is asked of that passage
and four others.
Figures have their 95 % bootstrap interval over the questions; ``--limit`` asks questions spread evenly over a set.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from answers import folder_of, measured, questions_of, write  # the benchmark beside this one
from measures import CACHE

from assistant import open_assistant
from assistant.answers import Answer
from assistant.chain import Assistant
from assistant.evaluation.metrics.answers import contains
from assistant.evaluation.question_sets import choose
from assistant.evaluation.questions import Question
from assistant.settings import Settings
from index import Index, open_index
from index.chunk import CHUNKER_VERSION

GIVEN = 5


def passages(index: Index, question: Question, first: Sequence[str], without: Sequence[str]) -> list[str]:
    """Ids of five documents: ``first``, then those that the first stage finds, but none of ``without``."""
    found = [passage.document_id for passage in index.retrieve(question.question, 60, rerank=False)]
    return list(dict.fromkeys([*first, *(one for one in found if one not in {*first, *without})]))[:GIVEN]


def asked(assistant: Assistant, question: Question, given: Sequence[str]) -> Answer:
    """The answer from these documents alone."""
    return assistant.answer(question.question, sources=given)


def figures(name: str, cache: Path, limit: int) -> dict[str, dict]:
    """All figures of a set."""
    contained: list[float] = []
    cited: list[float] = []
    refused: dict[str, list[float]] = {"answerable": [], "absent": [], "subject absent": [], "misleading": []}
    with open_index(cache / f"answers-{name}-{CHUNKER_VERSION}") as index:
        index.add(folder_of(name) / "corpus.jsonl")
        assistant = open_assistant(index=index, settings=Settings())
        every = questions_of(name)
        for question in choose(every, limit) if limit else every:
            relevant, related = list(question.relevant), [str(one) for one in question.extra.get("related", ())]
            if question.answerable is False:
                if related:
                    answer = asked(assistant, question, passages(index, question, related[:1], related))
                    refused["misleading"].append(float(answer.refused))
                continue
            answer = asked(assistant, question, passages(index, question, relevant[:1], relevant))
            contained.append(contains(answer.text, question.answers))
            cited.append(float(any(one.document_id in relevant for one in answer.citations)))
            refused["answerable"].append(float(answer.refused))
            without = passages(index, question, [], [*relevant, *related])
            refused["absent"].append(float(asked(assistant, question, without).refused))
            if all("#" in one for one in relevant):
                own = {one.rpartition("#")[0] for one in relevant}
                article = [one.document_id for one in index.documents() if one.document_id.rpartition("#")[0] in own]
                elsewhere = passages(index, question, [], article)
                refused["subject absent"].append(float(asked(assistant, question, elsewhere).refused))
    return {"gold answer contained": measured(contained), "right passage cited": measured(cited)} | {
        f"refused, {kind}": measured(values) for kind, values in refused.items() if values
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="squad2")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    results = {}
    for name in options.sets.split(","):
        results[name] = figures(name, options.cache, options.limit)
        print(name, flush=True)
        for metric, entry in results[name].items():
            if entry["n"]:
                low, high = entry["interval"]
                print(f"  {metric:<24} {entry['value']:.3f} [{low:.3f}, {high:.3f}] of {entry['n']}", flush=True)
    if options.write:
        write("five", results)


if __name__ == "__main__":
    main()
