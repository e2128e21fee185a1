"""Damages files that an import is to refuse, with the libraries that such files are made with.

    damage.py KIND FILE
"""

import pickle
import sys
from pathlib import Path

from worker_process import WorkerProcess  # noqa: F401  (puts the worker's modules on the path)

from m3dt_worker import packages

packages.add("formats")

import numpy  # noqa: E402


def pad(array, width):
    return numpy.pad(array, ((0, 0), (0, width - array.shape[1])))


# What becomes of the arrays of an npz file.
ARRAYS = {
    "missing": lambda arrays: {key: value for key, value in arrays.items() if key != "rewards"},
    "shape": lambda arrays: arrays | {"actions": arrays["actions"][:-2]},
    "nan": lambda arrays: arrays | {"observations": arrays["observations"] * numpy.nan},
    "double": lambda arrays: {
        key: value.astype(float) if value.dtype == numpy.float32 else value for key, value in arrays.items()},
    "padded": lambda arrays: arrays | {
        "observations": pad(arrays["observations"], 39), "actions": pad(arrays["actions"], 8)},
}


class Attack:
    """Would run a program when it is unpickled."""

    def __init__(self, victim):
        self.victim = victim

    def __reduce__(self):
        import os

        return os.system, (f"touch {self.victim}",)


kind, file = sys.argv[1], Path(sys.argv[2])
if kind == "gap":
    file.unlink()
elif kind == "junk":
    file.write_bytes(b"no npz at all")
elif kind == "attack":
    file.write_bytes(pickle.dumps([{"observations": Attack(file.with_name("ran"))}]))
else:
    with numpy.load(file) as stored:
        arrays = dict(stored)
    numpy.savez(file, **ARRAYS[kind](arrays))
