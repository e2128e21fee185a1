"""One recorded episode, and the checks that every format goes through.

Shapes: T steps, S numbers in an observation, A in an action.
"""

import dataclasses

import numpy

from ..errors import Problem


class FormatError(Problem):
    """What is wrong with a file, where, and what to do about it."""

    def __init__(self, problem, remedy, *, file=None, key=None, task=None):
        self.problem, self.remedy, self.file, self.key, self.task = problem, remedy, file, key, task
        super().__init__("format", problem)

    def told(self):
        """The error as its parent is told, once all that is known of the place has been filled in."""
        place = {"file": self.file, "key": self.key, "task": self.task}
        place = {name: value for name, value in place.items() if value is not None}
        return Problem("format", self.problem, remedy=self.remedy, **place)


@dataclasses.dataclass
class Episode:
    """Arrays are float32 and as wide as the file has them; `successes` is boolean."""

    observations: numpy.ndarray  # T x S
    actions: numpy.ndarray  # T x A
    rewards: numpy.ndarray  # T
    successes: numpy.ndarray | None = None  # T
    # The task ended it, as opposed to a time limit.
    terminated: bool = False
    # Nothing says why it ends: neither the task nor a time limit.
    is_open: bool = False
    is_prompt: bool = False
    source: str | None = None
    seed: int | None = None
    file: str | None = None
    # The types of the file's numbers where they were not float32.
    converted: tuple = ()

    @property
    def steps(self):
        return len(self.rewards)


@dataclasses.dataclass
class Options:
    """What the one who imports has decided."""

    # The steps after which the task's time limit ends an episode; None where nobody knows.
    episode_steps: int | None = None
    # What to do with an episode that goes on after a step marked as its end: refuse, split or ignore.
    inner_ends: str = "refuse"


def lookup(arrays, names, *, file):
    """The array of the first of several names that is there.

    Raises FormatError where none is.
    """
    for name in names:
        if name in arrays:
            return name, arrays[name]
    found = ", ".join(sorted(map(str, arrays)))
    raise FormatError(
        f"the key is missing; there are: {found or 'none'}",
        "check that this is the right --format, or write the key", file=file, key=" or ".join(names))


def numbers(array, *, file, key, rank):
    """The array as float32 with the given number of axes; a column of one number loses its axis where rank is 1.

    Raises FormatError where it holds no numbers, has other axes, or a number is not finite.
    """
    array = numpy.asarray(array)
    if array.dtype.kind not in "biuf":
        raise FormatError(
            f"it holds elements of type {array.dtype}", "write it as an array of numbers of one length", file=file, key=key)
    if rank == 1 and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != rank:
        wanted = "one number" if rank == 1 else "one row of numbers"
        raise FormatError(
            f"it has shape {shape(array)}, where each step has {wanted}", "flatten what a step holds, or check the --format",
            file=file, key=key)
    with numpy.errstate(over="ignore"):
        single = numpy.ascontiguousarray(array, dtype=numpy.float32)
    finite = numpy.isfinite(single)
    if not finite.all():
        step = int(numpy.argwhere(~finite)[0][0])
        raise FormatError(
            f"step {step} is not a finite number in single precision", "leave the episode out, or mend the number",
            file=file, key=key)
    return single


def shape(array):
    """Such as (200, 39)."""
    return "(" + ", ".join(map(str, array.shape)) + ("," if array.ndim == 1 else "") + ")"


def flags(array, *, file, key):
    """The array as one boolean for each step.

    Raises FormatError where it holds anything but numbers, or has other axes.
    """
    return numbers(array, file=file, key=key, rank=1) != 0


OBSERVATIONS, ACTIONS, REWARDS = ("observations",), ("actions",), ("rewards",)
ENDS, TIME_OUTS, SUCCESSES = ("terminations", "terminals", "dones"), ("truncations", "timeouts"), ("successes", "success")


def episodes_of(arrays, options, *, file, key_prefix="", **facts):
    """The episodes in a dictionary of arrays: one, or several where steps inside are marked as ends and may split it.

    There are T observations, or T + 1 where the one after the last action is there as well; it is left out.
    Raises FormatError where a key is missing or its shape does not fit the others.
    """
    taken, converted = {}, set()
    for field, names, rank in (
        ("observations", OBSERVATIONS, 2), ("actions", ACTIONS, 2), ("rewards", REWARDS, 1)
    ):
        name, array = lookup(arrays, names, file=file)
        taken[field] = numbers(array, file=file, key=key_prefix + name, rank=rank)
        if (kind := str(numpy.asarray(array).dtype)) != "float32":
            converted.add(kind)
    steps = len(taken["rewards"])
    if steps == 0:
        raise FormatError("the episode has no steps", "leave it out", file=file, key=key_prefix + "rewards")
    if len(taken["observations"]) == steps + 1:
        taken["observations"] = taken["observations"][:steps]
    ends_name, ends = lookup(arrays, ENDS, file=file)
    taken["ends"] = flags(ends, file=file, key=key_prefix + ends_name)
    for field, names in (("time_outs", TIME_OUTS), ("successes", SUCCESSES)):
        name = next((name for name in names if name in arrays), None)
        taken[field] = None if name is None else flags(arrays[name], file=file, key=key_prefix + name)
    for field, array in taken.items():
        if array is not None and len(array) != steps:
            raise FormatError(
                f"it has {len(array)} steps, the rewards have {steps}", "write as many of each", file=file,
                key=key_prefix + (ends_name if field == "ends" else field))
    facts |= {"file": str(file), "converted": tuple(sorted(converted))}
    for start, stop in _pieces(taken, options, file=file, key=key_prefix + ends_name):
        yield _episode(taken, start, stop, options, facts)


def _pieces(taken, options, *, file, key):
    """Where the episodes in a stretch of steps begin and end."""
    steps = len(taken["rewards"])
    marked = taken["ends"] if taken["time_outs"] is None else taken["ends"] | taken["time_outs"]
    inner = numpy.flatnonzero(marked[:-1])
    if len(inner) == 0 or options.inner_ends == "ignore":
        return [(0, steps)]
    if options.inner_ends == "refuse":
        raise FormatError(
            f"step {inner[0]} is marked as the end, but the episode goes on to step {steps - 1}",
            "give --inner-ends split to cut it there, or ignore to keep it whole", file=file, key=key)
    bounds = [0, *(int(step) + 1 for step in inner), steps]
    return list(zip(bounds, bounds[1:]))


def _episode(taken, start, stop, options, facts):
    ended = bool(taken["ends"][stop - 1])
    if taken["time_outs"] is None:
        # Ends without time limits beside them may be either: as long as the limit, they are taken for the limit.
        at_limit = options.episode_steps is not None and stop - start >= options.episode_steps
        terminated, is_open = ended and not at_limit, not ended and not at_limit
    else:
        terminated, is_open = ended, not ended and not taken["time_outs"][stop - 1]
    successes = taken["successes"]
    return Episode(
        taken["observations"][start:stop], taken["actions"][start:stop], taken["rewards"][start:stop],
        None if successes is None else successes[start:stop], terminated, is_open, **facts)
