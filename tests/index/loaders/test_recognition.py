"""Text in scans and pictures: recognised, put into the order of reading, and marked as recognised."""

import io
import stat
import sys
import zlib
from pathlib import Path

import pytest
from pdf_files import make_pdf
from PIL import Image, ImageDraw, ImageFont

from footnoted.index.errors import EmptyFile, LoadError, NeedsOCR
from footnoted.index.loaders.load import discover, load, load_isolated
from footnoted.index.loaders.ocr import engine as engines
from footnoted.index.loaders.ocr import pages
from footnoted.index.loaders.ocr.pictures import recognised
from footnoted.index.text.blocks import fault

needs_rapidocr = pytest.mark.skipif(not engines._models(), reason="the extra ocr is not installed")

# What Tesseract says of two columns, line by line across both.
TOLD = ["keeper", "wrote", "about", "many", "ships", "and", "stars"]
COLUMNS = [
    (
        number,
        column,
        f"{'Right' if column else 'Left'} line {number} {' '.join(TOLD[number % 7 :] + TOLD[: number % 7])}",
    )
    for number in range(8)
    for column in (0, 1)
]


def tesseract(folder: Path, words: list[tuple[str, int, int, int, int]], confidence: float = 95) -> Path:
    """A program that answers as Tesseract does: one line for each of (text, left, top, width, height)."""
    head = [
        "level",
        "page_num",
        "block_num",
        "par_num",
        "line_num",
        "word_num",
        "left",
        "top",
        "width",
        "height",
        "conf",
        "text",
    ]
    lines = ["\t".join(head)]
    for number, (text, left, top, width, height) in enumerate(words):
        lines.append("\t".join(map(str, [4, 1, 1, 1, number, 0, left, top, width, height, -1, ""])))
        lines.append("\t".join(map(str, [5, 1, 1, 1, number, 1, left, top, width, height, confidence, text])))
    answer = "\n".join(lines)
    program = folder / "tesseract"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "if '--list-langs' in sys.argv:\n    print('List of languages (1):\\neng')\n"
        f"else:\n    sys.stdin.buffer.read()\n    print({answer!r})\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def only_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a program called tesseract, the only engine there is."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setattr(engines, "_models", dict)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def picture(path: Path, lines: list[str], size: tuple[int, int] = (900, 400), **options) -> Path:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((40, 40 + 60 * number), line, "black", ImageFont.load_default(32))
    image.save(path, **options)
    return path


def test_columns_of_a_scan_are_read_one_after_the_other(only_tesseract: Path, tmp_path: Path) -> None:
    words = [(text, 40 + 480 * column, 60 + 30 * number, 420, 22) for number, column, text in COLUMNS]
    tesseract(only_tesseract, words)
    (document,) = load(picture(tmp_path / "scan.png", [], (1000, 800))).documents
    text = document.text
    assert text.index("Left line 7") < text.index("Right line 0")
    assert fault(text, document.blocks) == ""
    assert [(block.kind, block.label) for block in document.blocks][0] == ("image", "recognised")
    assert {block.kind for block in document.blocks} == {"image", "paragraph"}
    assert document.media_type == "image/png"
    assert document.notes == ("Read by text recognition (OCR), which makes mistakes.",)


def test_a_scanned_page_is_a_page_of_recognised_text(only_tesseract: Path, tmp_path: Path) -> None:
    tesseract(only_tesseract, [("Harbour", 100, 100, 200, 30), ("Fees", 320, 100, 100, 30)])
    grey = b"q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    (document,) = load(make_pdf(tmp_path / "scan.pdf", [[], []], extra=grey)).documents
    assert document.text == "Harbour Fees\n\nHarbour Fees"
    assert [section.label for section in document.sections] == ["page 1", "page 2"]
    assert [block.label for block in document.blocks if block.kind == "image"] == ["recognised"] * 2
    assert document.notes[-1] == "Pages 1-2 are read by text recognition (OCR), which makes mistakes."


def test_a_picture_in_a_page_with_little_text_is_read_too(only_tesseract: Path, tmp_path: Path) -> None:
    """Tesseract sees the whole page, also the words that the page has as text: these are not taken twice."""
    scale = 120 / 72
    caption = ("Harbour", round(50 * scale), round(92 * scale), round(38 * scale), round(12 * scale))
    tesseract(only_tesseract, [caption, ("Inside", 400, 700, 120, 30)])
    grey = b"q 500 0 0 500 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    (document,) = load(make_pdf(tmp_path / "figure.pdf", [[(50, 100, "Harbour map")]], extra=grey)).documents
    assert document.text == "Harbour map\n\nInside"
    assert [(block.kind, block.label) for block in document.blocks] == [
        ("paragraph", ""), ("image", "recognised"), ("paragraph", ""),
    ]  # fmt: skip
    assert document.notes == ("Text in pictures is read by text recognition (OCR), which makes mistakes.",)


def test_without_an_engine_a_picture_is_one_clear_sentence(only_tesseract: Path, tmp_path: Path) -> None:
    path = picture(tmp_path / "photo.jpg", ["Harbour"])
    with pytest.raises(NeedsOCR, match=r"photo.jpg is a picture. .* pip install 'footnoted\[ocr\]'"):
        load(path)
    assert recognised(path.read_bytes()) == []


def test_pictures_of_a_folder_are_left_out_without_an_engine(only_tesseract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    picture(folder / "sea.png", [])
    assert "there is no loader for files ending in .png" in next(iter(discover(folder).skipped.values()))
    tesseract(only_tesseract, [])
    assert [path.name for path in discover(folder).files] == ["sea.png"]


def test_a_picture_without_words_holds_no_text(only_tesseract: Path, tmp_path: Path) -> None:
    tesseract(only_tesseract, [])
    with pytest.raises(EmptyFile, match="photo.jpg holds no text"):
        load(picture(tmp_path / "photo.jpg", []))


def test_pages_of_a_tiff_are_pages(only_tesseract: Path, tmp_path: Path) -> None:
    tesseract(only_tesseract, [("Harbour", 100, 100, 200, 30)])
    sheets = [Image.new("L", (300, 300), "white") for _ in range(3)]
    sheets[0].save(tmp_path / "fax.tiff", save_all=True, append_images=sheets[1:])
    (document,) = load(tmp_path / "fax.tiff").documents
    assert [section.label for section in document.sections] == ["page 1", "page 2", "page 3"]


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says that it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x01\x00\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(20_000, 20_000), (60_000, 60_000)])
def test_image_bombs_are_refused_before_they_are_decoded(size, only_tesseract: Path, tmp_path: Path) -> None:
    tesseract(only_tesseract, [])
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(*size))
    with pytest.raises(LoadError, match="bomb.png is too large to be read"):
        load(path)
    assert recognised(path.read_bytes()) == []


@pytest.mark.parametrize("data", [b"no picture at all" * 9, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" * 30])
def test_damaged_pictures_are_told(data: bytes, only_tesseract: Path, tmp_path: Path) -> None:
    tesseract(only_tesseract, [])
    path = tmp_path / "damaged.png"
    path.write_bytes(data)
    with pytest.raises(LoadError, match="damaged.png is damaged or not a picture"):
        load(path)


def test_a_page_with_a_huge_image_is_not_decoded(only_tesseract: Path, tmp_path: Path, monkeypatch) -> None:
    tesseract(only_tesseract, [("Never", 100, 100, 200, 30)])
    monkeypatch.setattr(pages, "_MOST_SOURCE_PIXELS", 0)
    grey = b"q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    with pytest.raises(NeedsOCR):
        load(make_pdf(tmp_path / "huge.pdf", [[]], extra=grey))


def test_an_engine_that_fails_is_as_none(only_tesseract: Path, tmp_path: Path) -> None:
    program = tesseract(only_tesseract, [])
    program.write_text(f"#!{sys.executable}\nraise SystemExit(1)\n")
    with pytest.raises(EmptyFile):
        load(picture(tmp_path / "photo.png", ["Harbour"]))


# With the real models -------------------------------------------------------------------------------------------------


@needs_rapidocr
@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp", "bmp"])
def test_what_is_written_in_a_picture_is_read(suffix: str, tmp_path: Path) -> None:
    path = picture(tmp_path / f"note.{suffix}", ["The light burns until six.", "Oil is in the shed."])
    (document,) = load(path).documents
    assert " ".join(document.text.split()) == "The light burns until six. Oil is in the shed."
    assert document.blocks[0].label == "recognised"


@needs_rapidocr
def test_a_scan_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    sheet = picture(tmp_path / "sheet.png", ["Harbour fees for small boats", "One night costs 12 crowns"], (1000, 1400))
    with Image.open(sheet) as image:
        image.save(tmp_path / "scan.pdf", resolution=150)
    (document,) = load_isolated(tmp_path / "scan.pdf").documents
    assert "Harbour fees for small boats" in document.text
    assert "One night costs 12 crowns" in document.text


@needs_rapidocr
def test_the_lines_of_a_picture_inside_another_file() -> None:
    data = io.BytesIO()
    image = Image.new("RGBA", (700, 120), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((30, 40), "Dark letters on nothing", "black", ImageFont.load_default(32))
    image.save(data, "PNG")
    assert recognised(data.getvalue()) == ["Dark letters on nothing"]
