"""An answer on a terminal: marks, footnotes, places, the nearest passages of a refusal, and nothing that drives it."""

from dataclasses import replace

from small_indexes import passage

from footnoted.assistant.answers import REFUSAL, Answer, Citation, Sentence, render_text
from footnoted.assistant.render_text import answer_for_terminal

SENTENCES = (Sentence("It burnt down in 1950.", (1,)), Sentence("It was red.", (), supported=False))
NOTE = Citation(1, "1", "/d/mill.pdf", "mill.pdf", "The mill", 3, "page 3", 0, 22, "It burnt down in 1950.", 1.0)
ANSWER = Answer("q", "q", render_text(SENTENCES), SENTENCES, (NOTE,), (passage("x"),), confidence="likely")


def test_every_footnote_has_its_file_its_place_and_its_quote():
    assert answer_for_terminal(ANSWER) == (
        "It burnt down in 1950. [1] It was red. [not supported by your documents]\n\n"
        "[1] The mill (mill.pdf), page 3: “It burnt down in 1950.”\n\n"
        "Confidence: likely."
    )


def test_a_refusal_says_why_and_shows_the_three_nearest_passages():
    passages = tuple(passage(f"Text {number} " + "word " * 60, number=number) for number in range(1, 6))
    refusal = Answer("q", "q", REFUSAL, passages=passages, refused=True, reason="Why.", missing_words=("zyzzyva",))
    shown = answer_for_terminal(refusal)
    assert shown.startswith(f"{REFUSAL}\n\nWhy.\n\nNo document contains: zyzzyva.\n\nThe nearest passages:\n")
    assert "3.txt" in shown and "4.txt" not in shown and " …" in shown


def test_what_was_searched_for_is_shown_where_it_is_not_what_was_asked():
    assert answer_for_terminal(replace(ANSWER, standalone_question="q (mill)")).startswith("Searched for: q (mill)\n\n")
    other = replace(ANSWER, standalone_question="q (mill)", other_question="q")
    assert answer_for_terminal(other).startswith("Searched for: q (mill)\n\nIt could also mean: q\n\n")


def test_nothing_of_a_document_a_model_or_a_server_drives_the_terminal():
    evil = "a\x1b[2Jb\x07\u202ec"
    sentences = (Sentence(evil, (1,)),)
    answer = Answer(
        evil, f"{evil} again", render_text(sentences), sentences, (replace(NOTE, quote=evil, title=evil),), notice=evil
    )
    refusal = Answer(evil, evil, REFUSAL, passages=(passage(evil, title=evil),), refused=True, reason="Why.")
    for shown in (answer_for_terminal(answer), answer_for_terminal(refusal)):
        assert not set(shown) & {"\x1b", "\x07", "\u202e"}
