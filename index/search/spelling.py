"""Misspelt words of a question, corrected by one letter where the documents have the intended word.

Only a word that no passage has, and that is no English word either, is taken for misspelt; it becomes the word of the
documents that differs from it by one letter: one more, one less, two in each other's place, or, in a long word, another
one. "Modal" and "model" are two words, and so are most that lie further apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models.bundled import RERANKER, model_file
from footnoted.index.store.keywords import STOPWORDS, Keywords, stem, unaccented
from footnoted.index.text.languages import language_of

SHORTEST = 5  # letters: of shorter words too many differ by one
LONG = 7  # letters of a word that another letter in it seldom makes another word
_OPENING = 2  # letters that are taken to be right
_NEAR = 0.75  # likeness of two stems whose words may differ by a letter
_MOST_STEMS, _MOST_PASSAGES = 8, 20
_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]+(?![\w@/-]|\.\w)")

Texts = Callable[[Sequence[int]], Iterable[str]]


def doubtful(question: str) -> list[str]:
    """The words of a question, as typed, that are not English words; none if the question is in another language."""
    if language_of(question) not in {"english", ""} or not _english_words():
        return []
    return [typed for typed in _WORD.findall(question) if _is_no_word(unaccented(typed.lower()))]


def _is_no_word(word: str) -> bool:
    return len(word) >= SHORTEST and word.isascii() and word not in STOPWORDS and word not in _english_words()


def respelled(question: str, keywords: Keywords, texts_of: Texts, contents: Sequence[int] | None = None) -> str:
    """``question`` with its misspelt words corrected; unchanged if there are none.

    Args:
        texts_of: the texts of passages, by id.
        contents: only words of these documents are offered; ``None`` for all.
    """
    unknown = {typed for typed in doubtful(question) if not keywords.search(typed, 1, contents)}

    def put_right(match: re.Match) -> str:
        typed = match.group()
        return _meant(typed, keywords, texts_of, contents) if typed in unknown else typed

    return _WORD.sub(put_right, question)


def _meant(typed: str, keywords: Keywords, texts_of: Texts, contents: Sequence[int] | None) -> str:
    """The commonest word of the documents that differs from ``typed`` by a letter; ``typed`` if there is none."""
    word = unaccented(typed.lower())
    wanted = stem(word)
    terms = keywords.terms(word[:_OPENING], contents)
    near = sorted(((max(_likeness(wanted, term), _likeness(word, term)), term) for term in terms), reverse=True)
    found: Counter[str] = Counter()
    for likeness, term in near[:_MOST_STEMS]:
        if likeness < _NEAR:
            break
        for text in texts_of(keywords.having(term, _MOST_PASSAGES, contents)):
            found.update(written for written in _WORD.findall(text) if is_slip(word, unaccented(written.lower())))
    if not found:
        return typed
    best = min(found, key=lambda written: (-found[written], written))
    return best if typed[0].isupper() else best.lower()


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio() if abs(len(one) - len(other)) <= 2 else 0.0


def is_slip(typed: str, meant: str) -> bool:
    """Whether one word is typed for another with a letter too many, too few, changed, or in its neighbour's place."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    one, other = typed[start:], meant[start:]
    if len(one) != len(other):
        longer, shorter = sorted((one, other), key=len, reverse=True)
        return longer[1:] == shorter
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or (len(typed) >= LONG and one[1:] == other[1:])


@cache
def _english_words() -> frozenset[str]:
    """The words that the bundled cross-encoder has as single tokens; none if it is not installed."""
    try:
        text = model_file(RERANKER, "tokenizer.json").read_text(encoding="utf-8")
    except ModelUnavailable:
        return frozenset()
    return frozenset(word for word in json.loads(text)["model"]["vocab"] if len(word) >= SHORTEST and word.isalpha())
