"""``footnote add FOLDER --watch``: a line in the log for each sync, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Iterator
from datetime import datetime

from footnoted.assistant.commands.common import plain

_MOST_NAMES = 5


def watch(index, options: argparse.Namespace) -> int:
    """Keep the index in step with the folders and report each sync; returns when the person (or the system) ends it."""
    outcomes = index.watch(
        options.paths,
        collection=options.collection,
        metadata=dict(options.metadata) if options.metadata else None,
        password=options.password,
    )
    reported: set[str] = set()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as systems end a service
    try:
        if not options.json:
            _say(f"Watching {', '.join(options.paths)}. Ctrl-C ends it.")
        for outcome in outcomes:
            if options.json:
                failed = isinstance(outcome, Exception)
                print(json.dumps({"error": str(outcome)} if failed else outcome.to_dict()), flush=True)
            else:
                for line in _lines(outcome, reported):
                    _say(line)
    except KeyboardInterrupt:  # the usual end; a sync under way loses nothing that was reported
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
    if not options.json:
        _say("Stopped watching.")
    return 0


def _lines(outcome, reported: set[str]) -> Iterator[str]:
    """The result of a sync in a few lines; what is skipped is ``reported`` once."""
    if isinstance(outcome, Exception):
        yield f"error: {outcome} It will be tried again."
        return
    for name in ("added", "changed", "removed"):
        if sources := getattr(outcome, name):
            more = f" and {len(sources) - _MOST_NAMES} more" if len(sources) > _MOST_NAMES else ""
            yield f"{len(sources)} {name}: {', '.join(sources[:_MOST_NAMES])}{more}"
    if outcome.passages_embedded:
        yield f"{outcome.passages_embedded} passages embedded in {outcome.seconds:.1f} s"
    if outcome.unchanged:
        yield f"{len(outcome.unchanged)} unchanged"
    reasons = [reason for reason in outcome.skipped.values() if reason not in reported]
    reported.update(reasons)
    yield from (f"skipped: {reason}" for reason in reasons[:_MOST_NAMES])
    if len(reasons) > _MOST_NAMES:
        yield f"skipped: {len(reasons) - _MOST_NAMES} more; 'footnote list' shows what could not be read"


def _say(line: str) -> None:
    print(datetime.now().strftime("%Y-%m-%d %H:%M:%S"), plain(line), flush=True)
