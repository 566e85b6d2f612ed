"""The paragraphs, lists and tables of a Rich Text file while they are put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.lists import ListBuilder
from footnoted.index.loaders.office.word_styles import heading_of, role_of
from footnoted.index.loaders.tables.rows import figures_below, placed


@dataclass(frozen=True, slots=True)
class State:
    """What holds until the group ends."""

    target: str = "body"
    align: str = ""
    hidden: bool = False
    font: int = 0
    after_unicode: int = 1  # how many signs follow a \\u for programs that do not know it
    style: int = 0
    outline: int = 9
    table: int = 0  # how deep in tables
    level: int = 0


@dataclass
class _Table:
    """A table while its rows are read."""

    rows: list[list[tuple[int, str]]] = field(default_factory=list)
    headers: int = 0
    cells: list[list[str]] = field(default_factory=list)  # of the row that is being read: the paragraphs of each
    open: bool = False  # whether the last cell goes on
    inner: list[list[str]] = field(default_factory=list)
    inner_open: bool = False
    inner_rows: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)  # of each cell: "" or the word for its merging
    merging: str = ""
    header: bool = False


class Flow:
    """Adds paragraphs and tables to the builder as they end."""

    def __init__(self, builder: TextBuilder) -> None:
        self.builder, self.lists = builder, ListBuilder(builder)
        self.table = _Table()
        self.first_heading = ""

    def paragraph(self, text: str, mark: str, state: State, style: str) -> None:
        """Add a paragraph, or keep it for the cell that it is in. ``mark`` is its number or bullet, if it has one."""
        counted = any(map(str.isalnum, mark))
        if state.table:
            self._cell_text(" ".join(filter(None, (mark if counted else "", text))), inner=state.table > 1)
            return
        if not text:
            return
        self.end_table()
        level = state.outline + 1 if state.outline < 9 else heading_of(style) or int(style == "title")
        if level:
            self.lists.close()
            self.builder.heading(text, level, mark if counted else "")
            self.first_heading = self.first_heading or ("" if counted else text)
        elif mark:
            self.lists.item(text, mark if counted else "-", ("", state.level), ordered=counted)
        else:
            self.lists.close()
            role = role_of(style)
            self.builder.paragraph(text, role if role in ("caption", "contents", "code") else "paragraph")

    def _cell_text(self, text: str, *, inner: bool) -> None:
        table = self.table
        if inner:
            if not table.inner_open:
                table.inner.append([])
            table.inner_open = True
            table.inner[-1].append(text)
        else:
            if not table.open:
                table.cells.append([])
            table.open = True
            table.cells[-1].append(text)

    def end_cell(self, *, inner: bool) -> None:
        """A cell ends. A table inside it is put in it on one line."""
        table = self.table
        if inner:
            table.inner_open = False
            return
        table.open = False
        if table.inner_rows and table.cells:
            table.cells[-1].append("; ".join(table.inner_rows))
            table.inner_rows = []

    def end_row(self, *, inner: bool) -> None:
        """A row ends; a cell that is merged with the one above repeats its text."""
        table = self.table
        if inner:
            table.inner_rows.append(", ".join(_joined(texts) for texts in table.inner))
            table.inner, table.inner_open = [], False
            return
        above = dict(table.rows[-1]) if table.rows else {}
        values = []
        for column, texts in enumerate(table.cells):
            merged = table.merged[column] if column < len(table.merged) else ""
            if merged != "sideways":
                text = _joined(texts) or (above.get(column + 1, "") if merged == "down" else "")
                values.append((column + 1, text))
        if values:
            table.rows.append(values)
            table.headers += table.header and table.headers == len(table.rows) - 1
        table.cells, table.open = [], False

    def begin_row(self) -> None:
        """The description of a row begins."""
        self.table.merged, self.table.merging, self.table.header = [], "", False

    def end_cell_description(self) -> None:
        """The description of a cell ends."""
        self.table.merged.append(self.table.merging)
        self.table.merging = ""

    def end_table(self) -> None:
        """Add the rows that were read."""
        table, self.table = self.table, _Table()
        if table.cells:  # the file ends in a row
            table.rows.append([(column, _joined(texts)) for column, texts in enumerate(table.cells, 1)])
        if not table.rows:
            return
        self.lists.close()
        if all(len(cells) == 1 for cells in table.rows):
            for cells in table.rows:
                self.builder.paragraph(cells[0][1])
            return
        headers = table.headers if table.headers < len(table.rows) else 0
        headers = headers or int(len(table.rows) > 1 and figures_below(table.rows))
        self.builder.table(placed(cells, header=number < headers) for number, cells in enumerate(table.rows))

    def finish(self) -> None:
        """Add what is left at the end of the file."""
        self.end_table()
        self.lists.close()


def _joined(texts: list[str]) -> str:
    return " ".join(filter(None, texts))
