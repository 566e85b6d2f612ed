"""Messages: who wrote what, which of it repeats earlier messages, and what is attached."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from msg_files import make_msg

from footnoted.index.errors import LoadError
from footnoted.index.loaders.load import load
from footnoted.index.loaders.mail.replies import head_of_message, plain_body, who_wrote
from footnoted.index.text.blocks import fault, leaves
from footnoted.index.types import LoadedDocument

HEAD = "From: Ann <ann@example.org>\nTo: Bo <bo@example.org>\nSubject: Tides\nDate: Tue, 5 Mar 2024 10:00:00 +0100\n"


def read(path: Path, content: str | bytes) -> LoadedDocument:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (document,) = load(path).documents
    assert fault(document.text, document.blocks) == ""
    return document


def replies(document: LoadedDocument) -> list[tuple[int, str, str]]:
    """Depth, who is quoted, and the words of the innermost paragraphs inside."""
    return [
        (block.level, block.label, document.text[block.start : block.end])
        for block in document.blocks
        if block.kind == "reply"
    ]


def test_the_head_is_fields_and_metadata(tmp_path: Path) -> None:
    document = read(tmp_path / "a.eml", f"{HEAD}\nHigh water at noon.\n")
    fields = [
        (block.label, document.text[block.start : block.end]) for block in document.blocks if block.kind == "field"
    ]
    assert fields[0] == ("Subject", "Subject: Tides")
    assert [name for name, _ in fields] == ["Subject", "From", "To", "Date"]
    assert document.metadata == {
        "subject": "Tides", "from": "Ann <ann@example.org>", "to": "Bo <bo@example.org>", "date": "2024-03-05",
    }  # fmt: skip


def test_quoted_lines_are_replies_at_their_depth() -> None:
    long = "The harbour opens at seven and the crane will be there from nine, so"
    body = plain_body(
        f"I agree.\n\nOn Mon, 4 Mar 2024 at 10:00, Bo Ek <bo@example.org> wrote:\n> {long}\n> come early.\n"
        ">\n>> Cy wrote:\n>> When?\n\nAnn"
    )
    assert fault(body.text, body.blocks) == ""
    assert replies(body) == [
        (1, "Bo Ek", f"> {long} come early.\n>\n>> Cy wrote:\n>> When?"),
        (2, "Cy", ">> Cy wrote:\n>> When?"),
    ]
    said = [body.text[block.start : block.end] for block in leaves(body.blocks)]
    assert said == [
        "I agree.", "On Mon, 4 Mar 2024 at 10:00, Bo Ek <bo@example.org> wrote:", f"{long} come early.",
        "Cy wrote:", "When?", "Ann",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        "On Mon, 4 Mar 2024 at 10:00 AM Bo Ek <bo@example.org> wrote:",
        "Am 4. März 2024 um 10:00 schrieb Bo Ek <bo@example.org>:",
        "Le 4 mars 2024 à 10:00, Bo Ek <bo@example.org> a écrit :",
        "From: Bo Ek <bo@example.org>\nSent: Monday, 4 March 2024\nTo: Ann\nSubject: Tides\n",
        "Von: Bo Ek [mailto:bo@example.org]\nGesendet: Montag, 4. März 2024\nAn: Ann\nBetreff: Tides\n",
        "-----Original Message-----\nFrom: Bo Ek\nSent: Monday\nTo: Ann\nSubject: Tides\n",
    ],
)
def test_what_stands_below_the_head_of_an_earlier_message_is_a_reply(tmp_path: Path, head: str) -> None:
    plain = read(
        tmp_path / "a.eml", f"{HEAD}Content-Type: text/plain; charset=utf-8\n\nNew.\n\n{head}\nOld.\n\nOlder.\n"
    )
    page = f"<p>New.<p>{head.strip().replace('<', '&lt;').replace(chr(10), '<br>')}<p>Old.<ul><li>Older.</ul>"
    marked = read(tmp_path / "b.eml", f"{HEAD}Content-Type: text/html; charset=utf-8\n\n{page}")
    for document in (plain, marked):
        ((level, who, words),) = replies(document)
        assert (level, who) == (1, "Bo Ek")
        assert "Old." in words and words.endswith("Older.") and "New." not in words


def test_no_head_of_a_message_is_seen_in_a_timetable() -> None:
    assert head_of_message(["From: Kiel", "To: Lund", "Date: 3 May"]) is None
    assert who_wrote("As she wrote: nothing.") is None
    assert not replies(plain_body("From: Kiel\nTo: Lund\nDate: 3 May\n\nBo wrote:\n- a list\n- of things"))


def test_replies_in_html(tmp_path: Path) -> None:
    page = (
        "<div>New.</div><div class=gmail_quote><div>On 4 Mar 2024, Bo Ek wrote:</div>"
        "<blockquote class=gmail_quote>Old.<blockquote type=cite>Older.</blockquote></blockquote></div>"
    )
    document = read(tmp_path / "a.eml", f"{HEAD}Content-Type: text/html\n\n{page}")
    assert replies(document) == [(1, "Bo Ek", "Old.\n\nOlder."), (2, "", "Older.")]


def test_of_two_forms_the_one_with_tables_is_read(tmp_path: Path) -> None:
    parts = "--b\nContent-Type: text/plain\n\nPort Depth Kiel 9\n--b\nContent-Type: text/html\n\n"
    parts += "<table><tr><th>Port<th>Depth<tr><td>Kiel<td>9</table>\n--b--"
    document = read(tmp_path / "a.eml", f"{HEAD}Content-Type: multipart/alternative; boundary=b\n\n{parts}")
    assert document.text.endswith("\n\nPort | Depth\nKiel | 9")
    assert document.text.count("Kiel") == 1


def test_lines_that_flow_are_joined_and_a_signature_is_not() -> None:
    assert plain_body("One \ntwo.\n-- \nAnn\n12 High Street", flowed=True).text == "One two.\n-- \nAnn\n12 High Street"
    assert plain_body("One \ntwo.").text == "One \ntwo."


def test_bodies_of_random_lines_nest() -> None:
    chance = random.Random(5)
    pieces = [
        "> ",
        ">",
        ">> ",
        "a. ",
        "Bo wrote:",
        "On 4 May Bo wrote:",
        "From: Bo",
        "Sent: x",
        "Subject: y",
        "- ",
        "a | b",
        "w",
        "",
    ]
    for _ in range(300):
        lines = ["".join(chance.choices(pieces, k=chance.randrange(4))) for _ in range(chance.randrange(1, 12))]
        body = plain_body("\n".join(lines), flowed=chance.random() < 0.5)
        assert fault(body.text, body.blocks) == ""
        letters = [place for place, sign in enumerate(body.text) if sign.isalnum()]
        held = {place for block in body.blocks for place in range(block.start, block.end)}
        assert held.issuperset(letters)


def test_outlook_messages(tmp_path: Path) -> None:
    pytest.importorskip("oxmsg")
    properties: dict[int, str | bytes] = {
        0x0037: "Tides",
        0x007D: HEAD,
        0x1000: "Port Depth Kiel 9",
        0x1013: b"<table><tr><th>Port<th>Depth<tr><td>Kiel<td>9</table>",
    }
    attachments: list[dict[int, str | bytes]] = [
        {0x3707: "towns.csv", 0x3701: b"id,town\n1,Lund\n"},
        {0x3707: "thing.bin", 0x3701: b"\0\1"},
        {0x3001: "an appointment"},
    ]
    document = read(tmp_path / "a.msg", make_msg(properties, attachments))
    assert document.text == (
        "Subject: Tides\nFrom: Ann <ann@example.org>\nTo: Bo <bo@example.org>\nDate: Tue, 5 Mar 2024 10:00:00 +0100\n\n"
        "Port | Depth\nKiel | 9\n\nAttachment: towns.csv\n\nid | town\nid: 1 | town: Lund\n\nAttachment: thing.bin"
    )
    assert document.metadata["date"] == "2024-03-05" and document.title == "Tides"
    assert [note.split(" was not read")[0] for note in document.notes] == [
        "The attachment thing.bin", "The attachment an appointment",
    ]  # fmt: skip
    document = read(tmp_path / "b.msg", make_msg({0x0037: "Tides", 0x1009: b"rtf"}))
    assert "only there as RTF" in document.notes[0]
    whole = make_msg(properties, attachments)
    chance = random.Random(3)
    for _ in range(60):
        damaged = bytearray(whole[: chance.randrange(1, len(whole))] if chance.random() < 0.3 else whole)
        for _ in range(20):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            read(tmp_path / "c.msg", bytes(damaged))
        except LoadError as error:
            assert "c.msg" in str(error)


def test_without_its_package_an_outlook_message_says_what_helps(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "oxmsg", None)
    with pytest.raises(LoadError, match=r"a.msg cannot be read without the package python-oxmsg; install it with pip"):
        read(tmp_path / "a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
