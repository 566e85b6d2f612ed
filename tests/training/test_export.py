"""An exported reader says what the network says, and its files are pinned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_reader import exported, tiny_network

from footnoted.index.models.reading import Limits
from training.devices import Device
from training.export import OUTPUTS, agreement, sha256_of, write_onnx
from training.figures import Probe
from training.held_out import rows_of
from training.readers import NetworkReader
from training.start import tokenizer

PASSAGE = "The mill stands by the river. Anna built it in 1820 for her brother."


def test_int8_agrees_with_the_network(tmp_path: Path) -> None:
    from footnoted.index.models.read import FolderReader

    network = tiny_network(3)
    reader = FolderReader(exported(tmp_path, seed=3))
    plain = NetworkReader(network, tokenizer(), reader.manifest.limits, Device("cpu", half=False))
    probes = [
        Probe("x", "g", f"Who built it in {year}?", PASSAGE * (1 + year % 3), year % 2 == 0) for year in range(12)
    ]
    found = agreement(rows_of(probes, plain), rows_of(probes, reader))
    assert found["score correlation"] > 0.98 and found["relevance correlation"] > 0.98
    manifest = json.loads((tmp_path / "reader.json").read_text())
    assert manifest["sha256"] == {name: sha256_of(tmp_path / name) for name in ("model.onnx", "tokenizer.json")}
    assert not (tmp_path / "float.onnx").exists()


@pytest.mark.parametrize(("pairs", "tokens"), [(1, 7), (3, 40)])
def test_the_graph_takes_any_shape_and_ignores_padding(tmp_path: Path, pairs: int, tokens: int) -> None:
    import onnxruntime
    import torch

    network = tiny_network().eval()
    write_onnx(network, tmp_path / "float.onnx")
    ids = torch.randint(1000, 9000, (pairs, tokens))
    ids[:, 3] = 102
    types, mask = torch.zeros_like(ids), torch.ones_like(ids)
    types[:, 4:] = 1
    mask[:, tokens - 2 :] = 0
    session = onnxruntime.InferenceSession(str(tmp_path / "float.onnx"))
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    found = session.run(list(OUTPUTS), {name: tensor.numpy() for name, tensor in inputs.items()})
    with torch.inference_mode():
        expected = network(ids, mask, types)
        shorter = network(ids[:, :-2], mask[:, :-2], types[:, :-2])
    for ours, theirs, short in zip(found, expected, shorter, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-3)
        np.testing.assert_allclose(ours[:, : tokens - 2] if ours.ndim > 1 else ours, short.numpy(), atol=1e-3)


def test_a_batch_of_windows_is_read_as_each_alone() -> None:
    reader = NetworkReader(tiny_network().train(), tokenizer(), Limits(64, 24, 16), Device("cpu", half=False))
    passages = [PASSAGE, "Short.", PASSAGE * 6, ""]
    together = reader.read("Who built it?", passages)
    for one, passage in zip(together, passages, strict=True):
        (alone,) = reader.read("Who built it?", [passage])
        assert one.span == alone.span and one.tokens == alone.tokens
        assert one.answered == pytest.approx(alone.answered, abs=1e-4)
    assert reader._network.training, "reading left the network as it was"
