"""Binary Office files: what they really are decides, LibreOffice converts the rest, and is ended when it hangs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from office_files import make_docx, paragraph

from footnoted.index.errors import LoadError
from footnoted.index.loaders.isolate import Limits, load_isolated
from footnoted.index.loaders.load import load
from footnoted.index.loaders.office import legacy

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def program(folder: Path, body: str) -> str:
    """A program in place of LibreOffice, which is called in the same way."""
    path = folder / "soffice"
    path.write_text(
        f"#!{sys.executable}\nimport os, sys, time, pathlib, shutil, urllib.parse\n{body}\n", encoding="utf-8"
    )
    path.chmod(0o755)
    return str(path)


def test_what_a_file_is_decides_how_it_is_read(tmp_path: Path) -> None:
    files = {
        "a.doc": make_docx(tmp_path / "x.docx", paragraph("Really new")).read_bytes(),
        "b.doc": b"{\\rtf1 Really rich\\par}",
        "c.doc": b"<html><body><p>Really a page</p></body></html>",
        "d.xls": b"name\tage\nAnn\t5\n",
        "e.xls": b"<html><table><tr><td>Ann<td>5</table></html>",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    texts = {name: load(tmp_path / name).documents[0].text for name in files}
    assert texts == {
        "a.doc": "Really new", "b.doc": "Really rich", "c.doc": "Really a page",
        "d.xls": "name | age\nname: Ann | age: 5", "e.xls": "Ann | 5",
    }  # fmt: skip
    (tmp_path / "f.doc").write_bytes(b"nothing that anybody knows")
    with pytest.raises(LoadError, match="f.doc is damaged or not a .doc file"):
        load(tmp_path / "f.doc")


def test_without_libreoffice_the_message_says_what_helps(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(legacy, "office_program", lambda: None)
    (tmp_path / "old.ppt").write_bytes(OLE)
    with pytest.raises(LoadError, match=r"install LibreOffice.* or save it as \.pptx"):
        load(tmp_path / "old.ppt")


def test_libreoffice_converts_with_a_profile_of_its_own(tmp_path: Path, monkeypatch) -> None:
    ready = make_docx(tmp_path / "ready.docx", paragraph("Converted"))
    body = f"""
profile = urllib.parse.unquote(sys.argv[1].removeprefix("-env:UserInstallation=file://"))
settings = pathlib.Path(profile, "user", "registrymodifications.xcu").read_text()
assert "DisableMacrosExecution" in settings and os.environ["HOME"] == str(pathlib.Path(profile).parent)
assert sys.argv[-5:-2] == ["--convert-to", "docx", "--outdir"]
assert pathlib.Path(sys.argv[-1]).read_bytes().startswith({OLE[:8]!r})
os.makedirs(sys.argv[-2])
shutil.copy({str(ready)!r}, sys.argv[-2] + "/document.docx")
"""
    made = program(tmp_path, body)
    monkeypatch.setattr(legacy, "office_program", lambda: made)
    (tmp_path / "old.doc").write_bytes(OLE)
    (document,) = load(tmp_path / "old.doc").documents
    assert (document.text, document.media_type) == ("Converted", "application/msword")
    assert [block.kind for block in document.blocks] == ["paragraph"]


def test_a_conversion_that_hangs_or_fails_is_an_error(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "old.xls").write_bytes(OLE)
    alive = tmp_path / "alive"
    hanging = f"open({str(alive)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    monkeypatch.setattr(legacy, "_SECONDS", 1.0)
    for body, message in ((hanging, "took longer than 1 seconds"), ("", "LibreOffice cannot open it")):
        made = program(tmp_path, body)
        monkeypatch.setattr(legacy, "office_program", lambda made=made: made)
        with pytest.raises(LoadError, match=f"old.xls .*{message}"):
            load(tmp_path / "old.xls")
    with pytest.raises(ProcessLookupError):
        os.kill(int(alive.read_text()), 0)


def test_a_real_old_file_where_libreoffice_is_installed(tmp_path: Path) -> None:
    found = legacy.office_program()
    if found is None:
        (tmp_path / "old.doc").write_bytes(OLE)
        with pytest.raises(LoadError, match="install LibreOffice"):
            load_isolated(tmp_path / "old.doc")
        return
    data = legacy.converted(found, b"{\\rtf1 It was written long ago.\\par}", "rtf", "doc", "new.rtf")
    assert data.startswith(OLE[:8])
    (tmp_path / "old.doc").write_bytes(data)
    assert (
        load_isolated(tmp_path / "old.doc", limits=Limits(seconds=110)).documents[0].text == "It was written long ago."
    )
