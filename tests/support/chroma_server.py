"""Starts a real Chroma server on this machine and stops it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def chroma(folder: Path, port: int):
    """A real Chroma server over ``folder``."""
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=2).close()
            break
        except OSError:
            assert process.poll() is None, "the Chroma server did not start"
            time.sleep(0.1)
    try:
        yield
    finally:
        process.kill()
        process.wait()
