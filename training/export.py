"""A trained network as int8 ONNX with its tokenizer and manifest, and whether both say the same."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from footnoted.index.models.read import FORMAT, MANIFEST, OUTPUTS, FolderReader
from footnoted.index.models.reading import Limits
from training.data.examples import CLAIM_PREFIX
from training.network import ReaderNetwork

LARGEST = 40_000_000  # bytes of the model


def export(network: ReaderNetwork, tokenizer, limits: Limits, folder: Path, name: str, made: dict[str, Any]) -> Path:
    """Write model.onnx (int8), tokenizer.json and reader.json into ``folder``; ``made`` tells how it came about.

    Raises:
        ValueError: the quantised model is larger than 40 MB.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain = folder / "float.onnx"
    write_onnx(network, plain)
    quantise(plain, folder / "model.onnx")
    plain.unlink()
    if (size := (folder / "model.onnx").stat().st_size) > LARGEST:
        raise ValueError(f"The exported model has {size / 1e6:.1f} MB; at most {LARGEST / 1e6:.0f} may be shipped.")
    tokenizer.save(str(folder / "tokenizer.json"))
    manifest = {
        "format": FORMAT,
        "name": name,
        "limits": {"tokens": limits.tokens, "question": limits.question, "overlap": limits.overlap},
        "claim_prefix": CLAIM_PREFIX,
        "sha256": {file: sha256_of(folder / file) for file in ("model.onnx", "tokenizer.json")},
        "made": made,
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def write_onnx(network: ReaderNetwork, path: Path) -> None:
    """The network in floating point as ONNX, for any number of pairs and tokens."""
    network = network.cpu().float().eval()
    # Different lengths and types, so that nothing is taken for a constant.
    ids = (
        torch.tensor([[101, 7592, 102, 2088, 2003, 102], [101, 2003, 2023, 102, 2307, 102]])
        % network.shape["vocab_size"]
    )
    types = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1]])
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    axes = {item: {0: "pairs", 1: "tokens"} for item in (*inputs, *OUTPUTS[2:])} | {
        item: {0: "pairs"} for item in OUTPUTS[:2]
    }
    with warnings.catch_warnings():
        # torch's exporter of traces is old but needs no further package; what it warns of is checked by comparison.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (ids, torch.ones_like(ids), types), str(path),
            input_names=list(inputs), output_names=list(OUTPUTS), dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip


def quantise(path: Path, to: Path) -> None:
    """Weights as 8-bit integers; the heads, which are small and decide, stay in floating point.

    One bit is left free (``reduce_range``): processors without VNNI add two products in 16 bits, and would overflow
    silently, so that the same file would read differently on another machine.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    nodes = [node.name for node in onnx.load(str(path)).graph.node if not node.name.startswith("/bert/")]
    logging.disable(logging.WARNING)  # it recommends a preparation of the graph that is for static quantisation
    try:
        quantize_dynamic(
            str(path), str(to), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, nodes_to_exclude=nodes
        )
    finally:
        logging.disable(logging.NOTSET)


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def agreement(first: Sequence, second: Sequence) -> dict[str, float]:
    """How two readers' rows of the same probes agree: correlations, and the difference of the areas and spans."""
    import numpy as np

    from training.figures import figures

    found = {}
    for name in ("score", "relevance"):
        values = [[getattr(row, name) for row in rows] for rows in (first, second)]
        found[f"{name} correlation"] = round(float(np.corrcoef(values)[0, 1]), 5)
    ours, theirs = figures(first), figures(second)
    for name in sorted(ours.keys() & theirs.keys()):
        found[f"{name}, difference"] = round(theirs[name] - ours[name], 4)
    return found


def commit_of(folder: Path) -> str:
    """The commit of the code in ``folder``, with "+" if it was changed since; empty outside of a repository."""
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
        changed = subprocess.run(
            ["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def opened(folder: Path) -> FolderReader:
    """The exported reader, its files checked."""
    reader = FolderReader(folder)
    _ = reader.loaded
    return reader
