"""One evaluation from a question set to a folder with records, metrics and reports."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError, RunError
from footnoted.assistant.evaluation.metrics.gates import GateResult, check_gate
from footnoted.assistant.evaluation.metrics.summary import split_by_turn, summarise
from footnoted.assistant.evaluation.question_sets.files import (
    QuestionSet,
    read_question_set,
    spread_sample,
    without_drafts,
)
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running import runs
from footnoted.assistant.evaluation.running.answer_files import answers_from, read_answers
from footnoted.assistant.evaluation.running.callables import answers_of, code_of, load_callable
from footnoted.assistant.evaluation.running.chat_servers import ChatServer
from footnoted.assistant.evaluation.running.code_hash import code_hash, product_files
from footnoted.assistant.evaluation.running.judge import Judge, judge_records
from footnoted.assistant.evaluation.running.options import Options, check_options, other_system
from footnoted.assistant.evaluation.running.other_systems import Given, checked_answers, recorder
from footnoted.assistant.evaluation.running.ranked_documents import unknown_labels
from footnoted.assistant.evaluation.running.records import rewrite_records
from footnoted.assistant.evaluation.running.runner import (
    WARM_UP,
    question_asker,
    run_questions,
)
from footnoted.assistant.evaluation.running.subject import content_key, open_subject
from footnoted.assistant.evaluation.running.usage import Price, read_price, usage_metrics
from footnoted.assistant.evaluation.workbench.labels import Labels, labels_path, read_labels
from footnoted.assistant.evaluation.workbench.people import (
    decided_by_people,
    label_details,
    label_metrics,
    people_verdicts,
)
from footnoted.assistant.settings import Settings, load_settings
from footnoted.index.types import Progress


@dataclass(slots=True)
class ProgressCallbacks:
    """Functions to report the progress of an evaluation to; by default none."""

    corpus: Callable[[Progress], None] | None = None
    question: Callable[[int, int, dict], None] | None = None
    note: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: its folder, facts, records and metrics, and the results of its gates."""

    folder: Path
    run: Mapping
    records: Sequence[Mapping]
    metrics: Mapping
    gates: tuple[GateResult, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RunExtras:
    """What some runs have in addition: a judge, the price of the model, and labels that name no document.

    ``subject`` says what is evaluated; ``code`` is a hash of code of it that is not ours, and ``facts`` are more of
    them for ``run.json``.
    """

    judge: Judge | None = None
    price: Price | None = None
    unknown_labels: Mapping[str, str] = field(default_factory=dict)
    subject: str = "Footnote"
    facts: Mapping[str, object] = field(default_factory=dict)
    code: str = ""


NO_EXTRAS = RunExtras()
Prepare = Callable[[], Callable[[Question], dict]]


def evaluate(options: Options, progress: ProgressCallbacks | None = None) -> Result:
    """Run a question set and write ``records.jsonl``, ``metrics.json`` and ``run.json``; not the reports.

    Raises :class:`EvaluationError`, and what the index and the assistant raise when they cannot be opened.
    """
    progress = progress or ProgressCallbacks()
    check_options(options)
    question_set = without_drafts(read_question_set(options.questions, options.columns), options.drafts)
    if progress.note is not None:
        progress.note(question_set.note)
    corpus = options.corpus or question_set.corpus
    settings = load_settings(home=options.home, model=options.model)
    if options.baseline is not None:
        runs.read_run(options.baseline)
    if options.ranking is not None:
        return score_ranking(question_set, options, progress)
    if other_system(options):
        return score_other_system(question_set, settings, options, progress)
    if question_set.claims:
        return check_claims(question_set, settings, options, progress)
    price = read_price(options.prices, settings.model) if options.prices else None
    judge = open_judge(options)
    with ExitStack() as opened:
        subject, settings_used = open_subject(opened, corpus, settings, options.retrieval_only, progress.corpus)
        listed = [(info.document_id, info.source) for info in subject.index.documents()]
        unknown = unknown_labels(spread_sample(question_set.questions, options.limit), listed)
        extras = RunExtras(judge, price, unknown)
        return run_in_folder(lambda: question_asker(subject), question_set, settings_used, options, progress, extras)


def check_claims(
    question_set: QuestionSet, settings: Settings, options: Options, progress: ProgressCallbacks
) -> Result:
    """Run the citation check alone over claims with the page they cite; no index is used."""
    from footnoted.assistant.evaluation.running.without_index import check_case
    from footnoted.index.models.rerank import open_reranker

    scorer = open_reranker(settings.reranker) or open_reranker()
    assert scorer is not None, "the bundled cross-encoder is never off"
    settings_used = {"reranker": scorer.identity, "retrieval_only": False, "check": "claims"}

    def prepare() -> Callable[[Question], dict]:
        scorer.scores(WARM_UP, [WARM_UP])
        return lambda case: check_case(case, scorer)

    return run_in_folder(prepare, question_set, settings_used, options, progress)


def score_ranking(question_set: QuestionSet, options: Options, progress: ProgressCallbacks) -> Result:
    """Measure the ranking in a TREC run file, made by any system; no index is used."""
    from footnoted.assistant.evaluation.running.without_index import ranking_record, read_ranking

    assert options.ranking is not None
    run = read_ranking(options.ranking, question_set.questions)
    facts = missing_and_unknown(question_set, run, options.ranking, options)
    settings_used = {"ranking": content_key(options.ranking), "retrieval_only": True}
    ranked_only = replace(options, retrieval_only=True)
    extras = RunExtras(subject=f"ranking of {options.ranking}", facts=facts)

    def ranking(question: Question) -> dict:
        return ranking_record(question, run.get(question.id, ()))

    return run_in_folder(lambda: ranking, question_set, settings_used, ranked_only, progress, extras)


def score_other_system(
    question_set: QuestionSet, settings: Settings, options: Options, progress: ProgressCallbacks
) -> Result:
    """Grade the answers in a file, of a Python function, or of a server; no index is used."""
    if question_set.claims:
        raise QuestionsError("A set of claims measures the citation check: no other system can be asked about it.")
    judge = open_judge(options)
    with ExitStack() as opened:
        other = open_other_system(opened, question_set, settings, options)
        price = read_price(options.prices, str(other.settings["model"])) if options.prices else None
        extras = RunExtras(judge, price, subject=other.name, facts=other.facts, code=other.code)
        ask = recorder(other.give, other.name)
        used = {**other.settings, "retrieval_only": False}
        return run_in_folder(lambda: ask, question_set, used, options, progress, extras)


@dataclass(frozen=True, slots=True)
class OtherSystem:
    """A system that is not ours: its name, what it gives for a question, the settings and facts of a run of it."""

    name: str
    give: Callable[[Question], Given]
    settings: Mapping[str, object]
    facts: Mapping[str, object] = field(default_factory=dict)
    code: str = ""


def open_other_system(
    opened: ExitStack, question_set: QuestionSet, settings: Settings, options: Options
) -> OtherSystem:
    """The system that the options name."""
    if options.answers is not None:
        found = read_answers(options.answers, question_set.questions)
        facts = missing_and_unknown(question_set, found, options.answers, options)
        used = {"answers": content_key(options.answers)}
        return OtherSystem(f"answers of {options.answers}", answers_from(found), used, facts)
    if options.callable is not None:
        function = load_callable(options.callable)
        give, used = answers_of(function, opened), {"callable": options.callable}
        return OtherSystem(f"callable {options.callable}", give, used, code=code_of(function))
    server = ChatServer(opened, options.url or "", settings.evaluation_key, settings.model_timeout)
    model = options.model or server.first_model()
    return OtherSystem(server.name, server.answers(model), {"url": server.name, "model": model})


def missing_and_unknown(question_set: QuestionSet, found: Mapping, path: Path, options: Options) -> dict:
    """Facts about questions that a file lacks, which has to be allowed, or has too many."""
    chosen = spread_sample(question_set.questions, options.limit)
    return checked_answers(path, chosen, question_set.questions, found, options.allow_missing)


def run_in_folder(
    prepare: Prepare,
    question_set: QuestionSet,
    settings_used: Mapping,
    options: Options,
    progress: ProgressCallbacks,
    extras: RunExtras = NO_EXTRAS,
) -> Result:
    """Ask the questions with the function that ``prepare`` gives, and write everything into the run's folder."""
    settings = {"questions": questions_key(question_set.questions), **settings_used}
    folder = options.output or runs.default_folder(question_set.name, settings)
    if options.baseline is not None and options.baseline.resolve() == folder.resolve():
        raise RunError(f"{folder} cannot be its own baseline: choose another --output.")
    labels = read_labels(labels_path(question_set.path))
    chosen = spread_sample(question_set.questions, options.limit)
    facts: dict[str, object] = {
        "questions": str(question_set.path),
        "asked": len(chosen),
        "of": len(question_set.questions),
        "drafts_left_out": question_set.drafts_left_out,
        "unknown_labels": dict(extras.unknown_labels),
        "subject": extras.subject,
        **extras.facts,
    }
    facts["code"] = " ".join(filter(None, (code_hash(product_files()), extras.code)))
    resume = runs.start(folder, question_set.name, settings, facts)
    records = run_questions(chosen, prepare, folder, progress.question, resume)
    if all(record["error"] for record in records):
        raise EvaluationError(f"Every question failed; the first one with: {records[0]['error']}")
    run = runs.finish(folder)
    automatic, records = records, keep_decided(folder, records, labels)
    metrics = metrics_of(records, run, options.retrieval_only, extras.price)
    metrics["labels"], metrics["people"] = label_metrics(records, labels), label_details(records, labels)
    if extras.judge is not None:
        metrics["judge"] = judge_records(automatic, extras.judge, people_verdicts(automatic, labels))
    results = tuple(check_gate(gate, metrics) for gate in options.gates)
    metrics["gates"] = [
        {"gate": str(result.gate), "value": result.value, "passed": result.passed, "message": result.message}
        for result in results
    ]
    runs.write_json(folder / runs.METRICS, metrics)
    return Result(folder, run, records, metrics, results)


def keep_decided(folder: Path, records: Sequence[Mapping], labels: Labels) -> list[dict]:
    """The records with people's verdict where nothing else decides; they are then in the run's file, too."""
    decided = decided_by_people(records, labels)
    if decided != records:
        rewrite_records(folder, decided)
    return decided


def open_judge(options: Options) -> Judge | None:
    """The judge that was asked for, opened before the run; raises ``ModelError`` when its model cannot be used."""
    if not options.judge:
        return None
    from footnoted.assistant.writing.models import open_model
    from footnoted.index.store.home import Home

    settings = load_settings(home=options.home, model=options.judge)
    model = open_model(settings)
    if model is None:
        raise EvaluationError("The extractive answerer cannot judge: give --judge a chat model as provider:model.")
    cache = Home(settings.home or None).folder / "evaluation" / "judge.jsonl"
    return Judge(model, f"{settings.model} {settings.base_url}", cache)


def metrics_of(records: Sequence[Mapping], run: Mapping, retrieval_only: bool, price: Price | None = None) -> dict:
    """The contents of ``metrics.json`` except the gates."""
    counts = {
        "asked": len(records),
        "answerable": sum(record["answerable"] is True for record in records),
        "not_answerable": sum(record["answerable"] is False for record in records),
        "not_labelled": sum(record["answerable"] is None for record in records),
        "follow_ups": sum(record["follow_up"] for record in records),
        "errors": sum(bool(record["error"]) for record in records),
        "notices": sum(bool(record["answer"] and record["answer"]["notice"]) for record in records),
    }
    by = Counter(record["graded_by"] for record in records if record["right"] is not None)
    ungraded = sum(record["right"] is None and record["answerable"] is not None for record in records)
    metrics: dict = {
        "run": dict(run),
        "questions": {**counts, "graded_by": dict(sorted(by.items())), "not_graded": ungraded},
        **summarise(records, retrieval_only),
    }
    metrics["usage"] = usage_metrics(records, price)
    for name, part in split_by_turn(records).items():
        metrics[name] = summarise(part, retrieval_only)
    return metrics


def questions_key(questions: Sequence[Question]) -> str:
    """A hash of all questions with their labels."""
    rows = json.dumps([question.to_dict() for question in questions], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(rows.encode()).hexdigest()
