"""The report of a run as one HTML page: metrics, plots, and the questions with what was found for them, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from assistant.evaluation import figures, plots
from assistant.evaluation.grading import abstained
from assistant.evaluation.metrics.catalogue import BY_SECTION, SECTIONS
from assistant.evaluation.page import figure, page, tag
from assistant.evaluation.summary import table_of

QUESTIONS_SHOWN = 100
PASSAGES_SHOWN = 5


def html_report(run: Mapping, records: Sequence[Mapping], metrics: Mapping, baseline: Sequence[Mapping] = ()) -> str:
    """The whole page; ``baseline`` are the records of an earlier run to draw beside this one."""
    ndcg = table_of(records)["retrieval"]["ndcg@10"]
    shown = figures.worst_first(records, ndcg)[:QUESTIONS_SHOWN]
    sources = Sources()
    questions = "".join(question_block(record, sources) for record in shown)
    more = f", the {len(shown)} worst of {len(records)} (all are in records.jsonl)" if len(shown) < len(records) else ""
    body = [
        f"<h1>{escape(run['name'])}</h1>{facts(run, metrics)}",
        gates(metrics.get("gates", [])),
        f"<h2>Metrics</h2>{metrics_table(metrics)}",
        *(f"<h2>{title}</h2>{metrics_table(metrics[name])}" for name, title in TURNS.items() if name in metrics),
        f'<h2>Plots</h2><div class="plots">{all_plots(records, baseline)}</div>',
        f"<h2>Questions, worst first{more}</h2>{questions}",
        f"<h2>Sources</h2>{sources.blocks()}",
    ]
    return page(f"Evaluation of {run['name']}", "".join(body))


TURNS = {"first_questions": "First questions alone", "follow_ups": "Follow-ups alone"}


def facts(run: Mapping, metrics: Mapping) -> str:
    """What was run, in a line, and with what, in a folded table."""
    counts = metrics["questions"]
    settings = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(v))}</td></tr>" for name, v in run["settings"].items()
    )
    return (
        f'<p class="soft">{counts["asked"]} questions ({counts["answerable"]} answerable, {counts["not_answerable"]} not, '
        f"{counts['follow_ups']} follow-ups), {counts['errors']} errors; finished {escape(str(run['finished']))}</p>"
        f"<details><summary>Settings</summary><table>{settings}</table></details>"
    )


def gates(results: Sequence[Mapping]) -> str:
    """Each gate with what it came to."""
    rows = "".join(
        f"<li>{tag('passed', 'good') if row['passed'] else tag('failed', 'bad')}{escape(row['message'])}</li>"
        for row in results
    )
    return f"<h2>Gates</h2><ul>{rows}</ul>" if rows else ""


def metrics_table(metrics: Mapping) -> str:
    """All metrics with their intervals; what was not measured with the reason."""
    head = '<tr><th>metric</th><th class="n">value</th><th>95 % interval</th><th></th><th class="n">n</th><th>meaning</th></tr>'
    rows = []
    for section in SECTIONS:
        rows.append(f'<tr class="section"><th colspan="6">{section}</th></tr>')
        rows.extend(metric_row(section, name, entry) for name, entry in metrics[section].items())
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def metric_row(section: str, name: str, entry: Mapping) -> str:
    """One line of the table."""
    if entry["value"] is None:
        return (
            f'<tr><td>{escape(name)}</td><td class="n">–</td>'
            f'<td colspan="4" class="soft">not measured: {escape(entry["reason"])}</td></tr>'
        )
    places = 1 if section == "latency_ms" else 3
    value, low, high = entry["value"], entry["low"], entry["high"]
    known = BY_SECTION.get(section, {}).get(name)
    bar = plots.interval_bar(value, low, high) if section != "latency_ms" else ""
    return (
        f'<tr><td>{escape(name)}</td><td class="n">{value:.{places}f}</td><td>{low:.{places}f} to {high:.{places}f}</td>'
        f'<td>{bar}</td><td class="n">{entry["n"]}</td><td class="soft">{escape(known.meaning if known else "")}</td></tr>'
    )


def all_plots(records: Sequence[Mapping], baseline: Sequence[Mapping]) -> str:
    """The four plots, those left out for which there is nothing to draw."""
    recall = {name: figures.recall_by_k(rows) for name, rows in (("this run", records), ("baseline", baseline))}
    kept = {name: points for name, points in recall.items() if points}
    curve = figures.trade_off(records)
    trade = plots.line_chart(
        {"a higher bar": curve}, "share of questions answered", "right, of those", {"now": curve[-1:]}
    )
    return (
        figure(plots.line_chart(kept, "k", "recall"), "Share of the relevant documents among the first k.")
        + figure(trade if curve else "", "Abstention: what a higher bar on the answer's score would give.")
        + figure(plots.histogram(figures.latency(records), "milliseconds"), "How long a question took.")
        + figure(plots.histogram(figures.scores(records), "score"), "Scores of right and wrong results.")
    )


def question_block(record: Mapping, sources: Sources) -> str:
    """One question, folded: labels, search, answer with footnotes, passages with the reason for their ranks."""
    identity = escape(f"q-{record['id']}")
    answers = " / ".join(record["answers"]) or ("–" if record["answerable"] else "not answerable")
    parts = [f"<p><b>Expected:</b> {escape(answers)} {relevant_ranks(record)}</p>"]
    if record["history"]:
        parts.extend(
            f'<p class="soft">{escape(turn["role"])}: {escape(turn["content"])}</p>' for turn in record["history"]
        )
    if record["searched_for"] != record["question"]:
        parts.append(f"<p><b>Searched for:</b> {escape(record['searched_for'])}</p>")
    if record["error"]:
        parts.append(f'<p class="bad">{escape(record["error"])}</p>')
    if record["answer"]:
        parts.append(answer_block(record, sources))
    parts.append(passages_table(record, sources))
    timings = ", ".join(f"{stage} {spent:.0f} ms" for stage, spent in record["timings"].items())
    parts.append(f'<p class="soft">{escape(timings)}</p>')
    summary = f"{outcome(record)}{escape(record['question'])} <span class=soft>{escape(record['id'])}</span>"
    return f'<details id="{identity}"><summary>{summary}</summary>{"".join(parts)}</details>'


def outcome(record: Mapping) -> str:
    """The verdict as a small label."""
    if record["error"]:
        return tag("error", "bad")
    if record["right"] is None:
        ranks = [place["rank"] for place in record["relevant_ranks"].values() if place]
        return tag(f"rank {min(ranks)}" if ranks else "not found" if record["relevant"] else "no label")
    if record["right"]:
        return tag("right", "good")
    if abstained(record):
        return tag("refused, though answerable", "bad")
    return tag("answered, though not answerable" if record["answerable"] is False else "wrong", "bad")


def relevant_ranks(record: Mapping) -> str:
    """Where the relevant documents came, at each stage."""
    found = []
    for label, place in record["relevant_ranks"].items():
        if place is None:
            found.append(f"{label}: not found")
            continue
        stages = ("dense_rank", "keyword_rank", "fused_rank")
        steps = ", ".join(f"{stage.removesuffix('_rank')} {place[stage] or '–'}" for stage in stages)
        found.append(f"{label}: rank {place['rank']} ({steps})")
    return f"<br><b>Relevant:</b> {escape('; '.join(found))}" if found else ""


def answer_block(record: Mapping, sources: Sources) -> str:
    """The answer with each footnote: quote, support, and a link to where it stands."""
    answer = record["answer"]
    reason = f' <span class="soft">{escape(answer["reason"])}</span>' if answer["reason"] else ""
    parts = [f"<p><b>Answer</b> (graded by {escape(record['graded_by'] or 'nothing')}):</p>"]
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
            f'<blockquote>{text}</blockquote><p class="soft"><code>{escape(passage["source"])}</code>; for {users}</p></div>'
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
