"""Where things lie: the repository, the modules that tests share, and the data beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

SUPPORT = Path(__file__).resolve().parent
REPOSITORY = SUPPORT.parents[1]
DATA = REPOSITORY / "tests" / "data"
SHARED = Path(os.environ.get("FOOTNOTE_SHARED") or REPOSITORY.parent / "shared").resolve()
