"""The bundled cross-encoder taken back from 8-bit integers to floating point, as a start and as a teacher."""

from __future__ import annotations

from pathlib import Path

import torch

from footnoted.index.models.bundled import RERANKER, model_file
from training.network import ReaderNetwork


def dequantised(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a quantised ONNX file of a BERT cross-encoder, under the names that transformers gives them.

    A weight is (integer - zero point) * scale. The exporter calls most matrices onnx::MatMul_N: which they are is told
    by the node that multiplies by them. ONNX has them as (in, out), torch as (out, in).
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise ValueError("Training needs the package 'onnx': run pip install -e '.[training]'.") from None

    graph = onnx.load(str(path)).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    modules = {
        node.input[1]: node.name.strip("/").split("/")[:-1] for node in graph.node if node.op_type == "MatMulInteger"
    }
    weights = {}
    for name, array in arrays.items():
        if array.dtype == "float32" and name.endswith((".weight", ".bias")):
            weights[name] = torch.from_numpy(array.copy())
        elif name.endswith("_quantized"):
            stem = name.removesuffix("_quantized")
            zero, scale = arrays[f"{stem}_zero_point"].astype("float32"), arrays[f"{stem}_scale"]
            values = torch.from_numpy((array.astype("float32") - zero) * scale)
            if name in modules:
                weights[".".join([*modules[name], "weight"])] = values.T.contiguous()
            else:
                weights[stem] = values  # an embedding table
    return weights


def started(seed: int = 0) -> ReaderNetwork:
    """The network that training starts from: the cross-encoder's weights, and new heads that depend on ``seed``."""
    torch.manual_seed(seed)
    network = ReaderNetwork()
    weights = {
        name.replace("classifier.", "relevance."): values
        for name, values in dequantised(model_file(RERANKER, "model.onnx")).items()
    }
    report = network.load_state_dict(weights, strict=False)
    new = {"attention", "hidden", "answered", "tokens"}
    missing = [name for name in report.missing_keys if name.split(".")[0] not in new]
    if missing or report.unexpected_keys:
        raise ValueError(f"The cross-encoder's file does not fit: {missing} missing, {report.unexpected_keys} unknown.")
    return network


def tokenizer():
    """The cross-encoder's tokenizer without padding and truncation; it lower-cases, so the network sees no case."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(model_file(RERANKER, "tokenizer.json")))
    made.no_padding()
    made.no_truncation()
    return made
