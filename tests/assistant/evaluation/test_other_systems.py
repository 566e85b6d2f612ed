"""Other systems by the same metrics: a file of answers, a Python function, a server; with figures computed by hand."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from other_systems import CAT, MOON, QUESTIONS, RAGAS, ROME, chat_double, lines

from footnoted.assistant.evaluation.commands import FAILED, USAGE
from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.reports.run import write_reports
from footnoted.assistant.evaluation.running.chat_servers import given_in
from footnoted.assistant.evaluation.running.corpus_texts import CorpusTexts
from footnoted.assistant.evaluation.running.evaluate import Options, Result, evaluate
from footnoted.assistant.evaluation.running.runs import compare_runs, warnings


@pytest.fixture
def options(tmp_path: Path, monkeypatch) -> Options:
    """The options of a run of the questions above."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(question) + "\n" for question in QUESTIONS))
    return Options(path, output=tmp_path / "run")


def table(path: Path, rows: list[dict], write: Callable[[object], str]) -> Path:
    """A CSV file in which lists are written by ``write``."""
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({n: write(v) if isinstance(v, list) else v for n, v in row.items()} for row in rows)
    return path


def value(result: Result, section: str, name: str) -> float | None:
    return result.metrics[section][name]["value"]


def of(result: Result, name: str) -> dict:
    return next(record for record in result.records if record["id"] == name)


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "python in csv"])
def test_a_file_of_answers_with_the_columns_of_ragas(options: Options, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"answers.{form.split()[-1]}"
    if form == "json":
        path.write_text(json.dumps(RAGAS))
    elif form == "jsonl":
        lines(path, RAGAS)
    else:
        table(path, RAGAS, json.dumps if form == "csv" else repr)
    result = evaluate(replace(options, answers=path))
    assert value(result, "answers", "right") == pytest.approx(2 / 3)
    assert value(result, "retrieval", "recall@1") == pytest.approx(1 / 3)
    assert value(result, "retrieval", "mrr@10") == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert value(result, "retrieval", "evidence_recall@5") == pytest.approx(2 / 3)
    assert value(result, "abstention", "precision") == 1
    assert value(result, "abstention", "recall") == 1 / 2
    assert value(result, "abstention", "answered_wrongly") == 2 / 5
    assert {record["id"]: record["right"] for record in result.records} == {
        "rome": True, "moon": True, "cat": False, "none": True, "mars": False,
    }  # fmt: skip
    assert of(result, "rome")["answer"]["sentences"][0]["text"] == "It fell in 476."
    assert json.loads((options.output / "run.json").read_text())["subject"] == f"answers of {path}"
    assert not (tmp_path / "home").exists()
    for name in ("citation_precision", "relevant_cited", "supported_share", "verbatim_share"):
        assert value(result, "citations", name) is None
    assert result.metrics["citations"]["citation_recall"]["reason"].startswith("the system gave no citations")
    write_reports(result)
    assert compare_runs(options.output, options.output)["metrics"]["citations"]["relevant_cited"] is None


def test_without_contexts_and_documents_retrieval_is_not_measured(options: Options, tmp_path: Path) -> None:
    rows = [{"id": row["id"], "answer": "Armstrong, 476, fifteen hours."} for row in QUESTIONS]
    rows[3] |= {"refused": True}
    rows[4] |= {"answer": "Not in your documents."}
    result = evaluate(replace(options, answers=lines(tmp_path / "a.jsonl", rows)))
    assert all(entry["value"] is None for entry in result.metrics["retrieval"].values())
    assert result.metrics["retrieval"]["recall@5"]["reason"] == "the system named no documents"
    assert result.metrics["retrieval"]["evidence_recall@5"]["reason"].startswith("the system gave no contexts")
    assert value(result, "answers", "right") == value(result, "abstention", "f1") == 1


def test_contexts_of_unknown_documents_are_searched_for_evidence_only(options: Options, tmp_path: Path) -> None:
    """A short answer may be in any context by chance: only the question with marked evidence counts."""
    rows = [{"id": row["id"], "answer": "Perhaps.", "contexts": [ROME, MOON, CAT]} for row in QUESTIONS]
    result = evaluate(replace(options, answers=lines(tmp_path / "a.jsonl", rows)))
    assert result.metrics["retrieval"]["evidence_recall@5"]["n"] == 1
    assert value(result, "retrieval", "evidence_recall@5") == 1
    assert value(result, "retrieval", "recall@5") is None


def test_quotes_are_measured_as_citations(options: Options, tmp_path: Path) -> None:
    quotes = {
        "rome": [{"text": "Rome fell in 476.", "document": "rome"}, {"text": "A cat sleeps", "document": "cat"}],
        "moon": [{"quote": "Armstrong walked on the Moon in 1969.", "document": "moon"}],
        "cat": [{"text": "Rome fell", "document": "rome"}],
    }
    rows = [{"id": row["id"], "answer": "So it is.", "quotes": quotes.get(row["id"], [])} for row in QUESTIONS]
    result = evaluate(replace(options, answers=lines(tmp_path / "a.jsonl", rows)))
    assert value(result, "citations", "citation_precision") == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert value(result, "citations", "relevant_cited") == pytest.approx(2 / 3)
    assert value(result, "citations", "supported_share") is None
    assert "which sentences" in result.metrics["citations"]["supported_share"]["reason"]
    write_reports(result)


def test_missing_and_unknown_questions(options: Options, tmp_path: Path) -> None:
    rows = [RAGAS[0], {"id": "other", "question": "Who?", "answer": "He."}]
    chosen = replace(options, answers=lines(tmp_path / "a.jsonl", rows))
    with pytest.raises(EvaluationError, match="lacks 4 of 5 questions: moon, cat, none, mars; give --allow-missing"):
        evaluate(chosen)
    result = evaluate(replace(chosen, allow_missing=True))
    assert value(result, "answers", "right") == pytest.approx(1 / 3)
    assert value(result, "abstention", "answered_wrongly") == 4 / 5
    assert of(result, "none")["right"] is False, "a question that was not answered was not refused"
    found = " ".join(warnings(result.run))
    assert "4 questions are missing from the file" in found
    assert "about other questions, which were left out: 1." in found
    write_reports(result)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([RAGAS[0], RAGAS[0]], "answers the question rome twice: line 1 and line 2"),
        ([{"id": "rome", "text": "476"}], 'line 1: "answer" is missing'),
        ([{"answer": "476"}], 'line 1: "id" or "question" is missing'),
        ([{"id": "rome", "answer": "476", "contexts": 7}], 'line 1: "contexts" must be a list of strings'),
        ([{"id": "rome", "answer": "476", "refused": "no"}], 'line 1: "refused" must be true or false'),
        ([{"id": "x", "answer": "476"}], "answers none of the questions"),
    ],
)
def test_a_file_that_cannot_be_used(options: Options, tmp_path: Path, rows: list[dict], said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        evaluate(replace(options, answers=lines(tmp_path / "a.jsonl", rows)))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"answers": Path("a.jsonl"), "url": "http://x/v1"}, "Only one of --answers and --url"),
        ({"answers": Path("a.jsonl"), "model": "m"}, "--model has no meaning with --answers"),
        ({"url": "http://x/v1", "allow_missing": True}, "--allow-missing has no meaning with --url"),
        ({"callable": "json:dumps", "corpus": Path("c")}, "There is no corpus at c"),
        ({"ranking": Path("a.trec"), "corpus": Path("c")}, "--corpus has no meaning with --ranking"),
        ({"allow_missing": True}, "--allow-missing needs the file"),
        ({"answers": Path("a.txt")}, "a.txt must be a .jsonl, .json or .csv file"),
        ({"answers": Path("a.json")}, "a.json cannot be read"),
        ({"callable": "nothing"}, "must be written as module:function"),
        ({"callable": "no_such_module:f"}, "cannot be loaded: ModuleNotFoundError"),
        ({"callable": "json:__doc__"}, "is not a function"),
        ({"url": "ftp://x"}, "--url must be an address"),
        ({"url": "http://127.0.0.1:9/v1"}, "http://127.0.0.1:9/v1 cannot be reached"),
    ],
)
def test_options_that_cannot_be_used(options: Options, given: dict, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        evaluate(replace(options, **given))


MODULE = """
import asyncio, json, pathlib

ROWS = json.loads(pathlib.Path("rows.json").read_text())

def ask(question):
    if "cat" in question:
        raise ValueError("no cats")
    row = next(row for row in ROWS if row["user_input"].split() == question.split())
    names = tuple(row["retrieved_context_ids"])
    return {"answer": row["response"], "contexts": row["retrieved_contexts"], "documents": names}

async def later(question, history):
    await asyncio.sleep(0)
    return "Armstrong" if history else "I heard of 476."

def wrong(question):
    return "476" if "Rome" in question else 7
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch) -> str:
    """The name of a module in the working folder."""
    name = f"their_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    (tmp_path / "rows.json").write_text(json.dumps(RAGAS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place])
    return name


def test_a_function_that_raises_once(options: Options, module: str) -> None:
    result = evaluate(replace(options, callable=f"{module}:ask"))
    assert of(result, "cat")["error"] == "ValueError: no cats"
    assert result.metrics["questions"]["errors"] == 1
    assert value(result, "answers", "right") == pytest.approx(2 / 3)
    assert value(result, "retrieval", "mrr@10") == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert result.run["subject"] == f"callable {module}:ask"
    assert value(result, "latency_ms", "total_p50") >= 0
    write_reports(result)


def test_an_asynchronous_function_is_given_the_earlier_turns(options: Options, module: str) -> None:
    result = evaluate(replace(options, callable=f"{module}:later"))
    assert [of(result, name)["right"] for name in ("rome", "moon", "cat")] == [True, True, False]


def test_a_function_that_returns_no_answer(options: Options, module: str) -> None:
    result = evaluate(replace(options, callable=f"{module}:wrong"))
    assert of(result, "cat")["error"] == "CallableFailed: it returned int, not a text or a dictionary"
    assert of(result, "rome")["right"] is True


def test_an_openai_compatible_server(options: Options, monkeypatch) -> None:
    monkeypatch.setenv("FOOTNOTE_EVALUATION_KEY", "key-that-stays-here")  # no run of letters that a hash could have
    with chat_double() as (url, server):
        result = evaluate(replace(options, url=url))
    assert value(result, "answers", "right") == pytest.approx(2 / 3)
    assert of(result, "cat")["error"].endswith(f"{url}/chat/completions replied with status 503 (too busy).")
    assert (result.run["subject"], result.run["settings"]["model"]) == (url, "scripted")
    assert server.asked[1]["messages"][0] == {"role": "user", "content": "The Moon?"}
    assert {asked["model"] for asked in server.asked} == {"scripted"}
    assert set(server.keys) == {"Bearer key-that-stays-here"}
    assert "key-that-stays-here" not in (options.output / "run.json").read_text()
    assert value(result, "usage", "input_tokens") == 10
    assert value(result, "retrieval", "recall@5") is None


def test_a_server_that_refuses_everything(options: Options) -> None:
    with chat_double(401) as (url, _), pytest.raises(EvaluationError, match=r"Every question failed.*status 401"):
        evaluate(replace(options, url=url, model="m"))


def test_the_protocol_of_our_own_server(tmp_path: Path, options: Options) -> None:
    from server_doubles import serving, team

    questions = [
        {"id": "cost", "question": "How much will the tram line cost?", "answers": ["412 million"],
         "relevant": ["tram.txt"]},
        {"id": "zebra", "question": "Which zebra won the xylophone prize?", "answerable": False},
    ]  # fmt: skip
    lines(options.questions, questions)
    with team(tmp_path / "team", people=False) as made, serving(made.application) as address:
        result = evaluate(replace(options, url=f"{address}v1"))
        (tmp_path / "corpus").mkdir()
        for name in made.state.index.documents():
            (tmp_path / "corpus" / Path(name.source).name).write_text(made.state.index.text_of(name.source))
        checked = evaluate(
            replace(options, url=f"{address}v1", corpus=tmp_path / "corpus", output=tmp_path / "checked")
        )
    cost = of(result, "cost")["answer"]
    assert all(one["supported"] and one["citations"] for one in cost["sentences"])
    assert result.metrics["citations"]["supported_share"]["by_construction"], "these are quotes"
    assert value(result, "citations", "verbatim_share") is None
    assert result.metrics["citations"]["verbatim_share"]["reason"].startswith("the texts of the system's documents")
    assert value(checked, "citations", "verbatim_share") == 1
    assert "by_construction" not in checked.metrics["citations"]["verbatim_share"]
    assert cost["confidence"] and cost["score"]
    assert {record["id"]: record["right"] for record in result.records} == {"cost": True, "zebra": True}
    assert not any("[1]" in sentence["text"] for sentence in cost["sentences"])
    assert value(result, "citations", "relevant_cited") == value(result, "citations", "citation_recall") == 1
    assert value(result, "retrieval", "recall@1") == value(result, "retrieval", "evidence_recall@5") == 1
    assert result.run["settings"]["model"] == "footnote"
    write_reports(result)


def test_the_commands(options: Options, tmp_path: Path, capsys) -> None:
    from footnoted.assistant.cli import main

    path = lines(tmp_path / "a.jsonl", RAGAS[:1])
    command = ["evaluate", str(options.questions), "--answers", str(path), "--output", str(options.output)]
    assert main(command) == USAGE
    assert capsys.readouterr().err.count("\n") == 1
    assert main([*command, "--allow-missing", "--gate", "answers.right>=.5"]) == FAILED
    assert "missing from the file" in capsys.readouterr().out


LONG = "The empire ended when its last emperor was deposed by Odoacer in the autumn"


def test_gold_is_looked_up_in_the_corpus_as_for_our_own_runs(options: Options, tmp_path: Path) -> None:
    """A long answer that no relevant document has word for word cannot be graded; one that is there can."""
    texts = {"rome": f"{LONG} of 476.", "moon": MOON, "cat": CAT}
    corpus = lines(tmp_path / "corpus.jsonl", [{"_id": name, "text": text} for name, text in texts.items()])
    questions = [
        {"id": "rome", "question": "How did Rome fall?", "answers": [LONG], "relevant": ["rome"]},
        {"id": "moon", "question": "What about the Moon?", "answers": ["A man called Armstrong took a walk up there"],
         "relevant": ["moon"]},
        {"id": "typo", "question": "What?", "answers": ["x"], "relevant": ["mooon"]},
    ]  # fmt: skip
    quotes = [{"text": "deposed by  Odoacer", "document": "rome"}, {"text": "He never said this.", "document": "moon"}]
    rows = [{"id": row["id"], "answer": f"{LONG}.", "quotes": quotes} for row in questions]
    given = replace(
        options, questions=lines(tmp_path / "other.jsonl", questions), answers=lines(tmp_path / "a.jsonl", rows)
    )
    unknown = evaluate(given)
    assert [record["right"] for record in unknown.records][:2] == [None, None]
    known = evaluate(replace(given, corpus=corpus, output=tmp_path / "known"))
    assert [record["right"] for record in known.records][:2] == [True, None]
    assert value(known, "citations", "verbatim_share") == 1 / 2
    assert value(unknown, "citations", "verbatim_share") is None
    assert "mooon (typo)" in " ".join(warnings(known.run))
    with pytest.raises(EvaluationError, match="corpus: different"):
        evaluate(replace(given, corpus=corpus))


def test_the_corpus_of_a_set_and_files_in_a_folder(options: Options, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "corpus" / "old").mkdir(parents=True)
    (folder / "corpus" / "old" / "rome.txt").write_text(f"{LONG} of 476.")
    (folder / "corpus" / "twice.txt").write_text(MOON)
    (folder / "corpus" / "old" / "twice.txt").write_text(CAT)
    (folder / "corpus" / "new").mkdir()
    for place in ("old", "new"):
        (folder / "corpus" / place / "same.txt").write_text(ROME)
    lines(folder / "questions.jsonl", [{"id": "rome", "question": "How?", "answers": [LONG], "relevant": ["rome.txt"]}])
    answers = lines(tmp_path / "a.jsonl", [{"id": "rome", "answer": LONG}])
    result = evaluate(replace(options, questions=folder, answers=answers))
    assert result.records[0]["right"] is True
    texts = CorpusTexts(folder / "corpus")
    assert texts.text_of("old/twice.txt") == CAT and texts.text_of("twice.txt") == MOON
    assert texts.text_of("nothing.txt") is texts.text_of("same.txt") is None, "two files have this name"


@pytest.mark.parametrize("own", [{"sentences": [{"text": "x"}]}, {"citations": 7}, {"score": "high"}])
def test_a_server_that_calls_itself_a_footnote_and_sends_nonsense(own: dict) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        given_in({"choices": [{"message": {"content": "x", "footnote": own}}]}, 1.0)


def test_a_scope_is_passed_on_or_refused(options: Options, tmp_path: Path, module: str) -> None:
    lines(options.questions, [{**QUESTIONS[0], "only": ["rome"]}, QUESTIONS[1]])
    with pytest.raises(EvaluationError, match='1 questions, such as rome, name documents in "only": give the function'):
        evaluate(replace(options, callable=f"{module}:ask"))
    with pytest.raises(EvaluationError, match="this protocol has no place for that"):
        evaluate(replace(options, url="http://127.0.0.1:9/v1", model="m"))
    scoped = tmp_path / f"scoped_{module}.py"
    scoped.write_text("def ask(question, only):\n    return '476' if only == ['rome'] else 'Armstrong'\n")
    result = evaluate(replace(options, callable=f"{scoped.stem}:ask"))
    assert [record["right"] for record in result.records] == [True, True]
