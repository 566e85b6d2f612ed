"""Pages of a PDF that are pictures, or have one and little text: which to read, and the words recognised on them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from footnoted.index.loaders.ocr.engine import MOST_PIXELS, RecognisedLine, engine, lines_in
from footnoted.index.loaders.pdf.words import Word
from footnoted.index.loaders.registry import Source

_DOTS_PER_POINT = 200 / 72
_FEWEST_DOTS_PER_POINT = 120 / 72
_MOST_SOURCE_PIXELS = 100_000_000  # of an image in a page, before it is decoded
_MOST_OBJECTS = 2000
_SECONDS_PER_FILE = 60  # where nobody can be told that the reading goes on
_MOST_SECONDS_PER_FILE = 1800
_SECONDS_FOR_FIGURES = 60  # for pages that have text, too


def recognise(
    source: Source, pdf: Any, scanned: Sequence[int], pictured: Mapping[int, Sequence[Word]]
) -> dict[int, list[Word]]:
    """Page number (from 1) -> the words recognised on it, with boxes in points; empty without an engine.

    ``scanned`` are pages without text. Of ``pictured`` pages the words are given that are known, and not found again;
    they are read last, as long as there is time.
    """
    if source.ocr is False or not (scanned or pictured) or engine() is None:
        return {}
    started = time.monotonic()
    end = started + (_SECONDS_PER_FILE if source.working is None else _MOST_SECONDS_PER_FILE)
    found: dict[int, list[Word]] = {}
    for number in [*scanned, *pictured]:
        if number in pictured:
            end = min(end, time.monotonic() + _SECONDS_FOR_FIGURES) if number == next(iter(pictured)) else end
        if time.monotonic() > end:
            break
        if source.working is not None:
            source.working()
        words = _without(pictured.get(number, ()), _words(pdf, number))
        if words:
            found[number] = words
    return found


def _words(pdf: Any, number: int) -> list[Word]:
    page = pdf[number - 1]
    try:
        images = list(_sizes(page))
        if any(wide * high > _MOST_SOURCE_PIXELS for wide, high in images):
            return []
        width, height = page.get_size()
        # More dots than the picture has say nothing more, and take longer.
        own = max((max(wide, high) for wide, high in images), default=0) / max(1.0, width, height)
        scale = min(_DOTS_PER_POINT, max(own, _FEWEST_DOTS_PER_POINT), (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        picture = page.render(scale=scale).to_pil()
    finally:
        page.close()
    return list(words_of_lines(lines_in(picture), scale))


def words_of_lines(lines: Sequence[RecognisedLine], scale: float) -> Iterator[Word]:
    """The words of recognised lines, each as wide as its share of the line's letters. ``scale`` is pixels per point."""
    order = 0
    for line in lines:
        step = (line.right - line.left) / max(1, len(line.text))
        place = 0
        for text in line.text.split():
            place = line.text.index(text, place)
            left, right = line.left + place * step, line.left + (place + len(text)) * step
            yield Word(text, left / scale, line.top / scale, right / scale, line.bottom / scale, order)
            place += len(text)
            order += 1


def _without(known: Sequence[Word], words: Sequence[Word]) -> list[Word]:
    """Recognised words whose middle no known word covers."""
    boxes = [(word.left - 1, word.top - 1, word.right + 1, word.bottom + 1) for word in known]
    return [
        word
        for word in words
        if not any(
            left <= (word.left + word.right) / 2 <= right and top <= (word.top + word.bottom) / 2 <= bottom
            for left, top, right, bottom in boxes
        )
    ]


def has_pictures(page: Any) -> bool:
    """Whether a page shows anything: images or drawn shapes. No image is decoded for this."""
    import pypdfium2.raw as pdfium

    shown = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM, pdfium.FPDF_PAGEOBJ_SHADING)
    count = pdfium.FPDFPage_CountObjects(page)
    objects = (pdfium.FPDFPage_GetObject(page, index) for index in range(min(count, _MOST_OBJECTS)))
    kinds = [pdfium.FPDFPageObj_GetType(one) for one in objects]
    return any(kind in shown for kind in kinds) or kinds.count(pdfium.FPDF_PAGEOBJ_PATH) > 50


def share_of_pictures(page: Any) -> float:
    """How much of a page its images cover, from 0 to 1. No image is decoded for this."""
    import ctypes

    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered = 0.0
    for one, depth in _images(page):
        edges = [ctypes.c_float() for _ in range(4)]
        if depth == 0 and pdfium.FPDFPageObj_GetBounds(one, *map(ctypes.byref, edges)):
            left, bottom, right, top = (edge.value for edge in edges)
            covered += max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))
    return min(1.0, covered / max(1.0, width * height))


def _sizes(page: Any) -> Iterator[tuple[int, int]]:
    """Width and height in pixels of the images of a page, as their headers say."""
    import ctypes

    import pypdfium2.raw as pdfium

    for one, _ in _images(page):
        width, height = ctypes.c_uint(), ctypes.c_uint()
        if pdfium.FPDFImageObj_GetImagePixelSize(one, ctypes.byref(width), ctypes.byref(height)):
            yield width.value, height.value


def _images(page: Any) -> Iterator[tuple[Any, int]]:
    """The image objects of a page, those in its forms too, and how deep they lie."""
    import pypdfium2.raw as pdfium

    count = min(_MOST_OBJECTS, pdfium.FPDFPage_CountObjects(page))
    pending = [(pdfium.FPDFPage_GetObject(page, index), 0) for index in range(count)]
    left = _MOST_OBJECTS
    while pending and left:
        one, depth = pending.pop()
        left -= 1
        kind = pdfium.FPDFPageObj_GetType(one)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            yield one, depth
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < 4:
            inside = min(_MOST_OBJECTS, pdfium.FPDFFormObj_CountObjects(one))
            pending += [(pdfium.FPDFFormObj_GetObject(one, index), depth + 1) for index in range(inside)]
