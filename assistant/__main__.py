"""``python -m assistant`` is the command ``footnote``."""

import sys

from assistant.cli import main

sys.exit(main())
