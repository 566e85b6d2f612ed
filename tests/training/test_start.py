"""The start of training: the bundled cross-encoder's weights in floating point say what its file says."""

from __future__ import annotations

import numpy as np
import torch

from footnoted.index.models.reading import Limits, windows_of
from footnoted.index.models.rerank import BundledReranker
from training.data.encoding import padded
from training.network import Logits
from training.start import started, tokenizer

QUESTIONS = ["What do bees produce?", "When was the bridge built?", "Who wrote the report?"]
TEXTS = [
    "Bees make honey from nectar.", "Honey is sweet.", "The bridge was built in 1894.", "The old bridge is closed.",
    "Ms Lang wrote the report.", "The report has forty pages.", "It rains.", "Who built the bridge is unknown.",
    "In 1894 bees were rare.", "Nobody read what she wrote.",
]  # fmt: skip


def test_the_weights_taken_back_score_and_rank_as_the_file_does() -> None:
    torch.set_num_threads(1)
    words, network = tokenizer(), started().eval()
    pairs = [(question, text) for question in QUESTIONS for text in TEXTS]
    windows = [windows_of(words, question, text, Limits())[0] for question, text in pairs]
    with torch.inference_mode():
        ours = Logits(*network(*padded(windows))).relevance.numpy().reshape(len(QUESTIONS), -1)
    theirs = np.array([BundledReranker().scores(question, TEXTS) for question in QUESTIONS])
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.995
    for mine, given in zip(ours, theirs, strict=True):
        # 8-bit scores differ by up to .4 from exact ones: two texts nearer than that may change places.
        order = given[np.argsort(-mine)]
        assert (order[:-1] > order[1:] - 0.5).all()
        assert mine.argmax() == given.argmax()
