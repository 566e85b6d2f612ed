"""The list of documents, the choice of which to ask, and what was read of them."""

from __future__ import annotations

import pytest

from footnoted.assistant.web.documents import coverage, list_html
from footnoted.assistant.web.panels_html import document_key
from footnoted.index.types import DocumentInfo, LoadedDocument


def info(number: int, *, title: str = "", collection: str = "default", error: str = "", notes=()) -> DocumentInfo:
    status = "failed" if error else "ready"
    return DocumentInfo(
        f"/d/{number}.txt", f"{number}.txt", title or f"Title {number}", status, error, tuple(notes), "", 2, 0, 10,
        1500, "", f"/d/{number}.txt", collection,
    )  # fmt: skip


EVERY = [
    info(1, title="Tram minutes"), info(2, collection="law", notes=("Page 3 has no text.",)),
    info(3, error="It is encrypted."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 3]), ({"search": "minutes TRAM"}, [1]), ({"search": "3.txt"}, [3]), ({"search": "none"}, []),
        ({"collection": "law"}, [2]), ({"state": "failed"}, [3]), ({"state": "remarks"}, [2]),
        ({"state": "ready"}, [1, 2]),
    ],
    ids=str,
)  # fmt: skip
def test_documents_are_found(wanted: dict, found: list[int]) -> None:
    assert [item.source for item in list_html.fitting(EVERY, **wanted)] == [f"/d/{number}.txt" for number in found]


def test_the_list_says_what_can_be_done() -> None:
    html = list_html.documents_html(EVERY, EVERY)
    assert html.count("Ask only this") == 2 and "Try again" in html and "It is encrypted." in html
    assert "Page 3 has no text." in html and "2 kB" in html and '<span class="tag">law</span>' in html
    assert "Drop files" in list_html.documents_html([], [])
    assert "No document matches" in list_html.documents_html(EVERY, [])


def test_a_long_list_is_made_in_parts() -> None:
    many = [info(number) for number in range(550)]
    html = list_html.documents_html(many, many)
    assert html.count("<li") == 100 and "Show 400 more" in html and "450 more match" in html


def test_what_is_chosen_stands_first_in_the_choice() -> None:
    many = [info(number) for number in range(150)]
    key = document_key("/d/140.txt")
    html = list_html.scope_html(many, {"default": 150, "law": 0}, "", [key], ["law"])
    assert html.count("checked") == 2 and html.index(key) < html.index(document_key("/d/0.txt"))
    assert "50 more: search" in html
    assert "Collections" not in list_html.scope_html(many, {"default": 150}, "", [], [])


def test_the_report_tells_failures_remarks_copies_and_languages() -> None:
    texts = {
        "/d/1.txt": "The council approved the tram line and it will be of use to the town in the years that follow.",
        "/d/2.txt": "Der Rat hat die Linie nicht mit der Mehrheit der Stimmen für das Jahr beschlossen, und ist es.",
    }
    every = [*EVERY, info(4)]
    texts["/d/4.txt"] = texts["/d/1.txt"]
    found = coverage.coverage_of(every, lambda source: LoadedDocument(texts[source]), texts.__getitem__)
    assert found.languages == {"English": 2, "German": 1}
    assert [[item.source for item in group] for group in found.copies] == [["/d/1.txt", "/d/4.txt"]]
    html = coverage.coverage_html(found)
    assert "Could not be read · 1" in html and "without text · 1" in html and "1.txt</bdi> = <bdi>4.txt" in html
    assert "English (2), German (1)" in html
    assert "No documents yet" in coverage.coverage_html(coverage.coverage_of([], texts.get, texts.get))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le conseil a approuvé la ligne de tramway et les travaux sont pour le mois de mai.", "French"),
        ("El consejo aprobó la línea del tranvía y las obras son para el mes de mayo.", "Spanish"),
        ("市議会は路面電車の路線を承認しました。", "Japanese"), ("市议会批准了电车线路。", "Chinese"),
        ("وافق المجلس على خط الترام", "Arabic script"), ("המועצה אישרה את קו הרכבת", "Hebrew"),
        ("Городской совет одобрил трамвай", "Cyrillic script"), ("1 2 3", "unknown"), ("", "unknown"),
        ("xyz qrst uvw abc defg hij", "unknown"),
    ],
)  # fmt: skip
def test_a_language_is_told_or_not(text: str, language: str) -> None:
    assert coverage.language_name(text) == language
