"""The errors of an evaluation.

EvaluationError                   everything below; its message is one sentence for the user
├── QuestionsError                a question set cannot be read; the message names file and line
├── RunError                      a run's folder cannot be used: there is no run in it, or one with other settings
└── GateError                     a gate is not written as "metric>=value", or names no metric
"""


class EvaluationError(Exception):
    """Base of all errors of this package; ``str(error)`` is one clear sentence for the user."""


class QuestionsError(EvaluationError):
    """A question set or corpus cannot be read; the message names the file, the line and what is wrong."""


class RunError(EvaluationError):
    """A run's folder contains no run, an unfinished one, or one made with other settings."""


class GateError(EvaluationError):
    """A gate is not written as ``metric>=value`` or names a metric that does not exist."""


class InvalidLine(ValueError):
    """One line of a file is invalid; the code that reads the file adds its name and the line's number."""
