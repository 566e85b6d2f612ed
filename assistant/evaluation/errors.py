"""What can go wrong in an evaluation, as one tree.

EvaluationError                   everything below; its message is one sentence for a person
├── QuestionsError                a question set cannot be read; the message names file and line
├── RunError                      a run's folder cannot be used: no run in it, or one with other settings
└── GateError                     a gate is not written as "metric>=value", or names no metric
"""


class EvaluationError(Exception):
    """Base of all errors of this package; ``str(error)`` is one clear sentence for a person."""


class QuestionsError(EvaluationError):
    """A question set or corpus cannot be read; the message names the file, the line and what is wrong."""


class RunError(EvaluationError):
    """A run's folder holds no run, an unfinished one, or one made with other settings."""


class GateError(EvaluationError):
    """A gate is not written as ``metric>=value`` or names a metric that does not exist."""


class InvalidLine(ValueError):
    """What is wrong with one line of a file; whoever reads the file adds its name and the line's number."""
