"""Memory that a write used goes back to the system.

Adding a document takes tens of megabytes for a moment (the keyword writer's buffer, a store that is opened anew). The C
library keeps what is freed in pieces for later, and a server that adds documents all day grows by them.
"""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def _trimmer():
    """glibc's ``malloc_trim``; ``None`` where there is no such thing."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None


def give_back() -> None:
    """Return to the system what was freed. Takes some milliseconds; other threads go on meanwhile."""
    if trim := _trimmer():
        trim(0)
