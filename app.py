"""The web chat: ``python app.py`` is ``footnote serve``, and takes its options."""

from __future__ import annotations

import sys

from footnoted.assistant.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
