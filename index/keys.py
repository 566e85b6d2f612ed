"""Keys of servers that the index uses: from the environment or a file that it names, kept and shown nowhere.

Read here and not among the assistant's settings, because ``open_index()`` has to work without those.
"""

from __future__ import annotations

import os
from pathlib import Path

from index.errors import HomeUnusable


def key_of(variable: str) -> str:
    """The key in an environment variable, or in the file that ``<variable>_FILE`` names; empty when there is none.

    Raises HomeUnusable for a file that cannot be read.
    """
    path = os.environ.get(f"{variable}_FILE")
    if not path:
        return os.environ.get(variable, "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise HomeUnusable(f"The file {path} of {variable}_FILE cannot be read ({error}).") from None
