"""What can go wrong in the assistant, as one tree.

AssistantError                    everything below; its message is one sentence for a person
├── SettingsError                 a setting has a value it cannot have
├── QuestionError                 a question that cannot be asked (empty, too long)
├── ModelError                    a chat model is not installed, not reachable, failed or gave nothing
│   └── EmptyAnswer               it answered, but without a word
├── BackupError                   a backup cannot be written or read
└── ServerError                   what a server refuses
    ├── AccountError              a name, password or token that cannot be used
    ├── Forbidden                 this caller may not do that
    ├── TooMuch                   too large, too many or too long
    └── Busy                      every place is taken, or the time is over: try later
"""


class AssistantError(Exception):
    """Base of all errors of this package; ``str(error)`` is one clear sentence for a person."""


class SettingsError(AssistantError):
    """A setting has a value it cannot have; the message names it."""


class QuestionError(AssistantError):
    """The question is empty or too long."""


class ModelError(AssistantError):
    """The chat model is not installed, not reachable, failed, or gave nothing."""


class EmptyAnswer(ModelError):
    """The chat model answered, but without a word."""


class BackupError(AssistantError):
    """A backup cannot be written, or what should be one cannot be read or put in place."""


class ServerError(AssistantError):
    """A server refuses something."""


class AccountError(ServerError):
    """A name, password or token cannot be used as it is."""


class Forbidden(ServerError):
    """The caller may read this but not change it, or may not do it at all."""


class TooMuch(ServerError):
    """A request is larger or longer than allowed."""


class Busy(ServerError):
    """Every place is taken, or the time for an answer is over; ``retry_after`` is in seconds."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after
