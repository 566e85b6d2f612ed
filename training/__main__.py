"""``python -m training train | export | log | followups``: train a reader, export it, read its log; follow-ups."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]


def data_folder(given: str | None) -> Path:
    """Where the training data lies: as given, in FOOTNOTE_SHARED, or in ``shared`` beside the repository."""
    if given:
        return Path(given)
    return Path(os.environ.get("FOOTNOTE_SHARED") or REPOSITORY.parent / "shared") / "train"


def parser() -> argparse.ArgumentParser:
    from training.loop import Schedule
    from training.options import Options

    made = argparse.ArgumentParser(prog="python -m training", description="Train the models; see training/README.md.")
    commands = made.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train, or go on where the run in the folder stands")
    train.add_argument("--out", required=True, type=Path, help="the folder of the run")
    train.add_argument("--data", help="the folder with the training data (default: train in FOOTNOTE_SHARED)")
    train.add_argument(
        "--teacher", type=Path, help="file of the teacher's scores (default: teacher.sqlite beside --out)"
    )
    train.add_argument("--minutes", type=float, default=0.0, help="stop after so many minutes; 0: when it is done")
    train.add_argument("--threads", type=int, default=0)
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    train.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    for item in fields(Schedule):
        if item.name != "minutes":
            train.add_argument(f"--{item.name}-every" if item.name != "evaluated" else "--evaluated", dest=item.name,
                               type=int, default=item.default)  # fmt: skip
    for item in fields(Options):  # without defaults: what is not given is taken from the run's folder
        name = "--" + item.name.replace("_", "-")
        if isinstance(item.default, bool):
            train.add_argument(name, action="store_true", default=argparse.SUPPRESS)
        else:
            train.add_argument(name, type=type(item.default), default=argparse.SUPPRESS, help=f"default {item.default}")
    export = commands.add_parser("export", help="write a run's network as int8 ONNX and compare both")
    export.add_argument("--run", required=True, type=Path)
    export.add_argument("--out", required=True, type=Path)
    export.add_argument("--name", default="footnote-reader")
    export.add_argument("--data", help="as for train")
    export.add_argument("--compared", type=int, default=200, help="held-out lines of each set to compare on")
    followups = commands.add_parser("followups", help="train the model of follow-up questions, and measure it")
    followups.add_argument("--out", type=Path, default=REPOSITORY / "assistant" / "english" / "followups.json")
    followups.add_argument("--data", help="as for train")
    followups.add_argument("--no-figures", action="store_true", help="only train: a minute instead of five")
    log = commands.add_parser("log", help="the held-out figures of runs")
    log.add_argument("runs", nargs="+", type=Path)
    return made


def train(given: argparse.Namespace) -> int:
    from training.devices import chosen
    from training.loop import Run, Schedule
    from training.loop import train as run_training
    from training.options import option_names, settled

    options = settled(given.out, {name: getattr(given, name) for name in option_names() if hasattr(given, name)})
    device = chosen(given.device, given.precision, given.threads)
    print(f"Runs on {device.name}, in {'bfloat16' if device.half else 'float32'}.", flush=True)
    teacher = given.teacher or given.out.parent / "teacher.sqlite"
    run = Run(given.out, data_folder(given.data), options, device, teacher)
    print(f"At step {run.place.step} of {options.steps}.", flush=True)
    schedule = Schedule(**{item.name: getattr(given, item.name) for item in fields(Schedule)})
    done = run_training(run, schedule, report=lambda line: print(line, flush=True))
    print("Done." if done else f"Stopped at step {run.place.step}: the same command goes on from there.", flush=True)
    return 0


def export(given: argparse.Namespace) -> int:
    from training import export as exporting
    from training.checkpoints import OPTIONS, entries, load_network
    from training.data.sources import hashes, parted, read_all
    from training.devices import Device
    from training.held_out import held_out_probes, rows_of
    from training.network import ReaderNetwork
    from training.options import names, settled
    from training.readers import NetworkReader
    from training.start import tokenizer

    if not (given.run / OPTIONS).is_file():
        raise ValueError(f"There is no run in {given.run}.")
    options, data = settled(given.run, {}), data_folder(given.data)
    network, words = ReaderNetwork(), tokenizer()
    step = load_network(given.run, network)
    lines = read_all(
        data, names(options.sets) and (*names(options.sets), *options.split.sets), doubtful=options.doubtful
    )
    made: dict[str, Any] = {
        "step": step, "options": asdict(options), "commit": exporting.commit_of(REPOSITORY),
        "data": dict(hashes(data, [name for name, own in lines.items() if parted(own, options.split)[0]])),
        "figures": {entry["set"]: entry["figures"] for entry in entries(given.run) if entry.get("figures")},
    }  # fmt: skip
    exporting.export(network, words, options.limits, given.out, given.name, made)
    reader = exporting.opened(given.out)
    for file, digest in reader.manifest.sha256.items():
        print(f"{digest}  {given.out / file}  {(given.out / file).stat().st_size / 1e6:.1f} MB", flush=True)
    plain = NetworkReader(network, words, options.limits, Device("cpu", half=False))
    for name, probes in held_out_probes(lines, options.split, given.compared).items():
        found = exporting.agreement(rows_of(probes, plain), rows_of(probes, reader))
        print(
            f"int8 beside float32 on {name}: " + ", ".join(f"{key} {value}" for key, value in found.items()), flush=True
        )
    return 0


def log(given: argparse.Namespace) -> int:
    from training.checkpoints import entries

    for run in given.runs:
        for entry in entries(run):
            if found := entry.get("figures"):
                values = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
                print(f"{run.name} step {entry['step']} {entry['set']}: {values}")
    return 0


def followups(given: argparse.Namespace) -> int:
    from training.followups import make

    make(data_folder(given.data), given.out, figures=not given.no_figures)
    return 0


def main(arguments: list[str] | None = None) -> int:
    from footnoted.index.errors import IndexingError

    given = parser().parse_args(arguments)
    try:
        return {"train": train, "export": export, "log": log, "followups": followups}[given.command](given)
    except (ValueError, OSError, IndexingError) as error:
        print(str(error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
