"""Search in a part of the index: exactly the best passages of the chosen texts, however few or many they are.

The engines' own filters take longer the more texts are chosen: Chroma's from a fifth of a second on, and beyond 32,000
texts it fails; tantivy's a tenth of a second for 50,000. So a few passages are compared one by one, and of many the
best are picked from a longer list of everything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from footnoted.index.store.catalog import Catalog
from footnoted.index.store.vectors import Vectors

Ranked = Sequence[tuple[int, float]]

COMPARED = 1500  # passages whose vectors are read and compared one by one: about a tenth of a second
LONGEST = 20_000  # of everything that is looked through
PART = 5000  # texts that an engine's own filter is given at a time


def nearest_within(
    vectors: Vectors, catalog: Catalog, vector: Sequence[float], most: int, contents: Sequence[int]
) -> Ranked:
    """(passage id, cosine) of the ``most`` passages of the chosen texts that are nearest to ``vector``."""
    if not contents:
        return []
    few = _passages_of(catalog, contents, COMPARED + 1)
    if len(few) <= COMPARED:
        return _compared(vectors, vector, few)[:most]
    chosen, share = set(contents), _share(catalog, contents)
    found = _picked(lambda number: vectors.search(vector, number), catalog, chosen, share, most)
    return found if found is not None else _in_parts(lambda part: vectors.search(vector, most, part), contents, most)


def matching_within(
    search: Callable[[int, Sequence[int] | None], Ranked], catalog: Catalog, most: int, contents: Sequence[int]
) -> Ranked:
    """(passage id, score) of the ``most`` passages of the chosen texts that ``search(most, contents)`` likes best."""
    if len(contents) <= PART:
        return search(most, contents)
    chosen, share = set(contents), _share(catalog, contents)
    found = _picked(lambda number: search(number, None), catalog, chosen, share, most)
    return found if found is not None else search(most, contents)


def _picked(
    search: Callable[[int], Ranked], catalog: Catalog, chosen: set[int], share: float, most: int
) -> Ranked | None:
    """The first ``most`` of the chosen texts from a list of everything that is as long as it takes; else ``None``."""
    length = int(1.5 * most / share) + most
    while length <= LONGEST:
        every = search(length)
        inside = _within(catalog, [number for number, _ in every], chosen)
        found = [(number, score) for number, score in every if number in inside]
        if len(found) >= most or len(every) < length:
            return found[:most]
        length *= 4
    return None


def _in_parts(search: Callable[[Sequence[int]], Ranked], contents: Sequence[int], most: int) -> Ranked:
    found = [pair for start in range(0, len(contents), PART) for pair in search(contents[start : start + PART])]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]


def _compared(vectors: Vectors, vector: Sequence[float], passages: Sequence[int]) -> Ranked:
    import numpy

    held = vectors.vectors_of(passages)
    if not held:
        return []
    ids, rows = list(held), numpy.asarray(list(held.values()), dtype=numpy.float32)
    wanted = numpy.asarray(vector, dtype=numpy.float32)
    lengths = numpy.linalg.norm(rows, axis=1) * numpy.linalg.norm(wanted)
    cosines = (rows @ wanted) / numpy.where(lengths == 0, 1, lengths)
    return sorted(zip(ids, cosines.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))


def _share(catalog: Catalog, contents: Sequence[int]) -> float:
    """About which share of all texts is chosen."""
    total = catalog.read("SELECT count(*) FROM contents")[0][0]
    return min(1.0, len(contents) / max(total, 1))


def _passages_of(catalog: Catalog, contents: Sequence[int], most: int) -> list[int]:
    rows = catalog.read(
        "SELECT id FROM passages WHERE content_id IN (SELECT value FROM json_each(?)) LIMIT ?",
        json.dumps(list(contents)), most,
    )  # fmt: skip
    return [row[0] for row in rows]


def _within(catalog: Catalog, passages: Sequence[int], chosen: set[int]) -> set[int]:
    rows = catalog.read(
        "SELECT id, content_id FROM passages WHERE id IN (SELECT value FROM json_each(?))", json.dumps(list(passages))
    )
    return {row[0] for row in rows if row[1] in chosen}
