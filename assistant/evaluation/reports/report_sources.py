"""The passages that the questions of a report point to, each once, with the quotes marked and links back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape


class Sources:
    """The passages that the shown questions point to, each once, with links back to the questions."""

    def __init__(self) -> None:
        self._passages: dict[str, Mapping] = {}
        self._anchors: dict[str, str] = {}
        self._users: dict[str, dict[str, None]] = {}
        self._quotes: dict[str, list[tuple[int, int]]] = {}

    def show(self, record: Mapping, passage: Mapping) -> str:
        """Have a passage listed for a question and return the anchor to link to."""
        key = passage["id"]
        self._passages.setdefault(key, passage)
        self._users.setdefault(key, {})[record["id"]] = None
        return self._anchors.setdefault(key, f"s-{len(self._anchors) + 1}")

    def cite(self, record: Mapping, citation: Mapping) -> str:
        """Have the passage that a citation stands in listed, with the quote marked."""
        retrieved = (passage for passage in record["passages"] if passage["id"] == citation["passage_id"])
        quoted = {"location": "", "heading": "", "text": citation["quote"], **citation, "id": citation["passage_id"]}
        anchor = self.show(record, next(retrieved, quoted))
        self._quotes.setdefault(citation["passage_id"], []).append((citation["start"], citation["end"]))
        return anchor

    def blocks(self) -> str:
        """All passages as HTML."""
        return "".join(self._block(key, passage) for key, passage in self._passages.items()) or "<p>None.</p>"

    def _block(self, key: str, passage: Mapping) -> str:
        users = ", ".join(f'<a href="#{escape(f"q-{user}")}">{escape(user)}</a>' for user in self._users[key])
        place = " · ".join(part for part in (passage["title"], passage["location"], passage["heading"]) if part)
        text = marked(
            passage["text"], [(a - passage["start"], b - passage["start"]) for a, b in self._quotes.get(key, [])]
        )
        return (
            f'<div id="{self._anchors[key]}"><h3>{escape(passage["document_id"])} '
            f'<span class="soft">{escape(place)} {passage["start"]}–{passage["end"]}</span></h3>'
            f'<blockquote>{text}</blockquote><p class="soft">'
            f"<code>{escape(passage['source'])}</code>; for {users}</p></div>"
        )


def marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text, escaped, with the spans marked; spans that overlap are marked as one, those outside not at all."""
    parts, place = [], 0
    for start, end in sorted(span for span in spans if 0 <= span[0] < span[1] <= len(text)):
        start = max(start, place)
        if start < end:
            parts.append(f"{escape(text[place:start])}<mark>{escape(text[start:end])}</mark>")
            place = end
    return "".join([*parts, escape(text[place:])])
