"""Text recognition for scanned pages, by the Tesseract program when it is installed."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from footnoted.index.loaders.registry import Source

_DOTS_PER_POINT = 300 / 72
_MOST_PIXELS = 40_000_000
_SECONDS_PER_PAGE = 60


def engine() -> str | None:
    """The path of the Tesseract program, or ``None``."""
    return shutil.which("tesseract")


def recognise(source: Source, pdf: Any, pages: Sequence[int]) -> dict[int, str]:
    """Page number (from 1) -> text of the pages on which text was recognised; empty without an engine."""
    program = engine() if source.ocr is not False and pages else None
    if program is None:
        return {}
    languages = _languages(program)
    found = {}
    for number in pages:
        text = _page_text(program, languages, pdf, number)
        if text.strip():
            found[number] = text
    return found


def has_pictures(page: Any) -> bool:
    """Whether a page shows anything: images or drawn shapes. No image is decoded for this."""
    import pypdfium2.raw as pdfium

    shown = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM, pdfium.FPDF_PAGEOBJ_SHADING)
    count = pdfium.FPDFPage_CountObjects(page)
    kinds = [pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, index)) for index in range(min(count, 2000))]
    return any(kind in shown for kind in kinds) or kinds.count(pdfium.FPDF_PAGEOBJ_PATH) > 50


def _page_text(program: str, languages: str, pdf: Any, number: int) -> str:
    page = pdf[number - 1]
    width, height = page.get_size()
    scale = min(_DOTS_PER_POINT, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
    picture = io.BytesIO()
    page.render(scale=scale, grayscale=True).to_pil().save(picture, "PNG")
    page.close()
    command = [program, "stdin", "stdout", "-l", languages, "--psm", "3"]
    try:
        done = subprocess.run(
            command, input=picture.getvalue(), capture_output=True, timeout=_SECONDS_PER_PAGE, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _languages(program: str) -> str:
    """All installed languages, English first."""
    done = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=False)
    names = [name.strip() for name in done.stdout.decode("utf-8", "replace").splitlines()[1:]]
    usable = sorted((name for name in names if name and name != "osd"), key=lambda name: (name != "eng", name))
    return "+".join(usable[:4]) or "eng"
