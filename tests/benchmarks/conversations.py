"""Conversations with switches, returns and ellipses: what is searched for, before and now, in one run.

    python tests/benchmarks/conversations.py [--limit N] [--before REVISION] [--list] [--write]

Forty conversations were written about the documents in ``conversations/``; sixty are drawn from the topics of
``../shared/train/followups.jsonl.xz`` that the shipped model was never taught (their documents are the answers that the
people gave). "Before" are the rules of the revision named (they are read out of the repository's history). A switch is
polluted when anything of the talk was searched for with it; a word is found when the search has it. Intervals are over
conversations.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import subprocess
import sys
import tempfile
import types
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measures import REPOSITORY, interval, table, write_results

sys.path.insert(0, str(REPOSITORY))

from footnoted.assistant.chain import Assistant, open_assistant
from footnoted.assistant.english.followup import Standalone, understood
from footnoted.assistant.english.followup_features import tokens
from footnoted.index import open_index
from training.data.followups import read
from training.followups import HELD_OUT, is_held_out

WRITTEN = Path(__file__).parent / "conversations"
DATA = REPOSITORY.parent / "shared" / "train"
RULES = "8e979fa"  # the last revision with rules
DRAWN = {"canard": 45, "cast": 15}
MOST_TURNS = 5
POLLUTED, FOUND = 0.02, 0.85  # what must hold now
Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a conversation; ``history`` is what people said before it, where that is known."""

    kind: str
    question: str
    lacking: tuple[str, ...]
    expected: str = ""
    history: tuple[Message, ...] | None = None


Conversation = tuple[Asked, ...]


def written() -> list[Conversation]:
    """The conversations that were written for this."""
    found = []
    for part in re.split(r"\n\s*\n", (WRITTEN / "talks.txt").read_text(encoding="utf-8")):
        lines = [line for line in part.splitlines() if line.strip() and not line.startswith("#")]
        cells = [[cell.strip() for cell in line.split("|")] for line in lines]
        if cells:
            found.append(
                tuple(Asked(kind, asked, tuple(lacks.split()), wanted) for kind, asked, lacks, wanted in cells)
            )
    return found


def drawn(lines: Sequence[dict], seed: int = 1) -> list[Conversation]:
    """Dialogues of people on topics left out of the training, each ending with a question about another topic."""
    draw, found = random.Random(seed), []
    kept = [line for line in lines if not line["constructed"] and is_held_out(line["group"], HELD_OUT)]
    for name, count in DRAWN.items():
        dialogues: dict[str, list[dict]] = defaultdict(list)
        for line in (line for line in kept if line["set"].startswith(name)):
            dialogues[line["id"].rsplit("#", 1)[0] if name == "canard" else line["group"]].append(line)
        chosen = draw.sample(sorted(dialogues), min(count, len(dialogues)))
        alone = [line for line in kept if line["set"].startswith(name)]
        for key in chosen:
            turns = [asked for line in dialogues[key] if (asked := _asked(line))][:MOST_TURNS]
            other = draw.choice([line for line in alone if line["group"] != dialogues[key][0]["group"]])
            if turns:
                last = turns[-1]
                after = (*(last.history or ()), {"role": "user", "content": last.question})
                found.append((*turns, Asked("switch", other["standalone"], (), history=after)))
    return found


def _asked(line: dict) -> Asked | None:
    """A question that lacks words of its talk; nothing where it lacks none, or its rewrite has words from elsewhere."""
    history = tuple(_message(message) for message in line["history"])
    said = {token.stem for message in history for token in tokens(message["content"]) if token.content}
    own = {token.stem for token in tokens(line["question"])}
    added = {token.stem: token.text for token in tokens(line["standalone"]) if token.content and token.stem not in own}
    lacking = tuple(text for key, text in added.items() if key in said)
    if not line["rewrite_covered"] or not lacking or len(lacking) < len(added):
        return None
    return Asked("needs", line["question"], lacking, history=history)


def _message(message: Message) -> Message:
    """CANARD's askers saw the title of an article: here somebody asked about it first."""
    if message["role"] == "system":
        return {"role": "user", "content": f"Tell me about {message['content'][7:].replace(' - ', ', ')}."}
    return message


def documents(lines: Sequence[dict]) -> Iterator[tuple[str, str]]:
    """The answers of each dialogue of CANARD that is left out, and of as many others, as a document."""
    said: dict[str, dict[str, None]] = defaultdict(dict)
    for line in lines:
        if line["set"] == "canard-dev" and (
            is_held_out(line["group"], HELD_OUT) or is_held_out(line["group"][::-1], HELD_OUT)
        ):
            for message in line["history"]:
                if message["role"] == "assistant" and message["content"] != "I don't know.":
                    said[line["history"][0]["content"][7:]][message["content"]] = None
    for title, answers in said.items():
        yield title, f"# {title}\n\n" + "\n\n".join(answers)


# Asking ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question: what was searched for, whether it was in doubt, whether the answer has what it must."""

    asked: Asked
    first: bool
    searched: str
    doubt: bool
    right: bool | None

    @property
    def polluted(self) -> bool | None:
        """Whether the search has words that the question has not; None for a question that needs some, or is first."""
        if self.first or self.asked.kind not in ("switch", "return"):
            return None
        return bool(_stems(self.searched) - _stems(self.asked.question))

    @property
    def found(self) -> list[float]:
        """Of the words that are lacking, those that were searched for."""
        had = _stems(self.searched)
        return [float(bool(_stems(word) & had)) for word in self.asked.lacking]

    @property
    def superfluous(self) -> list[float]:
        """Of the words that a question was given, those that it did not lack."""
        if self.asked.kind != "needs":
            return []
        wanted = _stems(" ".join(self.asked.lacking))
        return [float(stem not in wanted) for stem in _stems(self.searched) - _stems(self.asked.question)]


def _stems(text: str) -> set[str]:
    return {token.stem for token in tokens(text) if token.content}


def asked(assistant: Assistant, talk: Conversation, rules: Callable) -> tuple[list[Outcome], list[Outcome]]:
    """The outcomes of a conversation by the rules, and now; each question after the answers that are given now.

    What gives the same search is answered once; where nothing is expected of an answer and nothing is in doubt, it is
    not asked for.
    """
    history: list[Message] = []
    before, now = [], []
    for one in talk:
        said = list(one.history) if one.history is not None else history
        meant, old = understood(one.question, said), rules(one.question, said)
        searched, doubt, texts = Standalone(old.asked, old.given).text, len(meant.readings) > 1, {}
        if one.history is None or doubt:
            answer = assistant.answer(one.question, said)
            texts[answer.standalone_question] = answer.text
            history += [{"role": "user", "content": one.question}, {"role": "assistant", "content": answer.text}]
        found = next(iter(texts), meant.readings[0].text)
        if one.expected and searched not in texts:
            texts[searched] = assistant.answer(one.question, said, search_for=searched).text
        for outcomes, text, unsure in ((before, searched, False), (now, found, doubt)):
            right = one.expected.casefold() in texts[text].casefold() if one.expected else None
            outcomes.append(Outcome(one, not said, text, unsure, right))
    return before, now


def old_rules(revision: str) -> Callable:
    """``standalone`` of an earlier revision."""
    path = f"{revision}:assistant/english/followup.py"
    text = subprocess.run(["git", "show", path], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    module = types.ModuleType("footnoted.assistant.english.before")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    exec(compile(text, path, "exec"), module.__dict__)
    return module.standalone


def figures(every: Sequence[Sequence[Outcome]]) -> dict[str, tuple[float, float, float, int]]:
    """Each figure with its interval over conversations, and of how many cases it is."""
    values: dict[str, Callable[[Outcome], Iterable[float]]] = {
        "switches polluted": lambda one: [] if one.polluted is None else [float(one.polluted)],
        "lacking words found": lambda one: one.found,
        "words given that were not lacking": lambda one: one.superfluous,
        "in doubt": lambda one: [] if one.first else [float(one.doubt)],
        "answers right": lambda one: [] if one.right is None else [float(one.right)],
    }
    found = {}
    for name, value in values.items():
        parts = [[number for one in talk for number in value(one)] for talk in every]
        parts = [part for part in parts if part]
        if parts:
            mean = sum(map(sum, parts)) / sum(map(len, parts))
            _, low, high = interval([sum(part) / len(part) for part in parts])
            found[name] = (round(mean, 3), round(low, 3), round(high, 3), sum(map(len, parts)))
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--limit", type=int, default=0, help="so many conversations of each kind")
    options.add_argument("--before", default=RULES, metavar="REVISION")
    options.add_argument("--list", action="store_true", help="every question with what was searched for")
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    lines, rules = read(DATA), old_rules(given.before)
    kinds = {"written": written(), "drawn": drawn(lines)}
    results: dict[str, dict] = {}
    outcomes: dict[str, list] = defaultdict(list)
    for kind, talks in kinds.items():
        with tempfile.TemporaryDirectory() as home, open_index(home) as index:
            add_all(index, Path(home) / "texts", lines if kind == "drawn" else None)
            assistant = open_assistant(index=index)
            pairs = [asked(assistant, talk, rules) for talk in talks[: given.limit or None]]
            for name, own in zip(("before", "now"), map(list, zip(*pairs, strict=True)), strict=True):
                outcomes[name] += own
                results[f"{kind}, {name}"] = figures(own)
                if given.list:
                    listed(own, f"{kind}, {name}")
    results |= {f"all, {name}": figures(own) for name, own in outcomes.items()}
    names = list(dict.fromkeys(name for own in results.values() for name in own))
    rows = [[kind, *(shown(own.get(name)) for name in names)] for kind, own in results.items()]
    print(table(["", *names], rows))
    if given.write:
        write_results("conversations", results)
    now = results["all, now"]
    failed = now["switches polluted"][0] > POLLUTED or now["lacking words found"][0] < FOUND
    return int(failed)


def add_all(index, folder: Path, lines: Sequence[dict] | None) -> None:
    """Add the documents of the written conversations, or those of the drawn ones."""
    if lines is None:
        index.add(WRITTEN / "documents")
        return
    folder.mkdir()
    for number, (_, text) in enumerate(documents(lines)):
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    index.add(folder)


def shown(figure: tuple[float, float, float, int] | None) -> str:
    return f"{figure[0]:.3f} ({figure[1]:.3f} to {figure[2]:.3f}; {figure[3]})" if figure else ""


def listed(every: Sequence[Sequence[Outcome]], name: str) -> None:
    """Print what was searched for, and what is wrong with it."""
    for one in itertools.chain.from_iterable(every):
        flaws = ["POLLUTED"] if one.polluted else []
        flaws += (
            ["WORDS " + " ".join(w for w, ok in zip(one.asked.lacking, one.found, strict=True) if not ok)]
            if 0.0 in one.found
            else []
        )
        flaws += [] if one.right is not False else [f"WRONG ({one.asked.expected})"]
        print(f"{name} | {one.asked.kind}{' ?' if one.doubt else ''} | {one.searched} | {'; '.join(flaws)}")


if __name__ == "__main__":
    sys.exit(main())
