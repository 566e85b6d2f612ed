"""What a reindex needs from the catalog, and the one transaction in which the catalog adopts a new edition.

An edition is one build of the derived indexes, counted from 1; the catalog says which is the live one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from footnoted.index.adding.reindex_draft import DraftPassage
from footnoted.index.store.catalog import Catalog


def held_contents(catalog: Catalog) -> dict[int, str]:
    """The contents that documents have, by id, each with its key."""
    rows = catalog.read("SELECT id, key FROM contents WHERE id IN (SELECT content_id FROM documents)")
    return {number: key for number, key in rows}  # noqa: C416  (dict() does not know rows)


def content_sizes(catalog: Catalog) -> dict[int, tuple[int, int]]:
    """For each content that documents have: how many have it, and its length in characters."""
    rows = catalog.read(
        "SELECT contents.id, count(*), length(text) FROM contents JOIN documents ON content_id = contents.id GROUP BY 1"
    )
    return {number: (documents, characters) for number, documents, characters in rows}


def count_characters(catalog: Catalog) -> int:
    """The length of all texts together."""
    return catalog.read("SELECT coalesce(sum(length(text)), 0) FROM contents")[0][0]


def passage_places(catalog: Catalog, content: int) -> dict[tuple[int, int], int]:
    """The ids of a content's passages by start and end."""
    rows = catalog.read('SELECT start, "end", id FROM passages WHERE content_id = ?', content)
    return {(start, end): number for start, end, number in rows}


def reserve_passages(catalog: Catalog, count: int) -> int:
    """The first of ``count`` passage ids that nobody else will ever get: an id is never used again."""
    with catalog.transaction() as connection:
        row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        if row is None:
            connection.execute("INSERT INTO sqlite_sequence VALUES ('passages', ?)", (count,))
            return 1
        connection.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'passages'", (count,))
        return row[0] + 1


def adopt(
    catalog: Catalog,
    contents: Iterable[tuple[int, str, int]],
    passages: Iterable[DraftPassage],
    meta: Mapping[str, str],
    chunker: str,
) -> None:
    """Exchange all passages, keys and what the index was made with, in one transaction.

    Args:
        contents: (id, new key, the content whose passages it shares or itself); all others are deleted.
        passages: the passages of those that share nobody's.
        meta: what the index is made with from now on.
        chunker: the version that cut the passages; files count as cut with it.
    """
    with catalog.transaction() as connection:
        connection.execute("CREATE TEMP TABLE kept (id INTEGER PRIMARY KEY, key TEXT, stands_for INTEGER)")
        connection.executemany("INSERT INTO kept VALUES (?, ?, ?)", contents)
        connection.execute("DELETE FROM passages")
        connection.execute(
            "UPDATE documents SET content_id = (SELECT stands_for FROM kept WHERE kept.id = content_id)"
            " WHERE content_id IN (SELECT id FROM kept WHERE stands_for <> id)"
        )
        connection.execute("DELETE FROM contents WHERE id NOT IN (SELECT id FROM kept WHERE stands_for = id)")
        connection.execute(
            "UPDATE contents SET key = (SELECT kept.key FROM kept WHERE kept.id = contents.id)"
            " WHERE key <> (SELECT kept.key FROM kept WHERE kept.id = contents.id)"
        )
        connection.executemany(
            'INSERT INTO passages (id, content_id, start, "end", heading, text, page, location, columns, digest)'
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, row_digest(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))",
            passages,
        )
        connection.execute("UPDATE files SET parser = substr(parser, 1, instr(parser, '.')) || ?", (chunker,))
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        connection.execute("UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'generation'")
        connection.execute("DROP TABLE kept")
