"""Citation metrics by span: does a quoted span contain the evidence or the answer?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.evaluation.metrics.answers import contains_tokens, normalise

# A quote that is part of an evidence text counts if it is at least this share of it.
PART_OF_EVIDENCE = 0.5

Unit = Sequence[str]


def bears_answer(quote: str, answers: Sequence[str]) -> bool:
    """Whether the quote contains one of the gold answers, normalised as SQuAD does and on token bounds."""
    text = normalise(quote)
    return any(contains_tokens(text, normalise(answer)) for answer in answers if normalise(answer))


def bears_evidence(quote: str, evidence: str) -> bool:
    """Whether the quote contains the evidence text, or is at least half of it.

    Only letters and digits are compared: labelled sets are often tokenised ("`` coat ''"), documents are not.
    """
    inside, outside = letters_and_digits(evidence), letters_and_digits(quote)
    if not inside or not outside:
        return False
    return inside in outside or (outside in inside and len(outside) >= PART_OF_EVIDENCE * len(inside))


def letters_and_digits(text: str) -> str:
    """Only letters and digits, case-folded."""
    return "".join(character for character in text.casefold() if character.isalnum())


def matched_units(quotes: Sequence[str], units: Sequence[Unit], kind: str) -> list[set[int]]:
    """For each quote the numbers (from 0) of the gold units it bears.

    A unit is a list of equivalent texts: each evidence text is a unit of its own (``kind``
    "evidence"), all gold answers together are one ("answer").
    """
    found = []
    for quote in quotes:
        if kind == "evidence":
            borne = {number for number, unit in enumerate(units) if any(bears_evidence(quote, text) for text in unit)}
        else:
            borne = {number for number, unit in enumerate(units) if bears_answer(quote, unit)}
        found.append(borne)
    return found


def citation_precision(found: Sequence[set[int]]) -> float:
    """Share of a question's citations that bear a gold unit; 0 without citations (as precision@k of an empty run).

    After Gao et al. 2023 (ALCE), with labelled spans in place of a model that judges entailment.
    """
    return sum(1 for units in found if units) / len(found) if found else 0.0


def citation_recall(found: Sequence[set[int]], units: int) -> float:
    """Share of a question's gold units that at least one citation bears; ``units`` is their number, at least 1."""
    return len(set().union(*found)) / units


def document_precision(cited: Sequence[bool]) -> float:
    """Share of a question's citations that are in a relevant document (True for each that does); 0 without any."""
    return sum(cited) / len(cited) if cited else 0.0


def document_recall(cited: Sequence[str], relevant: Sequence[str]) -> float:
    """Share of the relevant documents that are cited."""
    return len(set(cited) & set(relevant)) / len(set(relevant))


def supported_sentences(sentences: Sequence[tuple[bool, int]]) -> tuple[int, int]:
    """(supported sentences, all sentences) of an answer; each is given as (supported, number of its citations).

    A sentence counts as supported when the assistant marked it so and it carries a citation.
    """
    return sum(1 for supported, citations in sentences if supported and citations), len(sentences)


def support_shares(support: Mapping) -> dict[str, tuple[float, float]]:
    """One claim's part in accuracy, precision, recall and F1 of "supported", and in the share of right spans."""
    expected, said = support["expected"], support["said"]
    both = float(expected and said)
    shares = {
        "support_accuracy": (float(expected == said), 1.0),
        "support_precision": (both, float(said)),
        "support_recall": (both, float(expected)),
        "support_f1": (2 * both, float(said) + float(expected)),
    }
    if support["span_right"] is not None:
        shares["support_span"] = (float(support["span_right"]), 1.0)
    return shares
