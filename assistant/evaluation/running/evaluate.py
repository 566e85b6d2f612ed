"""One evaluation from a question set to a folder with records, metrics and reports."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from footnoted.assistant.evaluation.custom_metrics.measuring import CustomValues
from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError, RunError
from footnoted.assistant.evaluation.metrics.gates import GateResult, check_gate
from footnoted.assistant.evaluation.metrics.slices import sliced_metrics, slices_of
from footnoted.assistant.evaluation.metrics.summary import split_by_turn, summarise
from footnoted.assistant.evaluation.question_sets.files import (
    QuestionSet,
    read_question_set,
    spread_sample,
    without_drafts,
)
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running import runs
from footnoted.assistant.evaluation.running.answer_files import AnswerRows, answers_from, read_answers
from footnoted.assistant.evaluation.running.callables import answers_of, code_of, named_callable, takes
from footnoted.assistant.evaluation.running.chat_servers import ChatServer
from footnoted.assistant.evaluation.running.code_hash import code_hash, product_files
from footnoted.assistant.evaluation.running.corpus_texts import CorpusTexts
from footnoted.assistant.evaluation.running.judge import Judge, judge_records, open_judge
from footnoted.assistant.evaluation.running.options import (
    Options,
    check_options,
    check_options_of_claims,
    other_system,
)
from footnoted.assistant.evaluation.running.other_systems import Given, checked_answers, recorder, unknown_text
from footnoted.assistant.evaluation.running.ranked_documents import DEPTH, unknown_labels
from footnoted.assistant.evaluation.running.records import rewrite_records
from footnoted.assistant.evaluation.running.runner import (
    WARM_UP,
    question_asker,
    run_questions,
    scope_of,
    sources_by_name,
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
    given = options.questions
    found = given if isinstance(given, QuestionSet) else read_question_set(given, options.columns)
    question_set = without_drafts(found, options.drafts)
    if progress.note is not None:
        progress.note(question_set.note)
    corpus = options.corpus or question_set.corpus
    settings = load_settings(home=options.home, model=options.model, judge_base_url=options.judge_base_url)
    for baseline in options.baselines:
        runs.finished_run(baseline)
    if options.ranking is not None:
        return score_ranking(question_set, options, progress)
    if other_system(options):
        return score_other_system(question_set, settings, options, progress, corpus)
    if question_set.claims:
        return check_claims(question_set, settings, options, progress)
    price = read_price(options.prices, settings.model) if options.prices else None
    judge, depth = open_judge(options, settings), options.depth or DEPTH
    with ExitStack() as opened:
        if options.subject is not None:
            subject, settings_used = options.subject(opened, settings, options.retrieval_only, depth)
        else:
            subject, settings_used = open_subject(
                opened, corpus, settings, options.retrieval_only, progress.corpus, depth
            )
        documents = subject.index.documents()
        sources, listed = sources_by_name(documents), [(info.document_id, info.source) for info in documents]
        for question in spread_sample(question_set.questions, options.limit):
            scope_of(question, sources)  # before the run: a name that is no document must not end it half way
        unknown = unknown_labels(spread_sample(question_set.questions, options.limit), listed)
        extras = RunExtras(judge, price, unknown)
        return run_in_folder(
            lambda: question_asker(subject, depth), question_set, settings_used, options, progress, extras
        )


def check_claims(
    question_set: QuestionSet, settings: Settings, options: Options, progress: ProgressCallbacks
) -> Result:
    """Run the citation check alone over claims with the page they cite; no index is used."""
    from footnoted.assistant.evaluation.running.without_index import check_case
    from footnoted.index.models.rerank import open_reranker

    check_options_of_claims(options)
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
    question_set: QuestionSet,
    settings: Settings,
    options: Options,
    progress: ProgressCallbacks,
    corpus: Path | None,
) -> Result:
    """Grade the answers in a file, of a Python function, or of a server; no index is used.

    The texts of the corpus, if there is one, are known when answers are graded, as for our own.
    """
    if question_set.claims:
        raise QuestionsError("A set of claims measures the citation check: no other system can be asked about it.")
    judge = open_judge(options, settings)
    with ExitStack() as opened:
        other = open_other_system(opened, question_set, settings, options)
        price = read_price(options.prices, str(other.settings["model"])) if options.prices else None
        used, text_of, unknown = {**other.settings, "retrieval_only": False}, unknown_text, {}
        if corpus is not None:
            used["corpus"], texts = content_key(corpus), CorpusTexts(corpus)
            unknown = unknown_labels(spread_sample(question_set.questions, options.limit), texts.listed)
            text_of = texts.text_of
        extras = RunExtras(judge, price, unknown, other.name, other.facts, other.code)
        ask = recorder(other.give, other.name, text_of)
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
        rows = options.answers
        used = {"answers": rows.key if isinstance(rows, AnswerRows) else content_key(rows)}
        return OtherSystem(f"answers of {options.answers}", answers_from(found), used, facts)
    if options.callable is not None:
        function, name = named_callable(options.callable)
        if not takes(function, "only"):
            refuse_scopes(question_set, 'give the function a parameter "only"')
        give, used = answers_of(function, opened), {"callable": name}
        return OtherSystem(f"callable {name}", give, used, code=code_of(function))
    refuse_scopes(question_set, "this protocol has no place for that")
    server = ChatServer(opened, options.url or "", settings.evaluation_key, settings.model_timeout)
    model = options.model or server.first_model()
    return OtherSystem(server.name, server.answers(model), {"url": server.name, "model": model})


def refuse_scopes(question_set: QuestionSet, reason: str) -> None:
    """Raise :class:`QuestionsError` if a question is about some documents alone, which this system would not know."""
    scoped = [question.id for question in question_set.questions if question.only]
    if scoped:
        raise QuestionsError(f'{len(scoped)} questions, such as {scoped[0]}, name documents in "only": {reason}.')


def missing_and_unknown(question_set: QuestionSet, found: Mapping, path: object, options: Options) -> dict:
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
    labels = read_labels(labels_path(question_set.path))
    chosen = spread_sample(question_set.questions, options.limit)
    facts: dict[str, object] = {
        "questions": str(question_set.path),
        "asked": len(chosen),
        "of": len(question_set.questions),
        "columns": ", ".join(f"{ours}={theirs}" for ours, theirs in options.columns.items()),
        "drafts_left_out": question_set.drafts_left_out,
        "unknown_labels": dict(extras.unknown_labels),
        "subject": extras.subject,
        "judge": extras.judge.name if extras.judge else None,
        **extras.facts,
    }
    facts["code"] = " ".join(filter(None, (code_hash(product_files()), extras.code)))
    if options.metrics:
        facts["custom_metrics"] = {metric.name: metric.facts() for metric in options.metrics}
    folder = options.output or runs.default_folder(question_set.name, settings, facts)
    if folder.resolve() in {baseline.resolve() for baseline in options.baselines}:
        raise RunError(f"{folder} cannot be its own baseline: choose another --output.")
    for name in options.slices:  # before the work: a mistake in a name must not cost a run
        slices_of([labels_only(question) for question in chosen], name)
    resume = runs.start(folder, question_set.name, settings, facts)
    custom = CustomValues(options.metrics)
    records = run_questions(chosen, prepare, folder, custom.measured(progress.question), resume)
    records = custom.added(records, folder)
    if all(record["error"] for record in records):
        raise EvaluationError(f"Every question failed; the first one with: {records[0]['error']}")
    automatic, records = records, keep_decided(folder, records, labels)
    judged = judge_records(automatic, extras.judge, people_verdicts(automatic, labels)) if extras.judge else None
    if extras.judge is not None:
        extras.judge.check(folder)
    run = runs.finished(folder)
    metrics = metrics_of(records, run, options.retrieval_only, extras.price)
    metrics["labels"], metrics["people"] = label_metrics(records, labels), label_details(records, labels)
    if options.slices:
        metrics["slices"] = sliced_metrics(records, options.slices, options.retrieval_only)
    if judged is not None:
        metrics["judge"] = judged
    results = tuple(check_gate(gate, metrics) for gate in options.gates)
    metrics["gates"] = [
        {"gate": str(result.gate), "value": result.value, "passed": result.passed, "message": result.message}
        for result in results
    ]
    runs.finish(folder, run, metrics)
    return Result(folder, run, records, metrics, results)


def keep_decided(folder: Path, records: Sequence[Mapping], labels: Labels) -> list[dict]:
    """The records with people's verdict where nothing else decides; they are then in the run's file, too."""
    decided = decided_by_people(records, labels)
    if decided != records:
        rewrite_records(folder, decided)
    return decided


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


def labels_only(question: Question) -> dict:
    """The part of a record that slices are made by."""
    return {
        "id": question.id,
        "answerable": question.answerable,
        "follow_up": bool(question.history),
        "fields": question.extra,
    }


def questions_key(questions: Sequence[Question]) -> str:
    """A hash of all questions with their labels."""
    rows = json.dumps([question.to_dict() for question in questions], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(rows.encode()).hexdigest()
