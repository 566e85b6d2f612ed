"""From bytes to characters: byte order marks, UTF-8, what the file declares, then detection."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from footnoted.index.text.charsets import CANDIDATES, in_daily_use, plausibility

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a declared name means in practice: Windows' superset of it (as browsers take it).
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
_DECLARED_BONUS = 0.3
_SAMPLE_BYTES = 32_768
_WIDE_SAMPLE = 4096
_IDEOGRAPHS = (("\u3000", "\u30ff"), ("\u4e00", "\u9fff"), ("\uff00", "\uff65"))  # with their kana and marks


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text and the encoding it was in."""

    text: str
    encoding: str


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode ``data``; never fails: what no encoding explains is replaced by U+FFFD.

    A declared encoding is believed unless it cannot be, or another one makes clearly better sense of the bytes.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(data.decode(encoding, "replace"), encoding)
    if encoding := _without_mark(data):
        return Decoded(data.decode(encoding, "replace"), encoding)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if _is_damaged_utf8(data):
        return Decoded(data.decode("utf-8", "replace"), "utf-8")
    for encoding in _ranked(data, _known(declared)):
        try:
            return Decoded(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    return Decoded(data.decode("cp1252", "replace"), "cp1252")


def _without_mark(data: bytes) -> str:
    """Encodings that show by their structure: UTF-16 and UTF-32 by their zero bytes, ISO-2022 by its escapes."""
    if encoding := _wide_without_mark(data[:_WIDE_SAMPLE]):
        return encoding
    if b"\x1b$B" in data or b"\x1b$@" in data:
        return "iso2022_jp"
    if b"~{" in data and b"~}" in data and data.isascii() and _is_hz(data):
        return "hz"
    return "iso2022_kr" if b"\x1b$)C" in data[:4096] else ""


def _wide_without_mark(head: bytes) -> str:
    """UTF-16 or UTF-32 of either byte order: read rightly it is letters of one script and ASCII, wrongly of dozens."""
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    if controls < max(1, 0.02 * len(head)):
        return ""
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head[: len(head) // width * width])
        except UnicodeDecodeError:
            continue
        if text and _is_of_one_script(text):
            return encoding
    return ""


def _is_of_one_script(text: str) -> bool:
    """Whether nearly all characters are ASCII, or of one block of 256, or ideographs that are in daily use."""
    blocks: dict[str, int] = {}
    for character in text:
        if character in "\t\n\r" or " " <= character <= "~" or "\u2010" <= character <= "\u2026":
            block = "ascii"
        elif any(first <= character <= last for first, last in _IDEOGRAPHS):
            block = "ideographs"
        elif "\uac00" <= character <= "\ud7a3":
            block = "hangul"
        else:
            block = "latin" if "\xa0" <= character <= "\u024f" else f"{ord(character) >> 8:x}"
        blocks[block] = blocks.get(block, 0) + 1
    ascii_ = blocks.pop("ascii", 0)
    block, most = max(blocks.items(), key=lambda item: item[1], default=("", 0))
    if ascii_ + most + (blocks.get("latin", 0) if block != "latin" else 0) < 0.97 * len(text):
        return False
    if block == "ideographs":  # any two bytes of ASCII are an ideograph, too, but hardly ever a usual one
        usual = sum(in_daily_use(character) for character in text)
        return usual >= 0.3 * most
    return block in ("", "latin", "hangul") or ascii_ > 0 or len(text) > 3


def _is_hz(data: bytes) -> bool:
    try:
        return any(in_daily_use(character) for character in data.decode("hz"))
    except UnicodeDecodeError:
        return False


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether this is UTF-8 but for a few bytes (a cut at the end, a stray byte)."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(character > "\x7f" for character in text) - broken
    return whole >= 4 and broken <= max(1, whole * 0.05)


def _known(declared: str | None) -> str:
    """Python's name for a declared encoding, or nothing when there is no such (text) encoding."""
    try:
        name = codecs.lookup((declared or "").strip()).name
        "".encode(name)
    except (LookupError, UnicodeError, ValueError):
        return ""
    return _SUPERSETS.get(name, name)


def _ranked(data: bytes, declared: str) -> list[str]:
    """Encodings that can decode a sample of the bytes, the most plausible first."""
    sample = _sample(data)
    scores: dict[str, float] = {}
    for encoding in dict.fromkeys([declared, *CANDIDATES] if declared else CANDIDATES):
        try:
            text = sample.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        scores[encoding] = plausibility(text, encoding) + (_DECLARED_BONUS if encoding == declared else 0.0)
    if not scores or max(scores.values()) < 0:
        scores.update({guess: 0.0 for guess in _guesses(sample) if guess not in scores})
    return sorted(scores, key=lambda encoding: -scores[encoding])


def _sample(data: bytes) -> bytes:
    """Lines with bytes above ASCII, up to a limit; a line break is never part of a longer character."""
    lines: list[bytes] = []
    size = 0
    for line in data.split(b"\n") if len(data) < 1_000_000 else data[:1_000_000].split(b"\n")[:-1]:
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > _SAMPLE_BYTES:
                break
    return b"\n".join(lines) or data[:_SAMPLE_BYTES]


def _guesses(sample: bytes) -> list[str]:
    """What charset-normalizer makes of bytes that are none of the usual encodings."""
    from charset_normalizer import from_bytes

    return [match.encoding for match in from_bytes(sample)]
