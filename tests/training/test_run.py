"""A run: it learns, stops at once when asked, and goes on from its checkpoint as if it had never stopped."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_reader import tiny_network

from training.checkpoints import CHECKPOINT, entries, load_network, locked
from training.devices import Device
from training.loop import Run, Schedule, train
from training.losses import Targets, losses
from training.network import NO_TOKEN, Logits
from training.options import Options, settled

CPU = Device("cpu", half=False)
OPTIONS = Options(
    steps=8, batch=4, rate=3e-3, warm_up=1, cool=8, tokens=96, fold=-1, hold_sets="squad2_dev_six",
    sets="squad2_dev_nineteen",
)  # fmt: skip
QUIET = Schedule(log=1, save=20, evaluate=0)


def opened(folder: Path, data: Path, options: Options = OPTIONS) -> Run:
    return Run(folder, data, options, CPU, folder.parent / "teacher.sqlite", tiny_network)


def weights(run: Run) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in run.network.parameters()])


def told_to_stop(after: int, number: int):
    """Reports a line each step, and sends this process a signal with one of them."""
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        if len(lines) == after:
            os.kill(os.getpid(), number)

    return report


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path, data: Path, number: int) -> None:
    straight = opened(tmp_path / "straight", data)
    assert train(straight, QUIET, report=lambda line: None)
    stopped = opened(tmp_path / "stopped", data)
    assert not train(stopped, QUIET, report=told_to_stop(3, number))
    assert stopped.place.step == 4  # the step that was running when the signal came is finished
    assert train(opened(tmp_path / "stopped", data), QUIET, report=lambda line: None)
    again = opened(tmp_path / "stopped", data)
    assert again.place.step == 8 and torch.equal(weights(again), weights(straight))
    logged = [{**entry, "seconds": 0, "step_seconds": 0} for entry in entries(tmp_path / "stopped")]
    assert logged == [{**entry, "seconds": 0, "step_seconds": 0} for entry in entries(tmp_path / "straight")]


def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint(tmp_path: Path, data: Path) -> None:
    class Killed(BaseException):
        """As kill -9: nothing is caught, nothing is written."""

    def report(line: str) -> None:
        if line.startswith("step 5 "):
            raise Killed

    schedule = replace(QUIET, save=3)
    with pytest.raises(Killed):
        train(opened(tmp_path / "run", data), schedule, report)
    (tmp_path / "run" / (CHECKPOINT + ".new")).write_bytes(b"half a checkpo")
    with (tmp_path / "run" / "log.jsonl").open("a") as stream:
        stream.write('{"step": 6, "lo')
    again = opened(tmp_path / "run", data)
    assert again.place.step == 3
    assert train(again, schedule, report=lambda line: None)
    assert [entry["step"] for entry in entries(tmp_path / "run")] == list(range(1, 9))
    straight = opened(tmp_path / "straight", data)
    train(straight, QUIET, report=lambda line: None)
    assert torch.equal(weights(opened(tmp_path / "run", data)), weights(straight))


def test_it_learns_and_says_so(tmp_path: Path, data: Path) -> None:
    run = opened(tmp_path / "run", data, replace(OPTIONS, steps=40, dropout=0.0, seed=0))
    train(run, Schedule(log=10, save=40, evaluate=40, evaluated=6), report=lambda line: None)
    found = list(entries(tmp_path / "run"))
    figures = [entry["figures"] for entry in found if "figures" in entry]
    assert len(figures) == 2, "one at the beginning, one at the end"
    assert figures[0]["relevance correlation"] == pytest.approx(1), "the start ranks as its teacher does"
    assert figures[1]["span right"] >= figures[0]["span right"]
    begun, ended = [[entry for entry in found if "loss" in entry][place] for place in (0, -1)]
    for name in ("span", "evidence", "loss"):
        assert ended[name] < begun[name]


def test_the_teacher_is_asked_once_for_an_input(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(opened(tmp_path / "run", data), QUIET, report=lambda line: None)
    other = opened(tmp_path / "other", data)
    monkeypatch.setattr(other.teacher, "_network", None)
    train(other, QUIET, report=lambda line: None)
    assert torch.equal(weights(other), weights(opened(tmp_path / "run", data)))


def test_bfloat16_teaches_the_same(tmp_path: Path, data: Path) -> None:
    ends = []
    for half in (False, True):
        folder = tmp_path / str(half)
        run = Run(folder, data, replace(OPTIONS, steps=3, dropout=0.0), Device("cpu", half), folder / "t", tiny_network)
        train(run, QUIET, report=lambda line: None)
        ends.append([entry["loss"] for entry in entries(folder)])
        assert next(run.network.parameters()).dtype == torch.float32
    assert ends[0] == pytest.approx(ends[1], rel=0.1) and ends[0] != ends[1]


def test_minutes_end_a_run_after_a_step(tmp_path: Path, data: Path) -> None:
    run = opened(tmp_path / "run", data)
    assert not train(run, replace(QUIET, minutes=1e-9), report=lambda line: None)
    assert run.place.step == 1 and load_network(tmp_path / "run", tiny_network()) == 1


def test_options_are_kept_with_the_run(tmp_path: Path) -> None:
    assert settled(tmp_path / "run", {"rate": 3e-5, "fold": 2}) == replace(Options(), rate=3e-5, fold=2)
    assert settled(tmp_path / "run", {}).rate == 3e-5
    assert settled(tmp_path / "run", {"steps": 9}).steps == 9 == settled(tmp_path / "run", {}).steps
    with pytest.raises(ValueError, match="was begun with --hold-sets squad2_dev_six,qed_dev, not selqa"):
        settled(tmp_path / "run", {"hold_sets": "selqa"})
    for wrong in ({"steps": 0}, {"tokens": 513}, {"fold": 3}, {"warm_up": -1}, {"dropout": 1.0}):
        with pytest.raises(ValueError, match="must be"):
            settled(tmp_path / "other", wrong)
    assert not (tmp_path / "other").exists()


def test_the_rate_rises_stays_and_cools_over_the_last_steps(tmp_path: Path, data: Path) -> None:
    run = opened(tmp_path / "run", data, replace(OPTIONS, steps=10, warm_up=2, cool=4, rate=1.0, heads=3.0))
    rates = []
    for step in range(10):
        run.place.step = step
        rates.append(min(run._rates()))
    assert rates == pytest.approx([0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_frozen_layers_stay_and_the_others_learn(tmp_path: Path, data: Path) -> None:
    run = opened(tmp_path / "run", data, replace(OPTIONS, frozen=1, attention_dropout=0.2))
    before = {name: parameter.detach().clone() for name, parameter in run.network.named_parameters()}
    train(run, QUIET, report=lambda line: None)
    same = {name for name, value in run.network.named_parameters() if torch.equal(value, before[name])}
    lowest = {name for name in before if name.startswith(("bert.embeddings.", "bert.encoder.layer.0."))}
    assert lowest <= same and not any("layer.1." in name and name.endswith("weight") for name in same)
    layers = run.network.bert.encoder.layer
    assert [layer.attention.self.dropout.p for layer in layers] == [0.0, *[0.2] * (len(layers) - 1)]


def test_a_folder_is_trained_in_by_one_process(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(ValueError, match="Another process is training in"), locked(tmp_path):
        pass


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from training.__main__ import main

    assert main(["train", "--out", str(tmp_path / "run"), "--data", str(tmp_path), "--device", "cpu"]) == 1
    assert "say where it lies with --data" in capsys.readouterr().err
    assert main(["export", "--run", str(tmp_path / "none"), "--out", str(tmp_path / "made")]) == 1
    assert "There is no run in" in capsys.readouterr().err
    (tmp_path / "log.jsonl").write_text(json.dumps({"step": 3, "set": "six", "figures": {"area": 0.5}}) + "\n")
    assert main(["log", str(tmp_path)]) == 0
    assert "step 3 six: area 0.500" in capsys.readouterr().out


def test_a_pair_without_targets_teaches_only_what_it_has() -> None:
    tokens = torch.randn(2, 5)
    tokens[:, :2] = NO_TOKEN  # the question
    logits = Logits(torch.tensor([1.0, -1.0]), torch.tensor([4.0, 4.0]), tokens, tokens.flip(1), tokens.clone())
    nothing, unknown = torch.zeros(2, 5), torch.full((2, 5), -1.0)
    found = losses(logits, Targets(torch.tensor([1.0, 0.0]), nothing, nothing, unknown, None))
    assert found.keys() == {"answered", "span", "evidence"} and found["span"] == 0 and found["evidence"] == 0
    assert float(found["answered"]) == pytest.approx((0.01815 + 4.01815) / 2, abs=1e-4)
    marked = nothing.clone()
    marked[0, 3:] = 1  # either of two tokens is right
    expected = -(tokens[0].softmax(0)[3:].sum().log()) / 2  # the other pair counts as 0
    both = losses(logits._replace(end=tokens), Targets(torch.ones(2), marked, marked, unknown, None))
    assert float(both["span"]) == pytest.approx(float(expected))
