"""Whether a record's answer is right, and its share of every metric, computed from the record alone."""

from __future__ import annotations

from collections.abc import Mapping

from footnoted.assistant.evaluation.metrics import abstention, answers, citations
from footnoted.assistant.evaluation.metrics.answers import textual_answers
from footnoted.assistant.evaluation.metrics.correctness import NOT_GRADED, Gold, Said, Verdict, judge

PATTERNS = {"need", "not", "files", "max_words", "refuse"}  # fields of a question that is graded by patterns
BRIEF = 60  # words: what a reader takes in at a glance

Share = tuple[float, float]
Shares = dict[str, dict[str, Share]]


def abstained(record: Mapping) -> bool:
    """Whether the assistant made no claim: it refused, asked a question in return or made small talk."""
    answer = record.get("answer")
    return answer is not None and answer["kind"] != "answer"


def answer_text(record: Mapping) -> str:
    """The sentences of the answer without footnote marks; empty when it made no claim."""
    answer = record.get("answer")
    if answer is None or abstained(record):
        return ""
    return " ".join(sentence["text"] for sentence in answer["sentences"]) or answer["text"]


def highlighted_text(record: Mapping) -> str:
    """The words that the answer highlights, else the whole answer."""
    answer = record.get("answer")
    if answer is not None and not abstained(record):
        for sentence in answer["sentences"]:
            if sentence["emphasis"]:
                return " ".join(sentence["text"][start:end] for start, end in sentence["emphasis"])
    return answer_text(record)


def cited_units(record: Mapping) -> list[set[int]]:
    """For each citation the gold units it bears; a gold answer counts only in a relevant document, if any are named."""
    gold, answer = record["gold"], record.get("answer")
    if not gold or answer is None or abstained(record):
        return []
    found = citations.matched_units(
        [citation["quote"] for citation in answer["citations"]], gold["units"], gold["kind"]
    )
    if gold["kind"] == "evidence" or not record["relevant"]:
        return found
    cited = answer["citations"]
    return [units if citation["relevant"] else set() for units, citation in zip(found, cited, strict=True)]


def scoped(record: Mapping) -> bool:
    """Whether a question is asked about its relevant documents alone: then finding and citing them is no result."""
    return bool(record.get("only")) and set(record["only"]) <= set(record["relevant"])


def grade(record: Mapping) -> Verdict:
    """Whether the answer is right, by the kind of gold, and how that was decided; see :mod:`correctness`.

    Retrieval-only records, and those without a label, are not graded.
    """
    failed = bool(record.get("error"))
    if record.get("answer") is None and not failed:
        return NOT_GRADED
    return judge(record["question"], record["answerable"], gold_of(record), said_in(record), failed)


def gold_of(record: Mapping) -> Gold:
    """The labels of a record as one gold."""
    fields, units = record["fields"], record["gold"] or {"kind": "", "units": []}
    listed = fields.get("items") or (fields.get("spans") if len(fields.get("spans") or ()) > 1 else ())
    return Gold(
        answers=record["answers"],
        items=[[str(name) for name in item] if isinstance(item, list) else [str(item)] for item in listed or ()],
        evidence=[unit[0] for unit in units["units"]] if units["kind"] == "evidence" else (),
        patterns=fields if PATTERNS & fields.keys() else None,
        unit=str(fields.get("unit") or fields.get("scale") or ""),
        verbatim=record.get("verbatim_gold"),
    )


def said_in(record: Mapping) -> Said:
    """What the answer of a record claims, and with which quotations."""
    answer = record.get("answer")
    if answer is None or abstained(record):
        return Said(refused=answer is not None)
    return Said(
        refused=False,
        sentences=[sentence["text"] for sentence in answer["sentences"]] or [answer["text"]],
        quotes=[citation["quote"] for citation in answer["citations"]],
        documents=[name for citation in answer["citations"] for name in (citation["document"], citation["source"])],
    )


def metric_shares(record: Mapping) -> Shares:
    """Section -> metric -> (numerator, denominator) of this question; metrics for which it does not count are left out.

    Ranking metrics are not here: they are computed for all questions at once.
    """
    found: Shares = {"retrieval": evidence_shares(record), "answers": {}, "citations": {}, "abstention": {}}
    if "support" in record:
        found["citations"] = citations.support_shares(record["support"])
    if record.get("answer") is None and not record.get("error"):
        return found
    right = record["right"]
    found["answers"] = answer_shares(record, right)
    found["citations"] = citation_shares(record)
    if record["answerable"] is not None:
        found["abstention"] = abstention_shares(record, right)
    return found


def evidence_shares(record: Mapping) -> dict[str, Share]:
    """Evidence recall in the first k passages: the share of all gold units that are in them."""
    gold = record["gold"]
    if not gold:
        return {}
    found = [set(passage["bears"]) for passage in record["passages"]]
    count = len(gold["units"])
    return {f"evidence_recall@{k}": (citations.citation_recall(found[:k], count), 1.0) for k in (5, 10)}


def answer_shares(record: Mapping, right: bool | None) -> dict[str, Share]:
    """Exact match, F1 and so on; a refusal is an empty answer, and an error never matches."""
    found: dict[str, Share] = {}
    golds = textual_answers(record["answers"])
    text, short = answer_text(record), highlighted_text(record)
    failed = bool(record.get("error"))
    if record["answerable"]:
        if right is not None:
            found["right"] = (float(right), 1.0)
            found["right_in_brief"] = (float(right and len(text.split()) <= BRIEF), 1.0)
        if record.get("share") is not None:
            found["share"] = (record["share"], 1.0)
        found["graded"] = (float(right is not None), 1.0)
        if golds:
            found["contains"] = (answers.contains(text, golds), 1.0)
            found["exact_match"] = (answers.exact_match(text, golds), 1.0)
            found["f1"] = (answers.token_f1(text, golds), 1.0)
            found["token_recall"] = (answers.token_recall(text, golds), 1.0)
            found["highlight_exact_match"] = (answers.exact_match(short, golds), 1.0)
            found["highlight_f1"] = (answers.token_f1(short, golds), 1.0)
    if text:
        found["words"] = (float(len(text.split())), 1.0)
    if record["answerable"] is False or (record["answerable"] and golds):
        expected = golds if record["answerable"] else []
        found["squad2_exact"] = (0.0 if failed else answers.exact_match(short, expected), 1.0)
        found["squad2_f1"] = (0.0 if failed else answers.token_f1(short, expected), 1.0)
    return found


def citation_shares(record: Mapping) -> dict[str, Share]:
    """Citation metrics; answerable questions with the labels for it count, whether or not they have citations."""
    found: dict[str, Share] = {}
    answer, gold = record.get("answer"), record["gold"]
    claims = answer if answer is not None and not abstained(record) else None
    cited = claims["citations"] if claims else []
    if record["answerable"] and gold:
        units = cited_units(record)
        found["citation_precision"] = (citations.citation_precision(units), 1.0)
        found["citation_recall"] = (citations.citation_recall(units, len(gold["units"])), 1.0)
        if claims:
            found["citation_precision_answered"] = (citations.citation_precision(units), 1.0)
    if record["answerable"] and record["relevant"] and not scoped(record):
        found["document_precision"] = (citations.document_precision([item["relevant"] for item in cited]), 1.0)
        found["relevant_cited"] = (float(any(item["relevant"] for item in cited)), 1.0)
        documents = [item["document"] for item in cited]
        found["document_recall"] = (citations.document_recall(documents, list(record["relevant"])), 1.0)
    if claims:
        sentences = [(sentence["supported"], len(sentence["citations"])) for sentence in claims["sentences"]]
        supported, total = citations.supported_sentences(sentences)
        found["supported_share"] = (float(supported), float(total))
    known = [item["verbatim"] for item in cited if item["verbatim"] is not None]
    if known:
        found["verbatim_share"] = (float(sum(known)), float(len(known)))
    return found


def abstention_shares(record: Mapping, right: bool | None) -> dict[str, Share]:
    """The question's part in each abstention metric."""
    answerable, silent = record["answerable"], abstained(record)
    return {
        "precision": abstention.precision(answerable, silent),
        "recall": abstention.recall(answerable, silent),
        "f1": abstention.f1(answerable, silent),
        "answered_wrongly": abstention.answered_wrongly(answerable, silent, right),
        "answered_unanswerable": abstention.answered_unanswerable(answerable, silent),
        "refused_answerable": abstention.refused_answerable(answerable, silent),
    }
