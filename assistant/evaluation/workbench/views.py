"""What the page shows of an item, as JSON-ready values: a row of the list, and the question with its answers.

In blind mode nothing is sent that says what others think of an answer, until the grader has judged it: neither the
automatic verdict nor other people's, nor, while one of several answers is open, which run gave which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.evaluation.metrics.grading import abstained
from footnoted.assistant.evaluation.workbench.items import Item
from footnoted.assistant.evaluation.workbench.labels import Label, Labels, labels_for, right_of, verdict_of
from footnoted.assistant.evaluation.workbench.people import automatic_verdict

PASSAGES_SHOWN = 3
LONGEST_IN_LIST = 160


def row_of(number: int, item: Item, labels: Labels, grader: str, blind: bool) -> dict:
    """The item in the list: how far it is graded, and, unless that is hidden, how it was judged.

    ``automatic``, ``people`` and ``change`` (won or lost from the first to the last run) are empty where hidden.
    """
    answers = item.answers()
    given = [labels_for(record, labels) for _, _, record in answers]
    mine = [labels[grader].verdict if grader in labels else "" for labels in given]
    hidden = blind and not all(mine)
    question = " ".join(item.record["question"].split())
    return {
        "item": number,
        "id": item.record["id"],
        "question": question if len(question) <= LONGEST_IN_LIST else f"{question[:LONGEST_IN_LIST]}…",
        "slices": {name: list(values) for name, values in item.slices.items()},
        "chat": item.turn is not None,
        "mine": mine,
        "failed": not answers,
        "automatic": [] if hidden else [word_of(automatic_verdict(record)) for _, record in item.sides],
        "people": [] if hidden else [verdict_of(list(labels.values())) for labels in given],
        "change": "" if hidden else change_of(item, labels),
        "differ": not hidden and any(map(differ, (record for _, _, record in answers), given)),
        "hidden": hidden,
    }


def word_of(right: bool | None) -> str:
    """An automatic verdict in words."""
    return {True: "right", False: "wrong", None: "not graded"}[right]


def decided(record: Mapping, labels: Labels) -> bool | None:
    """Whether an answer is right: what people say, else the automatic grading."""
    said = right_of(list(labels_for(record, labels).values()))
    return automatic_verdict(record) if said is None else said


def change_of(item: Item, labels: Labels) -> str:
    """ "won" when the last run's answer is right and the first run's is not, "lost" for the opposite, else empty."""
    if len(item.sides) < 2:
        return ""
    before, after = decided(item.sides[0][1], labels), decided(item.sides[-1][1], labels)
    if before is None or after is None or before == after:
        return ""
    return "won" if after else "lost"


def differ(record: Mapping, given: Mapping[str, Label]) -> bool:
    """Whether the graders differ among themselves, or from the automatic verdict."""
    if len({label.verdict for label in given.values()}) > 1:
        return True
    said, automatic = right_of(list(given.values())), automatic_verdict(record)
    return said is not None and automatic is not None and said != automatic


def item_of(number: int, item: Item, labels: Labels, grader: str, blind: bool) -> dict:
    """The question with what is expected, and each different answer with its footnotes.

    While an item is hidden, its answers are in the order of their hashes, which no run decides.
    """
    answers = item.answers()
    waiting = any(grader not in labels_for(record, labels) for _, _, record in answers)
    if blind:
        answers = sorted(answers, key=lambda answer: answer[0])
    record, gold = item.record, item.record.get("gold") or {}
    return {
        **row_of(number, item, labels, grader, blind),
        "whole": record["question"],
        "history": [{"role": str(turn["role"]), "content": str(turn["content"])} for turn in record["history"]],
        "searched": record.get("searched_for") or "",
        "expected": [str(answer) for answer in record["answers"]],
        "answerable": record.get("answerable"),
        "evidence": [str(unit[0]) for unit in gold.get("units", ())] if gold.get("kind") == "evidence" else [],
        "reason": item.reason,
        "errors": [{"run": name, "error": str(side["error"])} for name, side in item.sides if side["error"]],
        "answers": [
            answer_of(key, [] if blind and waiting and len(item.sides) > 1 else names, side, labels, grader, blind)
            for key, names, side in answers
        ],
    }


def answer_of(key: str, runs: Sequence[str], record: Mapping, labels: Labels, grader: str, blind: bool) -> dict:
    """One answer with its footnotes and passages; others' verdicts only where they may be seen."""
    answer, given = record["answer"], labels_for(record, labels)
    mine = given.get(grader)
    hidden = blind and mine is None
    return {
        "key": key,
        "runs": list(runs),
        "refused": abstained(record),
        "text": answer["text"],
        "sentences": [
            {"text": str(sentence["text"]), "notes": list(sentence.get("citations", ())),
             "supported": bool(sentence.get("supported", True)), "paragraph": bool(sentence.get("paragraph"))}
            for sentence in answer["sentences"]
        ],
        "reason": answer.get("reason") or "",
        "notice": answer.get("notice") or "",
        "footnotes": [footnote_of(citation, record["passages"]) for citation in answer["citations"]],
        "passages": [passage_of(passage) for passage in record["passages"][:PASSAGES_SHOWN]],
        "mine": {"verdict": mine.verdict, "note": mine.note} if mine else None,
        "hidden": hidden,
        "automatic": None if hidden else automatic_of(record),
        "others": {} if hidden else {
            name: {"verdict": label.verdict, "note": label.note}
            for name, label in sorted(given.items()) if name != grader
        },
    }  # fmt: skip


def automatic_of(record: Mapping) -> dict:
    """The automatic verdict with its reason."""
    verdict = automatic_verdict(record)
    by = record["graded_by"] if verdict is not None else ""
    return {"verdict": word_of(verdict), "by": by, "why": str(record.get("grading") or "") if by else ""}


def footnote_of(citation: Mapping, passages: Sequence[Mapping]) -> dict:
    """A footnote: its quote, and what stands before and after it as far as the record keeps the passage."""
    quote, start, end = str(citation["quote"]), citation.get("start"), citation.get("end")
    before = after = ""
    for passage in passages:
        same = passage.get("source") == citation.get("source") and isinstance(passage.get("text"), str)
        if same and passage["start"] <= start and end <= passage["end"]:
            place = start - passage["start"]
            if passage["text"][place : place + len(quote)] == quote:
                before, after = passage["text"][:place], passage["text"][place + len(quote) :]
                break
    return {
        "number": citation["number"],
        "quote": quote,
        "before": before,
        "after": after,
        "broken": citation.get("verbatim") is False,
        **place_of(citation),
    }


def passage_of(passage: Mapping) -> dict:
    """A passage that was found, and where it is from."""
    return {"text": str(passage.get("text", "")), **place_of(passage)}


def place_of(part: Mapping) -> dict:
    """The document's title and the place in it, and the document's source."""
    title = part.get("title") or part.get("document_id") or "Document"
    place = ", ".join(str(text) for text in (part.get("location"), part.get("heading")) if text)
    return {"title": str(title), "place": place, "source": str(part.get("source") or "")}
