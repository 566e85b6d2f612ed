"""What can go wrong in the assistant, as one tree.

AssistantError                    everything below; its message is one sentence for a person
├── SettingsError                 a setting has a value it cannot have
├── QuestionError                 a question that cannot be asked (empty, too long)
└── ModelError                    a chat model is not installed, not reachable, failed or gave nothing
"""


class AssistantError(Exception):
    """Base of all errors of this package; ``str(error)`` is one clear sentence for a person."""


class SettingsError(AssistantError):
    """A setting has a value it cannot have; the message names it."""


class QuestionError(AssistantError):
    """The question is empty or too long."""


class ModelError(AssistantError):
    """The chat model is not installed, not reachable, failed, or gave nothing."""
