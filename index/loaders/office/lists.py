"""Lists whose items come one after another with their depth, as Word, PowerPoint and RTF have them."""

from __future__ import annotations

from footnoted.index.loaders.builder import TextBuilder


class ListBuilder:
    """Nests items by their depth: a deeper one begins a list inside the item before it."""

    def __init__(self, builder: TextBuilder) -> None:
        self.builder = builder
        self._open: list[tuple[int, str, bool]] = []  # of lists begun: their level, which list it is, is it ordered

    def item(self, text: str, mark: str, place: tuple[str, int], *, ordered: bool, tight: bool = False) -> None:
        """Add an item behind its mark. ``place`` is the list that it is in, if that is known, and its level there.

        ``tight``: the first item, too, stands right under what is before it.
        """
        identifier, level = place
        tight = tight or bool(self._open)
        while self._open and self._open[-1][0] > level:
            self._end()
        if self._open and self._open[-1][0] == level:
            if self._open[-1][1:] == (identifier, ordered):
                self.builder.end()
            else:
                self._end()
                self._begin(level, identifier, ordered)
        else:
            self._begin(level, identifier, ordered)
        self.builder.begin("item", len(self._open), mark)
        self.builder.marked(text, mark, tight=tight)

    def _begin(self, level: int, identifier: str, ordered: bool) -> None:
        self.builder.begin("list", label="ordered" if ordered else "")
        self._open.append((level, identifier, ordered))

    def _end(self) -> None:
        self.builder.end()
        self.builder.end()
        self._open.pop()

    def close(self) -> None:
        """End all lists."""
        while self._open:
            self._end()
