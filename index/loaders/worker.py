"""The process that reads files for ``isolate``: requests on its standard input, answers on its standard output.

A message is four bytes of length and that many bytes of JSON, in both directions, so that nothing a broken parser
writes can run in the process that asked. It ends when its input does.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import struct
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from footnoted.index import errors
from footnoted.index.loaders.registry import Loaded, read_file
from footnoted.index.text.blocks import packed, unpacked

_GRACE_SECONDS = 5
_HEADROOM_MEGABYTES = 250  # the process that asked watches the memory; this limit is for what grows too fast for that


def send(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message."""
    data = json.dumps(message, ensure_ascii=True).encode("ascii")
    stream.write(struct.pack(">I", len(data)) + data)
    stream.flush()


def answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None] = lambda message: None) -> dict[str, Any]:
    """Read one file and report the result; ``tell`` sends word that a long reading goes on."""
    _limit(request["seconds"], request["megabytes"])

    def working() -> None:
        _alarm(request["seconds"])
        tell({"working": True})

    try:
        path = Path(os.fsdecode(bytes.fromhex(request["path"])))
        loaded = read_file(path, request["password"], charset=request.get("charset"), working=working)
        return {"documents": [_plain(document) for document in loaded.documents], "problems": list(loaded.problems)}
    except errors.LoadError as error:
        return {"error": type(error).__name__, "message": str(error), "peak": peak_megabytes()}
    finally:
        if hasattr(signal, "alarm"):
            signal.alarm(0)


def peak_megabytes() -> float:
    """The most memory this program ever had; 0 where the system does not say.

    Linux carries ``ru_maxrss`` over from the process that started this one; ``VmHWM`` starts again with the program.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1_000
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _plain(document: Any) -> dict[str, Any]:
    return {
        "text": document.text,
        "title": document.title,
        "sections": [[part.start, part.end, part.label, part.number] for part in document.sections],
        "headings": [[part.start, part.end, part.level, part.title] for part in document.headings],
        "blocks": base64.b64encode(packed(document.blocks)).decode("ascii"),
        "record_id": document.record_id,
        "media_type": document.media_type,
        "notes": list(document.notes),
        "metadata": dict(document.metadata),
    }


def rebuilt(message: dict[str, Any]) -> Loaded:
    """The reverse: what ``answer`` reported, as documents, or raised as the error it was."""
    from footnoted.index.types import Heading, LoadedDocument, Section

    if "error" in message:
        kind = getattr(errors, message["error"], errors.LoadError)
        raise kind(message["message"])
    documents = [
        LoadedDocument(
            **{
                **plain,
                "sections": tuple(Section(*part) for part in plain["sections"]),
                "headings": tuple(Heading(*part) for part in plain["headings"]),
                "blocks": unpacked(base64.b64decode(plain["blocks"])),
                "notes": tuple(plain["notes"]),
            }
        )
        for plain in message["documents"]
    ]
    return Loaded(tuple(documents), tuple(message["problems"]))


def _limit(seconds: float, megabytes: int) -> None:
    """Limits the process sets itself, in case the process that asked is gone: an alarm, and the size of its data."""
    _alarm(seconds)
    try:
        import resource
    except ImportError:
        return
    # RLIMIT_DATA counts what is really allocated; RLIMIT_AS would also count what libraries only reserve.
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    size = (megabytes + _HEADROOM_MEGABYTES) * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def _alarm(seconds: float) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds) + _GRACE_SECONDS)


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not get between the messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the business of the process that asked
    while len(head := requests.read(4)) == 4:
        request = json.loads(requests.read(struct.unpack(">I", head)[0]))
        if request.get("ask") == "modules":
            send(answers, {"modules": sorted(sys.modules)})
        else:
            send(answers, answer(request, partial(send, answers)))


if __name__ == "__main__":
    main()
