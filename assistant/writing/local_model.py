"""A language model in a GGUF file, run on this computer by llama.cpp (the package xllamacpp, extra "local").

The file is served to this process alone, on a free port of the loopback address, in OpenAI's protocol; nothing leaves
the computer.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from footnoted.assistant.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PREFIX = "gguf:"
CONTEXT = 2048  # tokens: the few short texts that a small model is shown, and its answer
ANSWER = 200  # tokens; a small model that goes on is looping


def open_local(name: str, seconds: float) -> BaseChatModel:
    """The chat model of ``gguf:PATH``.

    Raises:
        ModelError: there is no such file, it is no GGUF file, a package is missing, or it cannot be run.
    """
    path = Path(name.removeprefix(PREFIX)).expanduser()
    if not path.is_file():
        raise ModelError(f"There is no model file {path}: give the path of a .gguf file as gguf:PATH.")
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise ModelError(f"{path} is not a GGUF file.")
    address = _served(str(path.resolve()), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    try:
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise ModelError("A model file needs the package langchain-openai: pip install 'footnoted[local]'.") from error
    options: dict[str, Any] = {"base_url": f"{address}/v1", "api_key": "none", "model": "local", "temperature": 0}
    return ChatOpenAI(**options | {"timeout": seconds, "max_retries": 0, "max_tokens": ANSWER})


@lru_cache(maxsize=1)  # one model in memory; the server lives as long as this process
def _server(path: str, threads: int) -> Any:
    os.putenv("OMP_WAIT_POLICY", "passive")  # before the import: spinning threads make it 20 times slower when shared
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError("A model file needs the package xllamacpp: pip install 'footnoted[local]'.") from error
    wanted = xllamacpp.CommonParams()
    wanted.model.path = path
    wanted.verbosity = -1
    wanted.n_ctx, wanted.n_parallel = CONTEXT, 1
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = threads
    try:
        return xllamacpp.Server(wanted)
    except Exception as error:  # llama.cpp's own kinds
        raise ModelError(f"The model file {path} cannot be run ({str(error).splitlines()[0][:200]}).") from error


def _served(path: str, threads: int) -> str:
    return str(_server(path, threads).listening_address)
