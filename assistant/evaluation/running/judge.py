"""A chat model as a judge, off by default: is each sentence faithful to its quotes, is the answer correct?

Its replies are cached, so that judging a run again gives the same results. Its agreement with the exact metrics is
measured too, since that is what a judge is worth.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from footnoted import prompts
from footnoted.assistant.errors import ModelError
from footnoted.assistant.evaluation.metrics.answers import textual_answers
from footnoted.assistant.evaluation.metrics.grading import abstained, answer_text
from footnoted.assistant.evaluation.metrics.lacking import SENTENCE_CITATIONS
from footnoted.assistant.evaluation.metrics.summary import metric_entry
from footnoted.assistant.evaluation.workbench.agreement import agreement, kappa_entry
from footnoted.assistant.writing.generative import streamed

JUDGE_METRICS = {
    "faithfulness": "no answer was judged",
    "correctness": "no answered question has an answer text",
    "agreement_right": "no answer was both judged and graded",
    "agreement_supported": "no sentence was judged",
    "agreement_people": "no answer was both judged and graded by a person",
}


class Judge:
    """Asks a chat model yes-or-no questions and keeps its replies in a file of JSON lines."""

    def __init__(self, model: Any, name: str, cache: Path) -> None:
        self._model, self._name, self._cache = model, name, cache
        self._known: dict[str, bool] = {}
        self.unclear = 0
        if cache.is_file():
            for line in cache.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                    self._known[row["key"]] = row["yes"]
                except (ValueError, KeyError, TypeError):
                    continue  # an incomplete line left by a crash: the model is asked again

    def says_yes(self, prompt: str) -> bool | None:
        """The model's verdict; None if it failed or said neither yes nor no, which counts as unclear."""
        key = hashlib.sha256(f"{self._name}\0{prompt}".encode()).hexdigest()
        if key in self._known:
            return self._known[key]
        try:
            *_, reply = streamed(self._model, prompt)
        except ModelError:
            reply = ""
        word = re.match(r"\W*(yes|no)\b", reply, re.IGNORECASE)
        if word is None:
            self.unclear += 1
            return None
        self._known[key] = word[1].lower() == "yes"
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        with open(self._cache, "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"key": key, "yes": self._known[key]}) + "\n")
        return self._known[key]


def judge_record(record: Mapping, judge: Judge) -> dict | None:
    """The verdicts on one answer: ``{"sentences": [(faithful, marked as supported), …], "correct": …}``, or None."""
    answer = record.get("answer")
    if answer is None or abstained(record):
        return None
    quotes = {citation["number"]: citation["quote"] for citation in answer["citations"]}
    sentences = []
    # A system that does not say which sentences its citations belong to may well be faithful.
    for sentence in () if SENTENCE_CITATIONS in record.get("lacks", ()) else answer["sentences"]:
        shown = "\n\n".join(quotes[number] for number in sentence["citations"] if number in quotes)
        verdict = (
            judge.says_yes(prompts.fill("judge_faithful", quotes=shown, sentence=sentence["text"])) if shown else False
        )
        sentences.append((verdict, sentence["supported"]))
    golds = textual_answers(record["answers"])
    correct = None
    if record["answerable"] and golds:
        given = {"question": record["question"], "answers": "\n".join(golds), "answer": answer_text(record)}
        correct = judge.says_yes(prompts.fill("judge_correct", **given))
    return {"sentences": sentences, "correct": correct}


def judge_records(
    records: Sequence[Mapping], judge: Judge, people: Mapping[str, bool] | None = None
) -> dict[str, dict]:
    """The judge's section of ``metrics.json``: its shares of yes, and how often it agrees with the exact metrics.

    ``agreement_right`` compares its correctness with ``right``, ``agreement_supported`` its verdict on each sentence
    with the assistant's own mark. ``people`` maps the ids of the questions that people graded to whether they call the
    answer right: ``agreement_people`` and ``kappa_people`` are what the judge is worth. Unclear verdicts count only in
    ``unclear``.
    """
    with_people: list[tuple[bool, bool]] = []
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in JUDGE_METRICS}
    for record in records:
        verdicts = judge_record(record, judge)
        if verdicts is None:
            continue
        clear = [(said, marked) for said, marked in verdicts["sentences"] if said is not None]
        found["faithfulness"].append((float(sum(said for said, _ in clear)), float(len(clear))))
        found["agreement_supported"].append((float(sum(said == marked for said, marked in clear)), float(len(clear))))
        if verdicts["correct"] is not None:
            found["correctness"].append((float(verdicts["correct"]), 1.0))
            if record["right"] is not None:
                found["agreement_right"].append((float(verdicts["correct"] == record["right"]), 1.0))
            if (said := (people or {}).get(record["id"])) is not None:
                found["agreement_people"].append((float(verdicts["correct"] == said), 1.0))
                with_people.append((verdicts["correct"], said))
    section = {name: metric_entry(shares, JUDGE_METRICS[name]) for name, shares in found.items()}
    section["kappa_people"] = kappa_entry(agreement(with_people), JUDGE_METRICS["agreement_people"])
    section["unclear"] = {"value": float(judge.unclear), "interval": None, "n": len(records)}
    return section
