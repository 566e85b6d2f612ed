"""Five passages for each question: is the right one quoted when it is among them, and is it refused when it is not?

    python tests/benchmarks/five.py [--sets squad2] [--limit N] [--cache DIR] [--write] [--docs]

Search is out of the picture. A question that can be answered is asked twice: of the labelled passage and the four
others that the first stage likes best, and, to be refused, of the five others that it likes best: among all others
("absent"), and among those of other articles, where the ids of a set tell articles ("subject absent"). The same again
with others drawn at random ("random"). A question that cannot be answered although a passage is about its subject
(``related``; written to mislead) is asked of that passage and the four others that the first stage likes best.
Figures have their 95 % bootstrap interval over the questions; ``--limit`` asks questions spread evenly over a set.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from answer_tables import cell, measured
from answers import ANSWERS, write  # the benchmark beside this one
from measures import CACHE, newest_results, table, write_block
from question_sets import SETS, folder_of, questions_of

from footnoted.assistant import open_assistant
from footnoted.assistant.answers import Answer
from footnoted.assistant.chain import Assistant
from footnoted.assistant.evaluation.metrics.answers import contains
from footnoted.assistant.evaluation.question_sets.files import spread_sample
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.settings import Settings
from footnoted.index import Index, open_index
from footnoted.index.adding.chunk import CHUNKER_VERSION

GIVEN = 5
KINDS = ("", "random: ")
METRICS = (
    "gold answer contained",
    "right passage cited",
    "refused, answerable",
    "refused, subject absent",
    "refused, absent",
    "refused, misleading",
)


def passages(index: Index, question: Question, first: Sequence[str], without: Sequence[str]) -> list[str]:
    """Ids of five documents: ``first``, then those that the first stage finds, but none of ``without``."""
    found = [passage.document_id for passage in index.retrieve(question.question, 60, rerank=False)]
    return list(dict.fromkeys([*first, *(one for one in found if one not in {*first, *without})]))[:GIVEN]


def asked(assistant: Assistant, question: Question, given: Sequence[str]) -> Answer:
    """The answer from these documents alone."""
    return assistant.answer(question.question, sources=given)


def drawn(index: Index, question: Question, first: Sequence[str], without: Sequence[str]) -> list[str]:
    """Ids of five documents: ``first``, then some drawn at random, the same ones in every run; none of ``without``."""
    others = sorted({one.document_id for one in index.documents()} - {*first, *without})
    return [*first, *random.Random(question.id).sample(others, GIVEN - len(first))]


def of_its_articles(index: Index, question: Question) -> list[str]:
    """Ids of all documents of the articles that answer a question, where ids tell articles ("Rhine#18")."""
    own = {one.rpartition("#")[0] for one in question.relevant}
    return [one.document_id for one in index.documents() if one.document_id.rpartition("#")[0] in own]


def figures(name: str, cache: Path, limit: int) -> dict[str, dict]:
    """All figures of a set."""
    found: dict[str, list[float]] = {}

    def note(metric: str, value: object) -> None:
        found.setdefault(metric, []).append(float(bool(value)))

    with open_index(cache / f"answers-{name}-{CHUNKER_VERSION}") as index:
        index.add(folder_of(name) / "corpus.jsonl")
        assistant = open_assistant(index=index, settings=Settings())
        every = questions_of(name)
        for question in spread_sample(every, limit) if limit else every:
            relevant, related = list(question.relevant), [str(one) for one in question.extra.get("related", ())]
            if question.answerable is False:
                if related:
                    answer = asked(assistant, question, passages(index, question, related[:1], related))
                    note("refused, misleading", answer.refused)
                continue
            for kind, choice in (("", passages), ("random: ", drawn)):
                answer = asked(assistant, question, choice(index, question, relevant[:1], relevant))
                note(f"{kind}gold answer contained", contains(answer.text, question.answers))
                note(f"{kind}right passage cited", any(one.document_id in relevant for one in answer.citations))
                note(f"{kind}refused, answerable", answer.refused)
                without = choice(index, question, [], [*relevant, *related])
                note(f"{kind}refused, absent", asked(assistant, question, without).refused)
            if all("#" in one for one in relevant):
                elsewhere = passages(index, question, [], of_its_articles(index, question))
                note("refused, subject absent", asked(assistant, question, elsewhere).refused)
    return {metric: measured(values) for metric, values in found.items()}


def documentation(results: dict) -> str:
    """The table of docs/answers.md: the likeliest others beside others drawn at random."""
    names = [name for name in SETS if name in results]
    rows = [
        [metric, *(cell(results[name][key]) if (key := f"{kind}{metric}") in results[name] else "" for kind in KINDS)]
        for name in names
        for metric in METRICS
        if metric in results[name]
    ]
    return f"Measured at commit {results['commit']}.\n\n{table(['', 'the likeliest', 'at random'], rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="squad2")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--docs", action="store_true", help="put the newest results into docs/answers.md")
    options = parser.parse_args()
    results = {}
    for name in options.sets.split(","):
        results[name] = figures(name, options.cache, options.limit)
        print(name, flush=True)
        for metric, entry in results[name].items():
            if entry["n"]:
                low, high = entry["interval"]
                print(f"  {metric:<32} {entry['value']:.3f} [{low:.3f}, {high:.3f}] of {entry['n']}", flush=True)
    if options.write:
        write("five", results)
    if options.docs:
        write_block(ANSWERS, "five", documentation(newest_results("five")))


if __name__ == "__main__":
    main()
