"""The network behind the product's own interface, so that what is measured in training is what will be used."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from footnoted.index.models.reading import Limits, Outputs, Reading, Window, read_passages
from training.data.encoding import padded
from training.data.examples import CLAIM_PREFIX
from training.devices import Device
from training.network import Logits, ReaderNetwork

AT_ONCE = 32  # windows of like length


class NetworkReader:
    """A reader that has not been exported yet."""

    identity = "training"

    def __init__(self, network: ReaderNetwork, tokenizer, limits: Limits, device: Device) -> None:
        self._network, self._tokenizer, self._limits, self._device = network, tokenizer, limits, device

    def read(self, question: str, passages: Sequence[str], *, claim: bool = False) -> list[Reading]:
        asked = CLAIM_PREFIX + question if claim else question
        return read_passages(asked, passages, self._tokenizer, self._limits, self.run)

    def run(self, windows: Sequence[Window]) -> list[Outputs]:
        """The outputs of windows in their order; batches of like length are run together."""
        training = self._network.training
        self._network.eval()
        order = sorted(range(len(windows)), key=lambda number: len(windows[number].ids))
        found: dict[int, Outputs] = {}
        for begin in range(0, len(order), AT_ONCE):
            part = order[begin : begin + AT_ONCE]
            with torch.inference_mode(), self._device.autocast():
                inputs = (one.to(self._device.name) for one in padded([windows[number] for number in part]))
                logits = Logits(*(one.float().cpu() for one in self._network(*inputs)))
            for row, number in enumerate(part):
                found[number] = _outputs(logits, row, windows[number])
        self._network.train(training)
        return [found[number] for number in range(len(windows))]


def _outputs(logits: Logits, row: int, window: Window) -> Outputs:
    passage = slice(window.first, window.first + len(window.offsets))
    start, end, evidence = (one[row, passage].numpy() for one in (logits.start, logits.end, logits.evidence))
    return Outputs(float(logits.relevance[row]), float(logits.answered[row]), start, end, evidence)
