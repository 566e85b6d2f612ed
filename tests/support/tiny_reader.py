"""A reader with a tiny network of random weights, exported as a trained one is, for tests of what runs readers."""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from places import REPOSITORY

if str(REPOSITORY) not in sys.path:  # training/ is no package of ours: it is run from a checkout
    sys.path.insert(0, str(REPOSITORY))

TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def tiny_network(seed: int = 0):
    """A network that reads the real tokenizer's tokens; its answers mean nothing, but depend on every token."""
    import torch

    from training.network import ReaderNetwork

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = ReaderNetwork(TINY)
    for parameter in network.parameters():  # BERT starts with weights so small that all inputs look alike
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    return network


def exported(folder: Path, seed: int = 0, tokens: int = 64) -> Path:
    """A folder with an exported tiny reader."""
    from footnoted.index.models.reading import Limits
    from training.export import export
    from training.start import tokenizer

    limits = Limits(tokens=tokens, question=tokens // 2, overlap=16)
    export(tiny_network(seed), tokenizer(), limits, folder, "tiny", {"step": 0})
    return folder


def written_lines(folder: Path, name: str, lines: Sequence[dict[str, Any]]) -> None:
    """A file of training data in the form of the real ones."""
    folder.mkdir(parents=True, exist_ok=True)
    with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in lines)


def squad_lines(name: str, articles: int = 6, each: int = 6) -> list[dict[str, Any]]:
    """Lines as of SQuAD 2: towns that were founded in a year, every third question about what is not said."""
    lines = []
    for article in range(articles):
        for number in range(each):
            year, answerable = str(1100 + 37 * article + number), number % 3 != 2
            passage = (
                f"Town {number} of county {article} lies on a river. It was founded in {year} by monks from the north. "
                f"Its market is held on Mondays, and visitors like the old bridge with its {number + 3} arches and the "
                "gardens along the water."
            )
            begin = passage.index(year)
            lines.append(
                {
                    "set": name, "id": f"{name}-{article}-{number}", "title": f"County {article}",
                    "group": f"County {article}", "passage": passage, "answerable": answerable,
                    "question": f"When was Town {number} {'founded' if answerable else 'destroyed'}?",
                    "answers": [year] if answerable else [], "evidence": [],
                    "spans": [[begin, begin + len(year)]] if answerable else [],
                }
            )  # fmt: skip
    return lines
