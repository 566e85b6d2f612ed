"""The state of an open workbench: its items, and the labels in their files, which other people may add to meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from footnoted.assistant.evaluation.workbench.from_chat import add_question, right_answer_given
from footnoted.assistant.evaluation.workbench.items import Item, Run
from footnoted.assistant.evaluation.workbench.labels import (
    Label,
    Labels,
    LabelsError,
    append_label,
    checked_name,
    labels_for,
    new_label,
    read_labels,
)
from footnoted.assistant.evaluation.workbench.people import graders_agreement, label_metrics
from footnoted.assistant.evaluation.workbench.views import item_of, row_of

SUMMARY = ("right_by_people", "agreement_automatic", "kappa_automatic")


@dataclass(frozen=True, slots=True)
class Opened:
    """What is opened: the items, the runs they are from, notes for the reader, and the question set that grows."""

    items: Sequence[Item]
    runs: Sequence[Run]
    notes: Sequence[str]
    grader: str
    add_to: Path
    blind: bool = True


class Bench:
    """Shows items and keeps labels; its methods may be called from several threads.

    What they raise for a request that cannot be met is an :class:`EvaluationError`.
    """

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[tuple[int, int], Labels]] = {}
        for item in opened.items:
            self.labels(item)  # a damaged file is reported before the page opens

    def labels(self, item: Item) -> Labels:
        """The labels of the item's question set as they are now."""
        path = item.labels
        with self._lock:
            try:
                status = path.stat()
                stamp = (status.st_mtime_ns, status.st_size)
            except OSError:
                stamp = (0, 0)
            if path not in self._read or self._read[path][0] != stamp:
                self._read[path] = (stamp, read_labels(path))
            return self._read[path][1]

    def start(self) -> dict:
        """What the page needs first."""
        opened = self.opened
        fields: dict[str, dict[str, None]] = {}
        for item in opened.items:
            for name, values in item.slices.items():
                fields.setdefault(name, {}).update(dict.fromkeys(values))
        return {
            "runs": [run.name for run in opened.runs],
            "chat": any(item.turn is not None for item in opened.items),
            "notes": list(opened.notes),
            "grader": opened.grader,
            "blind": opened.blind,
            "add_to": opened.add_to.name,
            "slices": {name: sorted(values) for name, values in fields.items()},
        }

    def rows(self, grader: str, blind: bool) -> dict:
        """The list of all items, and what the labels say so far."""
        rows = [row_of(number, item, self.labels(item), grader, blind) for number, item in enumerate(self.opened.items)]
        return {"items": rows, "summary": self.summary(grader if blind else "")}

    def item(self, number: int, grader: str, blind: bool) -> dict:
        """One item; an answer of the chat with the right answer that its reader gave, if any."""
        item = self.find(number)
        shown = item_of(number, item, self.labels(item), grader, blind)
        given = right_answer_given(self.opened.add_to, item) if item.turn is not None else ""
        return shown | {"right_answer": given}

    def find(self, number: int) -> Item:
        """The item with this number."""
        if not 0 <= number < len(self.opened.items):
            raise LabelsError("There is no such question here: load the page again.")
        return self.opened.items[number]

    def label(self, number: int, answer: str, verdict: str, grader: str, note: str = "") -> Label:
        """Keep a verdict on the answer with this hash; an empty one withdraws the grader's earlier one."""
        item = self.find(number)
        record = next((record for key, _, record in item.answers() if key == answer), None)
        if record is None:
            raise LabelsError("There is no such answer here: load the page again.")
        label = new_label(record, verdict, grader, note)
        self.labels(item)  # nothing is added to a file that cannot be read
        append_label(item.labels, label)
        return label

    def add_question(self, number: int, grader: str, right: str = "") -> str:
        """Make a graded answer of the chat a line of the question set; returns what happened in a sentence."""
        item = self.find(number)
        label = labels_for(item.record, self.labels(item)).get(checked_name(grader))
        if label is None:
            raise LabelsError("Grade the answer first.")
        return add_question(self.opened.add_to, item, label, right)

    def summary(self, seen_by: str = "") -> dict:
        """For each run what people say of it, and the agreement of every two graders over all items.

        Given ``seen_by``, only of answers that this grader has graded: others' counts can tell a verdict.
        """

        def seen(item: Item) -> Labels:
            labels = self.labels(item)
            return {key: given for key, given in labels.items() if not seen_by or seen_by in given}

        runs = []
        for run in self.opened.runs:
            metrics = label_metrics(list(run.records.values()), seen(self.opened.items[0]))
            runs.append({"run": run.name, **{name: metrics[name] for name in SUMMARY}})
        pairs: dict[tuple[str, str], dict] = {}
        for path in dict.fromkeys(item.labels for item in self.opened.items):
            of_file = [item for item in self.opened.items if item.labels == path]
            records = [record for item in of_file for _, _, record in item.answers()]
            for names, found in graders_agreement(records, seen(of_file[0])).items():
                if names not in pairs or found.n > pairs[names]["n"]:
                    pairs[names] = {
                        "graders": list(names), "n": found.n, "observed": found.observed, "kappa": found.kappa,
                        "interval": found.kappa_interval, "reason": found.reason,
                    }  # fmt: skip
        return {"runs": runs, "pairs": list(pairs.values())}
