"""The questions of a report, each folded, and the passages that they link to, with the quotes marked and links back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from footnoted.assistant.evaluation.metrics.catalogue import CUSTOM
from footnoted.assistant.evaluation.metrics.grading import abstained
from footnoted.assistant.evaluation.reports.page import tag

PASSAGES_SHOWN = 5


def question_block(record: Mapping, sources: Sources) -> str:
    """One question, folded: labels, search, answer with footnotes, passages with the reasons for their ranks."""
    identity = escape(f"q-{record['id']}")
    parts = [f"<p><b>Expected:</b> {escape(expected(record))} {relevant_ranks(record)}</p>"]
    if record["history"]:
        turns = (f"<p>{escape(turn['role'])}: {escape(turn['content'])}</p>" for turn in record["history"])
        title = f"{len(record['history'])} earlier messages"
        parts.append(f'<details class="soft"><summary>{title}</summary>{"".join(turns)}</details>')
    if record["searched_for"] != record["question"]:
        parts.append(f"<p><b>Searched for:</b> {escape(record['searched_for'])}</p>")
    if record["error"]:
        parts.append(f'<p class="bad">{escape(record["error"])}</p>')
    if record["answer"]:
        parts.append(answer_block(record, sources))
    if "support" in record:
        support = record["support"]
        parts.append(f"<p>Support {support['score']:.2f}; the best span of the page:</p>")
        parts.append(f"<blockquote>{escape(support['span'])}</blockquote>")
    parts.append(passages_table(record, sources))
    if custom := record.get(CUSTOM):
        values = ", ".join(f"{name} {'–' if value is None else f'{value:.4g}'}" for name, value in custom.items())
        parts.append(f"<p><b>Metrics of your own:</b> {escape(values)}</p>")
    timings = ", ".join(f"{stage} {spent:.0f} ms" for stage, spent in record["timings"].items())
    parts.append(f'<p class="soft">{escape(timings)}</p>')
    summary = f"{outcome_tag(record)}{escape(record['question'])} <span class=soft>{escape(record['id'])}</span>"
    return f'<details id="{identity}"><summary>{summary}</summary>{"".join(parts)}</details>'


def expected(record: Mapping) -> str:
    """The expected answers according to the labels, or that there are none."""
    answers = " / ".join(record["answers"])
    if record["answerable"] is False:
        return f"a refusal, since it is unanswerable ({answers})" if answers else "a refusal, since it is unanswerable"
    return answers or "–"


def outcome_tag(record: Mapping) -> str:
    """Whether it was right, as a small label."""
    if record["error"]:
        return tag("error", "bad")
    if record["right"] is None:
        ranks = [place["rank"] for place in record["relevant_ranks"].values() if place and place["rank"]]
        return tag(f"rank {min(ranks)}" if ranks else "not found" if record["relevant"] else "no label")
    if record["right"]:
        return tag("right", "good")
    if "support" in record:
        return tag("called supported" if record["support"]["said"] else "called not supported", "bad")
    if abstained(record):
        return tag("refused, though answerable", "bad")
    return tag("answered, though not answerable" if record["answerable"] is False else "wrong", "bad")


def graded_in_words(record: Mapping) -> str:
    """How it was decided whether the answer is right, and why it is not."""
    if record["right"] is None:
        return f"not graded{': ' + record['grading'] if record.get('grading') else ''}"
    return f"graded by {record['graded_by']}{': ' + record['grading'] if record.get('grading') else ''}"


def relevant_ranks(record: Mapping) -> str:
    """The ranks of the relevant documents at each stage."""
    found = []
    for label, place in record["relevant_ranks"].items():
        if place is None:
            found.append(f"{label}: not found at any stage")
            continue
        stages = ("dense_rank", "keyword_rank", "fused_rank")
        steps = ", ".join(f"{stage.removesuffix('_rank')} {place[stage] or '–'}" for stage in stages)
        found.append(f"{label}: {'rank ' + str(place['rank']) if place['rank'] else 'not ranked'} ({steps})")
    return f"<br><b>Relevant:</b> {escape('; '.join(found))}" if found else ""


def answer_block(record: Mapping, sources: Sources) -> str:
    """The answer with each footnote: quote, support, and a link to its passage."""
    answer = record["answer"]
    reason = f' <span class="soft">{escape(answer["reason"])}</span>' if answer["reason"] else ""
    parts = [f"<p><b>Answer</b> ({escape(graded_in_words(record))}):</p>"]
    parts.append(f"<blockquote>{escape(answer['text'])}{reason}</blockquote>")
    if answer["notice"]:
        parts.append(f"<p>{escape(answer['notice'])}</p>")
    for citation in answer["citations"]:
        anchor = sources.cite(record, citation)
        broken = "" if citation["verbatim"] is not False else tag("not the stored text", "bad")
        relevant = tag("relevant document", "good") if citation["relevant"] else ""
        parts.append(
            f'<p>[{citation["number"]}] <a href="#{anchor}">{escape(citation["document_id"])}</a> '
            f"{citation['start']}–{citation['end']}, support {citation['support']:.2f} {relevant}{broken}</p>"
            f"<blockquote>{escape(citation['quote'])}</blockquote>"
        )
    return "".join(parts)


def passages_table(record: Mapping, sources: Sources) -> str:
    """The first passages with their rank at each stage."""
    rows = []
    for passage in record["passages"][:PASSAGES_SHOWN]:
        why = passage["why"]
        marks = (tag("relevant", "good") if passage["relevant"] else "") + (
            tag("bears the answer", "good") if passage["bears"] else ""
        )
        logit = why["reranker_score"]
        numbers = (
            passage["rank"],
            f"{passage['score']:.3f}",
            why["dense_rank"],
            why["keyword_rank"],
            why["fused_rank"],
        )
        cells = "".join(f'<td class="n">{escape(str(n if n is not None else "–"))}</td>' for n in numbers)
        link = f'<a href="#{sources.show(record, passage)}">{escape(passage["document_id"])}</a>'
        rows.append(
            f'<tr>{cells}<td class="n">{"–" if logit is None else f"{logit:.1f}"}</td><td>{link} {marks}</td></tr>'
        )
    names = ("rank", "score", "dense", "words", "fused", "reranker")
    head = "".join(f'<th class="n">{name}</th>' for name in names)
    return f'<div class="scroll"><table><tr>{head}<th>document</th></tr>{"".join(rows)}</table></div>' if rows else ""


class Sources:
    """The passages that the questions shown link to, each once, with links back to the questions."""

    def __init__(self) -> None:
        self._passages: dict[str, Mapping] = {}
        self._anchors: dict[str, str] = {}
        self._users: dict[str, dict[str, None]] = {}
        self._quotes: dict[str, list[tuple[int, int]]] = {}

    def show(self, record: Mapping, passage: Mapping) -> str:
        """List a passage for a question and return the anchor to link to."""
        key = passage["id"]
        self._passages.setdefault(key, passage)
        self._users.setdefault(key, {})[record["id"]] = None
        return self._anchors.setdefault(key, f"s-{len(self._anchors) + 1}")

    def cite(self, record: Mapping, citation: Mapping) -> str:
        """List the passage of a citation with the quote marked."""
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
        text = with_marks(
            passage["text"], [(a - passage["start"], b - passage["start"]) for a, b in self._quotes.get(key, [])]
        )
        return (
            f'<div id="{self._anchors[key]}"><h3>{escape(passage["document_id"])} '
            f'<span class="soft">{escape(place)} {passage["start"]}–{passage["end"]}</span></h3>'
            f'<blockquote>{text}</blockquote><p class="soft">'
            f"<code>{escape(passage['source'])}</code>; for {users}</p></div>"
        )


def with_marks(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text, escaped, with the spans marked; overlapping spans are marked as one, those outside are ignored."""
    parts, place = [], 0
    for start, end in sorted(span for span in spans if 0 <= span[0] < span[1] <= len(text)):
        start = max(start, place)
        if start < end:
            parts.append(f"{escape(text[place:start])}<mark>{escape(text[start:end])}</mark>")
            place = end
    return "".join([*parts, escape(text[place:])])
