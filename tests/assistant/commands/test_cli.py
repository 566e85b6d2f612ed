"""The command line: what each command prints and returns, and one sentence, not a traceback, for every bad input."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from places import REPOSITORY

from footnoted.assistant.cli import _parser, main

MILL = "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A data folder with one document, made with the bundled models. Tests only read it."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "mill.txt").write_text(MILL)
    assert main(["--home", str(folder / "home"), "add", str(folder / "mill.txt")]) == 0
    return folder / "home"


@pytest.fixture
def run(capsys):
    """Runs a command in this process: (exit code, standard output, standard error)."""

    def command(*arguments) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return command


def in_a_process(*arguments, **options) -> subprocess.CompletedProcess:
    options = {"timeout": 120} | options
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=REPOSITORY, **options)


def one_sentence(text: str) -> bool:
    lines = text.strip().splitlines()
    return len(lines) == 1 and lines[0].startswith("footnote: ") and lines[0].endswith((".", ")"))


# What the commands do ----------------------------------------------------------------------------------------------


def test_the_home_can_stand_before_and_after_the_command(run, home, tmp_path):
    before, after = run("--home", home, "list"), run("list", "--home", home)
    assert before == after and before[0] == 0 and "mill.txt" in before[1]
    assert "No documents yet" in run("--home", home, "list", "--home", tmp_path / "other")[1], "the last one counts"
    assert run("--json", "--home", home, "list")[1] == run("list", "--json", "--home", home)[1]


def test_every_command_takes_the_home_before_it():
    parser = _parser()
    commands = next(action.choices for action in parser._actions if action.dest == "run" or action.choices)
    given = {name: ["x"] for name in ("add", "show", "remove", "search", "ask")}
    given |= {name: [] for name in ("list", "doctor", "serve")}
    for name in given.keys() & commands.keys():
        assert parser.parse_args(["--home", "there", name, *given[name]]).home == "there"
        assert parser.parse_args([name, *given[name]]).home is None


def test_a_file_is_added_listed_shown_searched_asked_and_removed(run, tmp_path):
    file, home = tmp_path / "mill.txt", tmp_path / "home"
    file.write_text(MILL)
    options = ("--home", home)
    code, out, _ = run("add", file, *options)
    assert code == 0 and out.startswith("1 added, 0 changed, 0 unchanged, 0 removed, 0 skipped;")
    assert run("add", file, *options)[1].startswith("0 added, 0 changed, 1 unchanged")
    assert str(file) in run("list", *options)[1]
    assert run("show", "mill.txt", *options) == (0, MILL, "")
    assert "[1] mill.txt" in run("search", "mill", *options)[1]
    code, out, _ = run("ask", "When did the mill burn down?", *options)
    assert code == 0 and "The mill burnt down in 1950. [1]" in out and "[1] mill.txt" in out
    assert run("remove", "mill.txt", *options) == (0, f"removed: {file}\n", "")
    assert file.exists(), "the file itself is never touched"
    assert "No documents yet" in run("list", *options)[1]


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (("list",), {"source", "passages", "status"}),
        (("show", "mill.txt"), {"source", "text"}),
        (("search", "mill"), {"text", "source", "start", "end", "score", "why"}),
        (("ask", "When did the mill burn down?"), {"text", "sentences", "citations", "passages", "refused"}),
        (("ask", "hello"), {"text", "kind"}),
    ],
)
def test_json_is_all_that_is_printed(run, home, arguments, keys):
    code, out, err = run(*arguments, "--json", "--home", home)
    read = json.loads(out)
    assert (code, err) == (0, "")
    assert keys <= set(read[0] if isinstance(read, list) else read)


def test_json_of_add_and_remove(run, tmp_path):
    (tmp_path / "mill.txt").write_text(MILL)
    (tmp_path / "empty.txt").write_text("")
    code, out, err = run("add", tmp_path / "mill.txt", tmp_path / "empty.txt", "--json", "--home", tmp_path / "home")
    report = json.loads(out)
    assert (code, err) == (1, "") and len(report["added"]) == 1 and len(report["skipped"]) == 1
    out = run("remove", "mill.txt", "--json", "--home", tmp_path / "home")[1]
    assert json.loads(out) == {"removed": [str(tmp_path / "mill.txt")]}


def test_a_question_can_be_restricted_to_a_document(run, home):
    assert run("ask", "When did the mill burn down?", "--source", "mill.txt", "--home", home)[0] == 0
    code, out, err = run("ask", "When?", "--source", "nosuch.txt", "--home", home)
    assert (code, out) == (1, "") and one_sentence(err) and "nosuch.txt" in err


def test_the_help_is_there_without_a_command(run):
    code, out, _ = run()
    assert code == 2 and "add" in out and "ask" in out
    assert run("--help")[0] == 0
    assert run("--version")[1].startswith("footnote ")


def test_the_help_imports_nothing_heavy():
    result = in_a_process("-X", "importtime", "-m", "footnoted.assistant", "--help")
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines()}
    assert result.returncode == 0 and "argparse" in imported
    assert not imported & {
        "torch",
        "chromadb",
        "gradio",
        "tantivy",
        "langchain",
        "langchain_core",
        "numpy",
        "onnxruntime",
    }


# Bad input ---------------------------------------------------------------------------------------------------------


def test_a_missing_path_is_told_and_the_others_are_added(run, tmp_path):
    (tmp_path / "mill.txt").write_text(MILL)
    code, out, _ = run("add", tmp_path / "nosuch.txt", tmp_path / "mill.txt", "--home", tmp_path / "home")
    assert code == 1 and out.startswith("1 added") and "1 skipped" in out
    assert f"skipped: There is no file or folder {tmp_path / 'nosuch.txt'}." in out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("blank.txt", b" \n\n "),
        ("program.exe", b"MZ\x00\x01"),
        ("noending", b"some text"),
        ("broken.pdf", b"%PDF-1.7 and nothing more"),
        ("broken.docx", b"PK\x03\x04 and nothing more"),
        ("broken.jsonl", b'{"id": 1\nnot json\n'),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence_and_the_rest_stays(run, tmp_path, name, content):
    (tmp_path / "mill.txt").write_text(MILL)
    (tmp_path / name).write_bytes(content)
    home = tmp_path / "home"
    assert run("add", tmp_path / "mill.txt", "--home", home)[0] == 0
    code, out, err = run("add", tmp_path / name, "--home", home)
    assert code == 1
    (told,) = [line for line in out.splitlines() if line.startswith("skipped: ")]
    assert name in told and len(told) < 300
    assert run("show", "mill.txt", "--home", home)[1] == MILL, "nothing is lost"


def test_a_bad_file_in_a_folder_is_reported_and_is_no_failure(run, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "mill.txt").write_text(MILL)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    code, out, _ = run("add", folder, "--home", tmp_path / "home")
    assert code == 0 and out.startswith("1 added") and "skipped: " in out and "broken.pdf" in out
    assert run("add", folder, folder / "broken.pdf", "--home", tmp_path / "home")[0] == 1, "it was named itself"


def test_a_folder_in_which_nothing_can_be_read_is_a_failure(run, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "empty.txt").write_text("")
    assert run("add", folder, "--home", tmp_path / "home")[0] == 1


@pytest.mark.parametrize("kind", ["pipe", "broken link"])
def test_what_is_no_file_is_told(run, tmp_path, kind):
    path = tmp_path / "report.txt"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nosuch.txt")
    result = in_a_process("-m", "footnoted.assistant", "add", str(path), "--home", str(tmp_path / "home"), timeout=60)
    assert result.returncode == 1 and "skipped: " in result.stdout and "report.txt" in result.stdout
    assert "Traceback" not in result.stderr


def test_a_file_without_permission_is_told(tmp_path):
    file, open_file = tmp_path / "secret.txt", tmp_path / "mill.txt"
    file.write_text(MILL)
    open_file.write_text(MILL)
    file.chmod(0)
    # Root may read everything unless it gives that up: only then is this what another user sees.
    script = (
        "import ctypes, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "class Header(ctypes.Structure): _fields_ = [('version', ctypes.c_uint32), ('pid', ctypes.c_int)]\n"
        "class Data(ctypes.Structure): _fields_ = [(name, ctypes.c_uint32) for name in 'epi']\n"
        "header, data = Header(0x20080522, 0), (Data * 2)()\n"
        "assert libc.capset(ctypes.byref(header), data) == 0\n"
        "from footnoted.assistant.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    result = in_a_process("-c", script, "add", str(file), str(open_file), "--home", str(tmp_path / "home"))
    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith("1 added") and "secret.txt" in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("question", ["", "   ", "\t\n"])
@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_of_only_spaces_is_told(run, home, command, question):
    code, out, err = run(command, question, "--home", home)
    assert (code, out) == (1, "") and one_sentence(err) and "empty" in err


def test_a_home_made_by_another_embedding_model_is_told_and_stays_as_it_is(run, home, monkeypatch):
    before = run("list", "--json", "--home", home)[1]
    monkeypatch.setenv("FOOTNOTE_EMBEDDING_MODEL", "some/other-model")
    for arguments in (("ask", "When did the mill burn down?"), ("list",), ("search", "mill"), ("add", __file__)):
        code, out, err = run(*arguments, "--home", home)
        assert (code, out) == (1, "") and one_sentence(err) and "some/other-model" in err
    monkeypatch.delenv("FOOTNOTE_EMBEDDING_MODEL")
    assert run("list", "--json", "--home", home)[1] == before


def test_a_home_that_is_a_file_or_cannot_be_made_is_told(run, tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        code, out, err = run("list", "--home", place)
        assert (code, out) == (1, "") and one_sentence(err) and str(place) in err


def test_a_home_with_a_broken_catalog_is_told(run, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalog.sqlite").write_bytes(b"this is no database, " * 100)
    code, out, err = run("list", "--home", home)
    assert (code, out) == (1, "") and one_sentence(err)
    assert (home / "catalog.sqlite").read_bytes().startswith(b"this is no"), "nothing is overwritten"


@pytest.mark.parametrize(
    ("variables", "arguments", "says"),
    [
        ({"FOOTNOTE_PASSAGES": "many"}, ("ask", "mill?"), "FOOTNOTE_PASSAGES"),
        ({}, ("ask", "mill?", "--model", "gpt"), "provider:model"),
        ({"FOOTNOTE_MODEL": "nosuchprovider:x"}, ("ask", "mill?"), "nosuchprovider"),
        ({}, ("show", "nosuch.txt"), "nosuch.txt"),
        ({}, ("remove", "nosuch.txt"), "nosuch.txt"),
    ],
)
def test_a_wrong_setting_or_name_is_told(run, home, monkeypatch, variables, arguments, says):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, out, err = run(*arguments, "--home", home)
    assert (code, out) == (1, "") and one_sentence(err) and says in err


@pytest.mark.parametrize(
    "arguments",
    [("ask",), ("nosuch",), ("search", "x", "-k", "0"), ("serve", "--port", "0"), ("serve", "--port", "70000")],
)
def test_a_wrong_call_is_told_with_exit_code_2(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "") and "error: " in err


def test_a_port_already_taken_is_told(home):
    pytest.importorskip("app", reason="the web chat is not here yet")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = in_a_process("-m", "footnoted.assistant", "serve", "--port", str(port), "--home", str(home))
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert str(port) in result.stderr and result.stderr.strip().splitlines()[-1].startswith("footnote: ")


# Output ------------------------------------------------------------------------------------------------------------


def test_document_text_cannot_drive_the_terminal(run, tmp_path):
    file = tmp_path / "evil.txt"
    file.write_text("The mill\x1b[2J\x1b]0;owned\x07 burnt down in 1950, they say\u202e in Kell.\n", encoding="utf-8")
    run("add", file, "--home", tmp_path / "home")
    for arguments in (("ask", "When did the mill burn down?"), ("search", "mill"), ("list",)):
        out = run(*arguments, "--home", tmp_path / "home")[1]
        assert not set(out) & {"\x1b", "\x07", "\u202e"}


def test_text_that_the_terminal_cannot_show_is_no_failure(tmp_path):
    file = tmp_path / "mill.txt"
    file.write_text("Die Mühle — 水車小屋 — brannte 1950 ab.\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "FOOTNOTE_HOME": str(tmp_path / "home")}
    assert in_a_process("-m", "footnoted.assistant", "add", str(file), env=environment).returncode == 0
    shown = in_a_process("-m", "footnoted.assistant", "show", "mill.txt", env=environment)
    assert shown.returncode == 0 and "brannte 1950 ab." in shown.stdout
    read = json.loads(in_a_process("-m", "footnoted.assistant", "show", "mill.txt", "--json", env=environment).stdout)
    assert read["text"].startswith("Die Mühle — 水車小屋")


def test_a_reader_that_goes_away_is_no_failure(home):
    result = in_a_process(
        "-c",
        "import os, sys\n"
        "reader, writer = os.pipe()\n"
        "os.close(reader)\n"
        "os.dup2(writer, 1)\n"
        "from footnoted.assistant.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n",
        "show", "mill.txt", "--home", str(home),
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")


def test_files_of_a_folder_that_no_loader_knows_are_counted(run, tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "mill.txt").write_text(MILL)
    for number in range(5):
        (folder / f"film{number}.mp4").write_bytes(b"x")
    code, out, _ = run("add", folder, "--home", tmp_path / "home")
    assert code == 0 and "5 files are left out: there is no loader for .mp4 (5)." in out
    assert "film0.mp4" not in out


# Looking after the index ------------------------------------------------------------------------------------------


def test_the_doctor_finds_nothing_in_a_sound_index(run, home):
    code, out, _ = run("doctor", "--home", home)
    assert code == 0 and "agree" in out


def test_the_doctor_finds_and_repairs_what_is_missing(run, tmp_path):
    from footnoted.index import open_index

    (tmp_path / "mill.txt").write_text(MILL)
    assert run("add", tmp_path / "mill.txt", "--home", tmp_path / "home")[0] == 0
    with open_index(tmp_path / "home") as index:
        number = index.catalog.all_passages()[0]["id"]
        index.keywords.add([(number + 1000, 1000, "", "", "a passage that no document has")])
        found = index.check()
    assert found
    code, out, _ = run("doctor", "--repair", "--json", "--home", tmp_path / "home")
    report = json.loads(out)
    assert code == 0 and report["left"] == []
    assert run("doctor", "--home", tmp_path / "home")[0] == 0
    assert "1950" in run("ask", "When did the mill burn down?", "--home", tmp_path / "home")[1]


def test_the_list_shows_passages_size_and_date(run, tmp_path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "note.txt").write_text("Zebras have stripes.")
    (tmp_path / "docs" / "empty.txt").write_text("")
    (tmp_path / "docs" / "corpus.jsonl").write_text('{"id": "1", "text": "A record.", "date": "2024-05-06"}\n')
    os.utime(tmp_path / "docs" / "note.txt", (86400, 86400))
    run("--home", tmp_path / "home", "add", tmp_path / "docs", "--collection", "zoo")
    code, out, _ = run("--home", tmp_path / "home", "list")
    assert code == 0
    assert "note.txt  1 passage, 20 bytes, 1970-01-02, in zoo\n" in out
    assert "corpus.jsonl#1  1 passage, 9 characters, 2024-05-06, in zoo\n" in out
    assert "empty.txt  failed\n    empty.txt" in out
    assert out.endswith("2 documents in 2 passages, 1 failed.\n")


def test_reindex_says_what_it_did_and_what_a_wrong_model_is(tmp_path, capsys) -> None:
    (tmp_path / "note.txt").write_text("Zebras have stripes.")
    home = str(tmp_path / "home")
    assert main(["--home", home, "add", str(tmp_path / "note.txt")]) == 0
    assert main(["--home", home, "reindex"]) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert main(["--home", home, "reindex", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passages_embedded"] == 1
    assert main(["--home", home, "reindex", "--embedding-model", str(tmp_path / "no model")]) == 1
    assert "could not be loaded" in capsys.readouterr().err
    assert main(["--home", home, "search", "stripes", "--no-rerank"]) == 0
    assert "Zebras" in capsys.readouterr().out
