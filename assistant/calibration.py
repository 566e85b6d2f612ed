"""The score below which a question is refused, chosen from a person's own answerable and unanswerable questions.

Every question is answered without a language model. Other reasons to refuse it (a name that no passage has, a "not")
stay as they are. The chosen threshold is kept with the index: see :mod:`footnoted.assistant.quoting.threshold`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AssistantError

if TYPE_CHECKING:
    from footnoted.assistant.chain import Assistant
    from footnoted.assistant.evaluation.question_sets.questions import Question

LEAST_QUESTIONS = 10  # of each kind; with fewer a single question moves the threshold
MOST_REFUSED = 0.03
NEVER_REACHED = -1e9  # a threshold that no score lies below


class CalibrationError(AssistantError):
    """The questions cannot decide a threshold; the message says why."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A question's label, the score (a logit) of its best sentence, and whether it is refused whatever the score."""

    answerable: bool
    score: float
    refused_anyway: bool

    def refused(self, threshold: float) -> bool:
        """Whether it is refused at a threshold."""
        return self.refused_anyway or self.score < threshold


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does: the share of answerable and of unanswerable questions that it refuses."""

    threshold: float
    refused_answerable: float
    refused_unanswerable: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The chosen point, the one in use until now, the trade-off over all thresholds, and from how many questions."""

    chosen: Point
    before: Point
    points: tuple[Point, ...]
    answerable: int
    unanswerable: int
    most_refused: float

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)


def score_questions(
    assistant: Assistant, questions: Sequence[Question], told: Callable[[int, int], None] = lambda done, total: None
) -> list[Scored]:
    """Each labelled question's score. ``told`` is called with how many are done, and of how many."""
    labelled = [question for question in questions if question.answerable is not None]
    enough(labelled)
    quoting = assistant.quoting(threshold=NEVER_REACHED)
    scored = []
    for number, question in enumerate(labelled, start=1):
        answer = quoting.answer(question.question, question.history)
        scored.append(Scored(bool(question.answerable), answer.score, answer.kind != "answer"))
        told(number, len(labelled))
    return scored


def enough(questions: Sequence[Question]) -> None:
    """Raises CalibrationError unless there are enough answerable and unanswerable questions."""
    answerable = sum(question.answerable is True for question in questions)
    unanswerable = sum(question.answerable is False for question in questions)
    if min(answerable, unanswerable) < LEAST_QUESTIONS:
        raise CalibrationError(
            f"{answerable} answerable and {unanswerable} unanswerable questions are too few to choose a threshold: "
            f'give {LEAST_QUESTIONS} or more of each, marked with "answerable": true or false.'
        )


def calibrate(scored: Sequence[Scored], now: float, most_refused: float = MOST_REFUSED) -> Calibration:
    """The threshold that refuses most unanswerable questions and at most ``most_refused`` of the answerable ones.

    Between two thresholds that do the same, the middle: no question lies near it. When the rules alone refuse more
    than that, no threshold helps, and the lowest one is chosen.
    """
    scores = sorted({question.score for question in scored if not question.refused_anyway})
    bounds = (
        [scores[0] - 1.0, *((one + other) / 2 for one, other in zip(scores, scores[1:], strict=False))]
        if scores
        else []
    )
    points = [point_at(scored, threshold) for threshold in bounds] or [point_at(scored, now)]
    fitting = [point for point in points if point.refused_answerable <= most_refused + 1e-9] or points[:1]
    most = max(point.refused_unanswerable for point in fitting)
    alike = [point for point in fitting if point.refused_unanswerable == most]
    least = min(point.refused_answerable for point in alike)
    alike = [point for point in alike if point.refused_answerable == least]
    chosen = point_at(scored, round((alike[0].threshold + alike[-1].threshold) / 2, 3))
    answerable = sum(question.answerable for question in scored)
    return Calibration(chosen, point_at(scored, now), tuple(points), answerable, len(scored) - answerable, most_refused)


def point_at(scored: Sequence[Scored], threshold: float) -> Point:
    """What a threshold does to the questions."""

    def refused(answerable: bool) -> float:
        group = [question for question in scored if question.answerable is answerable]
        return sum(question.refused(threshold) for question in group) / len(group) if group else 0.0

    return Point(threshold, refused(True), refused(False))
