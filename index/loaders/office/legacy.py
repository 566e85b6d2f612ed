"""The binary Office formats before 2007 (.doc, .xls, .ppt), which LibreOffice converts where it is installed.

It runs as a program of its own, with a fresh profile that allows no macros and no network, and is ended when it takes
too long.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from footnoted.index.errors import LoadError, PasswordNeeded
from footnoted.index.loaders.archive import OLE
from footnoted.index.loaders.markup.html import load_html
from footnoted.index.loaders.office.sheets import load_xlsx
from footnoted.index.loaders.office.slides import load_pptx
from footnoted.index.loaders.office.word import load_docx
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.rich_text.load import load_rtf
from footnoted.index.loaders.tables.delimited import load_csv
from footnoted.index.types import LoadedDocument

_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.com",
)
_SECONDS = 100.0  # below the two minutes that reading a file may take
_KINDS: dict[str, tuple[str, str, Callable[[Source], LoadedDocument]]] = {
    "doc": ("docx", "application/msword", load_docx),
    "xls": ("xlsx", "application/vnd.ms-excel", load_xlsx),
    "ppt": ("pptx", "application/vnd.ms-powerpoint", load_pptx),
}
# No macros, no links to other files, no pictures from the network: nothing is fetched from outside of the document.
_SETTINGS = {
    "/org.openoffice.Office.Common/Security/Scripting": {
        "MacroSecurityLevel": "3", "DisableMacrosExecution": "true", "BlockUntrustedRefererLinks": "true",
    },
    "/org.openoffice.Office.Writer/Content/Update": {"Link": "0"},
    "/org.openoffice.Office.Calc/Content/Update": {"Link": "2"},
    "/org.openoffice.Inet/Settings": {
        "ooInetProxyType": "2", "ooInetHTTPProxyName": "127.0.0.1", "ooInetHTTPProxyPort": "9",
        "ooInetHTTPSProxyName": "127.0.0.1", "ooInetHTTPSProxyPort": "9",
    },
}  # fmt: skip


def load_doc(source: Source) -> LoadedDocument:
    """The text of a Word document of the old format."""
    return _load(source, "doc")


def load_xls(source: Source) -> LoadedDocument:
    """The tables of an Excel workbook of the old format; many are web pages or text files by that name."""
    return _load(source, "xls")


def load_ppt(source: Source) -> LoadedDocument:
    """The slides of a PowerPoint presentation of the old format."""
    return _load(source, "ppt")


def _load(source: Source, kind: str) -> LoadedDocument:
    new, media_type, load = _KINDS[kind]
    start = source.data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"pk\x03\x04"):
        return load(source)
    if start.startswith(b"{\\rtf"):
        return load_rtf(source)
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        return replace(load_html(source), media_type="text/html")
    if not source.data.startswith(OLE):
        if kind == "xls" and b"\0" not in source.data[:10_000]:
            return load_csv(source)
        raise LoadError(f"{source.name} is damaged or not a {source.suffix} file.")
    program = office_program()
    if program is None:
        raise LoadError(
            f"{source.name} is in the old binary Office format: install LibreOffice, with which it can be read, "
            f"or save it as .{new} and add that."
        )
    data = converted(program, _decrypted(source), kind, new, source.name)
    return replace(load(replace(source, data=data, password=None)), media_type=media_type)


def office_program() -> str | None:
    """Where LibreOffice is, or ``None``."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def converted(program: str, data: bytes, old: str, new: str, name: str) -> bytes:
    """The same document in another format. ``name`` is what errors call it."""
    with tempfile.TemporaryDirectory(prefix="footnote-") as folder:
        home = Path(folder)
        (home / f"document.{old}").write_bytes(data)
        profile = home / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_settings(), encoding="utf-8")
        command = [
            program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck",
            "--convert-to", new, "--outdir", str(home / "out"), str(home / f"document.{old}"),
        ]  # fmt: skip
        _run(command, home, name)
        result = home / "out" / f"document.{new}"
        if not result.is_file():
            raise LoadError(f"{name} is damaged or encrypted: LibreOffice cannot open it.")
        return result.read_bytes()


def _settings() -> str:
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, properties in _SETTINGS.items()
        for name, value in properties.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>"
    )


def _run(command: list[str], home: Path, name: str) -> None:
    """Run LibreOffice, and end it with all that it started when its time is up."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(home), "TMPDIR": str(home)} | nowhere
    seconds = _seconds_left()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=None if os.name == "nt" else environment,  # Windows starts nothing without its own
            start_new_session=True,
        )
    except OSError as error:
        raise LoadError(f"{name} could not be read: LibreOffice does not start ({error.strerror}).") from error
    try:
        _limit(process.pid, seconds)
        process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"{name} could not be read: converting it took longer than {seconds:.0f} seconds.") from error
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen) -> None:
    """End a program that still runs, with all that it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _limit(process: int, seconds: float) -> None:
    """Processor time for the program, in case this process is ended before it can end the program."""
    try:
        import resource

        limit = int(2 * seconds) + 1
        resource.prlimit(process, resource.RLIMIT_CPU, (limit, limit))
    except (ImportError, AttributeError, OSError):
        pass


def _seconds_left() -> float:
    """How long a conversion may take: less than what is left to the process that reads files, if it has an alarm."""
    left = signal.getitimer(signal.ITIMER_REAL)[0] if hasattr(signal, "getitimer") else 0.0
    return max(1.0, min(_SECONDS, left - 8.0)) if left else _SECONDS


def _decrypted(source: Source) -> bytes:
    """The bytes without their encryption, if they have any and there is a password."""
    try:
        import msoffcrypto
        from msoffcrypto.exceptions import InvalidKeyError
    except ImportError:
        return source.data
    plain = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(source.data))
        if not file.is_encrypted():
            return source.data
        if source.password is None:
            raise PasswordNeeded(f"{source.name} is encrypted; give its password to read it.")
        file.load_key(password=source.password)
        file.decrypt(plain)
    except InvalidKeyError as error:
        raise PasswordNeeded(f"{source.name} is encrypted and the password given is not the right one.") from error
    except LoadError:
        raise
    except Exception:  # an edge: the decrypter raises anything on damaged input; LibreOffice may still read it
        return source.data
    return plain.getvalue()
