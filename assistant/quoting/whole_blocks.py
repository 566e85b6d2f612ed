"""From the sentence that fits best to the block that answers: a whole list, procedure, table, section or code.

A question for a fact is answered by sentences. One for steps, members or an explanation is answered by a part of the
document as its author made it, under its heading. The parts around the best passages are read by the cross-encoder
with their headings, so that the section whose heading is the question wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from footnoted.assistant.answers import Citation, Sentence
from footnoted.assistant.english.facts import ASKING
from footnoted.assistant.english.wanted import Wanted, members_asked
from footnoted.assistant.quoting.citations import cite
from footnoted.assistant.quoting.evidence import Candidate, Scorer, candidates
from footnoted.assistant.quoting.sentences import sentence_of
from footnoted.assistant.quoting.shown import shown
from footnoted.index.store.keywords import STOPWORDS, content_words, stem
from footnoted.index.text.blocks import Structure
from footnoted.index.types import NO_CONTENT, Block, Passage

LOOKED_AT = 3  # passages around which parts are looked for
MOST_PARTS = 12  # that are read
LONGEST_SECTION = 1800  # characters: about what a screen holds
LONGEST_PART = 6000
LONGEST_OPENING = 700  # of a section or a document: what says what it is about
READ = 1000  # characters of a part that the cross-encoder reads
SAME = 1.0  # logits that a part of the document with the best sentence is ahead of others
BEHIND = 4.0  # logits that a part may score below the best sentence
FORMS: dict[Wanted, tuple[str, ...]] = {
    "list": ("list", "ordered list", "table", "outline"),
    "procedure": ("ordered list", "list", "section", "code"),
    "explanation": ("opening",),
    "definition": ("opening",),
}
FEWEST_HEADINGS = 3  # below one heading, that make an outline of it


@dataclass(frozen=True, slots=True)
class Document:
    """A document as parts are looked for in it: its blocks, and ``read(start, end)`` for its text."""

    structure: Structure
    read: Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document that may answer: its span, what it is, and the heading above it."""

    passage: Passage
    kind: str  # list, ordered list, table, code, section, outline
    start: int
    end: int
    heading: Block | None
    blocks: tuple[Block, ...] = field(repr=False)


def answered_by(
    question: str,
    kind: Wanted,
    ranked: Sequence[tuple[Candidate, float]],
    passages: Sequence[Passage],
    document_of: Callable[[Passage], Document],
    scorer: Scorer,
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]] | None:
    """The sentences and citations of the part that answers; ``None`` where single sentences are the better answer.

    Args:
        ranked: the candidates of the best passages with their scores, best first.
    """
    if kind == "fact" or not ranked:
        return None
    lead, best = ranked[0]
    documents = {passage.source: document_of(passage) for passage in passages[:LOOKED_AT]}
    parts = [part for part in _parts(lead, passages[:LOOKED_AT], documents) if part.kind in FORMS[kind]]
    if kind in ("explanation", "definition"):
        holding = kind == "explanation"  # "What is the charge for it?" asks for a fact, unless a section is called that
        parts = [part for part in parts if _is_about(question, part) or (holding and _holds(part, lead))]
    parts = parts[:MOST_PARTS]
    if not parts:
        return None
    if named := _named_by_headings(question, parts, documents):
        return _outlined(named, documents[named.passage.source])
    scores = scorer.scores(question, [_read(part, documents[part.passage.source]) for part in parts])
    valued = [
        score + (SAME if part.passage.source == lead.passage.source else 0.0)
        for part, score in zip(parts, scores, strict=True)
    ]
    place = max(range(len(parts)), key=lambda number: (valued[number], -number))
    if scores[place] < best - (BEHIND if parts[place].kind != "outline" else 0.0):
        return None
    if _is_for_one_row(question, lead, parts[place], documents[parts[place].passage.source]):
        return None
    return _written(question, parts[place], documents[parts[place].passage.source])


def _holds(part: Part, lead: Candidate) -> bool:
    return part.passage.source == lead.passage.source and part.start <= lead.start and lead.end <= part.end


def _is_about(question: str, part: Part) -> bool:
    """Whether its heading, or else the title of its document, has all that the question asks about."""
    asked = {stem(word) for word in content_words(question) if word not in STOPWORDS | ASKING}
    named = part.heading.label if part.heading else part.passage.title
    return bool(asked) and asked <= {stem(word) for word in content_words(named)}


def _is_for_one_row(question: str, lead: Candidate, part: Part, document: Document) -> bool:
    """Whether the question has a word that of a whole table only the best sentence, one of its rows, has."""
    if part.kind != "table" or not lead.row or not _holds(part, lead):
        return False
    heading = part.heading.label if part.heading else ""
    above, below = document.read(part.start, lead.start), document.read(lead.end, part.end)
    around = " ".join((part.passage.title, heading, above, below))
    elsewhere = {stem(word) for word in content_words(around)}
    asked = {stem(word) for word in content_words(question) if word not in STOPWORDS | ASKING}
    return bool((asked & {stem(word) for word in content_words(lead.text)}) - elsewhere)


def _named_by_headings(question: str, parts: Sequence[Part], documents: dict[str, Document]) -> Part | None:
    """An outline of which several headings have the words for what is asked: they are the list."""
    asked = {stem(word) for word in content_words(members_asked(question))} - STOPWORDS
    for part in parts:
        if part.kind != "outline" or not asked:
            continue
        below = documents[part.passage.source].structure.within(part.start + 1, part.end)
        having = tuple(
            one for one in below if one.kind == "heading" and asked <= {stem(word) for word in content_words(one.label)}
        )
        if len(having) >= FEWEST_HEADINGS:
            return replace(part, blocks=having)
    return None


def _parts(lead: Candidate, passages: Sequence[Passage], documents: dict[str, Document]) -> list[Part]:
    """The lists, tables, sections and outlines around the best passages, those of the best sentence first."""
    found: dict[tuple[str, int, int], Part] = {}
    for passage in sorted(passages, key=lambda one: one.id != lead.passage.id):
        structure = documents[passage.source].structure
        found_here = [*_sections(passage, structure), *_openings(passage, structure), *_blocks(passage, structure)]
        for part in found_here:
            found.setdefault((passage.source, part.start, part.end), part)
    return list(found.values())


def _blocks(passage: Passage, structure: Structure) -> Iterator[Part]:
    """The outermost lists, tables and blocks of code that a passage has a part of."""
    done = -1
    for block in structure.within(passage.start, passage.end):
        if block.start < done or block.kind not in ("list", "table", "code") or block.end - block.start > LONGEST_PART:
            continue
        done = block.end
        kind = "ordered list" if block.label == "ordered" and block.kind == "list" else block.kind
        start = _lead_in(structure, block)
        yield Part(passage, kind, start, block.end, _heading_above(structure, start), (block,))


def _lead_in(structure: Structure, block: Block) -> int:
    """Where the paragraph that announces a list or a table begins, or the block itself."""
    before = [one for one in structure.within(max(0, block.start - 400), block.start) if one.end <= block.start]
    last = before[-1] if before else None
    return last.start if last and last.kind == "paragraph" and last.end - last.start <= 300 else block.start


def _sections(passage: Passage, structure: Structure) -> Iterator[Part]:
    """The sections that a passage has a part of, each to the next heading of its level, and outlines of larger ones."""
    headings = structure.headings
    for number, heading in enumerate(headings):
        if heading.start >= passage.end:
            return
        behind = range(number + 1, len(headings))
        after = next((place for place in behind if headings[place].level <= heading.level), len(headings))
        end = headings[after].start if after < len(headings) else structure.end
        if end <= passage.start:
            continue
        inside = tuple(structure.within(heading.start, end))
        below = headings[number + 1 : after]
        direct = [one for one in below if one.level == min(other.level for other in below)]
        if end - heading.start <= LONGEST_SECTION:
            yield Part(passage, "section", heading.start, end, heading, inside)
        elif below:
            first = below[0].start  # what stands below the heading itself
            if first - heading.end > 40:
                yield Part(
                    passage, "section", heading.start, first, heading, tuple(structure.within(heading.start, first))
                )
        if len(direct) >= FEWEST_HEADINGS:
            yield Part(passage, "outline", heading.start, end, heading, tuple(direct))


def _openings(passage: Passage, structure: Structure) -> Iterator[Part]:
    """The first paragraphs of the document and of the sections that a passage has a part of."""
    content = [block for block in structure.blocks if block.kind not in NO_CONTENT]
    headings = structure.headings
    starts: list[Block | None] = [None, *headings] if headings and _before(content, headings[0]) else [*headings]
    for number, heading in enumerate(starts or [None]):
        after = starts[number + 1] if number + 1 < len(starts) else None
        limit = after.start if after else structure.end
        start = heading.start if heading else 0
        if heading is not None and (start >= passage.end or limit <= passage.start) and number > 0:
            continue
        inside = [one for one in structure.within(heading.end if heading else 0, limit) if one.kind == "paragraph"]
        inside = [one for one in inside if one.start >= start and one.end <= limit]
        if not inside:
            continue
        end = inside[0].end
        for block in inside[1:]:
            if block.end - start > LONGEST_OPENING:
                break
            end = block.end
        first = start if heading else inside[0].start
        yield Part(passage, "opening", first, end, heading, tuple(structure.within(first, end)))


def _before(content: Sequence[Block], heading: Block) -> bool:
    return any(block.kind == "paragraph" and block.end <= heading.start for block in content)


def _heading_above(structure: Structure, position: int) -> Block | None:
    above = [heading for heading in structure.headings if heading.end <= position]
    return above[-1] if above else None


def _read(part: Part, document: Document) -> str:
    """What the cross-encoder reads of a part: title and headings above its words."""
    if part.kind == "outline":  # what stands below the heading itself, and the headings below it
        first = part.blocks[0].start
        words = document.read(part.start, min(first, part.start + READ // 2))
        words += "\n".join(heading.label for heading in part.blocks)
    else:
        words = document.read(part.start, min(part.end, part.start + READ))
    heading = part.heading.label if part.heading and part.kind not in ("section", "outline", "opening") else ""
    return "\n".join(one for one in (part.passage.title, heading, words) if one)


def _written(question: str, part: Part, document: Document) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]] | None:
    if part.kind == "outline":
        return _outlined(part, document)
    text = document.read(part.start, part.end)
    whole = replace(part.passage, start=part.start, end=part.end, text=text)
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    opened: tuple[int, int] | None = None
    headings: list[Candidate] = []
    before: Candidate | None = None
    for unit in candidates(whole, document.structure, everything=True):
        # A heading, and what announces a list, stand with what is below and share its footnote.
        if unit.kind == "heading" or unit.text.rstrip().endswith(":"):
            headings.append(unit)
            continue
        holder = _holder(unit)
        opens = holder != opened or bool(headings)
        if opens:
            opened, number = holder, len(citations) + 1
            start, end = max(part.start, min(holder[0], unit.start)), min(part.end, max(holder[1], unit.end))
            start = min([start, *(heading.start for heading in headings)])
            citations.append(cite(number, part.passage, start, end, document.read(start, end), 1.0))
            sentences += [sentence_of(question, heading, number) for heading in headings]
            headings = []
        if not opens and sentences and _goes_on(before, unit):
            sentences[-1] = _longer(sentences[-1], sentence_of(question, unit, len(citations), alone=True))
        else:
            sentences.append(sentence_of(question, unit, len(citations), paragraph=opens))
        before = unit
    return (tuple(sentences), tuple(citations)) if citations else None


def _goes_on(before: Candidate | None, unit: Candidate) -> bool:
    """Whether a sentence is a further one of the item that the sentence before it belongs to."""
    items = [one.unit.inside("item") if one is not None and one.unit else None for one in (before, unit)]
    return items[1] is not None and items[0] == items[1] and unit.kind != "code"


def _longer(item: Sentence, more: Sentence) -> Sentence:
    moved = len(item.text) + 1
    emphasis = (*item.emphasis, *((start + moved, end + moved) for start, end in more.emphasis))
    return replace(item, text=f"{item.text} {more.text}", emphasis=emphasis)


def _holder(unit: Candidate) -> tuple[int, int]:
    """The outermost list or table that a unit lies in, else its own block: what one footnote is for."""
    around = unit.unit.around if unit.unit else ()
    outer = next((block for block in around if block.kind in ("list", "table")), None)
    own = outer or (unit.unit.block if unit.unit else None)
    return (own.start, own.end) if own else (unit.start, unit.end)


def _outlined(part: Part, document: Document) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """The headings below one as a list, each with a footnote."""
    sentences, citations = [], []
    for number, heading in enumerate(part.blocks, 1):
        text = shown(heading.label, part.passage.source)
        sentences.append(Sentence(text, (number,), form="item", mark="-", depth=1, paragraph=number == 1))
        quote = document.read(heading.start, heading.end).rstrip()
        citations.append(cite(number, part.passage, heading.start, heading.start + len(quote), quote, 1.0))
    return tuple(sentences), tuple(citations)
