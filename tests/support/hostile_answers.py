"""An answer in which every word is hostile."""

from __future__ import annotations

from dataclasses import replace

from footnoted.assistant.answers import Answer, Citation, Contradiction, Sentence
from footnoted.index.types import Passage, Why


def hostile_answer(word: str, **changes) -> Answer:
    passage = Passage("p1", word, f"/{word}", word, word, 1, word, word, 0, len(word), 1.0, Why(matched_words=(word,)))
    note = Citation(1, "p1", f"/{word}", word, word, 1, word, 0, len(word), word, 1.0)
    sentences = (Sentence(word, (1,), emphasis=((0, 1),)), Sentence(word, (), supported=False))
    values = {
        "text": word, "sentences": sentences, "citations": (note, replace(note, number=2)), "passages": (passage,),
        "reason": word, "notice": word, "other_question": word, "missing_words": (word,), "confidence": word,
        "contradictions": (Contradiction(word, (1, 2), (word, word), (word, word)),),
    }  # fmt: skip
    return Answer(word, word + "?", **(values | changes))
