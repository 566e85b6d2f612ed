"""What was read of the documents and what was not: failed files, pages without text, copies, languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from footnoted.assistant.web.documents.list_html import counted
from footnoted.assistant.web.html import labelled, name
from footnoted.index.types import DocumentInfo, LoadedDocument

SHOWN = 50
_WORDS = 400  # of the middle of a document, to recognise its language
# Only named here, so that more of them are recognised than index.languages can stem. The commonest short words of
# languages that share an alphabet; each stands for one language alone as far as it can.
_COMMON = {
    "English": "the of and to in is that for it was with as on be are this by from at not have which",
    "German": "der die das und ist nicht den von mit dem ein eine zu auf für im sich auch werden wird oder",
    "French": "le la les des et est une du dans que pour qui pas sur au par avec plus sont cette aux",
    "Spanish": "el los las de la y en que una por con para del se su es como más al lo fue",
    "Italian": "il di che è la per una sono con del della non si nel alla dei gli anche più questo",
    "Portuguese": "o de que e do da em um para com não uma os no se na por mais das dos ao foi",
    "Dutch": "de het een en van is dat niet op te zijn met voor aan er om ook bij naar worden",
    "Swedish": "och att det som en på är av för med till den inte har om ett men var sig från",
    "Danish": "og det at en til er som på de med af for ikke der den har et blev kan fra",
    "Norwegian": "og det som en på er av for med til ikke har et de om ble kan også fra den",
    "Polish": "w i na z nie się do jest że to o jak po od za przez oraz który są dla",
    "Finnish": "ja on ei että se oli joka mutta ovat kun myös hän sen niin tai kuin olla mukaan",
    "Turkish": "ve bir bu için ile da de olarak olan çok daha en gibi kadar sonra ne var olduğu",
}
_STOPS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_SCRIPTS = (
    ("Japanese", "\u3040-\u30ff"), ("Korean", "\uac00-\ud7af"), ("Chinese", "\u4e00-\u9fff"),
    ("Arabic script", "\u0600-\u06ff"), ("Hebrew", "\u0590-\u05ff"), ("Greek", "\u0370-\u03ff"),
    ("Cyrillic script", "\u0400-\u04ff"), ("Devanagari script", "\u0900-\u097f"), ("Thai", "\u0e00-\u0e7f"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the documents are like. ``copies`` groups documents whose texts are the same."""

    ready: int
    pages: int
    passages: int
    characters: int
    failed: tuple[DocumentInfo, ...]
    remarked: tuple[DocumentInfo, ...]
    copies: tuple[tuple[DocumentInfo, ...], ...]
    languages: dict[str, int]


def coverage_of(
    documents: Sequence[DocumentInfo], stored: Callable[[str], LoadedDocument], same: Callable[[str], object]
) -> Coverage:
    """Look through the documents.

    Args:
        stored: from a source to its text.
        same: from a source to something that is equal for equal texts.
    """
    ready = [info for info in documents if info.status == "ready"]
    groups: dict[object, list[DocumentInfo]] = {}
    for info in ready:
        groups.setdefault(same(info.source), []).append(info)
    languages = Counter(language_name(stored(info.source).text) for info in ready)
    return Coverage(
        len(ready),
        sum(info.pages for info in ready),
        sum(info.passages for info in ready),
        sum(info.characters for info in ready),
        tuple(info for info in documents if info.status != "ready"),
        tuple(info for info in ready if info.notes),
        tuple(tuple(group) for group in groups.values() if len(group) > 1),
        dict(languages.most_common()),
    )


def language_name(text: str) -> str:
    """The language (or script) that a text is mostly in; "unknown" where nothing indicates one."""
    middle = text[max(0, len(text) // 2 - 3000) : len(text) // 2 + 3000]
    letters = len(re.findall(r"[^\W\d_]", middle))
    for language, script in _SCRIPTS:
        if letters and len(re.findall(f"[{script}]", middle)) > letters * 0.2:
            return language
    words = re.findall(r"[^\W\d_]+", middle.casefold())[:_WORDS]
    counts = {language: sum(word in stops for word in words) for language, stops in _STOPS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if len(words) > 4 and counts[best] >= max(2, len(words) * 0.08) else "unknown"


def coverage_html(found: Coverage) -> str:
    """The same for a reader."""
    if not found.ready and not found.failed:
        return '<p class="empty">No documents yet.</p>'
    spoken = ", ".join(f"{name(language)} ({count:,})" for language, count in found.languages.items())
    pages = f", {counted(found.pages, 'page')}" if found.pages else ""
    facts = (
        ("Read", f"{counted(found.ready, 'document')}{pages}, {counted(found.passages, 'passage')}"),
        ("Text", counted(found.characters, "character")),
        ("Languages", spoken or "–"),
    )
    rows = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in facts)
    failed = [labelled(info.document_id, info.error) for info in found.failed]
    remarked = [labelled(info.document_id, " ".join(info.notes)) for info in found.remarked]
    copies = [" = ".join(f"<bdi>{name(info.document_id)}</bdi>" for info in group) for group in found.copies]
    return (
        f"<dl>{rows}</dl>"
        + _section("Could not be read", failed, "Every file could be read.")
        + _section("Read with remarks, such as pages without text", remarked, "There are no remarks.")
        + _section("The same text more than once", copies, "No two documents have the same text.")
    )


def _section(title: str, rows: Sequence[str], none: str) -> str:
    if not rows:
        return f'<h3>{title}</h3><p class="soft">{none}</p>'
    more = f"<li>and {len(rows) - SHOWN:,} more</li>" if len(rows) > SHOWN else ""
    items = "".join(f'<li dir="auto">{row}</li>' for row in rows[:SHOWN])
    return f"<h3>{title} · {len(rows):,}</h3><ul>{items}{more}</ul>"
