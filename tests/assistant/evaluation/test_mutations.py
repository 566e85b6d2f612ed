"""Faults are planted in the metrics, one at a time, and the tests that compute metrics by hand have to notice each.

A module is imported with one line changed, and those tests run on it. A fault that none of them notices means that the
metrics are tested less than they seem to be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import REPOSITORY, SUPPORT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
METRICS = "footnoted.assistant.evaluation.metrics"
TESTS = [str(Path(__file__).with_name(f"test_{name}.py")) for name in ("metrics", "controls", "numbers", "correctness")]
# File, what stands there, the fault: flipped comparisons, off by one, swapped or dropped terms, golds mixed up.
FAULTS = [
    ("correctness", "return Verdict(said.refused and not failed, ", "return Verdict(not said.refused, "),
    ("correctness", "said <= asked and", "said > asked and"),
    ("correctness", "if missing:", "if len(missing) > 1:"),
    ("correctness", "if gold.verbatim or any(text.isdigit()", "if gold.answers or any(text.isdigit()"),
    ("correctness", "None if found else False", "False if found else None"),
    ("correctness", "right = given in wanted or", "right = given not in wanted or"),
    ("correctness", "most and words > most", "most and words > 2 * most"),
    ("correctness", "if not given:", "if given:"),
    ("correctness", "for name in names)]", "for name in names[1:])]"),
    ("numbers", "found.append((value * scale,", "found.append((value,"),
    ("numbers", "if percent or not in_percent", "if percent or in_percent"),
    ("numbers", "0.5 * step", "50 * step"),
    ("numbers", "value = -value", "value = +value"),
    ("grading", "float(right and len(text.split()) <= BRIEF)", "float(right)"),
    ("grading", "(float(any(item", "(float(not any(item"),
    ("answers", "precision, recall, 2 * precision", "precision, recall, precision"),
    ("answers", "return max(score(gold)", "return min(score(gold)"),
    ("citations", "len(outside) >= PART_OF_EVIDENCE", "len(outside) <= PART_OF_EVIDENCE"),
    ("citations", "return len(set().union(*found)) / units", "return len(found) / units"),
    ("abstention", "return 2 * right, ", "return right, "),
    ("abstention", "float(not abstained and (", "float(abstained and ("),
    ("resampling", "if successes < count else 1.0", "if successes <= count else 1.0"),
    ("resampling", "(len(p_values) - place)", "(len(p_values) - place - 1)"),
    ("ranking", "rank <= k", "rank < k"),
    ("ranking", "> max(depth, USUAL_DEPTH)", "> max(2 * depth, USUAL_DEPTH)"),
    ("power", "return _solved(2 * variance,", "return _solved(variance,"),
    ("power", "spread = max(discordance, middle)", "spread = discordance"),
    ("power", "+ POWER_QUANTILE * math.sqrt(max(", "- POWER_QUANTILE * math.sqrt(max("),
    ("power", "FEWEST = 6", "FEWEST = 5"),
    ("resampling", "after[defined, 0] / after[defined, 1] - ", "after[defined, 0] / after[defined, 1] + "),
    ("summary", "sums[unit] = (before[0] + above,", "sums[unit] = (above,"),
    ("lacking", "all(one.get(", "any(one.get("),
    ("comparison", 'adjust_p_values([pair["metrics"] for pair in found])', "pass"),
    ("comparison", 'labels_of(other[record["id"]]) == labels_of(record)', "True"),
    ("grading", 'set(record["only"]) <= set(', 'set(record["only"]) >= set('),
    ("slices", "len(ids) < FEW", "len(ids) > FEW"),
]


def exit_codes(faults: list[tuple[str, str, str]]) -> list[int]:
    """What pytest says of each fault: 0, all tests pass; 1, some fail."""
    planted = [[f"{METRICS}.{name}", right, wrong] for name, right, wrong in faults]
    command = [sys.executable, str(SUPPORT / "planted_faults.py"), *TESTS]
    ran = subprocess.run(
        command, cwd=REPOSITORY, input=json.dumps(planted), capture_output=True, text=True, timeout=500, check=True
    )
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_every_planted_fault_is_noticed() -> None:
    nothing = ("ranking", "rank <= k", "rank <= k")
    passed, *codes = exit_codes([nothing, *FAULTS])
    assert passed == 0, "the tests fail without a fault"
    assert len(FAULTS) >= 20
    folder = REPOSITORY / "assistant" / "evaluation" / "metrics"
    stale = [fault for fault in FAULTS if fault[1] not in (folder / f"{fault[0]}.py").read_text(encoding="utf-8")]
    assert not stale, "not planted, since the code has changed: plant others"
    assert not [(fault, code) for fault, code in zip(FAULTS, codes, strict=True) if code != 1]
