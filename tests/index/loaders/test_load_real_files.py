"""Real files of every format, against the manifest that says what a correct reading must contain."""

import json

import pytest
from places import SHARED

from footnoted.index.errors import EmptyFile, LoadError, NeedsOCR, PasswordNeeded
from footnoted.index.loaders.load import load, load_isolated
from footnoted.index.loaders.ocr.engine import engine

FILES = SHARED / "files"
MANIFEST = FILES / "manifest.json"
CASES = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"] if MANIFEST.exists() else []
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CASES, reason=f"the shared files are not at {FILES}"),
]


def folded(text: str) -> str:
    return " ".join(text.split())


def expect_phrases(document, expect: dict) -> None:
    text = folded(document.text)
    for phrase in expect.get("must_contain", []):
        assert folded(phrase) in text
    for phrase in expect.get("boilerplate", []):
        assert phrase not in text
    for name in expect.get("attachments", []):
        assert name in text
    if cells := expect.get("same_row"):
        assert any(all(cell in line for cell in cells) for line in document.text.split("\n")), cells
    if pages := expect.get("pages"):
        assert document.sections[-1].number == pages
    for part in (*document.sections, *document.headings):
        assert 0 <= part.start < part.end <= len(document.text)


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_real_file(case: dict) -> None:
    path, expect = FILES / case["file"], case["expect"]
    if expect["status"] == "ok":
        (document,) = load_isolated(path).documents
        expect_phrases(document, expect)
    elif expect["status"] == "needs_password":
        with pytest.raises(PasswordNeeded, match=f"{path.name} is encrypted"):
            load_isolated(path)
        with pytest.raises(PasswordNeeded, match="not the right one"):
            load_isolated(path, password="wrong")
        for password in filter(None, (expect.get("password"), expect.get("owner_password"))):
            (document,) = load_isolated(path, password=password).documents
            expect_phrases(document, expect)
    elif expect["status"] == "needs_ocr":
        with pytest.raises(NeedsOCR, match="no text layer"):
            load(path, ocr=False)
        if engine():
            (document,) = load_isolated(path).documents
            expect_phrases(document, expect)
    else:
        with pytest.raises(LoadError) as caught:
            load_isolated(path)
        assert path.name in str(caught.value)
        wanted = {"empty": EmptyFile, "encrypted": PasswordNeeded, "damaged": LoadError}
        word = next(word for word in wanted if word in expect["expect"])
        assert isinstance(caught.value, wanted[word])
        assert word in str(caught.value)


def test_the_image_bomb_is_read_in_little_memory() -> None:
    from footnoted.index.loaders.isolate import Limits, close_workers

    close_workers()  # one that has recognised text keeps the models for it
    (document,) = load_isolated(FILES / "pdf-jbig2-bomb.pdf", limits=Limits(megabytes=300)).documents
    assert "GIANT JBIG2 BOMB" in document.text


def test_plain_text_of_the_seed_is_verbatim() -> None:
    paths = sorted((SHARED / "seed").glob("*.txt"))
    assert paths
    for path in paths:
        (document,) = load(path).documents
        assert document.text == path.read_text(encoding="utf-8")
