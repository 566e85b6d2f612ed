"""What people's labels say about a run: how many answers are right, and how far people and automatic grading agree.

Where several people graded an answer, most of them decide; where as many say the one as the other, nobody does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from footnoted.assistant.evaluation.metrics.slices import slice_fields, slice_values
from footnoted.assistant.evaluation.metrics.summary import metric_entry, resampling_units
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.workbench.agreement import Agreement, agreement, kappa_entry, share_entry
from footnoted.assistant.evaluation.workbench.labels import (
    PARTLY,
    PERSON,
    REFUSE,
    RIGHT,
    WRONG,
    Label,
    Labels,
    key_of,
    labels_for,
    right_of,
    says_answerable,
    verdict_of,
)

NO_LABELS = "no person has graded an answer of this run: footnote review shows them"
NO_ANSWERS = "the run has no answers"
NO_VERDICT_OF_BOTH = "no answer was graded both by a person and automatically"
NO_SECOND_GRADER = "no two people have graded the same answer"
SHARE_OF_PARTLY = 0.5
# Metric -> the verdict whose share it is.
SHARES = {"right_by_people": RIGHT, "partly_by_people": PARTLY, "wrong_by_people": WRONG, "should_have_refused": REFUSE}
SLICED = ("right_by_people", "agreement_automatic")


def people_verdicts(records: Sequence[Mapping], labels: Labels) -> dict[str, bool]:
    """Question id -> whether people call this run's answer right, for those on which they decided."""
    decided = {str(record["id"]): right_of(list(labels_for(record, labels).values())) for record in records}
    return {name: right for name, right in decided.items() if right is not None}


def decided_by_people(records: Sequence[Mapping], labels: Labels) -> list[dict]:
    """The records, with people's verdict where the automatic grading gave none (``graded_by`` is then "person")."""
    found = []
    for record in records:
        given = list(labels_for(record, labels).values())
        right = right_of(given)
        if record["right"] is not None or right is None:
            found.append(dict(record))
            continue
        share = sum({RIGHT: 1.0, PARTLY: SHARE_OF_PARTLY}.get(label.verdict, 0.0) for label in given) / len(given)
        why = "; ".join(f"{label.grader}: {label.verdict}" for label in given)
        found.append({**record, "right": right, "graded_by": PERSON, "share": share, "grading": why})
    return found


def automatic_verdict(record: Mapping) -> bool | None:
    """What the automatic grading says; None where it said nothing."""
    return None if record.get("graded_by") == PERSON else record["right"]


def label_metrics(records: Sequence[Mapping], labels: Labels) -> dict[str, dict]:
    """The section ``labels`` of ``metrics.json``: metric -> ``{"value", "interval", "n"}`` or None with a "reason"."""
    units = resampling_units(records)
    graded = {str(record["id"]): list(labels_for(record, labels).values()) for record in records}
    verdicts = {name: verdict_of(given) for name, given in graded.items() if given and verdict_of(given)}
    answered = [str(record["id"]) for record in records if key_of(record) is not None]
    section = {}
    for metric, wanted in SHARES.items():
        shares = [(float(verdict == wanted), 1.0) for verdict in verdicts.values()]
        section[metric] = metric_entry(shares, NO_LABELS, [units[name] for name in verdicts])
    some = [(float(bool(graded[name])), 1.0) for name in answered]
    section["graded_by_people"] = metric_entry(some, NO_ANSWERS, [units[name] for name in answered])
    with_automatic = agreement(list(automatic_pairs(records, labels)))
    reason = NO_VERDICT_OF_BOTH if verdicts else NO_LABELS
    section["agreement_automatic"] = share_entry(with_automatic, reason)
    section["kappa_automatic"] = kappa_entry(with_automatic, reason)
    between = graders_agreement(records, labels)
    _, most = max(between.items(), key=lambda pair: pair[1].n, default=((), Agreement(0)))
    reason = NO_SECOND_GRADER if verdicts else NO_LABELS
    section["agreement_graders"], section["kappa_graders"] = share_entry(most, reason), kappa_entry(most, reason)
    return section


def automatic_pairs(records: Iterable[Mapping], labels: Labels) -> Iterable[tuple[bool, bool]]:
    """(right by people, right automatically) for each answer with both verdicts."""
    for record in records:
        people, automatic = right_of(list(labels_for(record, labels).values())), automatic_verdict(record)
        if people is not None and automatic is not None:
            yield people, automatic


def graders_agreement(records: Sequence[Mapping], labels: Labels) -> dict[tuple[str, str], Agreement]:
    """Every two graders by name -> their agreement on the four verdicts, over the answers that both graded."""
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for record in records:
        given = labels_for(record, labels)
        for one, other in combinations(sorted(given), 2):
            pairs.setdefault((one, other), []).append((given[one].verdict, given[other].verdict))
    return {names: agreement(verdicts) for names, verdicts in sorted(pairs.items())}


def label_details(records: Sequence[Mapping], labels: Labels) -> dict:
    """What stands behind the section ``labels``: graders, each pair's agreement, slices, and verdicts that differ."""
    counts: dict[str, int] = {}
    for record in records:
        for grader in labels_for(record, labels):
            counts[grader] = counts.get(grader, 0) + 1
    return {
        "graders": dict(sorted(counts.items())),
        "pairs": [
            {
                "graders": list(names),
                "agreement": share_entry(found, NO_SECOND_GRADER),
                "kappa": kappa_entry(found, NO_SECOND_GRADER),
            }
            for names, found in graders_agreement(records, labels).items()
        ],
        "slices": label_slices(records, labels) if counts else {},
        "new_answers": new_answers(records, labels),
        "differences": [row for record in records if (row := difference_of(record, labels)) is not None],
    }


def new_answers(records: Sequence[Mapping], labels: Labels) -> list[str]:
    """The ids of questions of which people graded another answer than this run's, which nobody has graded yet.

    They leave the shares of right answers as they come: a run whose bad answers changed would look better for it.
    """
    known = {(name, wording) for name, wording, _ in labels}
    return [
        record["id"]
        for record in records
        if record["right"] is None
        and key_of(record) is not None
        and (str(record["id"]), str(record["question"])) in known
        and not labels_for(record, labels)
    ]


def label_slices(records: Sequence[Mapping], labels: Labels) -> dict:
    """Field -> value -> the metrics of ``SLICED``, over the slices in which somebody has graded an answer."""
    found: dict[str, dict] = {}
    for name in slice_fields(records):
        values = dict.fromkeys(value for record in records for value in slice_values(record, name))
        for value in values:
            part = [record for record in records if value in slice_values(record, name)]
            metrics = label_metrics(part, labels)
            if metrics["right_by_people"]["n"]:
                found.setdefault(name, {})[value] = {metric: metrics[metric] for metric in SLICED}
    return found


def difference_of(record: Mapping, labels: Labels) -> dict | None:
    """An answer that people and the automatic grading judge differently, or on which the people differ; else None."""
    given = labels_for(record, labels)
    people, automatic = right_of(list(given.values())), automatic_verdict(record)
    undecided = len({label.verdict for label in given.values()}) > 1
    if not undecided and (people is None or automatic is None or people == automatic):
        return None
    return {
        "id": record["id"],
        "question": record["question"],
        "automatic": automatic,
        "graded_by": record["graded_by"] if automatic is not None else "",
        "people": {name: verdict_text(label) for name, label in sorted(given.items())},
    }


def answerable_by_people(
    questions: Sequence[Question], labels: Labels
) -> tuple[tuple[Question, ...], list[str], list[str]]:
    """The questions, with people's word on whether the documents answer them where the set itself does not say it.

    Also the ids of the questions that were decided so, and of those whose set says the opposite of people, which stay
    as the set has them. A question on which people say both is left as it is.
    """
    said: dict[tuple[str, str], set[bool]] = {}
    for (name, wording, _), given in labels.items():
        words = {answerable for label in given.values() if (answerable := says_answerable(label)) is not None}
        said.setdefault((name, wording), set()).update(words)
    found, decided, opposed = [], [], []
    for question in questions:
        words = said.get((question.id, question.question), set())
        if len(words) == 1 and question.answerable is None:
            decided.append(question.id)
            question = replace(question, answerable=words.pop())
        elif len(words) == 1 and question.answerable not in words:
            opposed.append(question.id)
        found.append(question)
    return tuple(found), decided, opposed


def verdict_text(label: Label) -> str:
    """A verdict in words, with its note."""
    words = "should have refused" if label.verdict == REFUSE else label.verdict
    return f"{words} ({label.note})" if label.note else words
