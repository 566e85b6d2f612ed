"""What is damaged in a data folder: databases that do not read back, and texts that are not what was stored."""

from __future__ import annotations

from pathlib import Path

from footnoted.index.store.catalog import Catalog
from footnoted.index.store.database import examined, text_damaged
from footnoted.index.store.home import DATABASES, Home
from footnoted.index.store.schema import DIGESTED_CONTENT, DIGESTED_PASSAGE


def damaged_databases(home: Home) -> list[str]:
    """What is wrong with the databases of a data folder, each as one sentence."""
    return [problem for name in DATABASES if (problem := examined(home.folder / name))]


def damaged_texts(catalog: Catalog) -> list[str]:
    """The documents whose text or passages are not what was stored, each as one sentence."""
    sources = catalog.read(
        "SELECT DISTINCT source FROM documents WHERE content_id IN"
        f" (SELECT id FROM contents WHERE digest <> row_digest({DIGESTED_CONTENT}) UNION"
        f" SELECT content_id FROM passages WHERE digest <> row_digest({DIGESTED_PASSAGE})) ORDER BY source"
    )
    return [str(text_damaged(row[0])) for row in sources]


def read_again(catalog: Catalog) -> list[str]:
    """Have the next 'footnote add' read the files whose stored texts are damaged; what was done, as sentences."""
    with catalog.transaction() as connection:
        rows = connection.execute(
            f"SELECT id FROM contents WHERE digest <> row_digest({DIGESTED_CONTENT}) UNION"
            f" SELECT content_id FROM passages WHERE digest <> row_digest({DIGESTED_PASSAGE})"
        ).fetchall()
        paths: set[str] = set()
        for (content,) in rows:
            # No text has this key, so that the text is stored anew although it is the one that was read before.
            connection.execute("UPDATE contents SET key = ? WHERE id = ?", (f"damaged {content}", content))
            held = connection.execute("SELECT path FROM documents WHERE content_id = ?", (content,)).fetchall()
            paths |= {path for (path,) in held}
        for path in paths:
            connection.execute("UPDATE files SET sha256 = '', size = -1 WHERE path = ?", (path,))
    return [_said(path) for path in sorted(paths)]


def _said(path: str) -> str:
    if Path(path).is_file() or "://" in path:
        return f"{path} will be read again by 'footnote add {path}': its stored text is damaged."
    return f"{path} is no longer there, and its stored text is damaged: restore a backup with 'footnote restore'."
