"""Question sets as files: ours, BEIR's, ragas', tables and other tools' JSON, with their corpus if they have one.

A set of claims is a folder with ``cases.jsonl``: ``{"id", "claim", "label", "evidence": [sentences],
"supporting_sentences"}``. It measures whether the citation check recognises what the cited page supports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from footnoted.assistant.evaluation.errors import InvalidLine, QuestionsError
from footnoted.assistant.evaluation.question_sets.columns import (
    all_names,
    find_columns,
    with_guessed_names,
    with_our_names,
)
from footnoted.assistant.evaluation.question_sets.jsonl import read_lines, type_name, write_lines
from footnoted.assistant.evaluation.question_sets.opening import FORMS, TABLES, form_of
from footnoted.assistant.evaluation.question_sets.other_tools import read_json, read_yaml, records_of
from footnoted.assistant.evaluation.question_sets.questions import Question, parse_question
from footnoted.assistant.evaluation.question_sets.tables import read_table
from footnoted.assistant.evaluation.question_sets.trec import read_qrels

WRONG_LINES_SHOWN = 5
CLAIM_LABELS = ("supported", "partially_supported", "not_supported")
DRAFT = "draft"  # the "status" of a question that nobody has reviewed


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one set in their order; ``corpus`` is the file or folder of their documents, if the set has one.

    ``claims``: they are claims with the page they cite, for the citation check alone.
    ``drafts_left_out`` counts the questions that nobody has reviewed yet, which are not asked.
    ``note`` says which columns the labels are from, where they had to be guessed.
    """

    name: str
    path: Path
    questions: tuple[Question, ...]
    corpus: Path | None = None
    claims: bool = False
    drafts_left_out: int = 0
    note: str = ""


def read_question_set(path: str | Path, columns: Mapping[str, str] | None = None) -> QuestionSet:
    """Read a file of questions, a folder with ``questions.jsonl`` (its corpus beside it), or a BEIR folder.

    A file may be ``.jsonl``, ``.json``, ``.csv``, ``.tsv``, ``.xlsx``, ``.parquet`` or ``.yaml``. ``columns`` maps our
    fields to the names that the file has for them. Raises :class:`QuestionsError`, naming file and line or row.
    """
    path = Path(path)
    if not path.exists():
        raise QuestionsError(f"There is no question set at {path}.")
    if path.is_file():
        name = path.resolve().parent.name if path.stem == "questions" else path.stem
        questions, note = read_file(path, columns or {})
        return QuestionSet(name, path, questions, note=note)
    known_corpus = next((place for place in (path / "corpus.jsonl", path / "corpus") if place.exists()), None)
    own = next((path / f"questions{end}" for end in FORMS if (path / f"questions{end}").is_file()), None)
    if own is not None:
        questions, note = read_file(own, columns or {})
        return QuestionSet(path.resolve().name, path, questions, known_corpus, note=note)
    known_form = next((name for name in ("queries.jsonl", "cases.jsonl") if (path / name).is_file()), None)
    if columns and known_form:
        raise QuestionsError(f"--column has no effect on {path}: the fields of its {known_form} have fixed names.")
    if (path / "queries.jsonl").is_file():
        return QuestionSet(path.resolve().name, path, read_beir(path), known_corpus)
    if (path / "cases.jsonl").is_file():
        return QuestionSet(path.resolve().name, path, read_cases(path / "cases.jsonl"), claims=True)
    raise QuestionsError(
        f"{path} is not a question set: it needs a questions.jsonl, or BEIR's queries.jsonl with qrels/test.tsv."
    )


def read_file(path: Path, columns: Mapping[str, str]) -> tuple[tuple[Question, ...], str]:
    """The questions of a file in any form, and a line about the columns they were taken from."""
    form = form_of(path)
    if form in TABLES:
        table = read_table(path, form)
        return from_rows(path, [(f"row {number}", row) for number, row in table], columns, cells=True)
    if form == "jsonl" and not columns:
        taken: dict[str, str] = {}
        questions = read_questions(path, taken)
        return questions, ", ".join(f"{ours} from the field {theirs!r}" for ours, theirs in taken.items())
    if form == "jsonl" or (form == "json" and is_lines(path)):
        return from_rows(path, [(f"line {number}", row) for number, row in read_lines(path)], columns)
    data = read_json(path) if form == "json" else read_yaml(path)
    records, ours = records_of(path, data, columns.get("question"))
    if ours and not columns:
        return checked(path, ((place, place_id(place), row) for place, row in records)), ""
    return from_rows(path, records, columns)


def is_lines(path: Path) -> bool:
    """Whether a file called .json has an object in each line."""
    try:
        rows = [row for _, row in zip(range(2), read_lines(path), strict=False)]
    except QuestionsError:
        return False
    return len(rows) == 2


def from_rows(
    path: Path, rows: Sequence[tuple[str, Mapping]], columns: Mapping[str, str], cells: bool = False
) -> tuple[tuple[Question, ...], str]:
    """The questions of rows whose columns have to be found, each row with its place in the file."""
    if not rows:
        raise QuestionsError(f"{path} contains no questions.")
    found = find_columns(path, all_names(row for _, row in rows), columns)

    def named() -> Iterator[tuple[str, str, Mapping | InvalidLine]]:
        for place, row in rows:
            try:
                yield place, place_id(place), with_our_names(row, found, cells)
            except InvalidLine as error:
                yield place, place_id(place), error

    return checked(path, named()), str(found)


def place_id(place: str) -> str:
    """The id of a question that has none: "row 7" is row-7."""
    return place.replace(", ", "-").replace(" ", "-")


def read_questions(path: Path, taken: dict[str, str] | None = None) -> tuple[Question, ...]:
    """All questions of a jsonl file; raises :class:`QuestionsError`, which names the first five invalid lines.

    Given ``taken``, fields that are called otherwise are guessed, and it collects what they are called.
    """
    wrong: list[str] = []
    rows = (
        (f"line {number}", f"line-{number}", row if taken is None else with_guessed_names(row, taken))
        for number, row in read_lines(path, wrong)
    )
    return checked(path, rows, wrong)


def checked(
    path: Path, rows: Iterable[tuple[str, str, Mapping | InvalidLine]], wrong: list[str] | None = None
) -> tuple[Question, ...]:
    """The questions of rows, each with its place and the id it has unless it names one.

    Raises :class:`QuestionsError`, which names the first five invalid rows; ``wrong`` has those that could not be read.
    """
    questions: list[Question] = []
    first_place: dict[str, str] = {}
    wrong = [] if wrong is None else wrong
    for place, default_id, row in rows:
        try:
            if isinstance(row, InvalidLine):
                raise row
            question = parse_question(row, default_id)
        except InvalidLine as error:
            # "row 7, column 'answer': …" reads on from the place, other messages are about it.
            wrong.append(f"{place}, {error}" if str(error).startswith("column ") else f"{place}: {error}")
            continue
        if question.id in first_place:
            wrong.append(f'{place}: the id "{question.id}" is already used in {first_place[question.id]}')
            continue
        first_place[question.id] = place
        questions.append(question)
    if wrong:
        more = f"; and {len(wrong) - WRONG_LINES_SHOWN} more" if len(wrong) > WRONG_LINES_SHOWN else ""
        raise QuestionsError(f"{path}, {'; '.join(wrong[:WRONG_LINES_SHOWN])}{more}.")
    if not questions:
        raise QuestionsError(f"{path} contains no questions.")
    return tuple(questions)


def without_drafts(found: QuestionSet, drafts: bool = False) -> QuestionSet:
    """The set without the questions whose "status" is "draft", unless ``drafts`` is true.

    Raises :class:`QuestionsError` when there are no others.
    """
    kept = tuple(question for question in found.questions if drafts or question.extra.get("status") != DRAFT)
    if not kept:
        raise QuestionsError(
            f"All {len(found.questions)} questions of {found.path} are drafts that nobody has reviewed yet: "
            f"review them (footnote questions review {found.path}), or use --drafts to ask them anyway."
        )
    return replace(found, questions=kept, drafts_left_out=len(found.questions) - len(kept))


def read_beir(folder: Path) -> tuple[Question, ...]:
    """The judged questions of a BEIR folder, in the order of ``queries.jsonl``.

    The judgements are those in ``qrels/test.tsv``, else dev, else train, else the first file by name. BEIR has no
    place for questions without an answer: those that our own export marks in "metadata" are included.
    """
    there = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    if not there:
        raise QuestionsError(f"{folder} has a queries.jsonl but no judgements: qrels/test.tsv is missing.")
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
    """The question with the labels in its "metadata", where our export puts what BEIR has no field for."""
    metadata = question.extra.get("metadata")
    if not isinstance(metadata, dict):
        return question
    extra = {name: value for name, value in question.extra.items() if name != "metadata"}
    try:
        return parse_question({**extra, **metadata, "id": question.id, "question": question.question}, question.id)
    except InvalidLine as error:
        raise QuestionsError(f'The metadata of question "{question.id}" is invalid: {error}.') from error


def spread_sample(questions: tuple[Question, ...], limit: int | None) -> tuple[Question, ...]:
    """At most ``limit`` questions, spread evenly over the set, always the same ones.

    Many sets are sorted: the first questions may all be about one article, or all answerable.
    """
    if limit is None or limit >= len(questions):
        return questions
    return tuple(questions[index * len(questions) // limit] for index in range(limit))


def read_cases(path: Path) -> tuple[Question, ...]:
    """The cases of a file as questions with page and label as extra fields; raises :class:`QuestionsError`."""
    cases = []
    for number, row in read_lines(path):
        claim, page, label = row.get("claim"), row.get("evidence"), row.get("label")
        if not isinstance(claim, str) or not isinstance(page, list) or not all(isinstance(line, str) for line in page):
            raise QuestionsError(
                f'{path}, line {number}: needs a "claim" and its page as "evidence", a list of strings.'
            )
        if label not in CLAIM_LABELS:
            raise QuestionsError(f'{path}, line {number}: "label" must be {", ".join(CLAIM_LABELS)}, found {label!r}.')
        kept = {name: value for name, value in row.items() if name not in ("id", "claim", "evidence")}
        cases.append(Question(str(row.get("id", f"line-{number}")), claim, extra={**kept, "evidence_page": page}))
    if not cases:
        raise QuestionsError(f"{path} contains no cases.")
    return tuple(cases)


def corpus_rows(corpus: Path) -> Iterator[dict]:
    """The records of a ``.jsonl`` corpus as ``{"id", "title", "text", …}``; BEIR calls the first ``_id``.

    Raises :class:`QuestionsError`, which names the line, if an id or text is missing or an id is used twice.
    """
    lines: dict[str, int] = {}
    for number, row in read_lines(corpus):
        identifier = row.pop("_id", None) if row.get("id") in (None, "") else row.get("id")
        if isinstance(identifier, bool) or not isinstance(identifier, (str, int)) or identifier == "":
            raise QuestionsError(f'{corpus}, line {number}: "id" must be a string, found {type_name(identifier)}.')
        if not isinstance(row.get("text"), str):
            raise QuestionsError(
                f'{corpus}, line {number}: "text" must be a string, found {type_name(row.get("text"))}.'
            )
        if str(identifier) in lines:
            first = lines[str(identifier)]
            raise QuestionsError(f'{corpus}, line {number}: the id "{identifier}" is already used in line {first}.')
        lines[str(identifier)] = number
        yield {**row, "id": str(identifier), "title": row.get("title") or "", "text": row["text"]}


def write_beir(folder: Path, questions: Sequence[Question], corpus: Path | None = None) -> None:
    """``queries.jsonl``, ``qrels/test.tsv`` and, given a ``.jsonl`` corpus, ``corpus.jsonl`` (Thakur et al. 2021).

    What BEIR has no field for (answers, evidence, history, whatever else) goes into each query's "metadata".
    """
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    rows = []
    for question in questions:
        row = question.to_dict()
        kept = {name: row[name] for name in row if name not in ("id", "question", "relevant") and row[name] != []}
        rows.append({"_id": question.id, "text": question.question, "metadata": kept})
    write_lines(folder / "queries.jsonl", rows)
    lines = [f"{q.id}\t{document}\t{grade}\n" for q in questions for document, grade in q.relevant.items()]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")
    if corpus is not None:
        rows = [{"_id": row["id"], "title": row["title"], "text": row["text"]} for row in corpus_rows(corpus)]
        write_lines(folder / "corpus.jsonl", rows)


def write_ragas(path: Path, questions: Sequence[Question], text_of: Callable[[str], str | None] | None = None) -> None:
    """One line per question with the fields of ragas' ``SingleTurnSample``: user_input, reference, reference_contexts.

    The contexts are the evidence texts, else the relevant documents' texts where ``text_of`` knows them.
    """
    rows = []
    for question in questions:
        contexts = [evidence.text for evidence in question.evidence if evidence.text]
        if not contexts and text_of is not None:
            contexts = [text for text in map(text_of, question.relevant) if text]
        row = {"id": question.id, "user_input": question.question, "reference": next(iter(question.answers), "")}
        rows.append({**row, "reference_contexts": contexts, "reference_context_ids": list(question.relevant)})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lines(path, rows)
