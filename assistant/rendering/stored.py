"""The sentences of an answer that was kept as JSON, also by a version that knew less of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.answers import Sentence


def sentences_in(answer: Mapping) -> tuple[Sentence, ...]:
    """The sentences of ``Answer.to_dict()``."""
    return tuple(_sentence(row) for row in answer.get("sentences") or ())


def _sentence(row: Mapping) -> Sentence:
    text = str(row["text"])
    form = row.get("form", "sentence")
    cells, columns = _texts(row.get("cells")), _texts(row.get("columns"))
    return Sentence(
        text,
        tuple(int(number) for number in row.get("citations", ())),
        bool(row.get("supported", True)),
        tuple((int(start), int(end)) for start, end in row.get("emphasis", ()) if 0 <= start < end <= len(text)),
        bool(row.get("paragraph")),
        form if form in ("heading", "item", "code", "note") or (form == "row" and cells) else "sentence",
        str(row.get("mark", "")),
        int(row.get("depth", 0)),
        cells,
        columns if len(columns) == len(cells) else ("",) * len(cells),
    )


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, Sequence) and not isinstance(values, str) else ()
