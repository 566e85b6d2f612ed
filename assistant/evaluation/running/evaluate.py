"""One evaluation from a question set to a folder with records, metrics and reports."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from footnoted.assistant.evaluation.errors import EvaluationError, RunError
from footnoted.assistant.evaluation.metrics.gates import check_gate
from footnoted.assistant.evaluation.metrics.summary import split_by_turn, summarise
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.question_sets.read import (
    QuestionSet,
    choose,
    read_question_set,
    without_drafts,
)
from footnoted.assistant.evaluation.running import corpus as corpora
from footnoted.assistant.evaluation.running import runs
from footnoted.assistant.evaluation.running.code_hash import code_hash, index_files, product_files
from footnoted.assistant.evaluation.running.judge import Judge, judge_records
from footnoted.assistant.evaluation.running.options import Options, Result, Told
from footnoted.assistant.evaluation.running.ranked_documents import unknown_labels
from footnoted.assistant.evaluation.running.rankings import read_ranking
from footnoted.assistant.evaluation.running.runner import (
    DEPTH,
    PASSAGES,
    WARM_UP,
    Remembering,
    Subject,
    asking,
    run_questions,
)
from footnoted.assistant.evaluation.running.usage import Price, read_price, usage_of
from footnoted.assistant.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Besides:
    """What some runs have besides: a judge, the price of the model, and labels that name no document."""

    judge: Judge | None = None
    price: Price | None = None
    unknown_labels: Mapping[str, str] = field(default_factory=dict)


NOTHING_BESIDES = Besides()
Prepare = Callable[[], Callable[[Question], dict]]


def evaluate(options: Options, told: Told | None = None) -> Result:
    """Run a question set and write ``records.jsonl``, ``metrics.json`` and ``run.json``; reports are written apart.

    Raises :class:`EvaluationError`, and what the index and the assistant raise when they cannot be opened.
    """
    told = told or Told()
    question_set = without_drafts(read_question_set(options.questions), options.drafts)
    corpus = options.corpus or question_set.corpus
    settings = load_settings(home=options.home, model=options.model)
    if options.baseline is not None:
        runs.read_run(options.baseline)
    if options.ranking is not None:
        return score_ranking(question_set, options, told)
    if question_set.claims:
        return check_claims(question_set, settings, options, told)
    price = read_price(options.prices, settings.model) if options.prices else None
    judge = open_judge(options)
    with ExitStack() as opened:
        subject, stamp = open_subject(opened, corpus, options, settings, told)
        listed = [(info.document_id, info.source) for info in subject.index.documents()]
        unknown = unknown_labels(choose(question_set.questions, options.limit), listed)
        besides = Besides(judge, price, unknown)
        return run_in(lambda: asking(subject), question_set, stamp, options, told, besides)


def check_claims(question_set: QuestionSet, settings: Settings, options: Options, told: Told) -> Result:
    """Run the citation check alone over claims with the page they cite; no index takes part."""
    from footnoted.assistant.evaluation.question_sets.claim_cases import check_case
    from footnoted.index.models.rerank import open_reranker

    scorer = open_reranker(settings.reranker) or open_reranker()
    assert scorer is not None, "the bundled cross-encoder is never off"
    stamp = {"reranker": scorer.identity, "retrieval_only": False, "check": "claims"}

    def prepare() -> Callable[[Question], dict]:
        scorer.scores(WARM_UP, [WARM_UP])
        return lambda case: check_case(case, scorer)

    return run_in(prepare, question_set, stamp, options, told)


def score_ranking(question_set: QuestionSet, options: Options, told: Told) -> Result:
    """Measure the ranking in a TREC run file, whoever made it; no index takes part."""
    assert options.ranking is not None
    ranking = read_ranking(options.ranking, question_set.questions)
    stamp = {"ranking": corpora.content_key(options.ranking), "retrieval_only": True}
    ranked_only = replace(options, retrieval_only=True)
    return run_in(lambda: ranking, question_set, stamp, ranked_only, told)


def open_subject(
    opened: ExitStack, corpus: Path | None, options: Options, settings: Settings, told: Told
) -> tuple[Subject, dict]:
    """The index (of the corpus, or the one in use) and the assistant, and what is decisive about them."""
    from footnoted.index import open_index
    from footnoted.index.store.home import Home

    home: Path | None = Path(settings.home) if settings.home else None
    content = ""
    if corpus is not None:
        content = corpora.content_key(corpus)
        made_with = {"embedding_model": settings.embedding_model, "code": code_hash(index_files(corpus))}
        home = corpora.corpus_home(corpus, Home(home).folder / "evaluation", made_with)
    embeddings = settings.embedding_model or None
    index = opened.enter_context(open_index(home, embeddings=embeddings, reranker=settings.reranker))
    if corpus is not None:
        corpora.build_once(index, corpus, Home(home).folder, told.corpus)
    elif not index.documents():
        raise EvaluationError("The index in use holds no documents: add some, or give --corpus.")
    if index.reranker is not None:
        index.reranker = Remembering(index.reranker)
    assistant = None
    if not options.retrieval_only:
        from footnoted.assistant import open_assistant

        assistant = open_assistant(settings.home or None, model=options.model, index=index)
    subject = Subject(index, assistant)
    return subject, stamp_of(subject, content, settings)


def stamp_of(subject: Subject, content: str, settings: Settings) -> dict:
    """What decides the figures besides the questions: documents, models, thresholds."""
    index, assistant = subject.index, subject.assistant
    known = index.documents()
    documents = [[info.document_id if content else info.source, info.characters, info.passages] for info in known]
    listed = json.dumps(sorted(documents), ensure_ascii=False).encode()
    return {
        "corpus": content or "index in use",
        "documents": hashlib.sha256(listed).hexdigest(),
        "indexed": f"{len(known)} documents, {sum(info.passages for info in known)} passages",
        "embedding_model": getattr(index.embeddings, "identity", ""),
        "reranker": getattr(index.reranker, "identity", "off"),
        "model": settings.model if assistant else None,
        "base_url": without_password(settings.base_url) if assistant else "",
        "threshold": assistant.threshold if assistant else None,  # set, or kept with the index, or the default
        "passages": settings.passages,
        "retrieval_only": assistant is None,
        "depth": [DEPTH, PASSAGES],
    }


def without_password(url: str) -> str:
    """An address without the name and password that may stand in it."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def run_in(
    prepare: Prepare,
    question_set: QuestionSet,
    stamp: Mapping,
    options: Options,
    told: Told,
    besides: Besides = NOTHING_BESIDES,
) -> Result:
    """Ask the questions by the function that ``prepare`` gives, and write everything into the run's folder."""
    settings = {"questions": questions_key(question_set.questions), **stamp}
    folder = options.output or runs.default_folder(question_set.name, settings)
    if options.baseline is not None and options.baseline.resolve() == folder.resolve():
        raise RunError(f"{folder} cannot be its own baseline: choose another --output.")
    chosen = choose(question_set.questions, options.limit)
    facts: dict[str, object] = {
        "questions": str(question_set.path),
        "asked": len(chosen),
        "of": len(question_set.questions),
        "drafts_left_out": question_set.drafts_left_out,
        "unknown_labels": dict(besides.unknown_labels),
    }
    facts["code"] = code_hash(product_files())
    resume = runs.start(folder, question_set.name, settings, facts)
    records = run_questions(chosen, prepare, folder, told.question, resume)
    if all(record["error"] for record in records):
        raise EvaluationError(f"Every question failed; the first one with: {records[0]['error']}")
    run = runs.finish(folder)
    metrics = metrics_of(records, run, options.retrieval_only, besides.price)
    if besides.judge is not None:
        metrics["judge"] = judge_records(records, besides.judge)
    results = tuple(check_gate(gate, metrics) for gate in options.gates)
    metrics["gates"] = [
        {"gate": str(result.gate), "value": result.value, "passed": result.passed, "message": result.message}
        for result in results
    ]
    runs.write_json(folder / runs.METRICS, metrics)
    return Result(folder, run, records, metrics, results)


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
    """Everything that ``metrics.json`` holds, but for the gates."""
    counts = {
        "asked": len(records),
        "answerable": sum(record["answerable"] is True for record in records),
        "not_answerable": sum(record["answerable"] is False for record in records),
        "not_labelled": sum(record["answerable"] is None for record in records),
        "follow_ups": sum(record["follow_up"] for record in records),
        "errors": sum(bool(record["error"]) for record in records),
        "notices": sum(bool(record["answer"] and record["answer"]["notice"]) for record in records),
    }
    by = Counter(record["graded_by"] for record in records if record["graded_by"])
    metrics: dict = {
        "run": dict(run),
        "questions": {**counts, "graded_by": dict(sorted(by.items()))},
        **summarise(records, retrieval_only),
    }
    metrics["usage"] = usage_of(records, price)
    for name, part in split_by_turn(records).items():
        metrics[name] = summarise(part, retrieval_only)
    return metrics


def questions_key(questions: Sequence[Question]) -> str:
    """A hash of all questions with their labels."""
    rows = json.dumps([question.to_dict() for question in questions], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(rows.encode()).hexdigest()
