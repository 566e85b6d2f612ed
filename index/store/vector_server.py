"""Where the vectors of a data folder are: in the folder itself, or on a Chroma server that a file in it names.

The file, not a setting of each process, decides: two processes that look for vectors in two places would both be wrong.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from footnoted.index.errors import HomeUnusable
from footnoted.index.models.keys import key_for, origin, server_address, shown
from footnoted.index.store.private import private_file, private_folder

MARKER = "chroma.json"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class VectorServer:
    """A Chroma server and the collection there that holds one edition's vectors."""

    host: str
    port: int
    secure: bool
    collection: str
    tenant: str = "default_tenant"
    database: str = "default_database"

    @property
    def url(self) -> str:
        """The address, for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"

    @property
    def key(self) -> str:
        """The key to send: ``FOOTNOTE_CHROMA_KEY``, if ``FOOTNOTE_CHROMA_URL`` names this server too."""
        return key_for(self.url, "FOOTNOTE_CHROMA_KEY", "FOOTNOTE_CHROMA_URL")


def choose_vector_server(home: Path, url: str) -> None:
    """Set where the vectors of a data folder are from now on; they are rebuilt there from the stored texts.

    Args:
        url: "http://host:port" of a Chroma server, with "/tenant/database" behind it where it has several;
            "embedded" for the folder itself, or empty to change nothing.

    Raises:
        HomeUnusable: the address is none.
    """
    if not url:
        return
    marker = home / MARKER
    if url == EMBEDDED:
        marker.unlink(missing_ok=True)
        return
    parts = server_address(url)
    if parts is None or len(_names(parts.path)) not in (0, 2):
        raise HomeUnusable(
            f"{shown(url, 'What FOOTNOTE_CHROMA_URL says')} is not the address of a Chroma server: write it as "
            "http://127.0.0.1:8000, where it has several tenants with /TENANT/DATABASE behind it; a key belongs into "
            "FOOTNOTE_CHROMA_KEY."
        )
    held = _read(marker)
    if held.get("url") != url:
        private_folder(home)
        held = {"url": url, "name": held.get("name") or f"footnote-{secrets.token_hex(8)}"}
        partial = marker.with_name(f".{MARKER}.{secrets.token_hex(4)}")
        private_file(partial).write_text(json.dumps(held), encoding="utf-8")
        partial.replace(marker)


def server_of(store: Path) -> VectorServer | None:
    """The server of the vectors that would otherwise lie in the folder ``store``; ``None`` when they do lie there."""
    edition, home = "1", store.parent
    if home.name.startswith("edition-"):
        edition, home = home.name.removeprefix("edition-"), home.parent
    held = _read(home / MARKER)
    if not held:
        return None
    parts = urlsplit(held["url"])
    scheme, host, port = origin(parts)
    return VectorServer(host, port, scheme == "https", f"{held['name']}-{edition}", *_names(parts.path))


def _names(path: str) -> list[str]:
    """Tenant and database."""
    return [unquote(name) for name in path.split("/") if name]


def _read(marker: Path) -> dict[str, str]:
    try:
        return json.loads(marker.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise HomeUnusable(f"{marker} cannot be read ({error}): it names the server that holds the vectors.") from None
