"""A chat model as a judge, off by default: is each sentence faithful to its quotes, is the answer correct?

Its replies are cached, so that judging a run again gives the same results, and asks only for what failed before. Its
agreement with the exact metrics is measured too, since that is what a judge is worth.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from footnoted import prompts
from footnoted.assistant.errors import EmptyAnswer, ModelError
from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.metrics.answers import textual_answers
from footnoted.assistant.evaluation.metrics.grading import Share, abstained, answer_text
from footnoted.assistant.evaluation.metrics.lacking import SENTENCE_CITATIONS
from footnoted.assistant.evaluation.metrics.summary import metric_entry, resampling_units
from footnoted.assistant.evaluation.running.options import Options
from footnoted.assistant.evaluation.running.subject import without_password
from footnoted.assistant.evaluation.workbench.agreement import agreement, kappa_entry
from footnoted.assistant.settings import Settings
from footnoted.assistant.writing.generative import streamed
from footnoted.assistant.writing.models import EXTRACTIVE, open_model
from footnoted.index.store.home import Home

JUDGE_METRICS = {
    "faithfulness": "no answer was judged",
    "correctness": "no answered question has an answer text",
    "agreement_right": "no answer was both judged and graded",
    "agreement_supported": "no sentence was judged",
    "agreement_people": "no answer was both judged and graded by a person",
}


MOST_FAILURES = 5  # in a row, after which no more is asked: each may take as long as a request may


class Judge:
    """Asks a chat model yes-or-no questions and keeps its replies in a file of JSON lines.

    ``failures`` are the reasons of the requests that failed; ``not_asked`` counts those that were not made after
    several in a row had failed.
    """

    def __init__(self, model: Any, name: str, cache: Path, seconds: float = 120.0) -> None:
        self._model, self._cache, self._seconds = model, cache, seconds
        self.name = name
        self._known: dict[str, bool] = {}
        self.unclear = self.not_asked = self._in_a_row = 0
        self.failures: list[str] = []
        if cache.is_file():
            for line in cache.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                    self._known[row["key"]] = row["yes"]
                except (ValueError, KeyError, TypeError):
                    continue  # an incomplete line left by a crash: the model is asked again

    def says_yes(self, prompt: str) -> bool | None:
        """The model's verdict; None if it failed, or if it said neither yes nor no, which counts as unclear."""
        key = hashlib.sha256(f"{self.name}\0{prompt}".encode()).hexdigest()
        if key in self._known:
            return self._known[key]
        if self._in_a_row >= MOST_FAILURES:
            self.not_asked += 1
            return None
        try:
            *_, reply = streamed(self._model, prompt, self._seconds)
        except EmptyAnswer:
            reply = ""
        except ModelError as error:
            self.failures.append(str(error))
            self._in_a_row += 1
            return None
        self._in_a_row = 0
        word = re.match(r"\W*(yes|no)\b", reply, re.IGNORECASE)
        if word is None:
            self.unclear += 1
            return None
        self._known[key] = word[1].lower() == "yes"
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        with open(self._cache, "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"key": key, "yes": self._known[key]}) + "\n")
        return self._known[key]

    def check(self, folder: Path) -> None:
        """Raise :class:`EvaluationError` if a request failed: the figures would be those of fewer answers."""
        if not self.failures:
            return
        left = f", after which {self.not_asked} more were not asked" if self.not_asked else ""
        times = "once" if len(self.failures) == 1 else f"{len(self.failures)} times"
        raise EvaluationError(
            f"The judge {self.name} failed {times}{left}; the first reason: {self.failures[0].rstrip('.')}. All "
            f"answers and its other verdicts are kept: run the same command again with --output {folder} to ask only "
            "for what is missing."
        )


def open_judge(options: Options, settings: Settings) -> Judge | None:
    """The judge that was asked for, opened before the run; raises ``ModelError`` when its model cannot be used."""
    if not options.judge:
        return None
    chosen = judge_settings(settings, options.judge)
    model = open_model(chosen)
    if model is None:
        raise EvaluationError("The extractive answerer cannot judge: give --judge a chat model as provider:model.")
    cache = Home(settings.home or None).folder / "evaluation" / "judge.jsonl"
    return Judge(model, f"{chosen.model} {without_password(chosen.base_url)}".strip(), cache, chosen.model_timeout)


def judge_settings(settings: Settings, name: str) -> Settings:
    """The settings of the judge's model.

    It has the address and the key of the model that answers only if it is of the same provider and has none of its
    own: a key is never sent to another address than the one it is for.
    """
    alike = settings.model == EXTRACTIVE or settings.model.partition(":")[0] == name.partition(":")[0]
    own = bool(settings.judge_base_url or settings.judge_api_key)
    base_url = settings.judge_base_url or (settings.base_url if alike else "")
    key = settings.judge_api_key if own else settings.api_key if alike else ""
    return replace(settings, model=name, base_url=base_url, api_key=key)


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
    found: dict[str, dict[str, Share]] = {name: {} for name in JUDGE_METRICS}
    units = resampling_units(records)
    with_people: list[tuple[bool, bool]] = []
    for record in records:
        verdicts = judge_record(record, judge)
        if verdicts is None:
            continue
        clear = [(said, marked) for said, marked in verdicts["sentences"] if said is not None]
        name, count = record["id"], float(len(clear))
        found["faithfulness"][name] = float(sum(said for said, _ in clear)), count
        found["agreement_supported"][name] = float(sum(said == marked for said, marked in clear)), count
        if verdicts["correct"] is not None:
            found["correctness"][name] = float(verdicts["correct"]), 1.0
            if record["right"] is not None:
                found["agreement_right"][name] = float(verdicts["correct"] == record["right"]), 1.0
            if (said := (people or {}).get(name)) is not None:
                found["agreement_people"][name] = float(verdicts["correct"] == said), 1.0
                with_people.append((verdicts["correct"], said))
    section = {
        name: metric_entry(shares.values(), JUDGE_METRICS[name], [units[question] for question in shares])
        for name, shares in found.items()
    }
    section["kappa_people"] = kappa_entry(agreement(with_people), JUDGE_METRICS["agreement_people"])
    section["unclear"] = {"value": float(judge.unclear), "interval": None, "n": len(records)}
    return section
