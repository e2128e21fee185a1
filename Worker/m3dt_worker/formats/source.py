"""What all formats have in common: tasks that can be listed, and episodes that can be read one after another.

A format is a class whose instances answer for one file or folder:

    __init__(path)            finds the files, without reading arrays
    tasks()                   a list of TaskFiles
    episodes(task, options)   a generator of Episode, holding one of them in memory at a time
"""

import dataclasses
import re
from pathlib import Path

import numpy

from .episode import FormatError


@dataclasses.dataclass
class TaskFiles:
    """A task as its files name it."""

    name: str
    files: list

    @property
    def bytes(self):
        return sum(Path(file).stat().st_size for file in self.files)


def existing(path):
    """The path, which must be there.

    Raises FormatError.
    """
    path = Path(path)
    if not path.exists():
        raise FormatError("there is no such file or folder", "check the path", file=path)
    return path


def files_of(path, suffixes, what):
    """The file itself, or the files with one of the suffixes in a folder, sorted by name.

    Raises FormatError where there are none.
    """
    path = existing(path)
    files = [path] if path.is_file() else sorted(file for file in path.iterdir() if file.suffix in suffixes)
    if not files:
        raise FormatError(
            f"the folder holds no {what}", f"give the folder of the {' or '.join(suffixes)} files, or another --format",
            file=path)
    return files


def contiguous(numbered, folder, name_of):
    """The values in the order of their numbers, which must run from 0 or 1 on without a gap.

    Raises FormatError that names the first missing file.
    """
    order = sorted(numbered)
    first = min(order[0], 1)
    for number in range(first, first + len(order)):
        if number not in numbered:
            raise FormatError(
                f"{name_of(number)} is missing, though there is {name_of(order[-1])}",
                "fetch the missing one, or number the others without a gap", file=folder)
    return [numbered[number] for number in order]


def natural(text):
    """A key that sorts task-2 before task-10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", str(text)) if part]


class Fit:
    """Removes the columns that pad observations and actions to a common width."""

    def __init__(self, task, observation_width, action_width):
        self.task = task
        self.widths = {"observations": observation_width, "actions": action_width}

    def apply(self, episode):
        """Cuts the arrays to the task's widths.

        Raises FormatError where they are too narrow, or where what would be cut off is not zero.
        """
        for key, width in self.widths.items():
            array = getattr(episode, key)
            if array.shape[1] < width:
                raise FormatError(
                    f"a step has {array.shape[1]} numbers, the task has {width}",
                    "check the task's name (--rename FROM=TO) or its task file", file=episode.file, key=key, task=self.task)
            surplus = array[:, width:]
            if surplus.any():
                step, column = (int(index) for index in numpy.argwhere(surplus)[0])
                raise FormatError(
                    f"the task has {width} numbers, but column {width + column} is not padding: step {step} holds "
                    f"{surplus[step, column]:g}", "check the task's name (--rename FROM=TO) or its task file",
                    file=episode.file, key=key, task=self.task)
            setattr(episode, key, numpy.ascontiguousarray(array[:, :width]))
        return episode


class Scan:
    """What a task's episodes hold, summed up without keeping them."""

    def __init__(self):
        self.episodes = self.prompts = self.steps = self.longest = 0
        self.widths = None
        self.used = {"observations": 0, "actions": 0}
        self.least, self.greatest, self.largest_action = float("inf"), float("-inf"), 0.0
        self.converted, self.open_lengths, self.with_success = set(), {}, 0

    def add(self, episode):
        """Counts an episode.

        Raises FormatError where its widths are not those of the ones before.
        """
        widths = {key: getattr(episode, key).shape[1] for key in self.used}
        self.widths = self.widths or widths
        for key, width in widths.items():
            if width != self.widths[key]:
                raise FormatError(
                    f"a step has {width} numbers, in the episodes before {self.widths[key]}",
                    "keep what has other widths in another task", file=episode.file, key=key)
            used = numpy.flatnonzero(getattr(episode, key).any(axis=0))
            self.used[key] = max(self.used[key], int(used[-1]) + 1 if len(used) else 0)
        self.episodes += 1
        self.prompts += episode.is_prompt
        self.steps += episode.steps
        self.longest = max(self.longest, episode.steps)
        total = float(numpy.sum(episode.rewards, dtype=numpy.float64))
        self.least, self.greatest = min(self.least, total), max(self.greatest, total)
        self.largest_action = max(self.largest_action, float(numpy.abs(episode.actions).max(initial=0)))
        self.converted.update(episode.converted)
        if episode.is_open:
            self.open_lengths[episode.steps] = self.open_lengths.get(episode.steps, 0) + 1
        self.with_success += episode.successes is not None

    def summary(self, episode_steps):
        """The sums, as they are sent. An episode as long as the time limit is complete."""
        limit = episode_steps or self.longest
        widths = self.widths or {"observations": 0, "actions": 0}
        return {
            "episodes": self.episodes, "promptEpisodes": self.prompts, "steps": self.steps, "longest": self.longest,
            "observationWidth": widths["observations"], "actionWidth": widths["actions"],
            "usedObservationWidth": max(self.used["observations"], 1), "usedActionWidth": max(self.used["actions"], 1),
            "partial": sum(count for steps, count in self.open_lengths.items() if steps < limit),
            "leastReturn": self.least if self.episodes else 0, "greatestReturn": self.greatest if self.episodes else 0,
            "largestAction": self.largest_action, "converted": sorted(self.converted),
            "hasSuccess": self.with_success > 0,
        }
