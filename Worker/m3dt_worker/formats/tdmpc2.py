"""TD-MPC2's chunks: chunk_0.pt, chunk_1.pt ..., each a TensorDict of E episodes of T rows.

    obs, action, reward, and in sets of several tasks task: the task's index

Row 0 is the observation after the reset, and has neither action nor reward (they are not numbers). Row t holds the
action that led to observation t, and its reward.
"""

import re

import numpy

from .episode import Episode, FormatError, lookup, numbers, shape
from .source import TaskFiles, contiguous, existing
from .torch_archive import TorchArchive

# The order of the indices; the set of 30 tasks is the first 30.
TASKS = """
walker-stand walker-walk walker-run cheetah-run reacher-easy reacher-hard acrobot-swingup pendulum-swingup
cartpole-balance cartpole-balance-sparse cartpole-swingup cartpole-swingup-sparse cup-catch finger-spin finger-turn-easy
finger-turn-hard fish-swim hopper-stand hopper-hop walker-walk-backwards walker-run-backwards cheetah-run-backwards
cheetah-run-front cheetah-run-back cheetah-jump hopper-hop-backwards reacher-three-easy reacher-three-hard cup-spin
pendulum-spin mw-assembly mw-basketball mw-button-press-topdown mw-button-press-topdown-wall mw-button-press
mw-button-press-wall mw-coffee-button mw-coffee-pull mw-coffee-push mw-dial-turn mw-disassemble mw-door-open
mw-door-close mw-drawer-close mw-drawer-open mw-faucet-open mw-faucet-close mw-hammer mw-handle-press-side
mw-handle-press mw-handle-pull-side mw-handle-pull mw-lever-pull mw-peg-insert-side mw-peg-unplug-side
mw-pick-out-of-hole mw-pick-place mw-pick-place-wall mw-plate-slide mw-plate-slide-side mw-plate-slide-back
mw-plate-slide-back-side mw-push-back mw-push mw-push-wall mw-reach mw-reach-wall mw-shelf-place mw-soccer
mw-stick-push mw-stick-pull mw-sweep-into mw-sweep mw-window-open mw-window-close mw-bin-picking mw-box-close
mw-door-lock mw-door-unlock mw-hand-insert
""".split()


class TDMPC2:
    def __init__(self, path):
        path = existing(path)
        found = {} if path.is_dir() else {0: path}
        for file in path.glob("chunk_*.pt"):
            if number := re.fullmatch(r"chunk_(\d+)\.pt", file.name):
                found[int(number[1])] = file
        if not found:
            raise FormatError("the folder holds no chunk_0.pt", "give the folder of the chunks", file=path)
        self.files = contiguous(found, path, lambda number: f"chunk_{number}.pt")
        self._only_task = path.stem if path.is_file() else path.name
        # The index of each task, and the files that hold it.
        self._places = {}
        for file in self.files:
            for index in numpy.unique(self._indices(self._load(file), file)):
                self._places.setdefault(self._name(int(index)), (int(index), []))[1].append(file)

    def tasks(self):
        return [TaskFiles(name, files) for name, (_, files) in self._places.items()]

    def episodes(self, task, options):
        wanted, files = self._places[task]
        for file in files:
            arrays = self._load(file)
            for row in numpy.flatnonzero(self._indices(arrays, file) == wanted):
                yield _episode(arrays, int(row), file)

    @staticmethod
    def _load(file):
        value = TorchArchive(file).load()
        if not isinstance(value, dict):
            raise FormatError("it holds no TensorDict", "check the --format", file=file)
        episodes, rows = None, None
        for names, rank in ((("obs",), 3), (("action",), 3), (("reward",), 2)):
            name, array = lookup(value, names, file=file)
            if getattr(array, "ndim", None) != rank:
                found = shape(array) if isinstance(array, numpy.ndarray) else "no array"
                raise FormatError(
                    f"it has shape {found}, not {'(episodes, rows, numbers)' if rank == 3 else '(episodes, rows)'}",
                    "check the --format", file=file, key=name)
            episodes, rows = (array.shape[:2] if episodes is None else (episodes, rows))
            if array.shape[:2] != (episodes, rows):
                raise FormatError(
                    f"it has shape {shape(array)}, the observations have {episodes} episodes of {rows} rows",
                    "write as many of each", file=file, key=name)
        if rows < 2:
            raise FormatError("its episodes have no steps", "check the --format", file=file, key="obs")
        return value

    @staticmethod
    def _indices(arrays, file):
        """The task's index of each episode."""
        if "task" not in arrays:
            return numpy.full(arrays["obs"].shape[0], -1)
        tasks = arrays["task"]
        if tasks.ndim == 0 or tasks.shape[0] != arrays["obs"].shape[0]:
            raise FormatError(
                f"it has shape {shape(tasks)}, not one entry for each episode", "check the --format", file=file, key="task")
        return tasks.reshape(tasks.shape[0], -1)[:, 0]

    def _name(self, index):
        if index < 0:
            return self._only_task
        return TASKS[index] if index < len(TASKS) else f"task-{index}"


def _episode(arrays, row, file):
    if numpy.isfinite(arrays["action"][row, 0]).any():
        raise FormatError(
            f"row 0 of episode {row} holds an action, where TD-MPC2 has none", "check the --format", file=file, key="action")
    taken = {}
    for key, rank in (("obs", 2), ("action", 2), ("reward", 1)):
        part = arrays[key][row, :-1] if key == "obs" else arrays[key][row, 1:]
        taken[key] = numbers(part, file=file, key=f"episode {row}, {key}", rank=rank)
    terminated = "terminated" in arrays and bool(numpy.any(arrays["terminated"][row, -1]))
    return Episode(taken["obs"], taken["action"], taken["reward"], terminated=terminated, file=str(file))
