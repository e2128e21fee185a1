"""HDF5 files as D4RL has them: all steps of all episodes one after another.

    /observations, /actions, /rewards, /terminals, and in all but the oldest files /timeouts
"""

import h5py
import numpy

from .episode import FormatError, Episode, numbers
from .source import TaskFiles, files_of

# Flags are read this many steps at a time.
BLOCK = 1 << 16
# More steps than any time limit: the file does not say where its episodes end.
ENDLESS = 1_000_000


class D4RL:
    def __init__(self, path):
        self.files = {file.stem: file for file in files_of(path, (".hdf5", ".h5"), "HDF5 file")}

    def tasks(self):
        return [TaskFiles(name, [file]) for name, file in self.files.items()]

    def episodes(self, task, options):
        file = self.files[task]
        with opened(file) as data:
            columns = {key: _column(data, key, file) for key in ("observations", "actions", "rewards", "terminals")}
            if "timeouts" in data:
                columns["timeouts"] = _column(data, "timeouts", file)
            elif options.episode_steps is None:
                raise FormatError(
                    "the key is missing, as in D4RL's older files, so that nothing says where the time limit ended an episode",
                    "give --episode-steps, the time limit of the task (1000 for locomotion)", file=file, key="timeouts")
            start = 0
            for stop, terminated, is_open in _ends(columns, options.episode_steps):
                if stop - start > ENDLESS:
                    raise FormatError(
                        f"no end is marked from step {start} to {stop}", "mark where episodes end", file=file, key="timeouts")
                yield _episode(columns, start, stop, terminated, is_open, file)
                start = stop


def opened(file):
    """An HDF5 file.

    Raises FormatError where it is none.
    """
    try:
        return h5py.File(file, "r")
    except OSError as error:
        raise FormatError(f"it cannot be read as HDF5: {error}", "fetch the file again", file=file) from error


def _column(data, key, file):
    column = data.get(key)
    if not isinstance(column, h5py.Dataset):
        raise FormatError(
            f"the key is missing; there are: {', '.join(sorted(data))}", "check that this is the right --format", file=file,
            key=key)
    steps = data["rewards"].shape[0] if isinstance(data.get("rewards"), h5py.Dataset) else column.shape[0]
    if column.ndim == 0 or column.shape[0] != steps:
        raise FormatError(f"it has shape {column.shape}, there are {steps} rewards", "write as many of each", file=file, key=key)
    return column


def _ends(columns, episode_steps):
    """Where each episode stops, whether the task ended it, and whether nothing did."""
    steps, start, has_time_outs = columns["rewards"].shape[0], 0, "timeouts" in columns
    for block in range(0, steps, BLOCK):
        terminals = columns["terminals"][block:block + BLOCK].reshape(-1) != 0
        marked = terminals.copy()
        if has_time_outs:
            marked |= columns["timeouts"][block:block + BLOCK].reshape(-1) != 0
        for end in numpy.flatnonzero(marked):
            stop = block + int(end) + 1
            while not has_time_outs and stop - start > episode_steps:
                start += episode_steps
                yield start, False, False
            yield stop, bool(terminals[end]), False
            start = stop
    while not has_time_outs and steps - start >= episode_steps:
        start += episode_steps
        yield start, False, False
    if start < steps:
        yield steps, False, True


def _episode(columns, start, stop, terminated, is_open, file):
    def part(key, rank):
        array = columns[key][start:stop]
        try:
            return numbers(array, file=file, key=key, rank=rank)
        except FormatError as error:
            error.problem = f"in steps {start} to {stop - 1}: {error.problem}"
            raise

    kinds = {str(columns[key].dtype) for key in ("observations", "actions", "rewards")} - {"float32"}
    return Episode(
        part("observations", 2), part("actions", 2), part("rewards", 1), terminated=terminated, is_open=is_open,
        file=str(file), converted=tuple(sorted(kinds)))
