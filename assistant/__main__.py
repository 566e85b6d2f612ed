"""``python -m footnoted.assistant`` is the command ``footnote``."""

import sys

from footnoted.assistant.cli import main

sys.exit(main())
