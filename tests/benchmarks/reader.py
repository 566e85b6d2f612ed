"""What readers tell: answered or not, with which words, in which sentence, and how they rank; beside the cross-encoder.

    python tests/benchmarks/reader.py [--runs RUN …] [--reader FOLDER] [--sets …] [--limit N] [--ranked N] [--write]

Measured are runs of ``python -m training`` from their checkpoints (``--runs``, one for each fold: every article of
squad2_dev_nineteen is read by the run that never saw it, all other sets by the first run), an exported reader or a
question answering model of transformers (``--reader``), and always the cross-encoder as it is shipped, whose logit of
the passage is its score. Nothing is tuned here. A set that a reader was trained on is left out.

"answered" sets: a question with the passage that answers it, or with the one that its makers say does not (squad2,
clapnq, mtrag, scifact); where they named none, with the passage of the set that shares most words ("other passages").
wice: claims with the page that they cite, supported ones against the others. "ranking": the relevant passages among the
twenty that share most words with the question; nDCG@10, as a difference to the cross-encoder too. Intervals are 95 %
bootstrap intervals over articles or questions.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cached import KeptScores
from measures import CACHE, REPOSITORY, figures, interval, write_results

sys.path.insert(0, str(REPOSITORY))  # the training is run from a checkout
from footnoted.index.models.bundled import cores
from footnoted.index.models.read import FolderReader, open_reader
from footnoted.index.models.reading import Reader
from footnoted.index.text.sentences import sentences
from training.checkpoints import load_network
from training.data.sources import SOURCES, Split, parted, read_all
from training.devices import chosen
from training.figures import FIGURES, Probe, Row, sentence_right
from training.figures import interval as group_interval
from training.held_out import held_out_probes, rows_of
from training.network import ReaderNetwork
from training.options import Options, settled
from training.readers import NetworkReader
from training.start import tokenizer

SHARED = Path(os.environ.get("FOOTNOTE_SHARED") or REPOSITORY.parent / "shared")
CROSS_ENCODER = "cross-encoder"
NAMED = ("squad2", "clapnq", "mtrag", "scifact")  # these name passages that do not answer
OTHERS = ("nq_open", "lihua")  # here one is taken that shares words
CLAIMS = "wice"  # sentences with the page that they cite
RANKED = ("squad2", "clapnq", "mtrag", "scifact", "nq_open", "lihua", "hotpotqa500", "multihoprag_evidence")
CANDIDATES = 20
PART = 800  # characters of a page read at once
HELD_OUT = ("squad2_dev_six", "squad2_dev_nineteen", "qed_dev", "selqa", "molweni_test", "condaqa")

_WORD = re.compile(r"\w+")


class Corpus:
    """A question set's passages, and those that share most words with a question by inverse document frequency."""

    def __init__(self, folder: Path) -> None:
        self.texts: dict[str, str] = {}
        self._postings: dict[str, list[str]] = defaultdict(list)
        for line in lines_of(folder / "corpus.jsonl"):
            self.texts[line["id"]] = line["text"]
            for word in set(_WORD.findall(f"{line.get('title', '')} {line['text']}".casefold())):
                self._postings[word].append(line["id"])

    def nearest(self, question: str, count: int) -> list[str]:
        shared: Counter[str] = Counter()
        for word in set(_WORD.findall(question.casefold())):
            found = self._postings.get(word, [])
            for one in found:
                shared[one] += math.log(1 + len(self.texts) / (1 + len(found)))  # type: ignore[assignment]
        return [one for one, _ in shared.most_common(count)]


def lines_of(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as stream:
        yield from (json.loads(line) for line in stream)


def questions_of(folder: Path, limit: int) -> list[dict]:
    """The questions that can be understood alone, a sample of ``limit``; ``asked`` is how they are put."""
    found = [
        {**line, "asked": line.get("standalone") or line["question"]}
        for line in lines_of(folder / "questions.jsonl")
        if line.get("standalone") or not line.get("history")
    ]
    return random.Random(0).sample(found, min(limit or len(found), len(found)))


def bench_probes(name: str, corpus: Corpus, questions: Sequence[dict]) -> list[Probe]:
    """A question set as questions with a passage that answers or does not."""
    found = []
    for line in questions:
        for passage in line["relevant"][:1]:
            text = corpus.texts[passage]
            spans, evidence = occurrences(text, line["answers"]), occurrences(text, line.get("evidence_sentences", ()))
            group = line.get("article") or line["id"]
            found.append(Probe(name, group, line["asked"], text, True, spans, evidence, name == "scifact"))
        unanswered = [one for one in line.get("related", ()) if one in corpus.texts and not line["answerable"]][:1]
        if name in OTHERS:
            nearest = corpus.nearest(line["asked"], CANDIDATES)
            unanswered = [one for one in nearest if one not in line["relevant"] and not said(corpus, one, line)][:1]
        for passage in unanswered:
            group = line.get("article") or line["id"]
            found.append(Probe(name, group, line["asked"], corpus.texts[passage], False, claim=name == "scifact"))
    return found


def occurrences(text: str, wanted: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where the wanted texts stand, each at its first place; short ones only as whole words."""
    found = []
    for one in wanted:
        if match := re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.I):
            found.append(match.span())
    return tuple(found)


def said(corpus: Corpus, passage: str, line: dict) -> bool:
    """Whether an answer stands in a passage all the same."""
    return bool(occurrences(corpus.texts[passage], [answer for answer in line["answers"] if len(answer) > 1]))


class CrossEncoder:
    """The cross-encoder as it is shipped, in the place of a reader; what it said is kept."""

    def __init__(self, cache: Path) -> None:
        self._scorer = KeptScores(cache / "reader-scores.sqlite")

    def rows(self, probes: Sequence[Probe]) -> list[Row]:
        return [self._row(probe) for probe in probes]

    def _row(self, probe: Probe) -> Row:
        (score,) = self._scorer.scores(probe.question, [probe.passage])
        sentence = None
        if probe.answered and probe.evidence:
            spans = sentences(probe.passage)
            logits = self._scorer.scores(probe.question, [probe.passage[start:end] for start, end in spans])
            by_span = dict(zip(spans, logits, strict=True))
            sentence = sentence_right(probe, lambda start, end: by_span[start, end])
        return Row(probe.group, probe.answered, score, sentence=sentence)

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        return self._scorer.scores(question, texts)


def split_of(options: dict) -> Split:
    return Options(**options).split


class Readers:
    """The readers to be measured under one name, each with what it never saw."""

    def __init__(self, readers: Sequence[tuple[Reader, Split | None]]) -> None:
        self._readers = readers

    def unseen(self, name: str, limit: int, data: Path) -> list[Row]:
        """The rows of those lines of a training set that a reader did not learn from."""
        rows: list[Row] = []
        done: set[str] = set()
        for reader, split in self._readers:
            lines = read_all(data, [name])
            if split is None:  # it was not trained here
                split = Split((name,), None)
            probes = [probe for found in held_out_probes(lines, split, limit).values() for probe in found]
            fresh = [probe for probe in probes if probe.group not in done]
            rows += rows_of(fresh, reader)
            done |= {line.group for line in parted(lines[name], split)[1]}
        return rows

    def rows(self, probes: Sequence[Probe]) -> list[Row]:
        return rows_of(probes, self._readers[0][0])

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        return [reading.relevance for reading in self._readers[0][0].read(question, texts)]

    def knows(self, name: str) -> bool:
        """Whether the first reader may have learnt from the articles of a question set."""
        split = self._readers[0][1]
        return name == "squad2" and split is not None and "squad2_dev_six" not in split.sets


def opened_runs(folders: Sequence[Path], threads: int, device: str) -> Readers:
    """The networks in runs' checkpoints."""
    where, words = chosen(device, threads=threads), tokenizer()
    found: list[tuple[Reader, Split | None]] = []
    for folder in folders:
        options, network = settled(folder, {}), ReaderNetwork()
        step = load_network(folder, network)
        print(f"{folder}: step {step} of {options.steps}", flush=True)
        found.append((NetworkReader(network.to(where.name), words, options.limits, where), options.split))
    return Readers(found)


def opened_reader(name: str) -> Readers:
    """A reader by folder or name; an exported one's manifest tells what was held out."""
    reader = open_reader(name)
    assert reader is not None, "a reader is needed"
    split = None
    if isinstance(reader, FolderReader):
        made = json.loads((reader.folder / "reader.json").read_text(encoding="utf-8"))["made"]
        split = split_of(made["options"]) if "options" in made else None
    return Readers([(reader, split)])


def entries(rows: Sequence[Row]) -> dict[str, dict]:
    """Each figure that the rows give, with its interval."""
    found = {}
    for name, figure in FIGURES.items():
        value = figure(rows)
        if not math.isnan(value):
            found[name] = {"value": value, "interval": group_interval(rows, figure), "n": len(rows)}
    return found


def ranking(corpus: Corpus, questions: Sequence[dict], systems: dict[str, Callable]) -> dict[str, dict]:
    """nDCG@10 of each system among the same candidates, and its difference to the cross-encoder."""
    gains: dict[str, list[float]] = defaultdict(list)
    for line in questions:
        relevant = {one for one in line["relevant"] if one in corpus.texts}
        if not relevant:
            continue
        candidates = list(dict.fromkeys([*corpus.nearest(line["asked"], CANDIDATES), *sorted(relevant)]))
        for name, relevance in systems.items():
            scores = relevance(line["asked"], [corpus.texts[one] for one in candidates])
            order = sorted(range(len(candidates)), key=lambda number: -scores[number])
            gains[name].append(figures([candidates[number] for number in order], relevant)["nDCG@10"])
    found = {}
    for name, values in gains.items():
        for title, numbers in (
            ("nDCG@10", values),
            (f"nDCG@10 above the {CROSS_ENCODER}", [a - b for a, b in zip(values, gains[CROSS_ENCODER], strict=True)]),
        ):
            value, low, high = interval(numbers)
            found[f"{name}: {title}"] = {"value": value, "interval": (low, high), "n": len(numbers)}
    return found


def on_questions(
    name: str, options: argparse.Namespace, encoder: CrossEncoder, systems: dict[str, Readers]
) -> dict[str, dict]:
    """The figures on one of the question sets of the benchmark."""
    folder = SHARED / "bench" / name
    found: dict[str, dict] = {}
    corpus = Corpus(folder)
    measured = {CROSS_ENCODER: encoder, **{title: one for title, one in systems.items() if not one.knows(name)}}
    if name in (*NAMED, *OTHERS):
        probes = bench_probes(name, corpus, questions_of(folder, options.limit))
        for title, one in measured.items():
            found |= {f"{title}: {key}": entry for key, entry in entries(one.rows(probes)).items()}
    if options.ranked:
        relevance = {title: one.relevance for title, one in measured.items()}
        found |= ranking(corpus, questions_of(folder, options.ranked), relevance)
    return found


def on_held_out(
    name: str, options: argparse.Namespace, encoder: CrossEncoder, systems: dict[str, Readers]
) -> dict[str, dict]:
    """The figures on what was held out of one of the training sets; the cross-encoder's on all of it."""
    whole, data = Split((name,), None), SHARED / "train"
    rows: dict[str, list[Row]] = {CROSS_ENCODER: []}
    for probes in held_out_probes(read_all(data, [name]), whole, options.limit).values():
        rows[CROSS_ENCODER] += encoder.rows(probes)
    rows |= {title: one.unseen(name, options.limit, data) for title, one in systems.items()}
    return {f"{title}: {key}": entry for title, own in rows.items() for key, entry in entries(own).items()}


def on_claims(
    name: str, options: argparse.Namespace, encoder: CrossEncoder, systems: dict[str, Readers]
) -> dict[str, dict]:
    """Claims with the page that they cite: the best of its parts counts. All of a claim must be supported."""
    cases = list(lines_of(SHARED / "bench" / name / "cases.jsonl"))
    cases = random.Random(0).sample(cases, min(options.limit or len(cases), len(cases)))
    measured: dict[str, Readers | CrossEncoder] = {CROSS_ENCODER: encoder, **systems}
    found: dict[str, dict] = {}
    for title, one in measured.items():
        rows: dict[str, list[Row]] = {"the rest": [], "not supported": []}
        for case in cases:
            probes = [Probe(name, case["id"], case["claim"], part, True, claim=True) for part in parts_of(case)]
            best = max(row.score for row in one.rows(probes))
            row = Row(case["id"], case["label"] == "supported", best)
            rows["the rest"].append(row)
            if case["label"] != "partially_supported":
                rows["not supported"].append(row)
        for against, own in rows.items():
            found |= {f"{title}: {key}, against {against}": entry for key, entry in entries(own).items()}
    return found


def parts_of(case: dict) -> list[str]:
    """A page in parts of about PART characters, each of whole lines and with the last line of the one before."""
    parts: list[list[str]] = [[]]
    for line in map(str, case["evidence"]):
        if parts[-1] and sum(map(len, parts[-1])) + len(line) > PART:
            parts.append(parts[-1][-1:])
        parts[-1].append(line)
    return [" ".join(part) for part in parts if part]


def shown(title: str, found: dict[str, dict]) -> None:
    print(title)
    for name, entry in found.items():
        low, high = entry["interval"]
        print(f"  {name:45} {entry['value']:6.3f}  {low:.3f} to {high:.3f}  ({entry['n']})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", nargs="+", type=Path, default=[])
    parser.add_argument("--reader", default="")
    parser.add_argument("--sets", default=",".join((*HELD_OUT, *RANKED, CLAIMS)))
    parser.add_argument("--limit", type=int, default=0, help="questions of a set; 0: all")
    parser.add_argument("--ranked", type=int, default=100, help="questions of a set that are ranked; 0: none")
    parser.add_argument("--threads", type=int, default=cores())
    parser.add_argument("--device", default="cpu", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    named = [name for name in options.sets.split(",") if name]
    if unknown := set(named) - {source.name for source in SOURCES} - {*RANKED, CLAIMS}:
        parser.error(f"there is no set called {', '.join(sorted(unknown))}")
    encoder, systems = CrossEncoder(options.cache), {}
    if options.runs:
        systems["runs"] = opened_runs(options.runs, options.threads, options.device)
    if options.reader:
        systems["reader"] = opened_reader(options.reader)
    results: dict[str, dict] = {}
    for name in named:
        measure = on_claims if name == CLAIMS else on_questions if name in RANKED else on_held_out
        results[name] = measure(name, options, encoder, systems)
        shown(name, results[name])
    if options.write:
        of = {"runs": [str(run) for run in options.runs], "reader": options.reader, "limit": options.limit}
        write_results("reader", {"measured": of, **results})


if __name__ == "__main__":
    main()
