"""Files that hang, crash or eat memory cost one error each, and the workers are used again."""

import io
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from footnoted.index.errors import LoadError
from footnoted.index.loaders import isolate
from footnoted.index.loaders.isolate import Limits, close_workers, load_isolated


@pytest.fixture(autouse=True)
def fresh_workers():
    close_workers()
    yield
    close_workers()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text("<title>Ships</title><h1>Ships</h1><p>The Vasa sank in 1628.</p>", encoding="utf-8")
    return path


def test_same_result_as_in_this_process(page: Path) -> None:
    from footnoted.index.loaders.load import load

    assert load_isolated(page) == load(page)


def test_a_worker_is_used_again(page: Path) -> None:
    load_isolated(page)
    (worker,) = isolate._POOL._idle
    load_isolated(page)
    assert isolate._POOL._idle == [worker]
    assert worker.files == 2


def test_a_killed_worker_is_replaced(page: Path) -> None:
    load_isolated(page)
    isolate._POOL._idle[0].process.kill()
    isolate._POOL._idle[0].process.wait()
    assert "Vasa" in load_isolated(page).documents[0].text


def test_too_slow_is_an_error_that_says_so(page: Path) -> None:
    with pytest.raises(LoadError, match=r"page.html could not be read: .* longer than 0 seconds"):
        load_isolated(page, limits=Limits(seconds=0))
    assert isolate._POOL._idle == []
    assert "Vasa" in load_isolated(page).documents[0].text


def test_too_much_memory_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_text("<p>" + "<b>word</b> " * 2_000_000, encoding="utf-8")
    with pytest.raises(LoadError, match="memory"):
        load_isolated(path, limits=Limits(megabytes=120))


def test_a_crash_is_an_error(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolate, "_START", "import os, sys; sys.stdin.buffer.read(4); os.abort()")
    with pytest.raises(LoadError, match="crashed"):
        load_isolated(page)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    main = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    relations = (
        f'<Relationships xmlns="{namespace}"><Relationship Id="a" Type="{main}" Target="d.xml"/></Relationships>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", relations)
        archive.writestr("d.xml", b"<a>" + b" " * 120_000_000 + b"</a>")
    path.write_bytes(buffer.getvalue())
    with pytest.raises(LoadError, match="decompression bomb"):
        load_isolated(path)


def test_several_threads_at_once(page: Path) -> None:
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(load_isolated(page).documents[0].text)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["Ships\n\nThe Vasa sank in 1628."] * 6


def test_names_with_new_lines_and_other_scripts(tmp_path: Path) -> None:
    for name in ("a\nb.html", "日本語.html", "Ünïcode ﷺ.html"):
        (tmp_path / name).write_text("<p>Text of a page.</p>", encoding="utf-8")
        assert load_isolated(tmp_path / name).documents[0].text == "Text of a page."


def test_the_worker_imports_nothing_heavy(page: Path) -> None:
    load_isolated(page)
    worker = isolate._POOL._take()
    modules = worker.ask({"ask": "modules"}, Limits())["modules"]
    worker.stop()
    heavy = {"torch", "gradio", "chromadb", "tantivy", "transformers", "sentence_transformers", "langchain", "pandas"}
    assert not heavy & {module.partition(".")[0] for module in modules}
    assert "lxml" in modules


def test_works_from_a_script_without_a_main_guard_and_leaves_no_process(page: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from footnoted.index.loaders import isolate\n"
        f"print(isolate.load_isolated({str(page)!r}).documents[0].title)\n"
        "print(isolate._POOL._idle[0].process.pid)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True)
    title, pid = done.stdout.split()
    assert title == "Ships"
    assert not Path(f"/proc/{pid}").exists()


def test_the_current_folder_decides_nothing(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lxml.py").write_text("raise SystemExit('imported from the current folder')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "Vasa" in load_isolated(page).documents[0].text


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="the system does not tell a program's own peak")
def test_the_memory_of_who_started_the_worker_is_not_taken_for_its_own(tmp_path):
    damaged = tmp_path / "damaged.docx"
    damaged.write_bytes(b"PK\x03\x04 and nothing more")
    close_workers()
    ballast = bytearray(b"x") * 600_000_000
    with pytest.raises(LoadError, match="damaged"):
        load_isolated(damaged, limits=Limits(seconds=60, megabytes=500))
    del ballast
