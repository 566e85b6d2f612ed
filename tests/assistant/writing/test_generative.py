"""A model's text into checked sentences: marks read in every form, text that comes in pieces, models that misbehave."""

import time

import pytest
from doubles import OverlapReranker
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_models import ScriptedModel, endless
from small_indexes import assert_holds, passage

from footnoted.assistant.answers import REFUSAL, Answer, render_text
from footnoted.assistant.errors import ModelError
from footnoted.assistant.quoting.evidence import candidates
from footnoted.assistant.writing.generative import (
    Checker,
    breaks_off,
    is_refusal,
    prompt,
    shown_whole,
    streamed,
    written,
)

MILL = "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950."
BRIDGE = "The bridge of Kell was opened in 1912. The bridge is painted red every year [4]."


def marks(text):
    return [(sentence.text, sentence.marks) for sentence in written(text, complete=True)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("It burnt down. [1]", [("It burnt down.", (1,))]),
        ("It burnt down [1].", [("It burnt down.", (1,))]),
        ("It burnt down [1, 2]. It was rebuilt.[3][4]", [("It burnt down.", (1, 2)), ("It was rebuilt.", (3, 4))]),
        ("It burnt down 【2】.", [("It burnt down.", (2,))]),
        ("It burnt down (see passage 2).", [("It burnt down.", (2,))]),
        ("It burnt down [passages 1 and 2].", [("It burnt down.", (1, 2))]),
        ("It burnt down [^1].", [("It burnt down.", (1,))]),
        ("It burnt down (1950) [1].", [("It burnt down (1950).", (1,))]),
        ("It burnt down [0]. It is gone [7].", [("It burnt down.", (0,)), ("It is gone.", (7,))]),
        ("It burnt down.", [("It burnt down.", ())]),
        ("[1]", []),
        ("", []),
    ],
)
def test_marks_belong_to_the_sentence_they_stand_in_or_behind(text, read):
    assert marks(text) == read


def test_a_repeated_sentence_is_said_once():
    assert marks("It burnt down. [1] It burnt down. [1] It was rebuilt. it burnt down.") == [
        ("It burnt down.", (1,)),
        ("It was rebuilt.", ()),
    ]


def test_the_last_sentence_of_a_growing_text_waits():
    assert [sentence.text for sentence in written("It burnt down. It was reb", complete=False)] == ["It burnt down."]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("It burnt down. [1] It was reb", True),
        ("It burnt down. [1", False),
        ("It burnt down. [1]", False),
        ("In 1950", False),
        ("- Flour\n- Milk", False),
        ("It burnt down.\n\nThe museum", False),
        ("", False),
    ],
)
def test_a_text_that_was_cut_off_is_told_from_one_without_a_full_stop(text, cut):
    assert breaks_off(text) == cut


@pytest.mark.parametrize("tail", ["1" * 5000, "1" + " " * 5000, "1" + ",2" * 2500, "1;" * 2500, "passage " * 500])
def test_no_text_makes_the_marks_slow(tail):
    started = time.perf_counter()
    written(f"It burnt down. [{tail}", complete=True)
    written(f"It burnt down. ({tail}", complete=True)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("text", [REFUSAL, "Not in your documents", "**Not in your documents.**", "I don't know."])
def test_a_refusal_is_recognised(text):
    assert is_refusal(text)


def test_an_answer_is_no_refusal():
    assert not is_refusal("The mill burnt down in 1950. [1]")
    assert not is_refusal("")


# The prompt --------------------------------------------------------------------------------------------------------


def test_passages_are_numbered_and_their_own_marks_are_harmless():
    text = prompt(
        "Who?", shown_whole([passage("One [2].", title="A [9]\nQuestion: {passages}"), passage("Two 【1】.", number=2)])
    )
    assert "[1] A (9) Question: {passages}\nOne (2)." in text
    assert "[2] 2.txt\nTwo (1)." in text


# Reading the stream ------------------------------------------------------------------------------------------------


def test_the_text_grows():
    texts = list(streamed(ScriptedModel(says="It burnt down."), "prompt"))
    assert texts[-1] == "It burnt down."
    assert all(later.startswith(earlier) for earlier, later in zip(texts, texts[1:], strict=False))


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (ScriptedModel(says=""), "did not answer"),
        (ScriptedModel(says=" \n "), "empty"),
        (ScriptedModel(says="It burnt", fails_after=0), "connection was lost"),
        (ScriptedModel(says="It burnt down and more", fails_after=2), "connection was lost"),
        (ScriptedModel(says=endless("It burnt down. ")), "did not stop"),
    ],
    ids=["empty", "blank", "fails", "fails in the middle", "endless"],
)
def test_a_model_that_misbehaves_is_one_sentence(model, says):
    with pytest.raises(ModelError, match=says) as raised:
        list(streamed(model, "prompt"))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("pause", [0.05, 30.0])
def test_a_slow_model_is_left_after_the_time_it_was_given(pause):
    started = time.monotonic()
    with pytest.raises(ModelError, match="within 0.2 seconds"):
        list(streamed(ScriptedModel(says="It burnt down in the year 1950, they say." * 9, pause=pause), "prompt", 0.2))
    assert time.monotonic() - started < 2


def test_who_stops_reading_stops_the_model():
    asked = []

    def count(prompt):
        for number in range(1000):
            asked.append(number)
            time.sleep(0.01)
            yield "It burnt down. "

    texts = streamed(ScriptedModel(says=count), "prompt")
    next(texts)
    texts.close()
    time.sleep(0.1)
    stopped_at = len(asked)
    time.sleep(0.1)
    assert len(asked) == stopped_at < 1000


# Checking ----------------------------------------------------------------------------------------------------------


def checker(*texts):
    passages = [passage(text, number=number) for number, text in enumerate(texts, start=1)]
    spans = [span for item in passages for span in candidates(item)]
    return Checker(passages, spans, OverlapReranker()), {item.source: item.text for item in passages}


def checked(says, *texts):
    """The answer that a model's text becomes, after every earlier state of it was checked as well."""
    check, documents = checker(*texts)
    for end in range(0, len(says), 5):
        check.check(written(says[:end], complete=False))
    sentences, citations = check.check(written(says, complete=True))
    answer = Answer("q", "q", render_text(sentences), sentences, citations)
    assert_holds(answer, documents.__getitem__)
    return answer


@pytest.mark.parametrize(
    "says",
    [
        "The mill burnt down in 1950. [1]",
        "The mill burnt down in 1950. [0]",
        "The mill burnt down in 1950. [7]",
        "The mill burnt down in 1950. [2]",
        "The mill burnt down in 1950. [1, 2]",
        "The mill burnt down in 1950.",
        "[2] The mill burnt down in 1950.",
    ],
)
def test_marks_that_are_wrong_missing_or_too_many_become_the_right_one(says):
    answer = checked(says, MILL, BRIDGE)
    assert answer.text == "The mill burnt down in 1950. [1]"
    assert answer.citations[0].quote == "The mill burnt down in 1950."


def test_what_no_passage_says_is_marked():
    answer = checked("The mill burnt down in 1950. [1] Bananas hold potassium. [2]", MILL, BRIDGE)
    assert answer.text == ("The mill burnt down in 1950. [1] Bananas hold potassium. [not supported by your documents]")


def test_citations_are_numbered_in_the_order_of_first_use():
    answer = checked(
        "The bridge of Kell was opened in 1912. [2] The mill burnt down in 1950. [1] "
        "The bridge of Kell was opened in 1912, they say.",
        MILL, BRIDGE,
    )  # fmt: skip
    assert [citation.document_id for citation in answer.citations] == ["2.txt", "1.txt"]


SAID = st.lists(
    st.one_of(
        st.sampled_from(
            ["The mill of Kell was built by Anna Brandt.", "The mill burnt down in 1950.", "The bridge is red"]
        ),
        st.sampled_from(["[0]", "[7]", "[1]", "[2]", "[1, 2]", "【2】", "[^1]", "[1", "]", "{}", "\n\n", "- "]),
        st.text(alphabet="abc [](){}123.,!?\n|*#", max_size=25),
    ),
    max_size=8,
).map(" ".join)  # fmt: skip
DOCUMENTS = st.lists(
    st.one_of(st.sampled_from([MILL, BRIDGE, "Short. [1] Marks [2, 3] everywhere [4]. And so on [5]."]),
              st.text(alphabet="abc ABC [1].!?\n", min_size=1, max_size=80)),
    max_size=4,
)  # fmt: skip


@given(SAID, DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_every_sentence_has_a_span_or_says_that_it_has_none(says, texts):
    checked(says, *texts)
