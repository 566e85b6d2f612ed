"""Keyword search: words in, passages out; deletion really deletes; any question is harmless."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnoted.index.store.keywords import Keywords, content_words, holds_name, joined_names, matched_words, stem, words


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Keywords:
    keywords = Keywords(tmp_path_factory.mktemp("keywords"))
    keywords.add(
        [
            (1, 10, "Bees", "", "Bees are making honey in their hives."),
            (2, 10, "Bees", "Honey", "It is sweet."),
            (3, 11, "Cafés", "", "A café in Zürich sells honey cake; naïve coöperation."),
            (4, 12, "", "", "Nothing to see here."),
        ]
    )
    return keywords


def found(keywords: Keywords, question: str, **options) -> list[int]:
    return [number for number, _ in keywords.search(question, 10, **options)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who makes honey?", [1, 3, 2]),
        ("bee", [1, 2]),
        ("CAFE zurich", [3]),
        ("naive cooperation", [3]),
        ("the of and", []),
        ("unheard", []),
    ],
)
def test_words_find_passages_in_any_inflection(filled: Keywords, question: str, expected: list[int]) -> None:
    assert sorted(found(filled, question)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What does FOOTNOTE_HOME set?", ["FOOTNOTE_HOME"]),
        ("Is the HX-1950 newer than v1.2.3?", ["HX-1950", "v1.2.3"]),
        ("open config.yaml and foo::bar", ["config.yaml", "foo::bar"]),
        ("a two-hop question of the U.S. and F.C. Kell, 24/7, 3.5 or 2019-05-03, and/or", []),
        ("____ -- ..", []),
    ],
)
def test_names_written_in_one_piece(text, names):
    assert joined_names(text) == names
    assert all(holds_name(text.upper(), name) for name in names)


def test_a_name_in_one_piece_is_not_a_part_of_another():
    assert holds_name("the (hx-1950) car", "HX-1950")
    assert not holds_name("the HX-19500 car", "HX-1950") and not holds_name("FOOTNOTE_HOMES", "FOOTNOTE_HOME")


def test_words_in_one_piece_are_found_before_the_same_words_apart(tmp_path):
    keywords = Keywords(tmp_path)
    apart = "A footnote is at home in this folder."
    keywords.add([(1, 1, "", "", apart), (2, 2, "", "", "| `FOOTNOTE_HOME` | the folder of all data that is kept |")])
    assert [number for number, _ in keywords.search("What does FOOTNOTE_HOME set?", 2)] == [2, 1]


@pytest.mark.parametrize(
    ("written", "asked", "not_asked"),
    [
        ("The plant stores CO₂ in a tank.", ["CO2", "co₂", "CO₂"], ["CO", "CO3"]),
        ("The plant stores CO2 in a tank.", ["CO₂", "CO2"], ["CO3"]),
        ("A floor of 40 m².", ["m2", "m²", "m^2"], ["m3"]),
        ("A dose of 10⁶ cells.", ["10^6", "10⁶"], ["106"]),
        ("A dose of 106 cells.", ["106"], ["10⁶"]),
        ("A dose of 10^6 cells.", ["10⁶"], ["106"]),
        ("The ﬁre brigade.", ["fire"], []),
        ("Model ＡＢ１２.", ["AB12"], []),
        ("The cafe\u0301s close.", ["cafés", "cafes"], []),
    ],
)
def test_what_is_typed_in_several_ways_is_one_word(tmp_path, written: str, asked: list[str], not_asked) -> None:
    keywords = Keywords(tmp_path)
    keywords.add([(1, 1, "", "", written)])
    assert [found(keywords, question) for question in asked] == [[1]] * len(asked)
    assert [found(keywords, question) for question in not_asked] == [[]] * len(not_asked)
    assert all(matched_words(question, written) for question in asked)


def test_the_best_is_first_and_scores_fall(filled: Keywords) -> None:
    ranked = filled.search("making honey in hives", 10)
    assert ranked[0][0] == 1
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)


def test_contents_restrict_exactly_and_do_not_change_the_scores(filled: Keywords) -> None:
    every = dict(filled.search("honey", 10))
    for contents in ([10], [11], [10, 12], [12]):
        expected = {10: {1, 2}, 11: {3}, 12: set()}
        some = dict(filled.search("honey", 10, contents=contents))
        assert some.keys() == set().union(*(expected[content] for content in contents))
        assert all(score == pytest.approx(every[number]) for number, score in some.items())
    assert filled.search("honey", 10, contents=[]) == []


QUESTIONS = [
    "", "   ", "?!.,;", "the", "how is it", 'text:honey AND (bees OR "x', "title:[a TO b]",
    "honey~2^3 -bees +x", "*", "\\", "\x00honey",
    "honey " * 700, "x" * 4000, "é" * 300, "日本語", "👩‍👩‍👧", "'", "don't", "a'b’c",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=[repr(question[:12]) for question in QUESTIONS])
def test_any_question_is_harmless(filled: Keywords, question: str) -> None:
    expected = "honey" in question
    assert (1 in found(filled, question)) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_question(filled: Keywords, question: str) -> None:
    assert set(found(filled, question)) <= {1, 2, 3, 4}


def test_stems_by_their_beginning_and_the_passages_that_have_them(filled: Keywords) -> None:
    assert filled.terms("hon") == {"honey": 2} and filled.terms("hon", [10]) == {"honey": 1}
    assert filled.terms("bee") == {"bee": 2} and filled.terms("zz") == {}
    assert sorted(filled.having("honey", 9)) == [1, 3] and filled.having("honey", 9, [11]) == [3]
    assert len(filled.having("honey", 1)) == 1 and filled.having("unheard", 9) == []


def test_deleted_passages_are_gone_and_the_rest_stays(tmp_path: Path) -> None:
    keywords = Keywords(tmp_path / "keywords")
    keywords.add((number, number // 2, "", "", f"common word{number}") for number in range(1, 9))
    keywords.delete([3, 4, 99])
    assert keywords.ids() == {1, 2, 5, 6, 7, 8}
    assert keywords.count() == 6
    assert set(found(keywords, "common")) == {1, 2, 5, 6, 7, 8}
    keywords.delete([])
    again = Keywords(tmp_path / "keywords")
    assert again.ids() == keywords.ids()
    keywords.add([(3, 1, "", "", "back")])
    assert found(again, "back") == []
    again.reload()
    assert found(again, "back") == [3]


def test_what_a_killed_writer_left_is_not_in_the_way(tmp_path: Path) -> None:
    keywords = Keywords(tmp_path / "keywords")
    keywords.add((number, 1, "", "", "common") for number in range(1, 9))
    meta = (tmp_path / "keywords" / "meta.json").read_bytes()
    keywords.delete([3])
    (tmp_path / "keywords" / "meta.json").write_bytes(meta)  # as if it was killed just before the commit
    again = Keywords(tmp_path / "keywords")
    assert again.count() == 8
    again.delete([3, 4])
    assert again.ids() == {1, 2, 5, 6, 7, 8}


def test_equal_scores_come_in_the_order_of_ids(tmp_path: Path) -> None:
    keywords = Keywords(tmp_path / "keywords")
    for number in (5, 3, 9, 1):
        keywords.add([(number, 1, "", "", "the very same text")])
    assert found(keywords, "same text") == [1, 3, 5, 9]


def test_destroying_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    Keywords.destroy(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    Keywords.destroy(tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_words_and_stems() -> None:
    assert words("The dog's bones — O’Brien’s, 3.14!") == ["the", "dog", "bones", "o’brien", "3", "14"]
    assert content_words("What is the price of the price?") == ["price"]
    assert content_words("Who is it?") == ["who", "is", "it"]
    assert stem("running") == stem("runs") == "run"
