"""Pictures as documents: what is written in a photograph of a page, a screenshot or a scan."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

from footnoted.index.errors import LoadError, NeedsOCR
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.ocr.engine import MOST_PIXELS, engine, lines_in
from footnoted.index.loaders.ocr.pages import words_of_lines
from footnoted.index.loaders.pdf.document import with_pages, write_recognised
from footnoted.index.loaders.pdf.layout import columns_of
from footnoted.index.loaders.registry import Source
from footnoted.index.types import LoadedDocument

_MOST_SOURCE_PIXELS = 100_000_000  # as its header says, before anything is decoded
_MOST_FRAMES = 500
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF")
_LEAST_SIDE = 16
_TYPES = {"jpg": "jpeg", "tif": "tiff"}


def load_picture(source: Source) -> LoadedDocument:
    """The text recognised in a picture, with a section for each page of a TIFF file.

    Raises:
        NeedsOCR: there is no engine.
        LoadError: it is damaged, or too large to be decoded.
    """
    if source.ocr is False or engine() is None:
        raise NeedsOCR(
            f"{source.name} is a picture. To read what is written in it, install text recognition: "
            "pip install 'footnoted[ocr]'."
        )
    builder = TextBuilder()
    places: list[tuple[int, int]] = []
    count = 0
    for number, picture in enumerate(_frames(source), 1):
        if source.working is not None:
            source.working()
        words = list(words_of_lines(lines_in(picture), 1.0))
        places += write_recognised(builder, columns_of(words), number)
        count = number
    suffix = source.suffix[1:]
    document = builder.build(
        media_type=f"image/{_TYPES.get(suffix, suffix)}",
        notes=["Read by text recognition (OCR), which makes mistakes."] if len(builder) else [],
    )
    return with_pages(document, places) if count > 1 else document


def recognised(data: bytes) -> list[str]:
    """The lines of text in a picture that lies inside another file, in the order of reading.

    Empty for what is no picture, is too large, has no text in it, or cannot be read for want of an engine.
    """
    if engine() is None:
        return []
    try:
        picture = next(_frames(Source("picture", data)))
    except (LoadError, StopIteration):
        return []
    builder = TextBuilder()
    write_recognised(builder, columns_of(list(words_of_lines(lines_in(picture), 1.0))), 1)
    return [line for line in builder.build().text.split("\n") if line.strip()]


def _frames(source: Source) -> Iterator[Any]:
    """The pictures of a file, upright, in colour, and no larger than an engine can use."""
    from PIL import Image, ImageOps, ImageSequence

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, about sizes and about tags that it does not know
            with Image.open(io.BytesIO(source.data), formats=_FORMATS) as file:
                still = file.format != "TIFF"
                for number, frame in enumerate(ImageSequence.Iterator(file)):
                    if number and (still or number >= _MOST_FRAMES):
                        return
                    width, height = frame.size
                    if width * height > _MOST_SOURCE_PIXELS:
                        raise LoadError(
                            f"{source.name} is too large to be read: {width} x {height} pixels. Save it smaller."
                        )
                    if min(width, height) >= _LEAST_SIDE:
                        yield _ready(ImageOps.exif_transpose(frame))
    except Image.DecompressionBombError as error:
        raise LoadError(f"{source.name} is too large to be read. Save it with fewer pixels.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise LoadError(f"{source.name} is damaged or not a picture.") from error


def _ready(picture: Any) -> Any:
    from PIL import Image

    width, height = picture.size
    if width * height > MOST_PIXELS:
        factor = (MOST_PIXELS / (width * height)) ** 0.5
        picture.thumbnail((int(width * factor), int(height * factor)))
    if "A" in picture.getbands() or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return picture.convert("RGB")
