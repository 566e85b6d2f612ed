"""``kill -9`` at any moment, and two processes at once: what was acknowledged stays, and the next run completes.

Six kills by default; ``KILLS=50 pytest tests/index/adding/test_crash.py`` gives more, ``KILL_SEED=...`` repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from doubles import HashEmbeddings, assert_in_step, contents_of, open_double
from places import SUPPORT

from footnoted.index.store.catalog import Catalog

KILLS = int(os.environ.get("KILLS", "6"))

ADD = """
import json
import sys
from pathlib import Path
from doubles import HashEmbeddings, open_double
from footnoted.index.errors import SourceNotFound

home, folder, delay = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
with open_double(home, embeddings=HashEmbeddings(delay=delay)) as index:
    index.vectors
    print("ready", flush=True)
    sys.stdin.readline()

    def acknowledge(step):
        if not step.current:  # a batch was stored: what the index shows now is promised
            texts = {info.source: index.text_of(info.source) for info in index.documents()}
            with Path(f"{home}.promised").open("a") as stream:
                stream.write(json.dumps(texts) + "\\n")

    if len(sys.argv) > 4:  # some documents are removed first, whose files then come back
        for name in sys.argv[4].split():
            try:
                index.remove(name)
            except SourceNotFound:
                pass
    index.add(folder, progress=acknowledge)
    print("done", flush=True)
"""

REINDEX = """
import sys
from pathlib import Path
from doubles import HashEmbeddings, open_double

home, before, after, delay = Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
with open_double(home, embeddings=HashEmbeddings(before)) as index:
    index.vectors
    print("ready", flush=True)
    sys.stdin.readline()
    index.reindex(HashEmbeddings(after, dimensions=200, delay=delay))
    print("done", flush=True)
"""


def start(home: Path, *arguments: object, script: str = ADD) -> subprocess.Popen:
    """A writer in a process of its own, waiting for a line before it begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(home), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def finish(process: subprocess.Popen) -> str:
    output, _ = process.communicate(timeout=120)
    return output


def edit(folder: Path, chance: random.Random, turn: int) -> None:
    """Change about a third of the files, delete one, add some."""
    for number in range(40):
        file = folder / f"{number:02}.txt"
        if not file.exists() or chance.random() < 0.3:
            file.write_text(
                f"File {number}, turn {turn}.\n\n" + " ".join(f"word{chance.randrange(500)}" for _ in range(30))
            )
    (folder / f"{chance.randrange(40):02}.txt").unlink()
    records = [
        {"id": f"r{n}", "text": f"Record {n} of turn {turn if chance.random() < 0.3 else 0}."} for n in range(150)
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


def sources_and_texts(home: Path) -> dict[str, str]:
    with open_double(home) as index:
        return {info.source: index.text_of(info.source) for info in index.documents()}


def texts_on_disk(folder: Path) -> dict[str, str]:
    texts = {str(file): file.read_text() for file in folder.glob("*.txt")}
    corpus = folder / "corpus.jsonl"
    for line in corpus.read_text().splitlines():
        record = json.loads(line)
        texts[f"{corpus}#{record['id']}"] = record["text"]
    return texts


@pytest.mark.timeout(max(240, 30 * KILLS))
def test_killed_at_any_moment(tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED", time.time_ns() % 10**6))
    print(f"KILL_SEED={seed}")  # shown when the test fails
    chance = random.Random(seed)
    home, folder, promises = tmp_path / "home", tmp_path / "folder", tmp_path / "home.promised"
    folder.mkdir()
    killed = promised = 0
    duration = 3.0
    for turn in range(4 * KILLS):  # more than asked for only where all came too early or too late to show anything
        if turn >= KILLS and promised and killed >= KILLS // 3:
            break
        before = sources_and_texts(home)
        edit(folder, chance, turn)
        now = texts_on_disk(folder)
        promises.unlink(missing_ok=True)
        removed = " ".join(f"{chance.randrange(40):02}.txt" for _ in range(3)) + f" r{chance.randrange(150)}"
        process = start(home, folder, 0.002, removed)
        begun = time.monotonic()
        go(process)
        time.sleep(chance.uniform(0, duration))
        process.kill()
        output = finish(process)
        killed += "done" not in output
        if "done" in output:
            duration = max(0.3, 0.8 * (time.monotonic() - begun))
        after = sources_and_texts(home)
        for source, text in after.items():
            assert text in (before.get(source), now.get(source)), "neither the old nor the new text"
        gone = {source for source in before if Path(source).name.split("#")[-1] in removed.split()}
        unchanged = {source for source, text in before.items() if now.get(source) == text} - gone
        assert unchanged <= after.keys(), "a document that nobody touched is gone"
        assert before.keys() & now.keys() - gone <= after.keys(), "a changed document was gone for a moment"
        for line in promises.read_text().splitlines()[-2:] if promises.exists() else []:
            if line.endswith("}"):  # else it was killed while it wrote this
                stored = {source: text for source, text in json.loads(line).items() if now.get(source) == text}
                assert stored.items() <= after.items(), "what was acknowledged is lost"
                promised += len(stored)
        with open_double(home) as index:  # a reader before the next writer
            for passage in index.retrieve("word1 word2 record file", 10):
                assert index.text_of(passage.source)[passage.start : passage.end] == passage.text
            if chance.random() < 0.5:
                continue  # and die again on top of this
            index.add(folder)
            assert_in_step(index)
            assert index.check() == []
            assert {source: index.text_of(source) for source in now} == now
    with open_double(home) as index, open_double(tmp_path / "clean") as clean:
        index.add(folder)
        clean.add(folder)
        assert contents_of(index, folder) == contents_of(clean, folder)
        assert_in_step(index)
        for file in sorted(folder.glob("*.txt"))[:5]:  # its own words, because equal scores may come in another order
            question = file.read_text().split("\n")[-1]
            assert index.retrieve(question, 1)[0].source == clean.retrieve(question, 1)[0].source == str(file)
    assert killed >= KILLS // 3, "most runs ended before they were killed"
    assert promised, "every run was killed before it had stored anything"


def test_a_reindex_killed_at_any_moment(tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED", time.time_ns() % 10**6))
    print(f"KILL_SEED={seed}")
    chance = random.Random(seed)
    home, folder = tmp_path / "home", tmp_path / "folder"
    folder.mkdir()
    edit(folder, chance, 0)
    now = texts_on_disk(folder)
    models = ["double/words", "double/other"]
    with open_double(home) as index:
        index.add(folder)
    killed, duration = 0, 2.5
    kills = max(3, KILLS // 3)
    for turn in range(4 * kills):
        if turn >= kills and killed:
            break
        process = start(home, *models, 0.004, script=REINDEX)
        begun = time.monotonic()
        go(process)
        time.sleep(chance.uniform(0, duration))
        process.kill()
        if "done" in finish(process):
            duration = max(0.3, 0.8 * (time.monotonic() - begun))
        else:
            killed += 1
        live = Catalog(home / "catalog.sqlite").get("embedding_identity")
        with open_double(home, embeddings=HashEmbeddings(live, 200 if live != "double/words" else 256)) as index:
            assert index.check() == []
            assert {source: index.text_of(source) for source in now} == now
            for passage in index.retrieve("word1 word2 record file", 5):
                assert index.text_of(passage.source)[passage.start : passage.end] == passage.text
        if live == models[1]:
            models.reverse()
            process = start(home, *models, 0, script=REINDEX.replace("dimensions=200", "dimensions=256"))
            go(process)
            assert "done" in finish(process)
            models.reverse()
    with open_double(home) as index:
        index.reindex(HashEmbeddings(models[1], 200))
        index.add(folder)
        assert_in_step(index)
        assert {source: index.text_of(source) for source in now} == now
    assert killed, "every run ended before it was killed"


def test_two_processes_adding_at_once_both_arrive(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        for number in range(30):
            (folder / f"{number}.txt").write_text(f"{folder.name} number {number} word{number}.")
    processes = [start(tmp_path / "home", folder, 0.01) for folder in folders]
    for process in processes:
        go(process)
    assert ["done" in finish(process) for process in processes] == [True, True]
    with open_double(tmp_path / "home") as index:
        assert len(index.documents()) == 60
        assert_in_step(index)
        assert index.check() == []
        assert {Path(p.source).parent.name for p in index.retrieve("word7", 2)} == {"one", "two"}


@pytest.mark.parametrize("indexes", [1, 2], ids=["one open index", "two open indexes in one process"])
def test_an_open_index_sees_what_another_process_wrote(tmp_path: Path, indexes: int) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("Apples grow on trees.")
    opened = [open_double(tmp_path / "home") for _ in range(indexes)]
    opened[0].add(folder)
    for index in opened:
        assert [p.document_id for p in index.retrieve("zebras", 5)] == ["a.txt"]
    (folder / "z.txt").write_text("Zebras have stripes.")
    (folder / "a.txt").write_text("Apes climb trees.")
    process = start(tmp_path / "home", folder, 0)
    go(process)
    finish(process)
    for index in opened:
        found = index.retrieve("zebras", 5)
        assert [p.document_id for p in found] == ["z.txt", "a.txt"]
        assert (found[0].why.dense_rank, found[0].why.keyword_rank) == (1, 1)
        assert_in_step(index)
    for index in opened:
        index.close()


def test_questions_are_answered_while_another_process_writes(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "anchor.txt").write_text("Anchors hold ships.")
    with open_double(tmp_path / "home") as index:
        index.add(folder)
        for number in range(150):
            (folder / f"{number}.txt").write_text(f"Number {number} sails.")
        process = start(tmp_path / "home", folder, 0.005)
        go(process)

        def ask(_: int) -> str:
            return index.retrieve("anchors hold ships", 1)[0].document_id

        with ThreadPoolExecutor(8) as pool:
            answers = set()
            while process.poll() is None:
                answers |= set(pool.map(ask, range(16)))
        finish(process)
        assert answers == {"anchor.txt"}
        assert len(index.documents()) == 151
        assert_in_step(index)
