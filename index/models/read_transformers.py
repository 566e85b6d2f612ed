"""A question answering model of transformers as a reader: its span's score against its score for "no answer".

Only a model that was trained on questions without an answer (as in SQuAD 2.0) tells them; another one answers always.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models.reading import Outputs, Reading, Window, best_span, together

_LONGEST = 384  # tokens of a window: what such models are usually trained with
_LEAST = 1e-6  # a probability of 0 has no logit


class TransformersReader:
    """Any extractive question answering model by name or folder; its relevance is the logit of "answered"."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.identity = f"transformers/{name}"
        self._loading = threading.Lock()

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.name)
            model, report = AutoModelForQuestionAnswering.from_pretrained(self.name, output_loading_info=True)
        except (OSError, ValueError, ImportError) as error:
            raise ModelUnavailable(
                f"The reader '{self.name}' could not be loaded: give the folder of an exported reader, a question "
                f"answering model's name or folder, or 'off' ({str(error).splitlines()[0]})."
            ) from error
        if any("qa_outputs" in key for key in report["missing_keys"]):
            raise ModelUnavailable(
                f"The model '{self.name}' was never trained to answer questions: choose another one."
            )
        if not tokenizer.is_fast or tokenizer.cls_token_id is None:
            raise ModelUnavailable(
                f"The tokenizer of '{self.name}' does not tell where a token begins or has no [CLS]."
            )
        return tokenizer, model.eval()

    @property
    def loaded(self) -> tuple[Any, Any]:
        """(tokenizer, model)."""
        with self._loading:
            return self._loaded

    def _length(self) -> int:
        """Tokens of a window; a third of it at most is for the question, and a quarter is shared with the next one."""
        tokenizer, model = self.loaded
        return min(_LONGEST, tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", _LONGEST))

    def _shortened(self, question: str) -> str:
        """The question up to the limit of its tokens: what is longer leaves no room for the passage."""
        most = self._length() // 3
        offsets = self.loaded[0](question, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return question if len(offsets) <= most else question[: offsets[most - 1][1]]

    def read(self, question: str, passages: Sequence[str], *, claim: bool = False) -> list[Reading]:
        if claim:
            raise ModelUnavailable(f"The reader '{self.name}' answers questions only: it cannot check a statement.")
        return [self._read(self._shortened(question), passage) for passage in passages]

    def _read(self, question: str, passage: str) -> Reading:
        import torch

        tokenizer, model = self.loaded
        encoded = tokenizer(
            question, passage, truncation="only_second", max_length=self._length(), stride=self._length() // 4,
            return_overflowing_tokens=True, return_offsets_mapping=True,
        )  # fmt: skip
        read = []
        for number, ids in enumerate(encoded["input_ids"]):
            inputs = {
                name: torch.tensor([encoded[name][number]]) for name in tokenizer.model_input_names if name in encoded
            }
            with torch.inference_mode():
                found = model(**inputs)
            places = [place for place, of in enumerate(encoded.sequence_ids(number)) if of == 1]
            offsets = tuple(tuple(encoded["offset_mapping"][number][place]) for place in places)
            logits = (found.start_logits[0].float().numpy(), found.end_logits[0].float().numpy())
            outputs = _outputs(*logits, places, ids.index(tokenizer.cls_token_id))
            read.append((Window(tuple(ids), (), places[0] if places else 0, offsets), outputs))
        return together(read)


def _outputs(start: Any, end: Any, places: list[int], nothing: int) -> Outputs:
    """What a window's logits come to; ``nothing`` is the place of [CLS], whose logits are those of "no answer"."""
    import numpy

    if not places:
        return Outputs(0.0, 0.0, *(numpy.zeros(0),) * 3)
    first, last, _ = best_span(start[places], end[places])
    answered = float(start[places][first] + end[places][last] - start[nothing] - end[nothing])
    shares = []
    for logits in (start, end):
        kept = numpy.exp(logits[[nothing, *places]] - logits[[nothing, *places]].max())
        shares.append(kept[1:] / kept.sum())
    # The chance that a token lies in the answer: the answer begins at or before it, and ends at or after it.
    inside = numpy.cumsum(shares[0]) * numpy.cumsum(shares[1][::-1])[::-1]
    inside = numpy.clip(inside, _LEAST, 1 - _LEAST)
    return Outputs(answered, answered, start[places], end[places], numpy.log(inside / (1 - inside)))
