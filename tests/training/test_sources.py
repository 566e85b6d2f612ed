"""Training data: labels mean what each set's README says, and what is held out never reaches training."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from tiny_reader import squad_lines, written_lines

from training.data.sources import SOURCES, Source, Split, fold_of, parted, read_all, read_source

PASSAGE = "Cats purr. Dogs bark at night."


def line(**fields: object) -> dict:
    return {
        "id": "1", "question": "Cats purr.", "passage": PASSAGE, "title": "", "group": "g", "answers": [], "spans": [],
        "evidence": [[0, 10]], "answerable": True, **fields,
    }  # fmt: skip


def read_one(folder: Path, source: Source, **fields: object):
    written_lines(folder, source.name, [line(**fields)])
    return next(iter(read_source(folder, source)), None)


@pytest.mark.parametrize(
    ("label", "answerable", "supported"),
    [
        ("supports", True, True),
        ("refutes", False, False),
        ("refutes", True, False),  # contractnli calls a refuted statement answerable
        ("not_mentioned", False, False),
        ("fully_attributable", True, True),
        ("not_fully_attributable", False, False),
    ],
)
def test_a_claim_is_taught_by_its_label(tmp_path: Path, label: str, answerable: bool, supported: bool) -> None:
    found = read_one(tmp_path, Source("claims", claim=True), label=label, answerable=answerable)
    assert found.answered is supported
    assert found.evidence == (((0, 10),) if supported else None)


def test_needs_more_teaches_nothing_and_irrelevant_is_not_answered(tmp_path: Path) -> None:
    source = Source("sharc_dev")
    assert read_one(tmp_path, source, label="needs_more", answerable=False) is None
    assert read_one(tmp_path, source, label="irrelevant", answerable=False).answered is False


def test_yes_and_no_are_no_words_of_a_passage(tmp_path: Path) -> None:
    assert read_one(tmp_path, Source("condaqa"), answers=["no"], spans=[[0, 4]]).spans == ()


def test_the_sentence_of_an_answer_is_its_evidence(tmp_path: Path) -> None:
    found = read_one(tmp_path, Source("squad"), spans=[[0, 4]], evidence=[])
    assert [PASSAGE[start:end] for start, end in found.evidence] == ["Cats purr."]
    assert read_one(tmp_path, Source("squad"), answerable=False, spans=[], evidence=[]).evidence == ()


def test_evidence_that_covers_the_passage_teaches_nothing(tmp_path: Path) -> None:
    assert read_one(tmp_path, Source("facts"), evidence=[[0, 10], [11, 30]]).evidence is None


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing.jsonl.xz cannot be read: say where it lies with --data"):
        read_source(tmp_path, Source("missing"))
    written_lines(tmp_path, "bad", [line(), line(spans=[[5, 500]])])
    with pytest.raises(ValueError, match="Line 2 of .*bad.jsonl.xz .*outside of the passage"):
        read_source(tmp_path, Source("bad"))
    (tmp_path / "torn.jsonl.xz").write_bytes(lzma.compress(b"{}\n" * 1000)[:60])
    with pytest.raises(ValueError, match="torn.jsonl.xz"):
        read_source(tmp_path, Source("torn"))
    with pytest.raises(ValueError, match="no training set called nothing"):
        read_all(tmp_path, ["nothing"])


@pytest.mark.parametrize("fold", [0, 1, 2, None])
def test_folds_hold_out_whole_articles_of_all_sets_of_the_family(tmp_path: Path, fold: int | None) -> None:
    for name in ("squad2_dev_nineteen", "disflqa_nineteen", "squad2_dev_six"):
        lines = squad_lines(name, articles=9)
        lines[0]["in_bench"] = True
        written_lines(tmp_path, name, lines)
    split = Split(("squad2_dev_six",), fold, 3)
    read = read_all(tmp_path, ["squad2_dev_nineteen", "disflqa_nineteen", "squad2_dev_six"])
    training, held_out = parted([one for lines in read.values() for one in lines], split)
    assert not {one.fold for one in training} & {one.fold for one in held_out}
    assert {one.source for one in training} == {"squad2_dev_nineteen", "disflqa_nineteen"}
    held = {one.group for one in held_out if one.source != "squad2_dev_six"}
    assert held == {f"County {n}" for n in range(9) if fold_of(f"nineteen/County {n}", 3) == fold}
    assert not any(one.in_bench for one in training)


@pytest.mark.shared
def test_the_real_files_are_read(shared: Path) -> None:
    named = {path.name.removesuffix(".jsonl.xz") for path in (shared / "train").glob("*.xz")}
    assert named - {source.name for source in SOURCES} == {"followups"}  # which is about conversations
    (claims,) = [source for source in SOURCES if source.name == "claims_fever_symmetric"]
    lines = read_source(shared / "train", claims)
    assert (len(lines), sum(one.answered for one in lines)) == (1416, 706)
