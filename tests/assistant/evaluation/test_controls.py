"""Controls: answerers that deserve nothing, or little, get what they deserve; so do golds that were tampered with.

Each control answers the same questions, one of every kind of gold. A grading that pays for the right document, for the
words of the question, or for quoting everything would show here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from footnoted.assistant.answers import REFUSAL, Answer, Citation, Sentence
from footnoted.assistant.evaluation.errors import InvalidLine
from footnoted.assistant.evaluation.metrics.correctness import said_verdict
from footnoted.assistant.evaluation.metrics.gates import check_gate, parse_gate
from footnoted.assistant.evaluation.metrics.summary import summarise
from footnoted.assistant.evaluation.question_sets.questions import Question, parse_question
from footnoted.assistant.evaluation.running.records import make_record

TEXTS = {
    "mill": "The mill of Kell was built by Anna Brandt. It stands by the river. The mill burnt down in 1950. "
    "People still talk about the fire.",
    "sales": "Sales were 23,363 in 2019. They were 21,000 in 2018. The shop sells bread, milk and cheese. It is small.",
    "trial": "Tailored letters helped. The telephone group did better than the others. More women came. "
    "The study took two years. The county paid for it.",
}
ROWS = [
    {"id": "text", "question": "Who built the mill of Kell?", "answers": ["Anna Brandt"], "relevant": ["mill"]},
    {"id": "year", "question": "When did the mill burn down?", "answers": ["1950"], "relevant": ["mill"]},
    {"id": "number", "question": "What were sales in 2019?", "answers": ["23,363"], "relevant": ["sales"],
     "scale": "thousand"},
    {"id": "list", "question": "What does the shop sell?", "answers": ["bread; milk; cheese"],
     "spans": ["bread", "milk", "cheese"], "relevant": ["sales"]},
    {"id": "long", "question": "What came of the trial?", "answers": ["Women who were reached by phone came most."],
     "evidence": ["The telephone group did better than the others.", "More women came."], "relevant": ["trial"]},
    {"id": "verdict", "question": "Did letters help?", "answers": ["yes"], "relevant": ["trial"]},
    {"id": "free", "question": "What is special about the mill?", "relevant": ["mill"],
     "answers": ["That a woman built it in those days is what everybody finds remarkable."]},
    {"id": "pattern", "question": "How long did the study take?", "need": [["two|2"], ["years?"]], "not": ["three"],
     "files": ["trial"], "max_words": 12, "refuse": False},
    {"id": "none", "question": "Who owns the bridge?", "answers": [], "answerable": False},
]  # fmt: skip
QUESTIONS = [parse_question(row, row["id"]) for row in ROWS]
GOOD = {
    "text": "The mill of Kell was built by Anna Brandt.", "year": "The mill burnt down in 1950.",
    "number": "Sales were 23,363 in 2019.", "list": "The shop sells bread, milk and cheese.",
    "long": "The telephone group did better than the others. More women came.",
    "verdict": "Yes. Tailored letters helped.", "free": "The mill of Kell was built by Anna Brandt.",
    "pattern": "The study took two years.",
}  # fmt: skip
GRADED = {"text", "year", "number", "list", "long", "verdict", "pattern"}


def document_of(question: Question) -> str:
    return next(iter(question.relevant), "trial")


def said(text: str, question: Question, document: str) -> Answer:
    """An answer whose every sentence cites its own words in ``document``."""
    parts = [f"{part.rstrip('.')}." for part in text.split(". ")]
    notes = tuple(
        Citation(number, document, document, document, document, None, "", 0, 1, part, 1.0)
        for number, part in enumerate(parts, start=1)
    )
    sentences = tuple(Sentence(part, (number,)) for number, part in enumerate(parts, start=1))
    return Answer(question.question, question.question, text, sentences=sentences, citations=notes)


def refused(question: Question) -> Answer:
    return Answer(question.question, question.question, REFUSAL, refused=True, kind="refusal")


Answerer = Callable[[Question], Answer]


def good(question: Question) -> Answer:
    return said(GOOD[question.id], question, document_of(question)) if question.id in GOOD else refused(question)


def wrong_sentence(question: Question) -> Answer:
    """The right document with a sentence of it that says nothing on the question."""
    last = {
        "mill": "People still talk about the fire.",
        "sales": "It is small.",
        "trial": "It was paid for by the county.",
    }
    return said(last[document_of(question)], question, document_of(question))


def echo(question: Question) -> Answer:
    return said(question.question.rstrip("?") + ".", question, document_of(question))


def everything(question: Question) -> Answer:
    return said(TEXTS[document_of(question)] + " " + "And so on and on. " * 20, question, document_of(question))


def evaluated(answerer: Answerer, questions: list[Question] = QUESTIONS) -> tuple[dict, dict]:
    """Metrics, and the records by question."""
    records = [make_record(one, one.question, (), answerer(one), {"total": 1.0}, TEXTS.get) for one in questions]
    return summarise(records), {record["id"]: record for record in records}


def value(metrics: dict, section: str, name: str) -> float | None:
    return metrics[section][name]["value"]


def test_good_answers_are_right_and_what_nobody_can_look_for_is_not_graded() -> None:
    metrics, records = evaluated(good)
    assert {name for name, record in records.items() if record["right"] is True} == GRADED | {"none"}
    assert records["free"]["right"] is None
    assert value(metrics, "answers", "right") == 1.0 and metrics["answers"]["right"]["n"] == len(GRADED)
    assert value(metrics, "answers", "graded") == pytest.approx(len(GRADED) / (len(GRADED) + 1))
    assert {name: record["graded_by"] for name, record in records.items() if record["right"] is not None} == {
        "text": "text", "year": "text", "number": "number", "list": "list", "long": "evidence", "verdict": "verdict",
        "pattern": "patterns", "none": "refusal",
    }  # fmt: skip


def test_the_right_document_with_a_wrong_sentence_is_wrong_and_only_its_own_metric_says_cited() -> None:
    metrics, records = evaluated(wrong_sentence)
    assert value(metrics, "answers", "right") == 0.0
    assert value(metrics, "citations", "relevant_cited") == 1.0
    assert value(metrics, "abstention", "answered_wrongly") == 1.0
    assert records["verdict"]["right"] is None, "a quotation gives no verdict of its own"
    assert not check_gate(parse_gate("answers.right>=.1"), metrics).passed


def test_repeating_the_question_is_worth_nothing() -> None:
    choice = parse_question(
        {"question": "Was it Anna Brandt or Ben Kell who built it?", "answers": ["Anna Brandt"]}, "c"
    )
    metrics, _ = evaluated(echo, [*QUESTIONS, choice])
    assert value(metrics, "answers", "right") == 0.0


def test_quoting_everything_contains_it_but_its_length_is_in_the_headline() -> None:
    metrics, _ = evaluated(everything)
    plain, _ = evaluated(good)
    assert value(metrics, "answers", "right_in_brief") == 0.0
    assert value(metrics, "answers", "words") > 8 * value(plain, "answers", "words")
    assert value(plain, "answers", "right_in_brief") == 1.0
    assert value(metrics, "citations", "citation_precision") < 0.5


def test_refusing_always_is_right_only_where_there_is_no_answer() -> None:
    metrics, records = evaluated(refused)
    assert value(metrics, "answers", "right") == 0.0
    assert value(metrics, "abstention", "refused_answerable") == 1.0
    assert records["none"]["right"] is True
    assert metrics["answers"]["words"]["value"] is None


def test_inverted_verdicts_turn_right_into_wrong_and_never_stay_right() -> None:
    inverted = [replace(one, answers=("no",)) if one.id == "verdict" else one for one in QUESTIONS]
    assert evaluated(good, inverted)[1]["verdict"]["right"] is False
    quoting = {"verdict": "Tailored letters helped."}
    for questions in (QUESTIONS, inverted):
        only = [one for one in questions if one.id == "verdict"]
        metrics, records = evaluated(lambda one: said(quoting[one.id], one, "trial"), only)
        assert records["verdict"]["right"] is None, "it says neither yes nor no"
        assert not check_gate(parse_gate("answers.right>=.01"), metrics).passed, "not measured is not passed"


def test_shuffled_golds_are_wrong() -> None:
    graded = [one for one in QUESTIONS if one.id in ("text", "year", "number", "list")]
    moved = [
        replace(one, answers=other.answers, extra=other.extra)
        for one, other in zip(graded, [*graded[1:], graded[0]], strict=True)
    ]
    metrics, _ = evaluated(good, moved)
    assert value(metrics, "answers", "right") in (0.0, None)


def test_sixty_of_sixty_is_not_certain() -> None:
    many = [replace(QUESTIONS[0], id=f"text{number}") for number in range(60)]
    metrics, _ = evaluated(lambda one: said(GOOD["text"], one, "mill"), many)
    low, high = metrics["answers"]["right"]["interval"]
    assert (round(low, 3), high) == (0.940, 1.0)


def test_half_a_list_has_its_share_and_is_not_right() -> None:
    only = [one for one in QUESTIONS if one.id == "list"]
    metrics, records = evaluated(lambda one: said("The shop sells bread and milk.", one, "sales"), only)
    assert records["list"]["right"] is False and records["list"]["share"] == pytest.approx(2 / 3)
    assert records["list"]["grading"] == "without cheese"
    assert value(metrics, "answers", "share") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The study took two days.", "1 of 2 things are missing"),
        ("The study took two years, not three.", "it says 'three'"),
        ("The study, which was paid for by the county and by nobody else, took two years in all.", "12 are enough"),
    ],
)
def test_patterns_say_what_is_wrong(text: str, why: str) -> None:
    only = [one for one in QUESTIONS if one.id == "pattern"]
    _, records = evaluated(lambda one: said(text, one, "trial"), only)
    assert records["pattern"]["right"] is False and why in records["pattern"]["grading"]


@pytest.mark.parametrize(
    ("text", "said_so"),
    [
        ("No, it was not.", "no"), ("Yes it did.", "yes"), ("Yes", "yes"), ("Maybe.", "maybe"), ("Nein.", "no"),
        ("No one was hurt.", ""), ("Yesterday it rained.", ""), ("The claim is supported by one study.", "supported"),
        ("They say no.", ""), ("不是。", "no"),
    ],
)  # fmt: skip
def test_a_verdict_is_what_an_answer_begins_with(text: str, said_so: str) -> None:
    assert said_verdict(text) == said_so


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"need": ["(unclosed"]}, "not a regular expression"),
        ({"need": [["a", 3]]}, "found a number in it"),
        ({"files": "mill.md"}, '"files" must be a list'),
        ({"max_words": -1}, '"max_words" must be a number above 0'),
    ],
)
def test_what_cannot_grade_an_answer_is_refused_when_it_is_read(row: dict, message: str) -> None:
    with pytest.raises(InvalidLine, match=message):
        parse_question({"question": "Who?"} | row, "1")


def test_another_document_does_not_do_for_a_pattern_that_names_one() -> None:
    only = [one for one in QUESTIONS if one.id == "pattern"]
    _, records = evaluated(lambda one: said(GOOD["pattern"], one, "mill"), only)
    assert records["pattern"]["grading"] == "it cites another document"
