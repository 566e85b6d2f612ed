"""The records of a run as a table in a file: CSV for spreadsheets, Parquet for data tools."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.exporting.rows import table_rows
from footnoted.assistant.evaluation.question_sets.opening import optional_package

FORMATS = {".csv": "csv", ".parquet": "parquet"}
# A spreadsheet takes a text that begins with one of these for a formula, and would run what a document says:
# https://owasp.org/www-community/attacks/CSV_Injection. The last four are their full-width forms.
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def check_table(path: Path) -> None:
    """Raises :class:`QuestionsError` for a file that could not be written later: before a run, not after it."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise QuestionsError(f"{path} must end in .csv or .parquet.")
    if path.exists():
        raise QuestionsError(f"{path} already exists: choose another name, or delete it first.")
    if not path.parent.is_dir():
        raise QuestionsError(f"There is no folder {path.parent} for {path.name}.")
    if form == "parquet":
        optional_package("pyarrow.parquet", "pyarrow", path)


def write_table(path: Path, records: Sequence[Mapping]) -> int:
    """Write a row for each question, in one step, and return how many; the columns are those of ``table_rows``."""
    check_table(path)
    columns, rows = table_rows(records)
    data = csv_bytes(columns, rows) if FORMATS[path.suffix.lower()] == "csv" else parquet_bytes(path, columns, rows)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    os.replace(temporary, path)
    return len(rows)


def csv_bytes(columns: Sequence[str], rows: Sequence[Mapping]) -> bytes:
    """The table as CSV with a byte order mark, without which Excel takes UTF-8 for an old encoding."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([harmless(name) for name in columns])
    writer.writerows([[csv_cell(row[name]) for name in columns] for row in rows])
    return stream.getvalue().encode("utf-8-sig", "replace")


def csv_cell(value: object) -> object:
    """A value as a cell: lists as JSON, true and false in words, texts that begin like a formula made harmless."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    return harmless(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def harmless(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(BEGINS_FORMULA) else text


def parquet_bytes(path: Path, columns: Sequence[str], rows: Sequence[Mapping]) -> bytes:
    """The table as Parquet; each column has one type."""
    parquet = optional_package("pyarrow.parquet", "pyarrow", path)
    arrow = optional_package("pyarrow", "pyarrow", path)
    arrays = {name: arrow_column(arrow, [row[name] for row in rows]) for name in columns}
    stream = io.BytesIO()
    parquet.write_table(arrow.table(arrays), stream)
    return stream.getvalue()


def arrow_column(arrow: Any, values: Sequence[Any]) -> Any:
    """A column of true and false, numbers, lists of texts, or texts, which everything else becomes."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known):
        return arrow.array(values, arrow.bool_())
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        whole = all(isinstance(value, int) and abs(value) < 1 << 62 for value in known)
        typed = values if whole else [None if value is None else float(value) for value in values]
        return arrow.array(typed, arrow.int64() if whole else arrow.float64())
    if all(isinstance(value, list) for value in known):
        listed = [None if value is None else [clean(str(item)) for item in value] for value in values]
        return arrow.array(listed, arrow.list_(arrow.string()))
    return arrow.array([None if value is None else clean(str(value)) for value in values], arrow.string())


def clean(text: str) -> str:
    """The text without halves of characters (surrogates), which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
