"""Evaluation: from a question set to records, metrics, a report and an exit code; ``evaluate()`` for programs.

>>> questions = [{"question": "When did the mill burn down?", "answers": ["1950"]}]
>>> result = evaluate(questions, lambda question: "The mill burnt down in 1950.")
>>> result.metric("answers.right").value
1.0
"""

from footnoted.assistant.evaluation.errors import EvaluationError

__all__ = ["Evaluation", "EvaluationError", "MetricRecord", "MetricValue", "evaluate"]


def __getattr__(name: str):
    # Late, so that `footnote --help` does not pay for the index and its libraries.
    if name == "evaluate":
        from footnoted.assistant.evaluation.api import evaluate

        return evaluate
    if name in ("Evaluation", "MetricValue"):
        from footnoted.assistant.evaluation import evaluated

        return getattr(evaluated, name)
    if name == "MetricRecord":
        from footnoted.assistant.evaluation.custom_metrics.metric_record import MetricRecord

        return MetricRecord
    raise AttributeError(f"module 'footnoted.assistant.evaluation' has no attribute {name!r}")
