"""Question sets in tables: CSV, TSV, Excel workbooks and Parquet files, read and written."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.columns import FIELDS, all_names, json_of
from footnoted.assistant.evaluation.question_sets.opening import optional_package, read_text
from footnoted.assistant.evaluation.question_sets.questions import Question

DELIMITERS = ",;\t|"
LONGEST_CELL = 32_767  # characters that a cell of a workbook can hold; more would be cut off without a word
# What a file unpacks to: a workbook of some kilobytes can hold gigabytes of zeros.
MOST_UNPACKED = 300 << 20  # bytes
MOST_ROWS, MOST_CELLS = 200_000, 5_000_000
Rows = list[tuple[int, dict[str, object]]]


def read_table(path: Path, form: str) -> Rows:
    """Each row that is not empty, with its number as a spreadsheet shows it, by column name.

    Raises :class:`QuestionsError`, which names the row.
    """
    if form == "parquet":
        return _read_parquet(path)
    rows = _read_xlsx(path) if form == "xlsx" else _read_csv(path)
    filled = [(number, cells) for number, cells in rows if any(not _blank(cell) for cell in cells)]
    if not filled:
        raise QuestionsError(f"{path} contains no questions.")
    (_, header), *body = filled
    names = ["" if cell is None else str(cell).strip() for cell in header]
    for name in names:
        if name and names.count(name) > 1:
            raise QuestionsError(f"{path}: {names.count(name)} columns are called {name!r}: rename all but one.")
    return [(number, _by_name(path, number, names, cells)) for number, cells in body]


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _by_name(path: Path, number: int, names: Sequence[str], cells: Sequence[object]) -> dict[str, object]:
    for cell in cells[len(names) :]:
        if not _blank(cell):
            raise QuestionsError(
                f"{path}, row {number}: has {len(cells)} cells, but the first row has {len(names)}: "
                "a text that contains the delimiter must stand in quotation marks."
            )
    padded = [*cells, *[None] * (len(names) - len(cells))]
    for name, cell in zip(names, padded, strict=False):
        if isinstance(cell, Formula):
            raise QuestionsError(
                f"{path}, row {number}, column {name!r}: the formula has no stored result: "
                "open the file in a spreadsheet program and save it."
            )
    return {name: cell for name, cell in zip(names, padded, strict=False) if name}


def _read_csv(path: Path) -> Iterator[tuple[int, list[object]]]:
    text = read_text(path)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else sniffed(text)
    number = 0
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1
        ):
            check_size(path, number, 0)
            yield number, list(cells)
    except csv.Error as error:
        reason = str(error)
        if "field limit" in reason:
            reason = f"a cell has more than {csv.field_size_limit():,} characters; perhaps a quotation mark is missing"
        raise QuestionsError(f"{path}, row {number + 1}: {reason}.") from error


def sniffed(text: str) -> str:
    """The delimiter that divides the first row into the most columns; a comma where none does."""
    first = next((line for line in text.split("\n") if line.strip()), "")[:100_000]
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter), [])))


class Formula:
    """A cell whose formula no program has computed yet."""


def _read_xlsx(path: Path) -> Iterator[tuple[int, list[object]]]:
    """The rows of the first sheet; a formula counts as the result that is stored with it, and is never computed."""
    openpyxl = optional_package("openpyxl", "openpyxl", path)
    try:
        data = path.read_bytes()  # given the path, openpyxl would refuse a workbook whose name ends otherwise
        check_unpacked(path, data)
        results, formulas = (
            openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=stored) for stored in (True, False)
        )
        for book in (results, formulas):
            book.worksheets[0].reset_dimensions()  # what a file says about its own size is often wrong
        pairs = zip(results.worksheets[0].iter_rows(), formulas.worksheets[0].iter_rows(), strict=True)
        rows, cells = [], 0
        for number, pair in enumerate(pairs, start=1):
            row = [Formula() if b.data_type == "f" and a.value is None else a.value for a, b in zip(*pair, strict=True)]
            cells += len(row)
            if any(not _blank(cell) for cell in row):
                rows.append((number, row))
            check_size(path, len(rows), cells)
        results.close()
        formulas.close()
    except QuestionsError:
        raise
    except Exception as error:
        raise QuestionsError(f"{path} cannot be read as an Excel workbook.") from error
    yield from rows


def check_unpacked(path: Path, data: bytes) -> None:
    """Raise :class:`QuestionsError` for a workbook that is too large unpacked, as its own list of contents says.

    Reading never goes beyond those sizes, so that a list that lies does not help.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise QuestionsError(f"{path} has {unpacked >> 20:,} MB unpacked; at most {MOST_UNPACKED >> 20} are read.")


def check_size(path: Path, rows: int, cells: int) -> None:
    """Raise :class:`QuestionsError` for a table with too many rows or cells."""
    if rows > MOST_ROWS:
        raise QuestionsError(f"{path} has more than {MOST_ROWS:,} rows: divide it into several files.")
    if cells > MOST_CELLS:
        raise QuestionsError(
            f"{path} has more than {MOST_CELLS:,} cells: delete the empty columns, or save the sheet as CSV."
        )


def _read_parquet(path: Path) -> Rows:
    parquet = optional_package("pyarrow.parquet", "pyarrow", path)
    try:
        known = parquet.read_metadata(path)
        check_size(path, known.num_rows, known.num_rows * known.num_columns)
        unpacked = sum(known.row_group(number).total_byte_size for number in range(known.num_row_groups))
        if unpacked > MOST_UNPACKED:
            raise QuestionsError(f"{path} has {unpacked >> 20:,} MB unpacked; at most {MOST_UNPACKED >> 20} are read.")
        rows = parquet.read_table(path).to_pylist()
    except QuestionsError:
        raise
    except Exception as error:
        raise QuestionsError(f"{path} cannot be read as a Parquet file.") from error
    return [(number, row) for number, row in enumerate(rows, start=1) if any(not _blank(cell) for cell in row.values())]


def as_cells(questions: Sequence[Question]) -> tuple[list[str], list[list[str]]]:
    """The columns that these questions fill, and a row for each; lists are JSON, but one plain text is itself."""
    rows: list[Mapping[str, object]] = [question.to_dict() for question in questions]
    used = {name for row in rows for name, value in row.items() if value not in ([], {}, None)} | {"id", "question"}
    names = [name for name in (*FIELDS, *(name for name in all_names(rows) if name not in FIELDS)) if name in used]
    return names, [[as_cell(row.get(name)) for name in names] for row in rows]


def as_cell(value: object) -> str:
    """A value as the text of a cell, from which it can be read again."""
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        only = value[0]
        if "|" not in only and json_of(only) is None and only == only.strip():
            return only
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def write_csv(path: Path, questions: Sequence[Question], delimiter: str = ",") -> None:
    """A table with a byte order mark, without which Excel takes UTF-8 for an old encoding."""
    names, rows = as_cells(questions)
    with open(path, "w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([names, *rows])


def write_xlsx(path: Path, questions: Sequence[Question]) -> None:
    """A workbook with one sheet; every cell is a text, also one that begins with "=".

    Raises :class:`QuestionsError` for a text that a cell cannot hold.
    """
    openpyxl = optional_package("openpyxl", "openpyxl", path)
    names, rows = as_cells(questions)
    book = openpyxl.Workbook()
    for number, row in enumerate([names, *rows], start=1):
        for place, text in enumerate(row, start=1):
            where = f"{path}, row {number}, column {names[place - 1]!r}"
            if len(text) > LONGEST_CELL:
                raise QuestionsError(f"{where}: a cell of a workbook holds at most {LONGEST_CELL:,} characters.")
            try:
                cell = book.active.cell(number, place, text or None)
            except openpyxl.utils.exceptions.IllegalCharacterError as error:
                raise QuestionsError(f"{where}: has control characters, which a workbook cannot hold.") from error
            if text:
                cell.data_type = "s"  # otherwise a text that begins with "=" would be a formula
    book.save(path)
