"""Is an answer right? Decided by the kind of gold: a refusal, patterns, a verdict, a list, a number, a text, evidence.

What a kind cannot decide is *not graded*: the question leaves the denominator, and is counted beside it. That the right
document was cited says nothing here; it is a metric of its own (``relevant_cited``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from footnoted.assistant.evaluation.metrics import numbers
from footnoted.assistant.evaluation.metrics.answers import contained, normalise, token_recall
from footnoted.assistant.evaluation.metrics.citations import bears_evidence

FREE_FORM = 7  # normalised tokens from which a gold answer is somebody's wording, where the documents are not known
ECHO = 0.8  # of a question's words, and none of its own, make a sentence that only repeats the question

YES, NO, MAYBE = "yes", "no", "maybe"
SUPPORTED, REFUTED, UNKNOWN = "supported", "refuted", "not enough information"
VERDICTS = {
    "yes": YES, "true": YES, "no": NO, "false": NO, "maybe": MAYBE,
    "support": SUPPORTED, "supports": SUPPORTED, "supported": SUPPORTED, "entailment": SUPPORTED,
    "contradict": REFUTED, "contradicts": REFUTED, "refutes": REFUTED, "refuted": REFUTED, "contradiction": REFUTED,
    "notenoughinfo": UNKNOWN, "not enough info": UNKNOWN, "not_enough_info": UNKNOWN,
}  # fmt: skip
# A claim that is supported is one to say yes to.
SAME = {YES: SUPPORTED, NO: REFUTED, MAYBE: UNKNOWN}
# How an answer begins that gives a verdict. Only what it says counts, never the words it has in common with a passage:
# "No, …" and "Yes it does" are verdicts, "No one was hurt" is not.
_ENDS = r"(?=\s*(?:$|[,.;:!。，、؛،।\-–—(])|\s+(?:it|they|he|she|there|this|that|these|those|you|we|i)\b)"
_CLAIM = r"\W*(?:(?:this|the) (?:claim|statement) is |it is )?"
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_SAYS = (
    (re.compile(rf"\W*(?:yes|yeah|correct|true|ja|sí|si|oui|evet|да|نعم|हाँ|हां|是的?){_ENDS}", re.I), YES),
    (re.compile(rf"\W*(?:no|nope|incorrect|false|nein|non|hayır|нет|لا|नहीं|不是|否){_ENDS}", re.I), NO),
    (re.compile(rf"\W*(?:maybe|perhaps|possibly|unclear|it depends|vielleicht|quizás|peut-être){_ENDS}", re.I), MAYBE),
    (re.compile(rf"{_CLAIM}(?:supported|confirmed)\b", re.I), SUPPORTED),
    (re.compile(rf"{_CLAIM}(?:refuted|contradicted|not supported)\b", re.I), REFUTED),
)


@dataclass(frozen=True, slots=True)
class Gold:
    """What is asked for, whatever the form its label came in."""

    answers: Sequence[str] = ()  # equivalent texts
    items: Sequence[Sequence[str]] = ()  # each with its equivalent texts; all are asked for
    evidence: Sequence[str] = ()
    patterns: Mapping[str, object] | None = None  # need, not, files, max_words, refuse
    unit: str = ""  # of a number: "%", "$", "million"; what the answer itself does not say is not held against it
    verbatim: bool | None = None  # whether a relevant document has one of the answers word for word; None: not known


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered: nothing (a refusal), or sentences with the documents they cite."""

    refused: bool
    sentences: Sequence[str] = ()
    quotes: Sequence[str] = ()
    documents: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The whole answer."""
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``right`` is None where nothing can decide it; ``share`` says how much of what was asked for was given."""

    right: bool | None
    by: str
    share: float | None = None
    why: str = ""


NOT_GRADED = Verdict(None, "")


def judge(question: str, answerable: bool | None, gold: Gold, said: Said, failed: bool = False) -> Verdict:
    """Whether what was said is right."""
    if gold.patterns is not None:
        return _by_patterns(gold.patterns, said, failed)
    if answerable is None:
        return NOT_GRADED
    if not answerable:
        return Verdict(said.refused and not failed, "refusal")
    by = kind_of(gold)
    if not by:
        return NOT_GRADED
    if failed or said.refused:
        return Verdict(False, by, 0.0, "it failed" if failed else "it refused")
    told = [sentence for sentence in said.sentences if not repeats(sentence, question)]
    if by == "verdict":
        return _by_verdict(gold.answers, said)
    if by == "list":
        return _by_list(gold.items, told)
    if by == "number":
        return _by_number(gold, told)
    if by == "evidence":
        return _by_evidence(gold, said)
    return _by_text(gold, told)


def kind_of(gold: Gold) -> str:
    """The kind of gold that decides; empty when none can.

    An answer in somebody's own words, which no relevant document has, cannot be looked for: without evidence beside
    it only a person or a judge can tell, and a search for its words would call right answers wrong. A short one that
    no document has ("consistent") is a conclusion: to show what it follows from is not to draw it.
    """
    if len(gold.items) > 1:
        return "list"
    if gold.answers and all(verdict_of(text) for text in gold.answers):
        return "verdict"
    if gold.answers and all(numbers.is_number(text) for text in gold.answers):
        return "number"
    texts = [normalise(text) for text in gold.answers if normalise(text)]
    if gold.verbatim or any(text.isdigit() for text in texts):
        return "text"
    short = any(len(text.split()) < FREE_FORM for text in texts)
    if gold.verbatim is None and short:
        return "text"
    return "evidence" if gold.evidence and not short else ""


def verdict_of(gold: str) -> str:
    """Which verdict a gold answer is; empty when it is a text."""
    return VERDICTS.get(gold.strip().casefold().rstrip(".")) or VERDICTS.get(normalise(gold), "")


def said_verdict(text: str) -> str:
    """The verdict that an answer begins with; empty when it gives none of its own."""
    return next((verdict for pattern, verdict in _SAYS if pattern.match(text)), "")


def repeats(sentence: str, question: str) -> bool:
    """Whether a sentence only says the question again."""
    said, asked = set(normalise(sentence).split()), set(normalise(question).split())
    return bool(asked) and said <= asked and len(said) >= ECHO * len(asked)


def _by_verdict(answers: Sequence[str], said: Said) -> Verdict:
    """Only an answer that gives a verdict can be graded: a quotation may mean either."""
    given = said_verdict(said.text)
    if not given:
        return Verdict(None, "verdict", None, "the answer gives no verdict of its own")
    wanted = {verdict_of(text) for text in answers}
    right = given in wanted or SAME.get(given, given) in {SAME.get(one, one) for one in wanted}
    return Verdict(right, "verdict", float(right), "" if right else f"it says {given}")


def _by_list(items: Sequence[Sequence[str]], told: Sequence[str]) -> Verdict:
    """All items make it right; the share says how many were given.

    Years stand in sentences about anything: where others are there too, nobody can say that these were given as the
    answer.
    """
    text = " ".join(told)
    missing = [names[0] for names in items if not any(contained(text, name) for name in names)]
    share = 1 - len(missing) / len(items)
    if missing:
        return Verdict(False, "list", share, f"without {'; '.join(missing[:5])}")
    asked = {name.strip() for names in items for name in names}
    if all(_YEAR.fullmatch(name) for name in asked) and (more := sorted(set(_YEAR.findall(text)) - asked)):
        return Verdict(None, "list", share, f"there are other years in it: {', '.join(more[:5])}")
    return Verdict(True, "list", share)


def _by_number(gold: Gold, told: Sequence[str]) -> Verdict:
    """A number counts by its value: "1,234.5", "1.2345 thousand" and "$1,234.50" are one."""
    text = " ".join(told)
    right = any(numbers.says(text, answer, gold.unit) for answer in gold.answers)
    return Verdict(right, "number", float(right), "" if right else "the number is not in it")


def _by_text(gold: Gold, told: Sequence[str]) -> Verdict:
    """One of the texts has to be in the answer itself, not only in what it cites."""
    text = " ".join(told)
    right = any(contained(text, answer) for answer in gold.answers)
    if not right and gold.verbatim:  # a long span that is given in part, as a sentence of it is
        right = any(
            bears_evidence(text, answer) for answer in gold.answers if len(normalise(answer).split()) >= FREE_FORM
        )
    return Verdict(right, "text", float(right), "" if right else "the answer is not in it")


def _by_evidence(gold: Gold, said: Said) -> Verdict:
    """A long answer: which of the marked sentences does it give, in its words or in its quotations?

    All of them make it right, none makes it wrong. Some may be all that a question needs, or half of what it asks:
    only the share says so.
    """
    shown = [*said.sentences, *said.quotes]
    found = sum(
        any(bears_evidence(one, evidence) or token_recall(one, [evidence]) >= 0.8 for one in shown)
        for evidence in gold.evidence
    )
    share = found / len(gold.evidence)
    right = True if found == len(gold.evidence) else None if found else False
    return Verdict(right, "evidence", share, f"{found} of {len(gold.evidence)} marked sentences")


def _by_patterns(patterns: Mapping, said: Said, failed: bool) -> Verdict:
    """``need``: of each group one pattern has to match; ``not``: none may; ``files``: one has to be cited.

    ``need_share`` is the share of the groups that is enough, all unless it is given.
    """
    if patterns.get("refuse"):
        return Verdict(said.refused and not failed, "refusal")
    if failed or said.refused:
        return Verdict(False, "patterns", 0.0, "it failed" if failed else "it refused")
    need = [[group] if isinstance(group, str) else list(group) for group in patterns.get("need", [])]
    met = [any(re.search(one, said.text, re.IGNORECASE | re.DOTALL) for one in group) for group in need]
    share = sum(met) / len(met) if met else 1.0
    wrong = [one for one in patterns.get("not", []) if re.search(one, said.text, re.IGNORECASE | re.DOTALL)]
    files = list(patterns.get("files", []))
    cited = not files or any(
        document == file or document.endswith(f"/{file}") for document in said.documents for file in files
    )
    enough = patterns.get("need_share", 1.0)
    words, most = len(said.text.split()), patterns.get("max_words")
    faults = [
        *([f"{len(met) - sum(met)} of {len(met)} things are missing"] if share < enough else []),
        *([f"it says {wrong[0]!r}"] if wrong else []),
        *(["it cites another document"] if not cited else []),
        *([f"{words} words where {most} are enough"] if most and words > most else []),
    ]
    return Verdict(not faults, "patterns", share, "; ".join(faults))
