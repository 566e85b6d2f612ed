"""Making question sets: drafts with true spans, review by a person, checks, and the forms other evaluators read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evaluation_doubles import questions_of
from scripted_models import ScriptedModel
from small_indexes import index_of

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.question_sets.check import check
from footnoted.assistant.evaluation.question_sets.draft import (
    WINDOW,
    draft,
    gap_question,
    model_proposals,
    pattern_question,
    proposals,
    statement_question,
    text_windows,
)
from footnoted.assistant.evaluation.question_sets.files import read_question_set, write_beir, write_ragas
from footnoted.assistant.evaluation.question_sets.questions import parse_question

TEXTS = {
    "rome.txt": "The Colosseum was built by Vespasian. It was opened in 80. The city has fourteen districts.",
    "moon.txt": "Apollo 11 was launched on July 16, 1969 from Florida. This sentence holds nothing to ask for.",
}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The report was released on June 24, 2020.", ("When was the report released?", "June 24, 2020", "when")),
        ("Marie Curie was born in Warsaw.", ("Where was Marie Curie born?", "Warsaw", "where")),
        ("Mould was found by Alexander Fleming in London.", ("Who was Mould found by?", "Alexander Fleming", "who")),
        ("The library has 260,000 volumes.", ("How many volumes does the library have?", "260,000", "how many")),
        ("When a vote was held in 1967, it failed.", None),
        ("Nothing much was ever done there.", None),
    ],
)  # fmt: skip
def test_questions_by_pattern(sentence: str, expected: tuple | None) -> None:
    assert pattern_question(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [("It ended, they say, in 1918.", "1918"), ("The tower is 324 m high.", "324"), ("They live in Paris.", "Paris"),
     ("There is nothing here.", None), ("On June 25 it rained.", "June 25")],
)  # fmt: skip
def test_gaps(sentence: str, answer: str | None) -> None:
    gap = gap_question(sentence)
    assert (gap and gap[1]) == answer
    if gap:
        assert gap[0].removeprefix("What fills the gap: ").replace("____", answer) == sentence


def test_drafts_have_true_spans_and_are_the_same_each_time(tmp_path: Path) -> None:
    with index_of(tmp_path, TEXTS) as index:
        rows = draft(index, 10)
        assert rows == draft(index, 10) and len(draft(index, 1)) == 1
        assert {row["question"] for row in rows} >= {"Who was the Colosseum built by?", "When was Apollo 11 launched?"}
        for row in rows:
            question = parse_question(row, "")
            (evidence,) = question.evidence
            assert index.text_of(evidence.document)[evidence.start : evidence.end] == evidence.text
            assert question.answers[0] in evidence.text and row["status"] == "draft"
        assert not check([parse_question(row, "") for row in rows], index.text_of)


def test_a_plain_statement_is_asked_for() -> None:
    assert statement_question("The catalog of the index is a SQLite database.") == (
        "What is the catalog of the index?", "a SQLite database", "what",
    )  # fmt: skip
    assert statement_question("It is not so, as they say.") is None


def test_a_model_writes_drafts_and_its_quotes_must_stand_in_the_document(tmp_path: Path) -> None:
    replies = {
        "Colosseum": "Question: Who had it built?\nAnswer: Vespasian\nQuote: “The Colosseum was built by\nVespasian.”",
        "Apollo": "Question: When did it start?\nAnswer: 1969\nQuote: Apollo 11 began in 1969.",
        "": "None",
    }
    model = ScriptedModel(says=lambda prompt: next(said for name, said in replies.items() if name in prompt))
    with index_of(tmp_path, TEXTS | {"third.txt": "Nothing to see here."}) as index:
        (row,) = draft(index, 10, model_proposals(model, 5.0))
        (evidence,) = row["evidence"]
        assert index.text_of(evidence["document"])[evidence["start"] : evidence["end"]] == evidence["text"]
    assert (row["question"], row["answers"], row["type"]) == ("Who had it built?", ["Vespasian"], "model")
    assert evidence["text"] == "The Colosseum was built by Vespasian." and row["status"] == "draft"


def test_a_model_is_shown_the_whole_document_in_pieces() -> None:
    text = " ".join(f"Sentence number {number} is here." for number in range(400))
    found = text_windows(text)
    assert all(end - start <= WINDOW for start, end in found)
    assert sum(end - start for start, end in found) + len(found) - 1 == len(text)
    assert found[0][0] == 0 and found[1][0] > 4 * WINDOW * 0.9, "from all over the document"


def test_tables_code_and_sentences_that_point_back_are_not_asked_about() -> None:
    text = "It was founded in 1902 by two. | A table has 12 rows and | two columns. Type `make run PORT=8000` here."
    assert list(proposals(text, "x")) == []


CORPUS = {
    "rome": "Rome fell in the year 476, as every child in every school has to learn by heart.",
    "moon": "The Moon.",
}


@pytest.mark.parametrize(
    ("row", "kind", "message"),
    [
        ({"question": "the first question!"}, "duplicate", 'the same question as "q1"'),
        ({"question": "When?", "relevant": ["mars"], "answers": ["x"]}, "not in corpus", 'no document "mars"'),
        ({"question": "When?", "relevant": ["rome"], "answers": ["477"]}, "not in corpus", "no answer is in"),
        ({"question": "When?", "relevant": ["moon"], "evidence": ["Rome fell"]}, "not in corpus", '"Rome fell"'),
        ({"question": "When?", "evidence": [{"document": "rome", "start": 0, "end": 4, "text": "Roma"}]},
         "not in corpus", "does not contain its text"),
        ({"question": "Did Rome fall in 476?", "answers": ["476"]}, "leak", 'contains its answer "476"'),
        ({"question": "What year 476, as every child in every school has to learn?", "answers": ["x"], "evidence":
          [CORPUS["rome"]]}, "leak", "8 or more consecutive words"),
        ({"question": "When?", "answerable": False, "relevant": ["rome"]}, "label", "not answerable, but"),
        ({"question": "When?", "answerable": True}, "label", "answerable, but has no"),
    ],
)  # fmt: skip
def test_findings(row: dict, kind: str, message: str) -> None:
    questions = questions_of({"question": "The first question?", "answers": ["476"], "relevant": ["rome"]}, row)
    found = [item for item in check(questions, CORPUS.get) if item.kind == kind]
    assert [item.id for item in found] == ["q2"]
    assert message in found[0].message


def test_a_good_question_has_no_findings() -> None:
    rows = questions_of(
        {"question": "When did Rome fall?", "answers": ["476"], "relevant": ["rome"], "evidence": ["in the year 476"]},
        {"question": "Was it late?", "answers": ["no"], "relevant": ["rome"]},
        {"question": "Who?", "answerable": False},
        {"question": "Where does Footnote keep its data?", "answers": ["~/.footnote"]},
    )
    assert check(rows, CORPUS.get) == []


def test_beir_and_back(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    corpus = tmp_path / "set" / "corpus.jsonl"
    corpus.write_text('{"id": "rome", "title": "Rome", "text": "Rome fell."}\n')
    turn = {"role": "user", "content": "Rome?"}
    questions = questions_of(
        {"question": "When?", "relevant": {"rome": 2}, "answers": ["476"], "evidence": ["It fell."], "history": [turn]},
        {"question": "Who?", "answerable": False, "type": "adversarial"},
    )
    write_beir(tmp_path / "beir", questions, corpus)
    back = read_question_set(tmp_path / "beir")
    assert back.questions == questions
    assert json.loads(back.corpus.read_text()) == {"_id": "rome", "title": "Rome", "text": "Rome fell."}


def test_judgements_of_trec_come_in_and_go_out(tmp_path: Path, capsys) -> None:
    path, qrels = tmp_path / "q.jsonl", tmp_path / "qrels.txt"
    path.write_text('{"id": "1", "question": "When?"}\n{"id": "2", "question": "Who?", "relevant": ["own"]}\n')
    qrels.write_text("1 0 rome 2\n1 0 moon 0\n")
    assert (
        main(
            ["questions", "convert", str(path), str(tmp_path / "new.jsonl"), "--to", "footnote", "--qrels", str(qrels)]
        )
        == 0
    )
    first, second = read_question_set(tmp_path / "new.jsonl").questions
    assert (first.relevant, first.answerable, second.relevant) == ({"rome": 2}, True, {"own": 1})
    assert main(["questions", "convert", str(tmp_path / "new.jsonl"), str(tmp_path / "out"), "--to", "trec"]) == 0
    assert (tmp_path / "out").read_text() == "1 0 rome 2\n2 0 own 1\n"
    qrels.write_text("other 0 rome 1\n")
    assert main(["questions", "convert", str(path), str(tmp_path / "n"), "--to", "trec", "--qrels", str(qrels)]) == 2
    assert "judge none of the questions" in capsys.readouterr().err


def test_ragas_and_back(tmp_path: Path) -> None:
    questions = questions_of(
        {"question": "When?", "relevant": ["rome"], "answers": ["476"]},
        {"question": "Who?", "evidence": ["He did."], "answers": ["he", "him"]},
    )
    write_ragas(tmp_path / "ragas.jsonl", questions, CORPUS.get)
    back = read_question_set(tmp_path / "ragas.jsonl").questions
    assert [(item.question, item.answers) for item in back] == [("When?", ("476",)), ("Who?", ("he",))]
    assert [item.evidence[0].text for item in back] == [CORPUS["rome"], "He did."]
    assert back[0].relevant == {"rome": 1}
