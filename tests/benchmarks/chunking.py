"""An ablation of passages: their size, their overlap, and whether title and headings are embedded with them.

    python tests/benchmarks/chunking.py [--sets squad2,clapnq,…] [--words N] [--questions N] [--rerank] [--write]

Passages of one article (squad2) or page (mtrag) are joined to whole documents; the other sets have short documents.
Evidence is labelled as spans of these texts, so that every way of cutting is measured against the same labels. Each set
is a subset: the documents of the questions first, then others, up to a number of words. What is ranked is the first
stage (meaning and words, fused as in the product); ``--rerank`` adds the cross-encoder.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from footnoted.index.adding.chunk import spans
from footnoted.index.models.base import embedded_text
from footnoted.index.models.embed import open_embeddings
from footnoted.index.models.rerank import open_reranker
from footnoted.index.search.retrieve import RERANKED, blended, fused
from footnoted.index.store.keywords import Keywords
from footnoted.index.text.sentences import sentences
from footnoted.index.types import LoadedDocument

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"
SETS = ("squad2", "clapnq", "hotpotqa500", "scifact", "mtrag")
SHOWN, BUDGET = 5, 1000  # passages, and tokens, that a reader or a model is shown

Evidence = tuple[str, int, int]  # document, start, end


@dataclass(frozen=True)
class Task:
    """One set: whole documents, and questions with the spans that answer them."""

    documents: dict[str, LoadedDocument]
    questions: list[tuple[str, list[Evidence]]]


@dataclass(frozen=True)
class Way:
    """A way of cutting: tokens, "none" or "15%" or "sentence" of overlap, and whether title and headings go along."""

    tokens: int
    overlap: str = "none"
    headings: bool = True

    def __str__(self) -> str:
        return f"{self.tokens} tokens, overlap {self.overlap}, {'with' if self.headings else 'without'} title"


WAYS = [
    *(Way(tokens) for tokens in (64, 128, 256, 384, 512)),
    *(Way(tokens, overlap) for tokens in (128, 256) for overlap in ("15%", "sentence")),
    *(Way(tokens, headings=False) for tokens in (128, 256, 512)),
]


def rows(name: str, part: str) -> list[dict]:
    return [json.loads(line) for line in (BENCH / name / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


def task(name: str, most_words: int, most_questions: int) -> Task:
    """A subset of a set, with its passages joined where they come from one text."""
    corpus = rows(name, "corpus")
    groups: dict[str, list[dict]] = defaultdict(list)
    for passage in corpus:
        groups[group(name, passage)].append(passage)
    texts, places = {}, {}
    for key, parts in groups.items():
        texts[key] = joined(key, parts, places)
    asked = [question for question in rows(name, "questions") if question["relevant"]]
    wanted = Counter(places[passage][0] for question in asked for passage in question["relevant"])
    if name == "squad2":  # long articles: those with the most questions
        asked.sort(key=lambda question: -wanted[places[question["relevant"][0]][0]])
    chosen: dict[str, LoadedDocument] = {}
    questions, words = [], 0
    by_id = {passage["id"]: passage for passage in corpus}
    for question in asked:
        needed = {places[passage][0] for passage in question["relevant"]} - set(chosen)
        size = sum(len(texts[key].split()) for key in needed)
        if len(questions) >= most_questions or words + size > most_words:
            continue
        chosen |= {key: document(texts[key], groups[key][0]["title"]) for key in needed}
        words += size
        questions.append((question.get("standalone") or question["question"], evidence(question, by_id, places)))
    for key, text in texts.items():
        if key not in chosen and words + len(text.split()) <= most_words:
            chosen[key] = document(text, groups[key][0]["title"])
            words += len(text.split())
    return Task(chosen, questions)


def group(name: str, passage: dict) -> str:
    if name == "squad2":
        return passage["id"].rpartition("#")[0]
    return str(passage.get("parent") or passage["id"].rsplit("-", 2)[0]) if name == "mtrag" else passage["id"]


def joined(key: str, parts: list[dict], places: dict[str, tuple[str, int, int]]) -> str:
    """The parts as one text, what two of them share only once; notes where each of them stands."""
    text = ""
    for part in sorted(parts, key=_order):
        shared = next(
            (n for n in range(min(len(text), len(part["text"])), 40, -1) if text.endswith(part["text"][:n])), 0
        )
        start = len(text) - shared if shared else len(text) + (2 if text else 0)
        text = text + part["text"][shared:] if shared else "\n\n".join(filter(None, (text, part["text"])))
        places[part["id"]] = (key, start, start + len(part["text"]))
    return text


def _order(part: dict) -> tuple:
    numbers = part["id"].replace("#", "-").split("-")
    return tuple(int(number) for number in numbers[-2:] if number.isdigit())


def document(text: str, title: str) -> LoadedDocument:
    return LoadedDocument(text=text, title=title)


def evidence(question: dict, passages: dict[str, dict], places: dict[str, tuple[str, int, int]]) -> list[Evidence]:
    """The spans that answer: labelled sentences, else the sentence with the answer, else the whole relevant passage."""
    found: list[Evidence] = []
    labelled = list(question.get("evidence_sentences") or ())
    labelled += [sentence for entry in question.get("evidence") or () for sentence in entry["sentences"]]
    for identifier in question["relevant"]:
        key, start, end = places[identifier]
        text = passages[identifier]["text"]
        own = [(text.find(sentence), len(sentence)) for sentence in labelled if sentence in text]
        if not own:
            own = [
                (first, last - first)
                for answer in question["answers"]
                if len(answer) < 100
                for first, last in sentences(text)
                if answer.casefold() in text[first:last].casefold()
            ][:1]
        if own:
            found += [(key, start + first, start + first + length) for first, length in own]
        else:
            found.append((key, start, end))
    return found


def cut(documents: dict[str, LoadedDocument], way: Way, model) -> list[tuple[str, int, int, str]]:
    """Passages as (document, start, end, heading)."""
    found = []
    for key, loaded in documents.items():
        before = 0
        for span in spans(loaded, model.count_tokens, target=way.tokens, limit=512):
            start = span.start
            if way.overlap != "none" and before < start:
                start = overlapping(loaded.text, before, span.start, span.end, way.overlap)
            found.append((key, start, span.end, span.heading))
            before = span.start
    return found


def overlapping(text: str, before: int, start: int, end: int, kind: str) -> int:
    """Where a passage begins when it repeats the end of the one before: a sentence, or 15 % in whole words."""
    if kind == "sentence":
        return max((first for first, _ in sentences(text, before, start)), default=start)
    begin = max(before, start - round(0.15 * (end - start)))
    gap = text.find(" ", begin, start)
    return gap + 1 if gap >= 0 else start


def ranked(asked: Task, passages: Sequence, texts: list[str], model, reranker, folder: Path) -> list[list[int]]:
    """For each question the numbers of the passages, best first."""
    vectors = np.array(model.embed_documents(texts))
    keywords = Keywords(folder)
    keywords.add([(number, number, "", "", text) for number, text in enumerate(texts)])
    result = []
    for question, _ in asked.questions:
        cosines = vectors @ np.array(model.embed_query(question))
        dense = [(int(number), float(cosines[number])) for number in np.argsort(-cosines)[:100]]
        first = fused(dense, keywords.search(question, 100))
        order = [number for number, _ in first]
        if reranker is not None:
            head = order[:RERANKED]
            logits = dict(zip(head, reranker.scores(question, [texts[number] for number in head]), strict=True))
            scores = blended(dict(first), logits)
            order = sorted(head, key=lambda number: -scores[number]) + order[RERANKED:]
        result.append(order)
    keywords.close()
    return result


def covered(spans_: list[Evidence], passages: Sequence, order: Sequence[int]) -> float:
    """The share of the evidence's characters that these passages hold."""
    held = total = 0
    for key, start, end in spans_:
        inside = set()
        for number in order:
            if passages[number][0] == key:
                inside |= set(range(max(start, passages[number][1]), min(end, passages[number][2])))
        held, total = held + len(inside), total + end - start
    return held / total


def ndcg(spans_: list[Evidence], passages: Sequence, order: Sequence[int]) -> float:
    """nDCG@10 over pieces of evidence: each counts where half of it has been shown for the first time."""
    gains = []
    for span in spans_:
        place = next((n for n in range(1, 11) if covered([span], passages, order[:n]) >= 0.5), 0)
        gains.append(1 / math.log2(place + 1) if place else 0.0)
    # Several pieces can lie in one passage, so the best that could be had is all of them in the first one.
    return sum(gains) / len(gains)


def measure(asked: Task, way: Way, model, reranker) -> dict[str, float]:
    """All figures of one way of cutting one set."""
    started = time.monotonic()
    passages = cut(asked.documents, way, model)
    labels = [(asked.documents[key].title if way.headings else "", heading if way.headings else "", key, start, end)
              for key, start, end, heading in passages]  # fmt: skip
    texts = [embedded_text(t, h, asked.documents[key].text[start:end]) for t, h, key, start, end in labels]
    sizes = model.count_tokens([asked.documents[key].text[start:end] for key, start, end, _ in passages])
    with tempfile.TemporaryDirectory() as folder:
        orders = ranked(asked, passages, texts, model, reranker, Path(folder))
    seconds = time.monotonic() - started
    table: dict[str, list[float]] = defaultdict(list)
    for (_, spans_), order in zip(asked.questions, orders, strict=True):
        within, used = [], 0
        for number in order:
            if used + sizes[number] > BUDGET:
                break
            within.append(number)
            used += sizes[number]
        table[f"evidence in {SHOWN} passages"].append(covered(spans_, passages, order[:SHOWN]))
        table[f"evidence in {BUDGET} tokens"].append(covered(spans_, passages, within))
        table["nDCG@10"].append(ndcg(spans_, passages, order))
        table[f"tokens in {SHOWN} passages"].append(sum(sizes[number] for number in order[:SHOWN]))
    means = {key: round(sum(values) / len(values), 4) for key, values in table.items()}
    return means | {"passages": len(passages), "seconds": round(seconds, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--words", type=int, default=24_000)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--rerank", action="store_true", help="sizes only, with the cross-encoder")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = open_embeddings()
    reranker = open_reranker() if options.rerank else None
    results: dict[str, dict] = {}
    for name in options.sets.split(","):
        asked = task(name, options.words, options.questions)
        print(f"\n{name}: {len(asked.documents)} documents, {len(asked.questions)} questions", flush=True)
        results[name] = {"documents": len(asked.documents), "questions": len(asked.questions)}
        for way in WAYS[:5] if options.rerank else WAYS:
            results[name][str(way)] = row = measure(asked, way, model, reranker)
            print(f"  {way!s:48} " + "  ".join(f"{key} {value:g}" for key, value in row.items()), flush=True)
    if options.write:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        kind = f"chunking-{options.words // 1000}k-words{'-reranked' if options.rerank else ''}"
        path = Path(__file__).parent / "results" / f"{kind}-{commit.stdout.strip()}.json"
        path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
