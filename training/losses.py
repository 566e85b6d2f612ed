"""What the network is taught with: answered or not, the answer's words, the sentence's tokens, relevance as before."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from training.data.encoding import UNKNOWN
from training.network import Logits


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the four losses in their sum."""

    answered: float = 1.0
    span: float = 0.5
    evidence: float = 0.5
    relevance: float = 0.4


@dataclass(frozen=True, slots=True)
class Targets:
    """Tensors of shape (pairs, tokens), for ``answered`` and ``relevance`` (pairs,); see :class:`encoding.Batch`.

    Without ``relevance`` the batch teaches none.
    """

    answered: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    evidence: torch.Tensor
    relevance: torch.Tensor | None


def losses(logits: Logits, targets: Targets) -> dict[str, torch.Tensor]:
    """Each loss by its name, a mean over all pairs.

    A pair without a target counts as 0 in the mean, so that a pair weighs the same whatever it is batched with.
    """
    start, end = (_marginal(logits.start, targets.start), _marginal(logits.end, targets.end))
    known = (targets.evidence != UNKNOWN).float()
    by_token = functional.binary_cross_entropy_with_logits(
        logits.evidence * known, targets.evidence.clamp(min=0), reduction="none"
    )
    evidence = (by_token * known).sum(dim=1) / known.sum(dim=1).clamp(min=1)
    found = {
        "answered": functional.binary_cross_entropy_with_logits(logits.answered, targets.answered),
        "span": ((start + end) / 2).mean(),
        "evidence": evidence.mean(),
    }
    if targets.relevance is not None:
        found["relevance"] = functional.smooth_l1_loss(logits.relevance, targets.relevance)
    return found


def _marginal(logits: torch.Tensor, marked: torch.Tensor) -> torch.Tensor:
    """-log of the chance of all marked tokens together, for each pair; 0 where none is marked.

    With several right answers any of them will do (Clark and Gardner 2018, "Simple and effective multi-paragraph
    reading comprehension", the summed objective).
    """
    right = logits.masked_fill(marked == 0, float("-inf"))
    some = marked.sum(dim=1) > 0
    right = torch.where(some.unsqueeze(1), right, logits)  # nothing marked: no infinity, and a difference of 0
    return logits.logsumexp(dim=1) - right.logsumexp(dim=1)


def total(parts: dict[str, torch.Tensor], weights: Weights) -> torch.Tensor:
    """The weighted sum, which is made small."""
    return sum((getattr(weights, name) * loss for name, loss in parts.items()), torch.zeros(()))
