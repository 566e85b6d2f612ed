"""Examples: made negatives hold no answer, changed looks keep the spans, and targets read back the answer."""

from __future__ import annotations

import random

import pytest
from tiny_reader import squad_lines, written_lines

from footnoted.index.models.reading import Limits
from training.data.encoding import STEP, UNKNOWN, Batches, Encoder, batched, collated
from training.data.examples import Epochs, Example
from training.data.negatives import OtherPassages, swapped_question, without_answer
from training.data.sources import Line, read_all
from training.start import tokenizer

LIMITS = Limits(tokens=96, question=40, overlap=16)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Line]]:
    folder = tmp_path_factory.mktemp("lines")
    written_lines(folder, "squad2_dev_nineteen", squad_lines("squad2_dev_nineteen"))
    return read_all(folder, ["squad2_dev_nineteen"])


@pytest.fixture(scope="module")
def examples(lines: dict[str, list[Line]]) -> list[Example]:
    return Epochs(lines, seed=1, made=6.0).examples(0)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(tokenizer(), LIMITS)


def test_all_kinds_of_negatives_are_made_and_none_holds_the_answer(lines, examples: list[Example]) -> None:
    assert {example.kind for example in examples} == {"given", "other", "cut", "swapped"}
    years = {
        line.question.casefold().rstrip("?"): line.answers[0] for line in lines["squad2_dev_nineteen"] if line.answers
    }
    for example in examples:
        if example.kind in ("other", "cut"):
            assert not example.answered and not example.spans and example.evidence == ()
            assert years.get(example.question.casefold().rstrip("?"), "none") not in example.passage


def test_another_passage_is_of_the_same_article_and_shares_words(lines) -> None:
    own = lines["squad2_dev_nineteen"]
    others = OtherPassages(own)
    for line in own:
        hard = others.hard(line)
        assert len(hard) == 4 and line.passage not in hard
        assert all(f"county {line.group.removeprefix('County ')} " in passage for passage in hard)


def test_an_article_of_one_passage_borrows_from_the_set(lines) -> None:
    own = lines["squad2_dev_nineteen"]
    alone = [line for line in own if line.group != "County 0" or line.id.endswith("-0-0")]
    (first,) = [line for line in alone if line.group == "County 0"]
    assert OtherPassages(alone).hard(first) and OtherPassages([first]).hard(first) == []


def test_what_is_cut_out_is_the_sentence_that_answers(lines) -> None:
    line = lines["squad2_dev_nineteen"][0]
    cuts = {without_answer(line, random.Random(seed)) for seed in range(8)}
    assert cuts == {line.passage.replace(" It was founded in 1100 by monks from the north.", "")}


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Which town is the largest?", {"Which town is the smallest?"}),
        ("What is there with bridges?", {None}),
        ("who is it?", {None}),
    ],
)
def test_opposites_are_swapped(lines, question: str, kinds: set) -> None:
    from dataclasses import replace

    line = replace(lines["squad2_dev_nineteen"][0], question=question)
    assert {swapped_question(line, [], random.Random(seed)) for seed in range(5)} == kinds


def test_a_swapped_number_is_another_one_and_not_the_answers(lines) -> None:
    line = lines["squad2_dev_nineteen"][0]
    swapped = {swapped_question(line, [], random.Random(seed)) for seed in range(20)}
    assert line.question not in swapped
    assert {question[:14] for question in swapped} == {"When was Town ", "When was Monda"}
    assert not any("1100" in question for question in swapped)


def test_dressed_examples_keep_their_spans(examples: list[Example]) -> None:
    given = [example for example in examples if example.spans]
    assert {example.passage.startswith("County") for example in given} == {True, False}
    for example in given:
        (span,) = example.spans
        assert example.passage[slice(*span)].isdigit() and "founded" in example.passage[slice(*example.evidence[0])]
    assert {example.question[-1] for example in examples} >= {"?", "d"}
    assert any(example.question.islower() for example in examples)


def test_an_epoch_depends_on_seed_and_number_alone(lines) -> None:
    first = Epochs(lines, seed=1)
    first.examples(3)
    assert first.examples(1) == Epochs(lines, seed=1).examples(1)
    assert first.examples(1) != first.examples(2)
    assert first.examples(1) != Epochs(lines, seed=2).examples(1)


def test_targets_read_back_the_answer(examples: list[Example], encoder: Encoder) -> None:
    kept = [example for example in examples if example.spans]
    for example, encoded in zip(kept, encoder.encode(kept, random.Random(1)), strict=True):
        offsets = encoded.window.offsets
        begin, end = offsets[int(encoded.start.argmax())][0], offsets[int(encoded.end.argmax())][1]
        assert ((begin, end),) == example.spans
        assert encoded.start.sum() == encoded.end.sum() == 1
        marked = [offset for offset, evidence in zip(offsets, encoded.evidence, strict=True) if evidence]
        assert (marked[0][0], marked[-1][1]) == example.evidence[0]


def test_a_long_passage_is_cut_round_its_answer_at_any_place(encoder: Encoder) -> None:
    passage = "Nothing here. " * 80 + "Zürich 😀 was meant. " + "Nothing there. " * 80
    begin = passage.index("Zürich")
    example = Example("Where?", passage, True, ((begin, begin + 6),), ((begin, begin + 19),), "given", "x")
    places = set()
    for seed in range(20):
        (encoded,) = encoder.encode([example], random.Random(seed))
        assert len(encoded.window.ids) == LIMITS.tokens
        places.add(int(encoded.start.argmax()))
        start = encoded.window.offsets[int(encoded.start.argmax())][0]
        assert passage[start : encoded.window.offsets[int(encoded.end.argmax())][1]] == "Zürich"
    assert len(places) > 5
    unknown = Example("Where?", passage, True, (), None, "given", "x")
    assert encoder.encode([unknown], random.Random(1)) == []


def test_batches_hold_every_example_once_and_are_padded(examples: list[Example], encoder: Encoder) -> None:
    encoded = encoder.encode(examples, random.Random(1))
    batches = batched(encoded, 8, random.Random(2))
    assert sorted(id(one) for batch in batches for one in batch) == sorted(map(id, encoded))
    batch = collated(batches[0])
    assert batch.input_ids.shape[1] % STEP == 0
    assert ((batch.evidence == UNKNOWN) >= (batch.token_type_ids == 0)).all()


def test_batches_go_on_from_any_place(lines, encoder: Encoder) -> None:
    epochs = Epochs(lines, seed=1)
    batches = Batches(epochs.examples, encoder, 8, seed=1)
    straight = [next_ for _, next_ in zip(range(12), batches.after(0, 0), strict=False)]
    epoch, place, batch = straight[9]
    again = next(iter(Batches(Epochs(lines, seed=1).examples, encoder, 8, seed=1).after(epoch, place)))
    assert again[:2] == (epoch, place) and batch.windows == again[2].windows
    assert straight[-1][0] > 0, "the test did not reach a second epoch"
