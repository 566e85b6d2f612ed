"""Retrieval: fusion and reranking by hand, exact restriction, true spans, and the same answer from every thread."""

from __future__ import annotations

import json
import math
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from doubles import HashEmbeddings, OverlapReranker, open_double
from hypothesis import given, settings
from hypothesis import strategies as st

from footnoted.index.index import Index, open_index
from footnoted.index.search import retrieve
from footnoted.index.search.filters import condition
from footnoted.index.search.retrieve import Retriever, blended, fused, naming, normalized, read_in_turns
from footnoted.index.store.keywords import matched_words
from footnoted.index.types import Filter

ROOM = """The kitchen is on the ground floor. 👩‍👩‍👧 The kettle 🫖 boils.

Çay is tea: e\u0301clair comes with it. 日本語の茶。 It costs 3.50 €.

The garden has a pond. Frogs live in the pond."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "house.txt").write_text(ROOM)
    (folder / "copy.txt").write_text(ROOM)
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(f"Frogs are green. Frog number {number} lives in pond{number % 5}.")
    records = [{"id": f"r{n}", "title": f"Record {n}", "text": f"The price of item{n} is {n} euros."} for n in range(5)]
    (folder / "prices.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    (folder / "odd.jsonl").write_text(
        '{"id": "odd", "text": "Zebra \\u0000 stripes \\ud83d\\ude00 half \\ud83d pair.\\r\\n\\r\\nSecond zebra line."}'
    )
    (folder / "long.txt").write_text("Before the line.\n\n" + "QUJD" * 5000 + "\n\nAfter the walrus.")
    return folder


@pytest.fixture(scope="module")
def index(folder: Path, tmp_path_factory):
    with open_double(tmp_path_factory.mktemp("home")) as index:
        report = index.add(folder)
        assert not report.skipped
        yield index


def check_spans(index: Index, passages) -> None:
    for passage in passages:
        assert index.text_of(passage.source)[passage.start : passage.end] == passage.text
        assert passage.text.strip() == passage.text != ""


# The stages by hand -----------------------------------------------------------------------------------------------


def test_scores_are_normalised_between_best_and_worst() -> None:
    assert normalized([(1, 4.0), (2, 3.0), (3, 2.0)]) == {1: 1.0, 2: 0.5, 3: 0.0}
    assert normalized([(1, 4.0)]) == {1: 1.0}
    assert normalized([(1, 2.0), (2, 2.0)]) == {1: 1.0, 2: 1.0}
    assert normalized([]) == {}


def test_fusion_adds_the_shares_of_both() -> None:
    assert fused([(1, 0.9), (2, 0.5)], [(2, 8.0), (3, 4.0)], 0.5) == [(1, 0.5), (2, 0.5), (3, 0.0)]
    assert fused([(1, 0.9), (2, 0.5)], [(2, 8.0), (3, 4.0)], 0.75) == [(1, 0.75), (2, 0.25), (3, 0.0)]
    assert fused([], [(7, 1.0)], 0.75) == [(7, 0.25)]
    assert fused([], []) == []


def test_blending_adds_the_first_stage_to_the_logit() -> None:
    scores = blended({1: 1.0, 2: 0.0, 3: 0.5, 4: 0.5}, {1: 0.0, 2: 0.0, 3: 0.0, 4: 4.0}, weight=4.0)
    half = 1 / (1 + math.exp(-1))  # the sigmoid of half of a logit of 2
    assert scores == {
        1: pytest.approx(half),
        2: pytest.approx(1 - half),
        3: 0.5,
        4: pytest.approx(1 / (1 + math.exp(-2))),
    }
    assert blended({}, {}) == {}


def reading(logits: dict[int, float], first: list[tuple[int, float]], **options) -> tuple[list[list[int]], dict]:
    """The turns in which passages were read, and what came of it."""
    turns: list[list[int]] = []

    def read(numbers: list[int]) -> list[float]:
        turns.append(numbers)
        return [logits.get(number, -10.0) for number in numbers]

    return turns, read_in_turns(first, read, **options)


def test_an_easy_question_is_settled_by_the_first_turn() -> None:
    first = [(number, 1.0 - number / 40) for number in range(40)]
    turns, found = reading({0: 9.0}, first)
    assert turns == [[0, 1, 2, 3, 4, 5]]
    assert found == {0: 9.0} | dict.fromkeys(range(1, 6), -10.0)


def test_a_hard_question_is_read_on_but_not_for_ever() -> None:
    first = [(number, 1.0 - number / 100) for number in range(100)]
    turns, found = reading({}, first)
    assert list(found) == list(range(30))
    assert [len(turn) for turn in turns] == [6, 4, 4, 4, 4, 4, 4]
    turns, found = reading({7: 8.9}, first, weight=0.0, most=40)
    assert list(found) == list(range(40)), "a leader of 8.9 logits is not beyond the reach of 9"
    assert len(reading({7: 9.0}, first, weight=0.0)[1]) == 10


@pytest.mark.parametrize("size", [0, 1, 5, 6, 7, 30, 31])
def test_a_short_list_is_read_once(size: int) -> None:
    turns, found = reading({}, [(number, 0.5) for number in range(size)])
    assert sum(turns, []) == list(range(min(size, 30))) == list(found)


def test_matched_words_are_the_questions_in_its_order() -> None:
    assert matched_words("Do frogs live in ponds?", "A pond where a frog lived.") == ("frogs", "live", "ponds")
    assert matched_words("Where are lions?", "A pond.") == ()


def test_a_name_in_one_piece_brings_the_passages_that_have_it_ahead() -> None:
    first = [(1, 0.9), (2, 0.5), (3, 0.2)]
    texts = {1: "a footnote at home", 2: "see `FOOTNOTE_HOME`.", 3: "FOOTNOTE_HOMES"}
    assert naming(first, texts, ["FOOTNOTE_HOME"]) == [(2, 0.75), (1, 0.45), (3, 0.1)]
    assert naming(first, texts, ["OTHER_NAME"]) == naming(first, texts, []) == first


def test_the_reason_holds_every_stage(index: Index) -> None:
    passage = index.retrieve("kettle boils kitchen", 1)[0]
    why = passage.why
    assert (why.dense_rank, why.keyword_rank, why.fused_rank) == (1, 1, 1)
    assert why.fused_score == 1.0
    assert why.reranker_score == 3.0  # the double: all words of the question are there
    assert why.matched_words == ("kettle", "boils", "kitchen")
    assert passage.score == blended({0: 1.0}, {0: 3.0})[0]
    assert index.retrieve("kettle boils kitchen", 1, rerank=False)[0].why.reranker_score is None


def test_the_reranker_can_lift_a_passage(index: Index) -> None:
    without = index.retrieve("frog number 17", 5, rerank=False)
    with_it = index.retrieve("frog number 17", 5)
    assert with_it[0].document_id == "17.txt"
    assert [passage.score for passage in with_it] == sorted((passage.score for passage in with_it), reverse=True)
    assert [passage.score for passage in without] == sorted((passage.score for passage in without), reverse=True)


def test_more_results_than_are_reranked_keep_their_order(index: Index) -> None:
    passages = index.retrieve("frogs green", 30)
    assert len({passage.id for passage in passages}) == len(passages) == 30
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)


# What comes back --------------------------------------------------------------------------------------------------


QUESTIONS = [
    "frogs pond", "the price of item3", "kettle", "éclair", "日本語の茶", "👩‍👩‍👧", "zebra stripes", "walrus",
    "the of and is", "?!…", "'",
    'text:frogs AND (pond OR "x', "title:[a TO b]", "frogs~2^3 -pond", "*", "\x00frogs", "half \ud83d pair", "\udcff",
    ("frogs pond " * 400)[:4000], "x" * 4000, "Q" * 3999 + "?",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=[ascii(question[:14]) for question in QUESTIONS])
def test_any_question_gives_true_spans(index: Index, question: str) -> None:
    passages = index.retrieve(question, 40)
    check_spans(index, passages)
    assert len(passages) >= 20, "dense search always finds something"
    assert passages == index.retrieve(question, 40)


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_at_all_is_a_question(index: Index, question: str) -> None:
    check_spans(index, index.retrieve(question, 3))
    index.missing_words(question)


@pytest.mark.parametrize("question", ["", "  \n", "\u2003"])
def test_no_question_no_passages(index: Index, question: str) -> None:
    assert index.retrieve(question) == []


@pytest.mark.parametrize("k", [0, -1, 1, 3, 1000])
def test_k_is_an_upper_bound(index: Index, k: int) -> None:
    assert len(index.retrieve("frogs", k)) <= max(0, k)


def test_odd_characters_keep_offsets_true(index: Index) -> None:
    text = index.text_of("odd")
    assert "\x00" not in text
    assert "\U0001f600" in text
    found = [passage for passage in index.retrieve("zebra", 5) if passage.document_id == "odd"]
    assert found
    check_spans(index, found)


def test_a_line_without_end_does_not_hide_what_follows(index: Index, folder: Path) -> None:
    found = index.retrieve("walrus", 1)
    assert found[0].text.endswith("After the walrus.")
    assert len(found[0].text) < 6000


def test_copies_are_shown_once(index: Index) -> None:
    passages = index.retrieve("kettle kitchen", 40)
    assert [passage.document_id for passage in passages if "kettle" in passage.text] == ["copy.txt"]


# Restriction ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names", [["03.txt"], ["house.txt"], ["copy.txt", "07.txt"], ["prices.jsonl#r2"], ["odd.jsonl#odd"]]
)
def test_sources_restrict_every_stage_exactly(index: Index, folder: Path, names: list[str]) -> None:
    sources = [str(folder / name) for name in names]
    passages = index.retrieve("frogs kettle price zebra", 50, sources=sources)
    assert {passage.source for passage in passages} == set(sources)
    retriever = Retriever(index.live, index.reranker)
    contents = index.catalog.contents_where(condition(Filter(sources=sources), list))
    inside = {number for content in contents for number in index.catalog.passage_ids(content)}
    assert {number for number, _ in retriever.dense("frogs", 100, contents)} == inside
    assert {number for number, _ in retriever.keyword("frogs kettle price zebra", 100, contents)} <= inside


def test_a_rare_source_is_found_behind_a_hundred_better_ones(index: Index, folder: Path) -> None:
    passages = index.retrieve("frogs are green", 5, sources=[str(folder / "long.txt")])
    assert passages
    assert {passage.document_id for passage in passages} == {"long.txt"}


def test_own_ids_name_sources_too(index: Index) -> None:
    assert {passage.document_id for passage in index.retrieve("price", 5, sources=["r1", "r4"])} == {"r1", "r4"}


def test_no_sources_or_unknown_ones_give_nothing(index: Index) -> None:
    assert index.retrieve("frogs", 5, sources=[]) == []
    assert index.retrieve("frogs", 5, sources=["/no/such/file"]) == []


def test_a_name_that_two_documents_have_does_not_leak_either(tmp_path: Path) -> None:
    for folder in ("x", "y", "z"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "note.txt").write_text("Shared words about whales.")
    (tmp_path / "z" / "note.txt").rename(tmp_path / "z" / "other.txt")
    with open_double(tmp_path / "home") as index:
        index.add([tmp_path / "x", tmp_path / "y", tmp_path / "z"])
        found = index.retrieve("whales", 5, sources=["note.txt", str(tmp_path / "z" / "other.txt")])
        assert [passage.document_id for passage in found] == ["other.txt"]


# From many threads, and through LangChain -------------------------------------------------------------------------


def test_sixteen_threads_get_the_answers_of_one(folder: Path, tmp_path: Path) -> None:
    with open_double(tmp_path / "home") as index:
        index.add(folder)
    with open_double(tmp_path / "home") as index:  # opened by whichever thread comes first
        with ThreadPoolExecutor(16) as pool:
            together = list(pool.map(lambda question: index.retrieve(question, 5), QUESTIONS * 4))
        assert together == [index.retrieve(question, 5) for question in QUESTIONS] * 4


def test_threads_read_while_one_writes(folder: Path, tmp_path: Path) -> None:
    extra = tmp_path / "extra.jsonl"
    extra.write_text("\n".join(json.dumps({"id": f"e{n}", "text": f"Extra number {n}."}) for n in range(200)))
    with open_double(tmp_path / "home") as index, ThreadPoolExecutor(8) as pool:
        index.add(folder)
        writing = pool.submit(index.add, extra)
        while not writing.done():
            for passages in pool.map(lambda _: index.retrieve("kettle kitchen", 3), range(8)):
                assert passages[0].document_id == "copy.txt"
                check_spans(index, passages)
        assert len(writing.result().added) == 200


def test_the_langchain_retriever_gives_the_same_passages(index: Index) -> None:
    documents = index.as_retriever(k=3).invoke("frogs pond")
    passages = index.retrieve("frogs pond", 3)
    assert [document.page_content for document in documents] == [passage.text for passage in passages]
    assert [document.metadata["start"] for document in documents] == [passage.start for passage in passages]
    assert [document.id for document in documents] == [passage.id for passage in passages]


def test_without_a_reranker_the_fused_order_stands(folder: Path, tmp_path: Path) -> None:
    with open_double(tmp_path / "home", reranker="off") as index:
        index.add(folder / "house.txt")
        assert index.reranker is None
        assert index.retrieve("kettle", 1)[0].why.reranker_score is None


def test_missing_words_are_those_no_passage_has(index: Index) -> None:
    assert index.missing_words("Do green frogs eat unobtainium?") == ["eat", "unobtainium"]
    assert index.missing_words("the of and") == []
    assert index.missing_words("How many frogs, and how often?") == []
    assert index.missing_words("How many manys?") == ["manys"]


def test_the_bundled_models_rank_by_meaning(tmp_path: Path) -> None:
    corpus = tmp_path / "facts.jsonl"
    facts = ["The feline slept on the rug.", "Interest rates rose in March.", "Water boils at 100 degrees Celsius."]
    corpus.write_text("\n".join(json.dumps({"id": str(n), "text": fact}) for n, fact in enumerate(facts)))
    with open_index(tmp_path / "home") as index:
        index.add(corpus)
        for question, expected in (
            ("Where was the cat?", "0"), ("What happened to the cost of borrowing?", "1"),
            ("How hot is boiling water?", "2"),
        ):  # fmt: skip
            passages = index.retrieve(question, 3)
            assert passages[0].document_id == expected
            check_spans(index, passages)
            assert all(0 <= passage.score <= 1 for passage in passages)
        with ThreadPoolExecutor(4) as pool:
            assert (
                len({str(found) for found in pool.map(lambda _: index.retrieve("Where was the cat?"), range(8))}) == 1
            )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_searches_with_threads_of_its_own() -> None:
    """The threads of the parent are not there in the child, where a task for them would wait for ever."""
    assert retrieve._BESIDE.submit(lambda: [(1, 1.0)]).result(5) == [(1, 1.0)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that a process with threads forks
        child = os.fork()
    if not child:
        try:
            os._exit(0 if retrieve._BESIDE.submit(lambda: [(2, 1.0)]).result(5) == [(2, 1.0)] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_doubles_can_be_computed_by_hand() -> None:
    one, both, other = HashEmbeddings().embed_documents(["bees", "Bees, cats!", "cats"])
    assert sum(a * b for a, b in zip(one, both, strict=True)) == pytest.approx(2**-0.5)
    assert sum(a * b for a, b in zip(one, other, strict=True)) == 0
    assert OverlapReranker().scores("bees cats", ["cats", "dogs", "cats and bees"]) == [0.0, -3.0, 3.0]
