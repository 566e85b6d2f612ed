"""Rich Text files: encodings, paragraphs, lists, tables, notes, and damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from block_checks import check_blocks, outline

from footnoted.index.errors import LoadError
from footnoted.index.loaders.load import load
from footnoted.index.types import LoadedDocument

HEAD = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset2 Symbol;}"
    r"{\f3\fcharset128 MS Mincho;}}{\stylesheet{\s0 Normal;}{\s1 heading 1;}{\s2 caption;}}"
    r"{\info{\title Tide tables}{\author Nobody}{\revtim\yr2024\mo5\dy3}}{\*\generator Some Program;}"
)


def read(path: Path, body: str) -> LoadedDocument:
    (path / "a.rtf").write_bytes((HEAD + body + "}").encode("latin-1"))
    (document,) = load(path / "a.rtf").documents
    check_blocks(document)
    return document


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"caf\'e9 \u8364?5\par", "café €5"),
        (r"{\f1 \'cf\'f0\'e8}\par", "При"),
        (r"{\f3 \'93\'8c}\par", "東"),
        (r"2 {\f2\'b1} 5 {\f2 m}m\par", "2 ± 5 µm"),
        (r"10{\super 6} and CO{\sub 2}\par", "10⁶ and CO₂"),
        (r"a\~b\_c\-d \{x\}\par", "a b-cd {x}"),
        (r"\uc2\u26481??x\par", "東x"),
        (r"one {\v hidden }two {\deleted gone }three\par", "one two three"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt the page}}\par", "the page"),
        (r"a{\pict\pngblip 89504e47}b{\*\unknown c}\par", "ab"),
        (r"one\line two\tab three\emdash\par", "one\ntwo three—"),
    ],
)
def test_characters(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path, body).text == text


def test_parts_of_a_document(tmp_path: Path) -> None:
    body = r"{\header Head of the page\par}\pard\s1 First\par\pard\outlinelevel1 Second\par\pard Text{\super\chftn}"
    body = (
        body.replace(r"{\super\chftn}", r"{\super\chftn}{\footnote\pard {\super\chftn} A remark.}") + r" goes on.\par"
    )
    body += r"{\listtext 1.\tab}\ilvl0 one\par{\listtext a)\tab}\ilvl1 inner\par{\listtext\'b7\tab}\ilvl0 dot\par"
    body += r"\pard\s2 Table 1\par\trowd\trhdr\cellx1\cellx2\intbl Town\cell Sum\cell\row"
    body += r"\trowd\clvmgf\cellx1\cellx2\intbl Kiel\cell 5\cell\row\trowd\clvmrg\cellx1\cellx2\intbl\cell 6\cell\row"
    body += r"\pard End.\par"
    document = read(tmp_path, body)
    assert outline(document) == [
        "h1 First", "h2 Second", "paragraph Text [1] goes on.", "  1. one", "    a) inner", "  - dot",
        "caption Table 1", "t Town* | Sum*", "t Kiel | 5", "t Kiel | 6", "paragraph End.",
        "footnote 1 [1] A remark.", "paragraph A remark.", "running_head Head of the page",
    ]  # fmt: skip
    assert (document.title, document.metadata) == ("Tide tables", {"date": "2024-05-03"})


def test_what_is_cut_off_keeps_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "cut.rtf").write_bytes(HEAD.encode() + rb"Before.\par\trowd\cellx1\cellx2\intbl a\cell b")
    assert load(tmp_path / "cut.rtf").documents[0].text == "Before.\n\na | b"
    for data in (b"no rtf at all", b"{\\rtf1" + b"{" * 6000):
        (tmp_path / "bad.rtf").write_bytes(data)
        with pytest.raises(LoadError):
            load(tmp_path / "bad.rtf")
