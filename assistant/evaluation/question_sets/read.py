"""Where a question set comes from: a jsonl file, a folder, or BEIR's three files; with its corpus if it has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from footnoted.assistant.evaluation.errors import QuestionsError, WrongLine
from footnoted.assistant.evaluation.question_sets.jsonl import read_lines
from footnoted.assistant.evaluation.question_sets.questions import Question, parse_question

WRONG_LINES_SHOWN = 5
DRAFT = "draft"  # the "status" of a question that nobody has looked at


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one set in their order; ``corpus`` is the file or folder they are asked of, if it came along.

    ``claims`` tells that they are claims with the page they cite, for the citation check alone.
    ``drafts_left_out`` counts the questions that nobody has looked at yet and that are not asked.
    """

    name: str
    path: Path
    questions: tuple[Question, ...]
    corpus: Path | None = None
    claims: bool = False
    drafts_left_out: int = 0


def read_question_set(path: str | Path) -> QuestionSet:
    """Read a ``.jsonl`` file, a folder with ``questions.jsonl`` (its corpus beside it), or a BEIR folder.

    Raises :class:`QuestionsError`, naming file and line, when it cannot be read.
    """
    path = Path(path)
    if not path.exists():
        raise QuestionsError(f"There is no question set at {path}.")
    if path.is_file():
        name = path.resolve().parent.name if path.stem == "questions" else path.stem
        return QuestionSet(name, path, read_questions(path))
    known_corpus = next((place for place in (path / "corpus.jsonl", path / "corpus") if place.exists()), None)
    if (path / "questions.jsonl").is_file():
        return QuestionSet(path.resolve().name, path, read_questions(path / "questions.jsonl"), known_corpus)
    if (path / "queries.jsonl").is_file():
        return QuestionSet(path.resolve().name, path, read_beir(path), known_corpus)
    if (path / "cases.jsonl").is_file():
        from footnoted.assistant.evaluation.question_sets.claim_cases import read_cases

        return QuestionSet(path.resolve().name, path, read_cases(path / "cases.jsonl"), claims=True)
    raise QuestionsError(
        f"{path} is no question set: it needs a questions.jsonl, or BEIR's queries.jsonl with qrels/test.tsv."
    )


def read_questions(path: Path) -> tuple[Question, ...]:
    """All questions of a jsonl file; raises :class:`QuestionsError` that names each wrong line (the first five)."""
    questions: list[Question] = []
    first_line: dict[str, int] = {}
    wrong: list[str] = []
    for number, row in read_lines(path, wrong):
        try:
            question = parse_question(row, default_id=f"line-{number}")
        except WrongLine as error:
            wrong.append(f"line {number}: {error}")
            continue
        if question.id in first_line:
            wrong.append(f'line {number}: the id "{question.id}" is that of line {first_line[question.id]} too')
            continue
        first_line[question.id] = number
        questions.append(question)
    if wrong:
        more = f"; and {len(wrong) - WRONG_LINES_SHOWN} more" if len(wrong) > WRONG_LINES_SHOWN else ""
        raise QuestionsError(f"{path}, {'; '.join(wrong[:WRONG_LINES_SHOWN])}{more}.")
    if not questions:
        raise QuestionsError(f"{path} holds no questions.")
    return tuple(questions)


def without_drafts(found: QuestionSet, drafts: bool = False) -> QuestionSet:
    """The set without the questions whose "status" is "draft", unless ``drafts`` asks for them too.

    Raises :class:`QuestionsError` when nothing else is in it.
    """
    kept = tuple(question for question in found.questions if drafts or question.extra.get("status") != DRAFT)
    if not kept:
        raise QuestionsError(
            f"All {len(found.questions)} questions of {found.path} are drafts that nobody has looked at yet: "
            f"review them (footnote questions review {found.path}), or ask them all the same with --drafts."
        )
    return replace(found, questions=kept, drafts_left_out=len(found.questions) - len(kept))


def read_beir(folder: Path) -> tuple[Question, ...]:
    """The questions of a BEIR folder that its judgements judge, in the order of ``queries.jsonl``.

    Of several files of judgements it is ``qrels/test.tsv``, else dev, else train, else the first by name. BEIR has no
    place for questions without an answer: those that our own export marks so in "metadata" are taken too.
    """
    there = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    if not there:
        raise QuestionsError(f"{folder} has a queries.jsonl, but no judgements: qrels/test.tsv is missing.")
    judged = there[next((split for split in ("test", "dev", "train") if split in there), next(iter(there)))]
    qrels = read_qrels(judged)
    questions = []
    for question in map(with_metadata, read_questions(folder / "queries.jsonl")):
        relevant = qrels.get(question.id)
        if relevant is not None:
            answerable = True if relevant and question.answerable is None else question.answerable
            questions.append(replace(question, relevant=relevant, answerable=answerable))
        elif question.answerable is False:
            questions.append(question)
    if not questions:
        raise QuestionsError(f"{judged} judges none of the questions in queries.jsonl.")
    return tuple(questions)


def with_metadata(question: Question) -> Question:
    """The question with the labels that stand in its "metadata", where our export puts what BEIR has no field for."""
    metadata = question.extra.get("metadata")
    if not isinstance(metadata, dict):
        return question
    extra = {name: value for name, value in question.extra.items() if name != "metadata"}
    try:
        return parse_question({**extra, **metadata, "id": question.id, "question": question.question}, question.id)
    except WrongLine as error:
        raise QuestionsError(f'The metadata of question "{question.id}" is wrong: {error}.') from error


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Judgements as question id -> document -> grade above 0, from BEIR's tsv or TREC's four columns."""
    judgements: dict[str, dict[str, int]] = {}
    for number, cells in read_cells(path):
        if number == 1 and not cells[-1].lstrip("-").isdigit():
            continue
        if len(cells) not in (3, 4) or not cells[-1].lstrip("-").isdigit():
            raise QuestionsError(f'{path}, line {number}: needs "question document grade", found {" ".join(cells)!r}.')
        documents = judgements.setdefault(cells[0], {})
        if int(cells[-1]) > 0:
            documents[cells[-2]] = int(cells[-1])
    return judgements


def with_qrels(questions: tuple[Question, ...], qrels: Mapping[str, Mapping[str, int]]) -> tuple[Question, ...]:
    """The questions with the relevant documents that the judgements name; those they do not judge keep their own.

    Raises :class:`QuestionsError` when none is judged.
    """
    if not any(question.id in qrels for question in questions):
        raise QuestionsError("The judgements judge none of the questions: they have other ids.")
    return tuple(
        replace(question, relevant=qrels[question.id], answerable=bool(qrels[question.id]) or question.answerable)
        if question.id in qrels
        else question
        for question in questions
    )


def read_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not blank, parted by tabs if there are any, else by blanks."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line.strip("\r\n").split("\t") if "\t" in line else line.split()


def choose(questions: tuple[Question, ...], limit: int | None) -> tuple[Question, ...]:
    """At most ``limit`` questions, spread evenly over the set, always the same ones.

    The first n would be one article or only answerable questions in many sets, which are sorted by such fields.
    """
    if limit is None or limit >= len(questions):
        return questions
    return tuple(questions[index * len(questions) // limit] for index in range(limit))
