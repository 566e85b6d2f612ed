"""Talks and the questions after them: which words of the talk a question lacks, as people wrote it and as made here."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from footnoted.assistant.english.followup_features import Token, Turn, tokens, turn

FILE = "followups"
# Questions that stand alone, as people typed them: after a talk about something else they are a new topic.
NATURAL = ("qed_dev", "boolq3l_dev", "selqa", "strategyqa_facts", "covidqa")
_NATURAL_EACH = 500
_LOWERED = 0.3  # of the examples are repeated in lower case
_ALONE_WEIGHT = 3  # people seldom ask about the same topic what needs no talk: in long talks with documents they do
_NOT_COMPLETED = 0.15  # of the questions of a talk are as asked: the model misses some, too
_OTHER_TOPIC_BEFORE = 0.5  # of the talks have one about something else before them
_PREPOSITIONS = "in on at for of by with from during after before since under about to"
_EITHER = _PREPOSITIONS.replace(" ", "|")
_PART = re.compile(
    rf"\b(?:{_EITHER})(?:\s+(?!(?:{_EITHER})\b)[\w'’.-]+){{1,3}}(?=\s+(?:{_EITHER})\b|\W*$)", re.IGNORECASE
)
_OPENINGS = ("And {}?", "and {}?", "{}?", "{}", "What about {}?", "what about {}", "How about {}?", "But {}?", "And {}")
_ORDINALS = ("the first one", "the second one", "the third one", "the last one", "the second", "the first")
_POINTS = re.compile(r"\b(?:it|they|them|he|she|him)\b", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|she|him|her|his)\b", re.IGNORECASE)
_PLACE = re.compile(r"\bthere\b", re.IGNORECASE)
_TOPICS = (
    "Explain {}", "Explain {}.", "Tell me about {}", "Describe {}.", "Summarize {}", "Summarise the {}.", "Define {}",
    "What is {}?", "What are {}?", "Give me an overview of {}", "List the {}", "{} overview", "{} requirements", "{}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A question after a talk. ``lacking`` holds the stems of the talk's words that it lacks, ``either`` of such that
    may be given to it or not.

    ``kind`` is "human" (written by people, after this talk), "complete" (what they wrote it out as), "switch" (made:
    another topic), "exchange" (made: a part of the last question is put in place of another), "item" (made: a list item
    by its place) or "person" (made: whom an answer names). ``groups`` are the topics that it must be held out with.
    """

    set: str
    kind: str
    groups: tuple[str, ...]
    text: str
    question: tuple[Token, ...]
    talk: tuple[Turn, ...]
    lacking: frozenset[str]
    either: frozenset[str] = frozenset()

    @property
    def needs(self) -> bool:
        return bool(self.lacking)

    def lowered(self) -> Example:
        return replace(self, text=self.text.lower(), question=tokens(self.text.lower()))


def read(folder: Path, name: str = FILE) -> list[dict]:
    """The lines of a file of the training data.

    Raises:
        ValueError: it cannot be read.
    """
    path = folder / f"{name}.jsonl.xz"
    try:
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            return [json.loads(line) for line in stream]
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        raise ValueError(
            f"The training data {path} cannot be read: say where it lies with --data ({error})."
        ) from error


def examples(folder: Path, seed: int = 1) -> list[Example]:
    """All examples, always the same for a seed; those in lower case are not among them (see :func:`for_training`)."""
    lines, draw = read(folder), random.Random(seed)
    written = {
        (line["group"], line["question"].strip()): line["standalone"] for line in lines if not line["constructed"]
    }
    people = [made for line in lines if (made := _of_line(line, written))]
    complete = [made for line in lines if (made := _of_rewrite(line, written))]
    return [
        *people,
        *complete,
        *_switches(folder, lines, people, draw),
        *_exchanges(people, draw),
        *_items(people, draw),
        *_persons(folder, people, draw),
    ]


def for_training(chosen: Sequence[Example], seed: int = 1) -> list[Example]:
    """The same, some again in lower case, some talks with one about something else before them, or less completed."""
    draw, made = random.Random(seed), []
    for one in chosen:
        if draw.random() < _OTHER_TOPIC_BEFORE:
            one = _after_another(one, draw.choice(chosen).talk[-3:], draw.randint(1, 3))
        one = replace(
            one, talk=tuple(replace(t, whole=t.asked) if draw.random() < _NOT_COMPLETED else t for t in one.talk)
        )
        made += [one] * (_ALONE_WEIGHT if one.kind == "human" and not one.needs else 1)
        if draw.random() < _LOWERED:
            made.append(one.lowered())
    return made


def _after_another(one: Example, other: tuple[Turn, ...], turns: int) -> Example:
    """The example after a talk about something else, with the last turns of its own, of which the first is complete."""
    own = one.talk[-turns:]
    own = (replace(own[0], asked=own[0].whole), *own[1:])
    said = _stems(token for turn in own for token in (*turn.asked, *turn.whole, *turn.answer))
    return replace(one, talk=(*other, *(own if one.lacking <= said else one.talk)))


def talk_of(line: dict, written: dict[tuple[str, str], str]) -> tuple[Turn, ...]:
    """The turns before a question, those before it with the words that a person gave them.

    CANARD shows its askers the title of the article and of the section: here somebody asked about them first.
    """
    talk: list[list[str]] = []
    for message in line["history"]:
        if message["role"] == "system":
            about = message["content"].removeprefix("Topic: ").replace(" - ", ", ")
            talk.append([f"Tell me about {about}.", ""])
        elif message["role"] == "user":
            talk.append([message["content"].strip(), ""])
        elif talk:
            talk[-1][1] = message["content"]
    return tuple(turn(asked, written.get((line["group"], asked), asked), answer) for asked, answer in talk)


def _of_line(line: dict, written: dict[tuple[str, str], str]) -> Example | None:
    """The example of a line; nothing where the words that its rewrite adds are not those of the talk."""
    talk = talk_of(line, written)
    if not talk:
        return None
    question = tokens(line["question"])
    added = _stems(tokens(line["standalone"])) - {token.stem for token in question}
    lacking = added & _stems(token for one in talk for token in (*one.asked, *one.whole, *one.answer))
    if line["needs_history"] and (not lacking or len(lacking) < len(added) / 2):
        return None
    groups = tuple(dict.fromkeys((line["group"], line.get("group2", line["group"]))))
    name = line["set"].removesuffix("-switch")
    kind = "switch" if line["constructed"] else "human"
    return Example(name, kind, groups, line["question"], question, talk, frozenset(lacking))


def _of_rewrite(line: dict, written: dict[tuple[str, str], str]) -> Example | None:
    """What a person wrote out in full, after the same talk: it is about the talk and lacks nothing."""
    talk = talk_of(line, written)
    if not talk or line["constructed"] or line["standalone"] == line["question"]:
        return None
    text = line["standalone"]
    return Example(line["set"], "complete", (line["group"],), text, tokens(text), talk, frozenset())


def _stems(said: Iterable[Token]) -> set[str]:
    return {token.stem for token in said if token.content}


def _switches(folder: Path, lines: Sequence[dict], people: Sequence[Example], draw: random.Random) -> Iterator[Example]:
    """Questions that stand alone, written by people elsewhere, after a talk about something else."""
    cast = [one for one in people if one.set.startswith("cast")]
    rest = [one for one in people if not one.set.startswith("cast")]
    for line in (line for line in lines if line["set"].startswith("cast")):
        yield from _switched(line["standalone"], line["group"], draw.choice(cast))
    for name in NATURAL:
        found = read(folder, name)
        for line in draw.sample(found, min(_NATURAL_EACH, len(found))):
            text = re.sub(r"\s*\?*$", "?" if draw.random() < 0.6 else "", line["question"])
            text = text[:1].upper() + text[1:] if draw.random() < 0.6 else text
            yield from _switched(text, f"{name}/{line['group']}", draw.choice(cast if draw.random() < 0.4 else rest))
            if line.get("title") and draw.random() < 0.3:
                title = line["title"] if draw.random() < 0.5 else line["title"].lower()
                topic = draw.choice(_TOPICS).format(title)
                yield from _switched(
                    topic, f"{name}/{line['group']}", draw.choice(cast if draw.random() < 0.4 else rest)
                )


def _switched(text: str, group: str, after: Example) -> Iterator[Example]:
    if group not in after.groups:
        groups = (*after.groups, group)
        yield Example(after.set, "switch", groups, text, tokens(text), after.talk, frozenset())


def _exchanges(people: Sequence[Example], draw: random.Random) -> Iterator[Example]:
    """ "How many people live in France?", "And in Chile?": a part of another question in place of one of the last."""
    parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    able = []
    for one in (one for one in people if one.kind == "human"):
        text = " ".join(token.text for token in one.talk[-1].whole)
        if found := [match.group() for match in _PART.finditer(text)]:
            able.append((one, text, found))
            for part in found:
                parts[_sort(part)].append((part, one.groups[0]))
    for one, text, found in able:
        new, group = draw.choice(parts[_sort(draw.choice(found))])
        alike = [part for part in found if _sort(part) == _sort(new)]
        old = next((part for part in reversed(alike) if part.split()[0] == new.split()[0]), alike[-1])
        kept = _stems(tokens(text.replace(old, " "))) - _stems(tokens(new))
        if group in one.groups or not kept:
            continue
        opening = draw.choice(_OPENINGS)
        bare = opening not in ("{}", "{}?") and draw.random() < 0.4
        asked = opening.format(new.split(" ", 1)[1] if bare else new)
        yield Example(one.set, "exchange", (*one.groups, group), asked, tokens(asked), one.talk, frozenset(kept))


def _sort(part: str) -> str:
    """What stands behind a preposition: a name, a number, or other words."""
    read = tokens(part)[1:]
    return "number" if any(t.number for t in read) else "name" if any(t.name for t in read) else "word"


def _persons(folder: Path, people: Sequence[Example], draw: random.Random) -> Iterator[Example]:
    """A question about "he", "she" or "there" after one that asked who or where: it is whom the answer names."""
    able = {
        "who": [one for one in people if one.kind == "human" and _PERSON.search(one.text)],
        "where": [one for one in people if one.kind == "human" and _PLACE.search(one.text)],
    }
    for line in read(folder, "qed_dev"):
        match = re.match(r"(?:\w+\s+){0,2}?(who|where)\b", line["question"])
        if not match or not line["answers"] or len(line["answers"][0].split()) > 5:
            continue
        if not able[match[1]]:
            continue
        one = draw.choice(able[match[1]])
        name, asked = line["answers"][0], f"{line['question'].rstrip(' ?').capitalize()}?"
        told = next(
            (line["passage"][start:end] for start, end in line["evidence"] if name in line["passage"][start:end]), name
        )
        question = tokens(one.text)
        lacking = _stems(tokens(f"the {name}")) - {token.stem for token in question}
        talk = (*one.talk[:-1][-1:], turn(asked, asked, draw.choice((name, told, told))))
        if lacking <= _stems(talk[-1].answer) and lacking:
            groups = (*one.groups, f"qed_dev/{line['group']}")
            either = frozenset(_stems(tokens(asked)) - lacking)
            yield Example(one.set, "person", groups, one.text, question, talk, frozenset(lacking), either)


def _items(people: Sequence[Example], draw: random.Random) -> Iterator[Example]:
    """A question about "it" asked about "the second one" of a list that was just given."""
    named = [(name, one.groups[0]) for one in people if (name := _name_in(one))]
    for one in people:
        if one.kind != "human" or not one.needs or draw.random() > 0.15 or not _POINTS.search(one.text):
            continue
        chosen, asked = draw.sample(named, draw.randint(2, 5)), draw.choice(_ORDINALS)
        place = {"first": 0, "second": 1, "third": 2, "last": -1}[asked.split()[1]]
        if place >= len(chosen) or any(group in one.groups for _, group in chosen):
            continue
        listed = "\n".join(f"{draw.choice(('- ', f'{number}. '))}{name}" for number, (name, _) in enumerate(chosen, 1))
        text = _POINTS.sub(asked, one.text, count=1) if draw.random() < 0.7 else draw.choice(_OPENINGS).format(asked)
        last = turn(
            " ".join(token.text for token in one.talk[-1].asked), " ".join(t.text for t in one.talk[-1].whole), listed
        )
        lacking = _stems(tokens(chosen[place][0])) - {token.stem for token in tokens(text)}
        groups = (*one.groups, *(group for _, group in chosen))
        if lacking:
            yield Example(one.set, "item", groups, text, tokens(text), (*one.talk[:-1], last), frozenset(lacking))


def _name_in(one: Example) -> str:
    """The first name of a talk's first question."""
    found: list[str] = []
    for token in one.talk[0].asked:
        if token.name:
            found.append(token.text)
        elif found:
            break
    return " ".join(found)
