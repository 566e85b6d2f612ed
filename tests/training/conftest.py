"""Makes ``training`` importable, and a run on a small data set."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_reader


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two sets in the form of the real training data."""
    folder = tmp_path_factory.mktemp("train")
    for name in ("squad2_dev_nineteen", "squad2_dev_six"):
        tiny_reader.written_lines(folder, name, tiny_reader.squad_lines(name))
    return folder
