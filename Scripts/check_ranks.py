#!/usr/bin/env python3
"""Checks training in several processes, with Open MPI's mpirun.

    check_ranks.py PROGRAM DATA [PROGRAM_WITHOUT_MPI]

PROGRAM is an m3dt that was built with --traits MPI, DATA a folder of `m3dt data collect`. Two processes must train what one
trains: stages that share batches within rounding, experts bit for bit; a run that is stopped, killed or wrong must end as
Docs/distributed.md says, and go on from its last checkpoint with another number of processes.
"""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path

SETTINGS = {
    "model.width": 32, "backbone.steps": 500, "backbone.warmUpSteps": 20, "backbone.checkpointEvery": 20,
    "backbone.conflictEvery": 0, "backbone.learningRate": 1e-4, "grouping.experts": 3, "grouping.batches": 1,
    "experts.steps": 30, "router.steps": 40, "precision": "float32",
}
# How far rounding may take the weights in so many steps: training amplifies it, the more the larger its steps are. With a learning
# rate of 1e-4 three seeds gave 4e-7 to 6e-6 after 500 steps; with 1e-3 it was 5e-9 after 20 steps and up to 1e-3 after 500.
LIMIT = 5e-5
# Bits depend on the number of threads, so it is the same for all. As root only in containers, hence mpirun's question.
ENVIRONMENT = os.environ | {
    "OMP_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}
LAUNCH = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n"]


def check(holds, what):
    if not holds:
        sys.exit(f"check_ranks: this does not hold: {what}")
    print(f"  {what}")


class Runs:
    """Trains in folders of their own."""

    def __init__(self, program, data, folder):
        self.program, self.data, self.folder = program, data, folder

    def command(self, run, ranks, *words, settings={}):
        changes = [f"--set={key}={value}" for key, value in (SETTINGS | settings).items()]
        command = [self.program, "train", *words, "--recipe", "demo", "--data", self.data, "--run", self.folder / run]
        return [*LAUNCH, str(ranks)] * (ranks > 1) + [*command, *changes]

    def start(self, *arguments, **options):
        return subprocess.Popen(
            self.command(*arguments, **options), env=ENVIRONMENT, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self, process, code):
        output = process.communicate(timeout=300)[0]
        if process.returncode != code:
            sys.exit(f"check_ranks: the exit code is {process.returncode}, not {code}:\n{output}")
        return output

    def train(self, *arguments, code=0, **options):
        return self.finish(self.start(*arguments, **options), code)

    def checkpointed(self, process, run):
        """Returns when the backbone has left a checkpoint."""
        file = self.folder / run / "backbone/checkpoint.safetensors"
        while not file.exists() and process.poll() is None:
            time.sleep(0.005)
        check(file.exists(), f"{run}: there is a checkpoint before the end")
        return file


def children(process):
    """The ranks that an mpirun has started, in their order."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(folder.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
            words = folder.joinpath("environ").read_text().split("\0")
        except OSError:
            continue
        rank = [word for word in words if word.startswith("OMPI_COMM_WORLD_RANK=")]
        if parent == process.pid and rank:
            found.append((rank[0], int(folder.name)))
    return [number for _, number in sorted(found)]


def tensors(file):
    """The float32 tensors of a safetensors file, and its metadata."""
    data = file.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    return {
        name: array("f", data[8 + length + entry["data_offsets"][0] : 8 + length + entry["data_offsets"][1]])
        for name, entry in header.items()
    }, metadata


def step_of(checkpoint):
    return json.loads(tensors(checkpoint)[1]["position"])["step"]


def distance(one, other):
    """The root mean squared difference of all weights, in parts of their root mean square."""
    own, others = tensors(one)[0], tensors(other)[0]
    check(own.keys() == others.keys(), "the weights have the same names")
    difference = sum((a - b) ** 2 for name in own for a, b in zip(own[name], others[name]))
    return (difference / sum(a * a for name in own for a in own[name])) ** 0.5


def check_near(stage, one, other):
    found = distance(*(run / stage / "weights.safetensors" for run in (one, other)))
    check(0 < found < LIMIT, f"{stage}: shared, its weights differ by {found:.1e} of their size, less than {LIMIT}")


def check_results(runs):
    runs.train("one", 1)
    runs.train("two", 2)
    one, two = runs.folder / "one", runs.folder / "two"
    check_near("backbone", one, two)
    names = [sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()) for run in (one, two)]
    plain = [[name for name in run if "tensorboard" not in name] for run in names]
    check(plain[0] == plain[1], "two processes leave the files that one leaves")
    steps = [
        sorted((record["stage"], record["step"]) for record in map(json.loads, open(run / "metrics.jsonl")))
        for run in (one, two)
    ]
    check(steps[0] == steps[1], f"all {len(steps[0])} measurements are in metrics.jsonl")
    # The rest on the very same backbone.
    shared = runs.folder / "shared"
    shutil.copytree(one, shared, ignore=shutil.ignore_patterns("experts", "router", "policy"))
    runs.train("shared", 2)
    for number in range(SETTINGS["grouping.experts"]):
        files = [run / f"experts/{number}/weights.safetensors" for run in (one, shared)]
        check(files[0].read_bytes() == files[1].read_bytes(), f"expert {number} has the bits of one process")
    check_near("router", one, shared)


def check_endings(runs):
    weights = runs.folder / "one/backbone/weights.safetensors"
    for name, ranks, end in (
        ("killed", 1, lambda process: os.kill(children(process)[1], signal.SIGKILL)),
        ("stopped", 2, lambda process: process.send_signal(signal.SIGUSR1)),
        ("interrupted", 1, lambda process: process.send_signal(signal.SIGINT)),
        ("asked", 2, lambda process: os.kill(children(process)[1], signal.SIGTERM)),
    ):
        process = runs.start(name, 2, "backbone")
        checkpoint = runs.checkpointed(process, name)
        end(process)
        # mpirun's own code where it ends the ranks: 128 and the signal, or 1 after Ctrl-C.
        output = runs.finish(process, {"killed": 137, "interrupted": 1}.get(name, 75))
        step = step_of(checkpoint)
        check(0 < step < SETTINGS["backbone.steps"], f"{name}: the checkpoint is of step {step}")
        if name == "killed":
            check("run ends at its last checkpoint" in output and "signal 9" in output, f"{name}: the end is told")
            check(step % SETTINGS["backbone.checkpointEvery"] == 0, f"{name}: it is one of those taken regularly")
        else:
            check(f"stopped in stage backbone after step {step}" in output, f"{name}: the end is told")
        runs.train(name, ranks, "backbone")
        found = distance(weights, runs.folder / name / "backbone/weights.safetensors")
        check(found < LIMIT, f"{name}: trained to the end by {ranks}, the weights differ by {found:.1e} of their size")


def check_errors(runs, without):
    output = runs.train("uneven", 2, settings={"data.rows": 15}, code=78)
    check("15 rows, which 2 ranks cannot share evenly" in output, "uneven rows are refused")
    output = Runs(runs.program, runs.folder / "nowhere", runs.folder).train("missing", 2, code=66)
    check(output.count("m3dt: rank") == 1, "what is wrong for all ranks is said once")
    if without:
        output = Runs(without, runs.data, runs.folder).train("plain", 2, code=69)
        check("--traits MPI" in output, "a program without MPI says how to build one with it")
    check(not any((runs.folder / name).exists() for name in ("missing", "plain")), "and nothing is written")


def main(program, data, without=None):
    folder = Path(tempfile.mkdtemp())
    try:
        runs = Runs(program, data, folder)
        check_results(runs)
        check_endings(runs)
        check_errors(runs, without)
    finally:
        shutil.rmtree(folder)
    print("check_ranks: all of this holds")


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
