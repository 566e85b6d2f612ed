"""Words of languages other than English: which language a text is in, its stems, and scripts without spaces."""

from __future__ import annotations

import re
import threading
from functools import cache, lru_cache

# The commonest words of each language that few others share: they distinguish languages and carry no topic.
_COMMON = {
    "german": "der die das und ist nicht mit von den dem des ein eine einer eines wie wann wer wo was warum "
    "welche welcher welches sind war wurde werden wird für auf aus bei nach über im zum zur auch sich "
    "als wenn kann hat ich gibt bis einen einem oder noch nur durch vor muss man mir",
    "french": "le la les des est une dans pour que qui quel quelle quels quelles pas sur avec par au aux du et "
    "ce cette sont été être il elle nous vous où quand comment pourquoi combien leur ses ou dont plus "
    "un de en à",
    "spanish": "el los las del es una por para con que qué quién cuál cuándo dónde cómo cuánto cuántos no se su "
    "sus al como más fue son está ser pero o y en un de la lo",
    "italian": "il gli della dello dei delle degli è una per con che chi quale quando dove come perché quanto "
    "non si sono nel nella alla dal dalla sul più anche di da un lo la le ed",
    "portuguese": "os as do da dos das é uma por para com que quem qual quando onde como não se são no na nos nas "
    "ao pelo pela mais foi ser um em ou seu sua o e de",
    "dutch": "het een van en is niet met voor op aan zijn wordt werd wie wat waar wanneer hoe waarom welke dat "
    "die deze ook bij naar uit over door er tot de in te als",
    "swedish": "och är det att som en ett inte med för på av till den var när vem vad hur varför vilken från har "
    "om kan ska blev eller men i de",
    "danish": "og er det at som en et ikke med for på af til den var hvornår hvem hvad hvor hvordan hvorfor "
    "hvilken fra har om kan skal blev eller men i de",
    "norwegian": "og er det at som en et ikke med for på av til den var når hvem hva hvor hvordan hvorfor hvilken "
    "fra har om kan skal ble eller men i de",
    "russian": "и в не на что с по это как к из за для от о у же но то кто где когда почему какой какая какие "
    "был была были его её их он она они",
}
_ENGLISH = (
    "the of and to is in that was for it with as on are by this be from at which or an have has were not what who "
    "when where how why does did do can i you my a"
)
_WORDS_OF_ENGLISH = frozenset(_ENGLISH.split())
_WORDS_OF = {name: frozenset(common.split()) for name, common in _COMMON.items()}
_LANGUAGES_OF: dict[str, list[str]] = {}  # a common word to the languages that have it: most words of a text have none
for _name, _common in {**_WORDS_OF, "english": _WORDS_OF_ENGLISH}.items():
    for _word in _common:
        _LANGUAGES_OF.setdefault(_word, []).append(_name)
_SEEN = 400  # words of a text that are looked at
_LEAST = 2  # common words that identify a language

_CODES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "swedish": "sv", "danish": "da", "norwegian": "no", "russian": "ru",
}  # fmt: skip
# Scripts that (nearly) one language has, those that others use too behind them.
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]+"), "ko": re.compile("[\uac00-\ud7af]+"), "zh": re.compile("[\u4e00-\u9fff]+"),
    "th": re.compile("[\u0e00-\u0e7f]+"), "ar": re.compile("[\u0600-\u06ff]+"), "hi": re.compile("[\u0900-\u097f]+"),
    "el": re.compile("[\u0370-\u03ff]+"), "he": re.compile("[\u0590-\u05ff]+"),
}  # fmt: skip

# Chinese and Japanese, Thai, Lao, Burmese, Khmer; Korean, whose endings are written onto its words.
_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0002fa1f"
)
_UNSPACED = re.compile(f"[{_RANGES}]+")
_WORD_OR_RUN = re.compile(rf"(?:[^\W_]|[{_RANGES}])+")  # the vowel signs of some scripts are not letters
_PIECES = re.compile(rf"[{_RANGES}]+|[^{_RANGES}]+")
_WORD = re.compile(r"[^\W_]+")
_stemming = threading.Lock()


def language_of(text: str) -> str:
    """The language of a text ("german", …; "english"), judged by its commonest words; empty when unclear."""
    found = _WORD.findall(text[: 12 * _SEEN])[:_SEEN]
    counts = dict.fromkeys(_WORDS_OF, 0) | {"english": 0}
    for word in found:
        for name in _LANGUAGES_OF.get(word.casefold(), ()):
            counts[name] += 1
    most = max(counts.values())
    best = [name for name, count in counts.items() if count == most]
    if most < _LEAST or ("english" in best and len(best) > 1):
        return ""
    return best[0]


def language_code(text: str) -> str:
    """The language of a text as an ISO 639-1 code ("de"), by its script or its commonest words; empty when unclear."""
    sample = text[: 12 * _SEEN]
    if not sample.isascii():
        words = len(_WORD.findall(sample))
        for code, letters in _SCRIPTS.items():
            if 4 * len(letters.findall(sample)) > words:
                return code
    return _CODES.get(language_of(text), "")


def common_words(language: str) -> frozenset[str]:
    """The words of a language that carry no topic; none for an unknown one."""
    return _WORDS_OF.get(language, frozenset())


def stems(text: str, language: str = "") -> list[str]:
    """Each topical word's stem with its language before it ("german:hund"), so that languages stay distinct.

    Without a language, the stems in each of the known ones: a question of two words does not show its language. None
    for English, which is stemmed where it is indexed.
    """
    if language == "english":
        return []
    found = [word.lower() for word in _WORD.findall(text) if not word.isdigit()]
    return [
        f"{name}:{stem_in(name, word)}"
        for name in ([language] if language else _WORDS_OF)
        for word in found
        if word not in _WORDS_OF[name]
    ]


@lru_cache(maxsize=65536)
def stem_in(language: str, word: str) -> str:
    """The stem of a lower-case word in one of the languages of :func:`language_of` (Snowball)."""
    with _stemming:  # a stemmer keeps the word it works on
        return _stemmer(language).stemWord(word)


@cache
def _stemmer(language: str):
    import snowballstemmer

    return snowballstemmer.stemmer(language)


def pairs(text: str, *, singles: bool = False) -> list[str]:
    """Every two neighbouring characters of runs without spaces; a lone one, and letters next to a run, as they are.

    ``singles``: every character too, as texts are indexed, so that a question of one character finds them.
    """
    found: list[str] = []
    for word in _WORD_OR_RUN.findall(text):
        if not _UNSPACED.search(word):
            continue
        for piece in _PIECES.findall(word):
            if not _UNSPACED.match(piece):
                found.append(piece.lower())
                continue
            found += [piece[start : start + 2] for start in range(max(1, len(piece) - 1))]
            if singles and len(piece) > 1:
                found += piece
    return found


def unspaced(word: str) -> bool:
    """Whether a "word" is, in part, a run of characters without spaces between its words."""
    return _UNSPACED.search(word) is not None
