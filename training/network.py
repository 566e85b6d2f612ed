"""The network: a BERT encoder with five heads, so that one pass over a question and a passage tells everything."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from transformers import BertConfig, BertModel

NO_TOKEN = -1e4  # the logit of a token that is not in the passage; finite, so that 16-bit arithmetic stays so too

# microsoft/MiniLM-L12-H384-uncased, on which the bundled cross-encoder was trained
MINILM = {
    "vocab_size": 30522,
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}


class Logits(NamedTuple):
    """What the network says: two logits per pair, and three per token (NO_TOKEN outside of the passage)."""

    relevance: torch.Tensor
    answered: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    evidence: torch.Tensor


class ReaderNetwork(nn.Module):
    """BERT with the cross-encoder's own relevance head and four new ones.

    ``answered`` sees the first token and the passage's tokens by attention pooling: what is missing in a passage shows
    in single words (a name, a year), which the first token of a ranker has learnt to look past.
    """

    def __init__(self, shape: dict | None = None, separator: int = 102) -> None:
        super().__init__()
        self.shape = {**MINILM, **(shape or {})}
        self.separator = separator  # the id of [SEP]; the passage is what lies between the last two
        self.bert = BertModel(BertConfig(**self.shape))
        width = self.shape["hidden_size"]
        self.relevance = nn.Linear(width, 1)
        self.attention = nn.Linear(width, 1)
        self.hidden = nn.Linear(2 * width, width)
        self.answered = nn.Linear(width, 1)
        self.tokens = nn.Linear(width, 3)  # start, end, evidence

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Integer arrays of shape (pairs, tokens); returns :class:`Logits`."""
        found = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        states, pooled = found.last_hidden_state, found.pooler_output
        # The heads compute in 32 bits: they are small, and logits in bfloat16 have steps of .03 near 5.
        with torch.autocast(states.device.type, enabled=False):
            return self._heads(states.float(), pooled.float(), input_ids, attention_mask * token_type_ids)

    def _heads(
        self, states: torch.Tensor, pooled: torch.Tensor, ids: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        outside = (second == 0) | (ids == self.separator)
        weights = self.attention(states).squeeze(-1).masked_fill(outside, NO_TOKEN).softmax(dim=-1)
        summary = (weights.unsqueeze(-1) * states).sum(dim=1)
        hidden = nn.functional.gelu(self.hidden(torch.cat([states[:, 0], summary], dim=-1)))
        tokens = self.tokens(states).masked_fill(outside.unsqueeze(-1), NO_TOKEN)
        return Logits(
            self.relevance(pooled).squeeze(-1),
            self.answered(hidden).squeeze(-1),
            tokens[..., 0],
            tokens[..., 1],
            tokens[..., 2],
        )


def is_head(name: str) -> bool:
    """Whether a parameter starts at random: it learns faster than what was trained before."""
    return not name.startswith(("bert.", "relevance."))
