"""The reader: one pass gives relevance, answer, span and evidence, in the characters of the passage as it was given."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest
from tiny_reader import exported

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models.read import FolderReader, open_reader
from footnoted.index.models.reading import Limits, Outputs, Reading, Window, best_span, together, windows_of
from footnoted.index.models.rerank import open_reranker

QUESTION = "Who built the mill?"
PASSAGES = [
    "Anna built the mill in 1820.",
    "Zoë 😀 kam am 3. Mai — naïve café, 日本語 und ﬁne e\u0301te\u0301.\nNeue\tZeile\u00a0hier.",
    "The mill was painted red. " * 60 + "Anna built it.",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="module")
def reader(folder: Path) -> FolderReader:
    return FolderReader(folder)


@pytest.mark.parametrize("passage", PASSAGES, ids=["short", "many scripts", "several windows"])
def test_spans_are_characters_of_the_passage(reader: FolderReader, passage: str) -> None:
    (reading,) = reader.read(QUESTION, [passage])
    assert list(reading.tokens) == sorted(set(reading.tokens)) and len(reading.tokens) == len(reading.evidence)
    covered = {place for start, end in reading.tokens for place in range(start, end)}
    assert {place for place, letter in enumerate(passage) if letter.isalnum()} <= covered, "every word was read"
    assert all(passage[start:end].strip() for start, end in reading.tokens)
    start, end = reading.span
    assert (start, end) == (
        min(s for s, e in reading.tokens if s >= start),
        max(e for s, e in reading.tokens if e <= end),
    )
    assert 0 < reading.answered < 1 and 0 < reading.span_probability <= 1
    assert 0 < reading.score(0, len(passage)) < 1


def test_a_passage_is_read_alike_whatever_it_is_read_with(reader: FolderReader) -> None:
    alone = [reader.read(QUESTION, [passage])[0] for passage in PASSAGES]
    assert reader.read(QUESTION, PASSAGES) == alone
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: reader.read(QUESTION, PASSAGES), range(4))) == [alone] * 4
    assert len({reading.relevance for reading in alone}) == 3


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "x" * 5000, "😀" * 300, "word " * 2000])
def test_any_text_can_be_read(reader: FolderReader, text: str) -> None:
    (reading,) = reader.read(QUESTION, [text])
    if not text.strip("\x00 \n\t"):
        assert (reading.span, reading.answered, reading.score(0, 9)) == (None, 0.0, 0.0)
    assert len(reader.read(text, [PASSAGES[0]])) == 1
    assert reader.read(QUESTION, []) == []


def test_a_claim_is_told_to_the_model(reader: FolderReader) -> None:
    claim = "Anna built the mill."
    as_claim, as_question, prefixed = (
        reader.read(claim, PASSAGES[:1], claim=True),
        reader.read(claim, PASSAGES[:1]),
        reader.read(reader.manifest.claim_prefix + claim, PASSAGES[:1]),
    )
    assert as_claim == prefixed != as_question


def test_windows_cover_a_long_passage_and_overlap(reader: FolderReader) -> None:
    tokenizer, _ = reader.loaded
    limits = Limits(tokens=40, question=10, overlap=8)
    for count in (1, 20, 21, 40, 41, 200):
        text = " ".join(f"{number}" for number in range(count))
        windows = windows_of(tokenizer, "who " * 50, text, limits)
        seen = [offset for window in windows for offset in window.offsets]
        assert sorted(set(seen)) == tokenizer.encode(text, add_special_tokens=False).offsets
        assert all(len(window.ids) <= 40 and window.first == 12 for window in windows)
        for one, other in zip(windows, windows[1:], strict=False):
            assert one.offsets[-8:] == other.offsets[:8]
    assert len(windows_of(tokenizer, "who", "", limits)) == 1


def outputs(answered: float, *evidence: float, start: int = 0) -> Outputs:
    places = numpy.zeros(len(evidence))
    places[start] = 9
    return Outputs(answered / 2, answered, places, places, numpy.array(evidence))


def test_windows_are_put_together() -> None:
    first = Window((), (), 0, ((0, 3), (4, 7), (8, 11)))
    second = Window((), (), 0, ((8, 11), (12, 15)))
    reading = together([(first, outputs(-1.0, 1.0, 2.0, -3.0)), (second, outputs(2.0, 0.5, -1.0, start=1))])
    assert reading.tokens == ((0, 3), (4, 7), (8, 11), (12, 15))
    assert reading.evidence == (1.0, 2.0, 0.5, -1.0), "the higher one where windows overlap"
    assert reading.span == (12, 15), "of the window that answers best"
    assert reading.answered == pytest.approx(0.8808, abs=1e-4) and reading.relevance == 1.0


def test_a_part_is_scored_by_the_highest_quarter_of_its_tokens() -> None:
    tokens = tuple((4 * number, 4 * number + 3) for number in range(8))
    reading = Reading(0.0, 0.5, None, 0.0, tokens, (8.0, 4.0, 0.0, 0.0, 0.0, -2.0, -50.0, -60.0))
    assert reading.score(0, 32) == pytest.approx(1 / (1 + numpy.exp(-6.0)))
    assert reading.score(8, 12) == 0.5
    assert reading.score(6, 9) == pytest.approx(1 / (1 + numpy.exp(-4.0))), "a token that is touched counts"
    assert reading.score(24, 28) < 1e-9 and reading.score(28, 31) >= 0
    assert reading.score(3, 4) == 0 == reading.score(100, 200)


def test_the_best_span_ends_after_it_begins_and_is_not_too_long() -> None:
    start, end = numpy.array([0.0, 0, 5, 0]), numpy.array([5.0, 0, 0, 4])
    assert best_span(start, end)[:2] == (2, 3)
    assert best_span(numpy.array([9.0, 0, 0, 1]), numpy.array([0.0, 1, 0, 9]), longest=2)[:2] in ((0, 1), (3, 3))
    assert best_span(numpy.array([2.0]), numpy.array([-2.0])) == (0, 0, 1.0)


def damaged(folder: Path, tmp_path: Path, change) -> Path:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    change(tmp_path)
    return tmp_path


def manifest_with(**fields: object):
    def change(folder: Path) -> None:
        found = json.loads((folder / "reader.json").read_text())
        (folder / "reader.json").write_text(json.dumps(found | fields))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda folder: (folder / "model.onnx").write_bytes(b"other"),
            "model.onnx was changed: export the reader again",
        ),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json cannot be read"),
        (lambda folder: (folder / "reader.json").write_text("{"), "reader.json cannot be read"),
        (lambda folder: (folder / "reader.json").write_text("[]"), "reader.json cannot be read"),
        (manifest_with(format=9), "has format 9; this version of Footnote reads format 1"),
        (manifest_with(sha256={}), "reader.json cannot be read"),
        (manifest_with(limits={"tokens": 20, "question": 20, "overlap": 0}), "leave no room for a passage"),
    ],
)
def test_a_damaged_folder_is_refused_in_a_sentence(folder: Path, tmp_path: Path, change, message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message):
        open_reader(str(damaged(folder, tmp_path, change))).read(QUESTION, PASSAGES)


def test_a_model_that_is_no_reader_is_refused(folder: Path, tmp_path: Path) -> None:
    import hashlib

    from footnoted.index.models.bundled import RERANKER, model_file

    other = model_file(RERANKER, "model.onnx").read_bytes()
    sums = json.loads((folder / "reader.json").read_text())["sha256"]

    def change(copy: Path) -> None:
        (copy / "model.onnx").write_bytes(other)
        manifest_with(sha256=sums | {"model.onnx": hashlib.sha256(other).hexdigest()})(copy)

    with pytest.raises(ModelUnavailable, match="is not a reader: it has no answered, end"):
        FolderReader(damaged(folder, tmp_path, change)).read(QUESTION, PASSAGES)


def test_a_pinned_reader_is_checked_against_its_pin(folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match="was changed"):
        FolderReader(folder, {"model.onnx": "0" * 64}).read(QUESTION, PASSAGES)


def test_a_reader_ranks_in_place_of_a_cross_encoder(folder: Path, reader: FolderReader) -> None:
    reranker = open_reranker(f"reader:{folder}")
    assert reranker.scores(QUESTION, PASSAGES) == [one.relevance for one in reader.read(QUESTION, PASSAGES)]
    assert reranker.identity == reader.identity and reader.identity.startswith("reader/tiny/")
    assert reranker.scores(QUESTION, []) == []
    assert open_reader("off") is None


@pytest.fixture(scope="module")
def question_answering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of transformers with a tiny question answering model of random weights."""
    from tiny_reader import TINY
    from transformers import BertConfig, BertForQuestionAnswering, BertTokenizerFast

    from footnoted.index.models.bundled import RERANKER, model_file

    folder = tmp_path_factory.mktemp("qa")
    words = BertTokenizerFast(tokenizer_file=str(model_file(RERANKER, "tokenizer.json")), model_max_length=96)
    words.save_pretrained(folder)
    BertForQuestionAnswering(BertConfig(**TINY)).save_pretrained(folder)
    return folder


def test_a_question_answering_model_of_transformers_reads_too(question_answering: Path) -> None:
    reader = open_reader(str(question_answering))
    for passage, reading in zip(PASSAGES, reader.read(QUESTION, PASSAGES), strict=True):
        start, end = reading.span
        assert passage[start:end].strip() and 0 < reading.answered < 1
        assert reading.tokens[-1][1] == len(passage) and len(reading.tokens) == len(reading.evidence)
    assert reader.read("who " * 400, [PASSAGES[0], ""])[1].span is None
    with pytest.raises(ModelUnavailable, match="cannot check a statement"):
        reader.read("Anna built it.", PASSAGES, claim=True)


def test_other_models_are_refused(question_answering: Path, tmp_path: Path) -> None:
    from tiny_reader import TINY
    from transformers import BertConfig, BertForMaskedLM

    for path in question_answering.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    BertForMaskedLM(BertConfig(**TINY)).save_pretrained(tmp_path)
    with pytest.raises(ModelUnavailable, match="was never trained to answer questions"):
        open_reader(str(tmp_path)).read(QUESTION, PASSAGES)
    with pytest.raises(ModelUnavailable, match="reader '/no/such/folder' could not be loaded: give the folder"):
        open_reader("/no/such/folder").read(QUESTION, PASSAGES)
