"""The training loop: seeded, stopped and resumed at any step, with a log and figures on what is held out."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from training.checkpoints import Log, locked, restore, save
from training.data.encoding import Batch, Batches, Encoder
from training.data.examples import Epochs
from training.data.sources import parted, read_all
from training.devices import Device
from training.figures import figures
from training.held_out import held_out_probes, rows_of, taught_relevance
from training.losses import Targets, losses, total
from training.network import Logits, ReaderNetwork, is_head
from training.options import Options, names
from training.readers import NetworkReader
from training.start import started, tokenizer
from training.teacher import Teacher


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is written, in steps, and after how many minutes the run stops (0: when it is done)."""

    log: int = 20
    save: int = 50
    evaluate: int = 500
    evaluated: int = 400  # lines of each held-out set
    minutes: float = 0.0


class Stop:
    """Set by SIGTERM and Ctrl-C: the step that runs is finished and saved."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        def ask(*_: object) -> None:
            self.asked = True

        before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Run:
    """A run in a folder: its data, its network and where it stands."""

    def __init__(
        self,
        folder: Path,
        data: Path,
        options: Options,
        device: Device,
        teacher_file: Path,
        start: Callable[[int], ReaderNetwork] = started,
    ) -> None:
        self.folder, self.options, self.device = folder, options, device
        chosen = names(options.sets)
        wanted = (*chosen, *(name for name in options.split.sets if name not in chosen)) if chosen else ()
        self.lines = read_all(data, wanted, doubtful=options.doubtful)
        training = {name: parted(lines, options.split)[0] for name, lines in self.lines.items()}
        training = {name: lines for name, lines in training.items() if lines}
        if not training:
            raise ValueError("All sets are held out: nothing is left to train on.")
        self.tokenizer = tokenizer()
        self.teacher = Teacher(start(0).to(device.name), teacher_file, device)
        self.network = prepared(start(options.seed), options).to(device.name).train()
        self.optimizer = optimizer_of(self.network, options)
        epochs = Epochs(training, options.seed, options.made)
        self.batches = Batches(epochs.examples, Encoder(self.tokenizer, options.limits), options.batch, options.seed)
        torch.manual_seed(options.seed)  # for dropout, whatever was drawn before
        self.place = restore(folder, self.network, self.optimizer, device.name)
        self._probes: dict[str, tuple[list, list]] = {}

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch; returns its losses."""
        for group, share in zip(self.optimizer.param_groups, self._rates(), strict=True):
            group["lr"] = share
        device = self.device.name
        taught = self.place.step % self.options.taught == 0
        relevance = torch.tensor(self.teacher.scores(batch.windows)) if taught else None
        with self.device.autocast():
            logits = Logits(
                *self.network(
                    batch.input_ids.to(device), batch.attention_mask.to(device), batch.token_type_ids.to(device)
                )
            )
        targets = (batch.answered, batch.start, batch.end, batch.evidence, relevance)
        parts = losses(logits, Targets(*(None if target is None else target.to(device) for target in targets)))  # type: ignore[arg-type]
        loss = total(parts, self.options.weights)
        if not torch.isfinite(loss):
            raise ValueError(f"The loss became {float(loss)} at step {self.place.step}: use a lower --rate.")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.options.clip)
        self.optimizer.step()
        self.place.step += 1
        return {"loss": float(loss.detach()), **{name: float(part.detach()) for name, part in parts.items()}}

    def _rates(self) -> list[float]:
        """The learning rate of each parameter group at this step: up in a line, level, then down to 0 in a line."""
        options, step = self.options, self.place.step
        share = min(1.0, (step + 1) / max(1, options.warm_up), (options.steps - step) / max(1, options.cool))
        return [options.rate * share * group["factor"] for group in self.optimizer.param_groups]

    def measured(self, lines: int) -> dict[str, dict[str, float]]:
        """The figures on the held-out sets, ``lines`` of each."""
        reader = NetworkReader(self.network, self.tokenizer, self.options.limits, self.device)
        if not self._probes:
            for name, probes in held_out_probes(self.lines, self.options.split, lines).items():
                taught = taught_relevance(probes, self.teacher, self.tokenizer, self.options.limits)
                self._probes[name] = (probes, taught)
        return {name: figures(rows_of(probes, reader, taught)) for name, (probes, taught) in self._probes.items()}


def prepared(network: ReaderNetwork, options: Options) -> ReaderNetwork:
    """The network with the dropout of the options and its lowest layers frozen: they neither learn nor drop units."""
    layers = network.bert.encoder.layer
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = options.dropout
    for layer in layers:
        layer.attention.self.dropout.p = options.attention_dropout
    if options.frozen:
        for part in (network.bert.embeddings, *layers[: options.frozen]):
            part.requires_grad_(False)
            for module in part.modules():
                if isinstance(module, nn.Dropout):
                    module.p = 0.0
    return network


def optimizer_of(network: ReaderNetwork, options: Options) -> torch.optim.AdamW:
    """AdamW in four groups: new heads learn faster; biases and layer norms are not drawn to 0."""
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        decays = parameter.ndim > 1
        groups.setdefault((is_head(name), decays), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "factor": options.heads if head else 1.0,
                "weight_decay": options.decay if decays else 0.0,
            }
            for (head, decays), parameters in sorted(groups.items(), key=lambda item: item[0])
        ],
        lr=options.rate,
        fused=True,  # one pass over 33 million weights instead of six: a tenth of a step on two cores
    )


def train(run: Run, schedule: Schedule, report=print) -> bool:
    """Train until the run is done, its time is over or it is asked to stop; returns whether it is done."""
    stop = Stop()
    with locked(run.folder), stop.listening():
        log = Log(run.folder, run.place.step)
        if run.place.step == 0 and schedule.evaluate:
            _evaluate(run, schedule, log, report)
        if run.place.step < run.options.steps:
            _steps(run, schedule, log, stop, report)
    return run.place.step >= run.options.steps


def _steps(run: Run, schedule: Schedule, log: Log, stop: Stop, report) -> None:
    begun, gathered = time.monotonic(), Gathered()
    for epoch, position, batch in run.batches.after(run.place.epoch, run.place.position):
        before = time.monotonic()
        found = run.step(batch)
        now = time.monotonic()
        gathered.add(found, now - before)
        run.place.seconds += now - before
        run.place.epoch, run.place.position = epoch, position + 1
        step, done = run.place.step, run.place.step >= run.options.steps
        last = done or stop.asked or (bool(schedule.minutes) and now - begun >= 60 * schedule.minutes)
        if step % schedule.log == 0 or last:
            entry = {"step": step, "epoch": epoch, "seconds": round(run.place.seconds, 1), **gathered.means()}
            entry["rate"] = round(run.optimizer.param_groups[0]["lr"], 8)
            log.add(entry)
            report(" ".join(f"{name} {value}" for name, value in entry.items()))
            gathered = Gathered()
        if step % schedule.save == 0 or last:
            save(run.folder, run.place, run.network, run.optimizer)
        if schedule.evaluate and not stop.asked and (done or step % schedule.evaluate == 0):
            _evaluate(run, schedule, log, report)
        if last:
            return


class Gathered:
    """The losses of the steps since the last entry of the log, and how long the steps took."""

    def __init__(self) -> None:
        self._losses: dict[str, list[float]] = {}
        self._seconds: list[float] = []

    def add(self, found: dict[str, float], seconds: float) -> None:
        self._seconds.append(seconds)
        for name, loss in found.items():
            self._losses.setdefault(name, []).append(loss)

    def means(self) -> dict[str, float]:
        """The mean of each loss over the steps that had it, and of the seconds."""
        found = {name: round(sum(values) / len(values), 4) for name, values in self._losses.items()}
        return found | {"step_seconds": round(sum(self._seconds) / len(self._seconds), 3)}


def _evaluate(run: Run, schedule: Schedule, log: Log, report) -> None:
    for name, found in run.measured(schedule.evaluated).items():
        log.add({"step": run.place.step, "set": name, "figures": found})
        report(f"step {run.place.step} on {name}: " + ", ".join(f"{key} {value}" for key, value in found.items()))
