"""The engines that recognise text in a picture: RapidOCR, which pip installs with its models, and Tesseract."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from math import atan2, cos, hypot, sin
from pathlib import Path
from statistics import mean, median
from typing import Any

SECONDS_PER_PAGE = 60
MOST_PIXELS = 12_000_000  # of a picture as an engine gets it: A4 at 300 dots per inch has 9 million
_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
_LEAST_SCORE = 0.5  # of a line; below, it is the texture of a photograph as often as writing
_SURE = 0.85  # of a page; below, the models may not know its script, and Tesseract is asked as well
_MOST_THREADS = 4  # they spin while they wait: two take 1.8 times the time of the processor that one takes
_SAME_HEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """A piece of a line with its box in pixels from the upper left corner, turned upright; ``score`` is in 0..1."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0


def engine() -> str | None:
    """The engine that is installed, or ``None``: "RapidOCR", or the path of the Tesseract program."""
    return "RapidOCR" if _models() else shutil.which("tesseract")


def lines_in(picture: Any) -> list[RecognisedLine]:
    """What is written in a Pillow image of at most ``MOST_PIXELS``, in no particular order; empty without an engine.

    Where both engines are installed, Tesseract is asked about pictures that RapidOCR is not sure of: its models know
    Latin, Chinese and Japanese writing, and Tesseract whatever languages were installed for it.
    """
    found = _by_rapidocr(picture) if _models() else []
    if found and mean(line.score for line in found) >= _SURE:
        return found
    program = shutil.which("tesseract")
    other = _by_tesseract(program, picture) if program else []
    return max(found, other, key=lambda lines: sum(line.score * len(line.text) for line in lines))


@lru_cache(maxsize=1)
def _models() -> dict[str, str]:
    """The files of RapidOCR's models, by what they do; empty unless all are there: none is ever downloaded."""
    try:
        spec = find_spec("rapidocr")
    except (ImportError, ValueError):
        return {}
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = {part: Path(folder, "models", name) for folder in folders for part, name in _MODELS.items()}
    return {part: str(path) for part, path in files.items()} if files and all(map(Path.is_file, files.values())) else {}


@lru_cache(maxsize=1)
def _rapidocr() -> Any:
    from rapidocr import RapidOCR

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # whether a line is upside down
            "EngineConfig.onnxruntime.intra_op_num_threads": max(1, min(cores // 2, _MOST_THREADS)),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Rec.rec_batch_num": 1,  # lines of one batch are all padded to the longest: half the time without
            **{f"{part}.model_path": path for part, path in _models().items()},
        }
    )


def _by_rapidocr(picture: Any) -> list[RecognisedLine]:
    result = _rapidocr()(picture.convert("RGB"))
    if result.boxes is None or result.txts is None:
        return []
    quads = [[(float(x), float(y)) for x, y in box] for box in result.boxes]
    kept = [
        (quad, text.strip(), float(score))
        for quad, text, score in zip(quads, result.txts, result.scores, strict=True)
        if text.strip() and score >= _LEAST_SCORE
    ]
    return _even(_upright([quad for quad, _, _ in kept], [(text, score) for _, text, score in kept]))


def _upright(quads: Sequence[Sequence[tuple[float, float]]], read: Sequence[tuple[str, float]]) -> list[RecognisedLine]:
    """Boxes without the slant that the page has as a whole: corners are given from the upper left one clockwise."""
    long = [quad for quad in quads if hypot(quad[1][0] - quad[0][0], quad[1][1] - quad[0][1]) > 60]
    slant = median(atan2(quad[1][1] - quad[0][1], quad[1][0] - quad[0][0]) for quad in long) if long else 0.0
    slant = slant if abs(slant) < 0.35 else 0.0
    lines = []
    for quad, (text, score) in zip(quads, read, strict=True):
        x, y = sum(corner[0] for corner in quad) / 4, sum(corner[1] for corner in quad) / 4
        x, y = x * cos(slant) + y * sin(slant), y * cos(slant) - x * sin(slant)
        width = hypot(quad[1][0] - quad[0][0], quad[1][1] - quad[0][1])
        height = hypot(quad[2][0] - quad[1][0], quad[2][1] - quad[1][1])
        if height > 2 * width and len(text) > 2:
            width, height = height, width  # written from top to bottom
        lines.append(RecognisedLine(text, x - width / 2, y - height / 2, x + width / 2, y + height / 2, score))
    return lines


def _even(lines: Sequence[RecognisedLine]) -> list[RecognisedLine]:
    """Lines of about the usual height have it: boxes are as tall as the letters that a line happens to have."""
    if not lines:
        return []
    usual = median(line.bottom - line.top for line in lines)
    result = []
    for line in lines:
        height, middle = line.bottom - line.top, (line.top + line.bottom) / 2
        if abs(height - usual) < _SAME_HEIGHT * usual:
            line = replace(line, top=middle - usual / 2, bottom=middle + usual / 2)
        result.append(line)
    return result


# Tesseract -----------------------------------------------------------------------------------------------------------


def _by_tesseract(program: str, picture: Any) -> list[RecognisedLine]:
    """Tesseract's words; empty when it fails or takes too long."""
    data = io.BytesIO()
    picture.convert("L").save(data, "PNG")
    command = [program, "stdin", "stdout", "-l", _languages(program), "--psm", "3", "tsv"]
    try:
        done = subprocess.run(
            command, input=data.getvalue(), capture_output=True, timeout=SECONDS_PER_PAGE, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return []
    if done.returncode != 0:
        return []
    rows = csv.DictReader(io.StringIO(done.stdout.decode("utf-8", "replace")), delimiter="\t", quoting=csv.QUOTE_NONE)
    return list(_words_of_lines(rows))


def _words_of_lines(rows: Any) -> list[RecognisedLine]:
    """The rows of Tesseract's table that are words, each as tall as its line."""
    heights: dict[tuple[str, ...], tuple[float, float]] = {}
    found = []
    for row in rows:
        try:
            left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
            line = tuple(str(row[name]) for name in ("block_num", "par_num", "line_num"))
            level, text, score = row["level"], (row["text"] or "").strip(), float(row["conf"]) / 100
        except (KeyError, TypeError, ValueError):
            continue
        if level == "4":
            heights[line] = top, top + height
        elif level == "5" and text:
            upper, lower = heights.get(line, (top, top + height))
            found.append(RecognisedLine(text, left, upper, left + width, lower, max(0.0, score)))
    return found


@lru_cache(maxsize=2)
def _languages(program: str) -> str:
    """Up to four installed languages, English first."""
    try:
        done = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return "eng"
    names = [name.strip() for name in done.stdout.decode("utf-8", "replace").splitlines()[1:]]
    usable = sorted((name for name in names if name and name != "osd"), key=lambda name: (name != "eng", name))
    return "+".join(usable[:4]) or "eng"
