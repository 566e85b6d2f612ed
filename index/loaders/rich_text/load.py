"""Rich Text Format: paragraphs, headings, lists, tables, notes, page headers, in any of its encodings.

After the Rich Text Format specification, version 1.9.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from footnoted.index.errors import LoadError
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.scripts import Piece, in_font
from footnoted.index.loaders.office.word_text import text_of
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.rich_text.flow import Flow, State
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/rtf"
_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>.)|(?P<brace>[{}])|"
    r"(?P<text>[^\\{}\r\n]+)|[\r\n]+",
    re.DOTALL,
)
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258",
    177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_SIGNS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ", "page": "\n", "column": "\n",
}  # fmt: skip
_HEADS = frozenset({"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"})
_UNSEEN = frozenset(
    """
    colortbl pict fldinst annotation atnid atnauthor atntime atnref filetbl revtbl listtable listoverridetable rsidtbl
    generator themedata colorschememapping datastore latentstyles xmlnstbl author operator company keywords doccomm
    comment subject category manager creatim printim buptim nonshppict nonesttables objdata objclass bkmkstart bkmkend
    template tc xe rxe pgptbl mmathPr userprops wgrffmtfilter private do
    """.split()  # noqa: SIM905
)
_SHOWN_ALTHOUGH = frozenset({"nesttableprops", "pn"})  # behind \\*, which hides what is unknown
_DEEPEST = 5000


def load_rtf(source: Source) -> LoadedDocument:
    """The text of a ``.rtf``; notes, page headers and footers come once, at the end."""
    if not source.data.lstrip().startswith(b"{\\rtf"):
        raise LoadError(f"{source.name} is damaged or not a {source.suffix} file: it does not begin as one.")
    builder = TextBuilder()
    reader = _Reader(builder, source.name)
    reader.read(source.data.decode("latin-1"))
    for mark, text in reader.notes:
        with builder.block("footnote", label=mark):
            builder.marked(text, f"[{mark}]", tight=False)
    for head in dict.fromkeys(map(one_line, reader.heads)):
        if not head.isdigit():
            builder.paragraph(head, "running_head")
    title = one_line("".join(reader.title)) or reader.flow.first_heading
    return builder.build(title=title, media_type=MEDIA_TYPE, metadata=reader.metadata())


class _Reader:
    """Reads the tokens one after another."""

    def __init__(self, builder: TextBuilder, name: str) -> None:
        self.name = name
        self.flow = Flow(builder)
        self.state, self.stack = State(), list[State]()
        self.codec, self.fonts, self.styles = "cp1252", dict[int, tuple[str, str]](), dict[int, str]()
        self.pieces: dict[str, list[Piece]] = {"body": []}
        self.bytes, self.skipping, self.named = bytearray(), 0, ""
        self.mark = ""
        self.boxes: list[
            tuple[str, str, State]
        ] = []  # paragraphs of text boxes, which come after the paragraph that they hang on
        self.notes: list[tuple[str, str]] = []
        self.heads: list[str] = []
        self.title: list[str] = []
        self.date: dict[str, int] = {}
        self.ignorable = False  # behind \*

    def read(self, text: str) -> None:
        """Read the whole file; a damaged end loses nothing that came before."""
        for found in _TOKEN.finditer(text):
            if found["hex"]:
                self.byte(int(found["hex"], 16))
                continue
            if self.bytes:
                self.flush_bytes()
            if found["brace"]:
                self.brace(found["brace"])
            elif found["word"]:
                number = int(found["number"]) if found["number"] else None
                self.word(found["word"], number)
            elif found["sign"]:
                self.sign(found["sign"])
            elif found["text"]:
                self.text(found["text"])
            self.ignorable = found["sign"] == "*"
        self.flush_bytes()
        self.paragraph()
        self.flow.finish()

    # Characters ------------------------------------------------------------------------------------------------------

    def byte(self, value: int) -> None:
        """A character, or half of one, in the encoding of its font."""
        if self.skipping:
            self.skipping -= 1
        else:
            self.bytes.append(value)

    def flush_bytes(self) -> None:
        """Decode the bytes that were collected."""
        data, self.bytes = bytes(self.bytes), bytearray()
        name, codec = self.fonts.get(self.state.font, ("", ""))
        self.add(in_font(data.decode("latin-1" if codec == "symbol" else codec or self.codec, "replace"), name))

    def text(self, text: str) -> None:
        """Plain characters; those that only repeat a \\u for older programs are left out."""
        skipped = min(self.skipping, len(text))
        self.skipping -= skipped
        name, codec = self.fonts.get(self.state.font, ("", ""))
        if text[skipped:].isascii():
            self.add(in_font(text[skipped:], name) if codec == "symbol" else text[skipped:])
        else:
            self.bytes.extend(text[skipped:].encode("latin-1"))
            self.flush_bytes()

    def add(self, text: str) -> None:
        """Put characters where they belong now."""
        target = self.state.target
        if not text or self.state.hidden or target == "unseen":
            return
        if target == "fonttbl":
            self.named += text
            self.font_name()
        elif target == "stylesheet":
            self.named += text
            if ";" in self.named:
                self.styles[self.state.style] = self.named.partition(";")[0].strip().lower()
                self.named = ""
        elif target == "title":
            self.title.append(text)
        elif target == "mark":
            self.mark += text
        else:
            self.pieces.setdefault(target, []).append(Piece(text, self.state.align))

    def font_name(self) -> None:
        """A font is known when its name ends."""
        if ";" in self.named:
            name = self.named.partition(";")[0].strip()
            codec = self.fonts.get(self.state.font, ("", ""))[1]
            self.fonts[self.state.font] = (name, codec)
            self.named = ""

    # Groups and words ------------------------------------------------------------------------------------------------

    def brace(self, brace: str) -> None:
        """The beginning or the end of a group."""
        self.skipping = 0
        if brace == "{":
            if len(self.stack) > _DEEPEST:
                raise LoadError(f"{self.name} is damaged: its groups are nested too deeply.")
            self.stack.append(self.state)
            return
        before, self.state = self.state.target, self.stack.pop() if self.stack else State()
        if before == self.state.target:
            return
        if before.startswith("note"):
            self.end_note(before)
        elif before == "box" and self.pieces.get("box"):
            self.end_box()
        elif before.startswith("head"):
            self.heads.append(text_of(self.pieces.pop(before, [])))

    def end_note(self, target: str) -> None:
        """A note is over: its mark is put where it was referred to."""
        text = text_of([piece for piece in self.pieces.pop(target, []) if piece.align != "note"])
        mark = str(len(self.notes) + 1)
        if text:
            self.notes.append((mark, text))
            self.pieces["body"].append(Piece(f"[{mark}]", "note"))

    def word(self, word: str, number: int | None) -> None:
        """A control word."""
        if self.ignorable and word not in _SHOWN_ALTHOUGH and word not in _ACTIONS or word in _UNSEEN:
            self.state = replace(self.state, target="unseen")
        elif word in _HEADS:
            self.state = replace(self.state, target=f"head{len(self.heads)}")
        elif word in _SIGNS:
            self.skip_or(lambda: self.add(_SIGNS[word]))
        elif word in _ACTIONS:
            _ACTIONS[word](self, 0 if number is None else number, number is None)

    def skip_or(self, action: Callable[[], None]) -> None:
        """A sign that stands for a character: perhaps one that is to be left out."""
        if self.skipping:
            self.skipping -= 1
        else:
            action()

    def sign(self, sign: str) -> None:
        """A control sign: an escaped brace, a space or hyphen that does not break; a line end is a paragraph."""
        if sign in "\r\n":
            self.paragraph()
        elif sign in "{}\\~_":
            self.skip_or(lambda: self.add({"~": " ", "_": "-"}.get(sign, sign)))

    def unicode(self, number: int) -> None:
        """A character by its number, and how much of what follows says the same."""
        code = number + 0x10000 if number < 0 else number
        if self.state.target not in ("fonttbl", "stylesheet") and 0 < code < 0x110000:
            self.add(in_font(chr(code), self.fonts.get(self.state.font, ("", ""))[0]))
        self.skipping = self.state.after_unicode

    def charset(self, number: int) -> None:
        """The encoding of the font that is being defined."""
        codec = "symbol" if number == 2 else _CHARSETS.get(number, "")
        self.fonts[self.state.font] = (self.fonts.get(self.state.font, ("", ""))[0], codec)

    def code_page(self, number: int) -> None:
        """The encoding of the file."""
        try:
            "".encode(f"cp{number}")
            self.codec = f"cp{number}"
        except LookupError:
            self.codec = "cp1252"

    # Paragraphs ------------------------------------------------------------------------------------------------------

    def paragraph(self) -> None:
        """A paragraph ends, unless its end is hidden or deleted."""
        state = self.state
        if state.hidden:
            return
        if state.target == "box":
            self.end_box()
        elif state.target != "body":
            self.add(" ")
        else:
            text, mark = text_of(self.pieces["body"]), self.mark.strip()
            self.pieces["body"], self.mark = [], ""
            self.flow.paragraph(text, mark, state, self.styles.get(state.style, ""))
            boxes, self.boxes = self.boxes, []
            for text, mark, inside in boxes:
                self.flow.paragraph(text, mark, replace(inside, table=state.table), self.styles.get(inside.style, ""))

    def end_box(self) -> None:
        """A paragraph of a text box ends."""
        self.boxes.append((text_of(self.pieces.pop("box", [])), self.mark.strip(), self.state))
        self.mark = ""

    def in_table(self) -> None:
        """The paragraph is in a cell."""
        self.state = replace(self.state, table=max(1, self.state.table))

    def cell(self, depth: int) -> None:
        """A cell ends, of a table or of one inside of it."""
        if self.state.target == "body":
            self.state = replace(self.state, table=depth)
            self.paragraph()
            self.flow.end_cell(inner=depth > 1)

    def metadata(self) -> dict[str, str]:
        """When it was last changed: ``{"date": "2024-01-31"}``, or nothing."""
        year, month, day = (self.date.get(name, 0) for name in ("yr", "mo", "dy"))
        known = 1900 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= 31
        return {"date": f"{year}-{month:02}-{day:02}"} if known else {}


def _set(**changes: object) -> Callable[[_Reader, int, bool], None]:
    def action(reader: _Reader, number: int, bare: bool) -> None:
        reader.state = replace(reader.state, **changes)  # type: ignore[arg-type]

    return action


def _number(name: str) -> Callable[[_Reader, int, bool], None]:
    def action(reader: _Reader, number: int, bare: bool) -> None:
        reader.state = replace(reader.state, **{name: max(0, number)})  # type: ignore[arg-type]

    return action


def _switch(name: str, on: object, off: object) -> Callable[[_Reader, int, bool], None]:
    """A property that a 0 behind it switches off."""

    def action(reader: _Reader, number: int, bare: bool) -> None:
        reader.state = replace(reader.state, **{name: on if bare or number else off})  # type: ignore[arg-type]

    return action


def _date_part(name: str) -> Callable[[_Reader, int, bool], None]:
    def action(reader: _Reader, number: int, bare: bool) -> None:
        if reader.state.target == "revised":
            reader.date[name] = number

    return action


_ACTIONS: dict[str, Callable[[_Reader, int, bool], None]] = {
    "par": lambda reader, number, bare: reader.paragraph(),
    "sect": lambda reader, number, bare: reader.paragraph(),
    "cell": lambda reader, number, bare: reader.cell(1),
    "nestcell": lambda reader, number, bare: reader.cell(2),
    "row": lambda reader, number, bare: reader.flow.end_row(inner=False),
    "nestrow": lambda reader, number, bare: reader.flow.end_row(inner=True),
    "trowd": lambda reader, number, bare: reader.flow.begin_row(),
    "cellx": lambda reader, number, bare: reader.flow.end_cell_description(),
    "clvmrg": lambda reader, number, bare: setattr(reader.flow.table, "merging", "down"),
    "clmrg": lambda reader, number, bare: setattr(reader.flow.table, "merging", "sideways"),
    "trhdr": lambda reader, number, bare: setattr(reader.flow.table, "header", True),
    "u": lambda reader, number, bare: reader.unicode(number),
    "uc": _number("after_unicode"),
    "ansicpg": lambda reader, number, bare: reader.code_page(number),
    "mac": lambda reader, number, bare: setattr(reader, "codec", "mac_roman"),
    "pc": lambda reader, number, bare: setattr(reader, "codec", "cp437"),
    "fcharset": lambda reader, number, bare: reader.charset(number),
    "f": _number("font"),
    "s": _number("style"),
    "outlinelevel": _number("outline"),
    "ilvl": _number("level"),
    "itap": _number("table"),
    "intbl": lambda reader, number, bare: setattr(
        reader, "state", replace(reader.state, table=max(1, reader.state.table))
    ),
    "pard": _set(style=0, outline=9, table=0, level=0),
    "plain": _set(align="", hidden=False, font=0),
    "super": _switch("align", "superscript", ""),
    "sub": _switch("align", "subscript", ""),
    "nosupersub": _set(align=""),
    "v": _switch("hidden", True, False),
    "deleted": _switch("hidden", True, False),
    "fonttbl": _set(target="fonttbl"),
    "stylesheet": _set(target="stylesheet"),
    "info": _set(target="unseen"),
    "title": _set(target="title"),
    "revtim": _set(target="revised"),
    "yr": _date_part("yr"),
    "mo": _date_part("mo"),
    "dy": _date_part("dy"),
    "shpinst": _set(target="unseen"),
    "shptxt": _set(target="box", table=0),
    "listtext": _set(target="mark"),
    "pntext": _set(target="mark"),
    "footnote": lambda reader, number, bare: setattr(
        reader, "state", replace(reader.state, target=f"note{len(reader.notes)}", align="", table=0)
    ),
}
