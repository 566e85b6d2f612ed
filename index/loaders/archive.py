"""Zip-based formats: parts read within limits, XML parsed safely, encrypted files distinguished from damaged ones."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from typing import Any
from urllib.parse import unquote

from footnoted.index.errors import LoadError, PasswordNeeded
from footnoted.index.loaders.registry import Source

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a file of the old binary format, or an encrypted one, begins."""
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
PART_LIMIT = 200_000_000
ARCHIVE_LIMIT = 500_000_000
_RATIO_LIMIT = 250  # XML rarely shrinks more than a hundredfold; a bomb is near deflate's limit of a thousand
_RATIO_FREE = 20_000_000

_UNPACKING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
RELATIONSHIPS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class Archive:
    """A zip file whose parts are read one at a time and never beyond the limits."""

    def __init__(self, source: Source, data: bytes | None = None) -> None:
        self.name = source.name
        self._read = 0
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source.data if data is None else data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise LoadError(f"{source.name} is damaged: it is not a complete {source.suffix} file.") from error
        self._by_name = {info.filename.lstrip("/"): info for info in self._zip.infolist()}

    def __contains__(self, part: str) -> bool:
        return part in self._by_name

    @property
    def parts(self) -> list[str]:
        """The names of all parts."""
        return list(self._by_name)

    def read(self, part: str) -> bytes:
        """The bytes of a part; ``LoadError`` when it is missing, damaged, encrypted or unreasonably large."""
        info = self._by_name.get(part)
        if info is None:
            raise LoadError(f"{self.name} is damaged: its part {part} is missing.")
        if info.flag_bits & 0x1:
            raise PasswordNeeded(f"{self.name} is encrypted, in a way that cannot be read here.")
        blown_up = info.file_size > _RATIO_FREE and info.file_size > _RATIO_LIMIT * max(1, info.compress_size)
        self._read += info.file_size
        if info.file_size > PART_LIMIT or blown_up or self._read > ARCHIVE_LIMIT:
            raise LoadError(f"{self.name} unpacks to far too much data (a decompression bomb?), so it was not read.")
        try:
            return self._zip.read(info)
        except _UNPACKING_ERRORS as error:
            raise LoadError(f"{self.name} is damaged: its part {part} cannot be unpacked.") from error

    def xml(self, part: str) -> Any:
        """The root element of an XML part; ``LoadError`` when there is none."""
        root = parse_xml(self.read(part))
        if root is None:
            raise LoadError(f"{self.name} is damaged: its part {part} is not XML.")
        return root

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relationship id -> (short type, target part) of an Office part; outside targets are left out."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self:
            return {}
        found = {}
        for relation in self.xml(rels).iter("{*}Relationship"):
            target = unquote(relation.get("Target") or "")
            if relation.get("TargetMode") != "External" and target:
                kind = (relation.get("Type") or "").rpartition("/")[2]
                full = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                found[relation.get("Id") or ""] = (kind, posixpath.normpath(full))
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of this archive that ``part`` refers to as ``kind``."""
        return [target for found, target in self.relations(part).values() if found == kind and target in self]


def parse_xml(data: bytes) -> Any | None:
    """The root of XML, even if slightly damaged; entities are not expanded and nothing is fetched."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def open_office(source: Source) -> tuple[Archive, str]:
    """The archive of an Office file and the name of its main part; decrypts it when there is a password."""
    archive = Archive(source, _decrypted(source) if source.data.startswith(OLE) else None)
    mains = archive.related("", "officeDocument")
    if not mains:
        raise LoadError(f"{source.name} is damaged or not a {source.suffix} file: its main part is missing.")
    return archive, mains[0]


def core_title(archive: Archive) -> str:
    """The title in the file's properties, or nothing."""
    for part in archive.related("", "core-properties"):
        for element in archive.xml(part).iter("{http://purl.org/dc/elements/1.1/}title"):
            return element.text or ""
    return ""


def core_metadata(archive: Archive) -> dict[str, str]:
    """When an Office file was last changed, as its properties say: ``{"date": "2024-01-31"}``, or nothing."""
    for part in archive.related("", "core-properties"):
        dates = {
            element.tag.rpartition("}")[2]: (element.text or "")[:10] for element in archive.xml(part).iter("{*}*")
        }
        for name in ("modified", "created"):
            if re.fullmatch(r"(?:19|20)\d\d-\d\d-\d\d", dates.get(name, "")):
                return {"date": dates[name]}
    return {}


def _decrypted(source: Source) -> bytes:
    if _ENCRYPTED_STREAM not in source.data:
        raise LoadError(f"{source.name} is in the old binary Office format; save it as {source.suffix} and add that.")
    if source.password is None:
        raise PasswordNeeded(f"{source.name} is encrypted; give its password to read it.")
    try:
        import msoffcrypto
        from msoffcrypto.exceptions import InvalidKeyError
    except ImportError as error:
        raise PasswordNeeded(
            f"{source.name} is encrypted; to decrypt it, install the package msoffcrypto-tool with pip."
        ) from error
    plain = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(source.data))
        file.load_key(password=source.password)
        file.decrypt(plain)
    except InvalidKeyError as error:
        raise PasswordNeeded(f"{source.name} is encrypted and the password given is not the right one.") from error
    except Exception as error:  # an edge: the decrypter raises anything on damaged input
        raise LoadError(f"{source.name} is encrypted and damaged, or encrypted in an unknown way.") from error
    return plain.getvalue()
