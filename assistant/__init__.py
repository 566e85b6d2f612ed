"""Questions in, cited answers out: ``open_assistant(home).answer("question")``.

>>> with open_assistant("example-home") as assistant:
...     report = assistant.index.add("example.txt")
...     answer = assistant.answer("When did the mill burn down?")
...     print(answer.text)
...     note = answer.citations[0]
...     assistant.index.text_of(note.source)[note.start : note.end] == note.quote
The mill burnt down in 1950. [1]
True
"""

from footnoted.assistant.answers import REFUSAL, Answer, Citation, Sentence
from footnoted.assistant.errors import AssistantError

__all__ = ["REFUSAL", "Answer", "Assistant", "AssistantError", "Citation", "Sentence", "open_assistant"]


def __getattr__(name: str):
    # Late, so that `footnote --help` does not pay for the index and its libraries.
    if name in ("Assistant", "open_assistant"):
        from footnoted.assistant import chain

        return getattr(chain, name)
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")
