"""What the role of formats is asked for.

    64 LIST   {format, source}                                        DONE {tasks: [{name, files, bytes}]}
    65 SCAN   {format, source, task, episodeSteps, innerEnds}         PART {steps} now and then, then one with the sums
    66 READ   the same and observationWidth, actionWidth, keepPartial PART for each episode: a record
    67 BEGIN  {format, folder, task, observationWidth, actionWidth}   DONE
    68 WRITE  a record                                                DONE
    69 FINISH                                                         DONE {path}

All is JSON but records: a uint32 with the length of a JSON header, the header, then float32 observations, actions and
rewards, and if the header says so a byte for each step: whether it succeeded.
"""

import struct
import time

import numpy

from .. import protocol
from .d4rl import D4RL
from .episode import Episode, FormatError, Options
from .minari_sets import Minari
from .npz_tree import NpzTree
from .pickles import DecisionTransformerPickles, PromptDTPickles
from .source import Fit, Scan
from .tdmpc2 import TDMPC2
from .writing import MinariWriter, NpzWriter

LIST, SCAN, READ, BEGIN, WRITE, FINISH = range(64, 70)

READERS = {
    "mt160": NpzTree, "npz": NpzTree, "prompt-dt": PromptDTPickles, "decision-transformer": DecisionTransformerPickles,
    "d4rl": D4RL, "minari": Minari, "tdmpc2": TDMPC2,
}
WRITERS = {"npz": NpzWriter, "minari": MinariWriter}
# Whoever asked hears of a scan at least this often.
PULSE_SECONDS = 1.0


class Requests:
    def __init__(self):
        self._sources = {}
        self._writer = None

    def handlers(self):
        return {LIST: self.list, SCAN: self.scan, READ: self.read, BEGIN: self.begin, WRITE: self.write, FINISH: self.finish}

    def list(self, body):
        asked = protocol.decode(body)
        self._sources.clear()
        with Telling():
            tasks = self._source(asked).tasks()
        return done({"tasks": [{"name": task.name, "files": len(task.files), "bytes": task.bytes} for task in tasks]})

    def scan(self, body):
        asked = protocol.decode(body)
        with Telling(asked["task"]):
            scan, heard = Scan(), time.monotonic()
            for episode in self._episodes(asked):
                scan.add(episode)
                if time.monotonic() - heard > PULSE_SECONDS:
                    heard = time.monotonic()
                    yield protocol.encode({"steps": scan.steps})
            yield protocol.encode({"summary": scan.summary(asked.get("episodeSteps"))})

    def read(self, body):
        asked = protocol.decode(body)
        with Telling(asked["task"]):
            fit = Fit(asked["task"], asked["observationWidth"], asked["actionWidth"])
            for episode in self._episodes(asked):
                if episode.is_open and not asked["keepPartial"] and episode.steps < asked["episodeSteps"]:
                    continue
                yield record(fit.apply(episode))

    def begin(self, body):
        asked = protocol.decode(body)
        with Telling(asked["task"]):
            self._writer = WRITERS[asked["format"]](
                asked["folder"], asked["task"], asked["observationWidth"], asked["actionWidth"])
        return done({})

    def write(self, body):
        with Telling():
            self._writer.write(episode_of(body, self._writer.observation_width, self._writer.action_width))
        return done({})

    def finish(self, body):
        with Telling():
            path, self._writer = self._writer.finish(), None
        return done({"path": str(path)})

    def _source(self, asked):
        key = (asked["format"], asked["source"])
        if key not in self._sources:
            if key[0] not in READERS:
                raise FormatError(f"there is no format '{key[0]}'", f"choose one of {', '.join(READERS)}")
            self._sources[key] = READERS[key[0]](key[1])
        return self._sources[key]

    def _episodes(self, asked):
        options = Options(asked.get("episodeSteps"), asked.get("innerEnds", "refuse"))
        return self._source(asked).episodes(asked["task"], options)


class Telling:
    """Fills in the task of an error, and puts the disk's own errors in the same form."""

    def __init__(self, task=None):
        self.task = task

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, FormatError):
            error.task = error.task or self.task
            raise error.told() from error
        if isinstance(error, OSError):
            remedy = "make room or choose another folder" if error.errno in (28, 122) else "check the path and its rights"
            raise FormatError(error.strerror or str(error), remedy, file=error.filename, task=self.task).told() from error
        if isinstance(error, MemoryError):
            raise FormatError(
                "an episode does not fit into memory", "split it, or use a larger machine", task=self.task).told() from error
        return False


def done(value):
    return protocol.DONE, protocol.encode(value)


def record(episode):
    """An episode as the body of a frame."""
    header = protocol.encode({
        "steps": episode.steps, "terminated": episode.terminated, "isPrompt": episode.is_prompt,
        "source": episode.source, "seed": None if episode.seed is None else str(episode.seed), "file": episode.file,
        "hasSuccess": episode.successes is not None,
    })
    parts = [struct.pack("<I", len(header)), header]
    parts += [array.astype("<f4", copy=False).tobytes() for array in (episode.observations, episode.actions, episode.rewards)]
    if episode.successes is not None:
        parts.append(episode.successes.astype(numpy.uint8).tobytes())
    return b"".join(parts)


def episode_of(body, observation_width, action_width):
    """The episode in the body of a frame."""
    body = bytes(body)
    (length,) = struct.unpack_from("<I", body)
    header, place = protocol.decode(body[4:4 + length]), 4 + length
    steps, arrays = header["steps"], []
    for width in (observation_width, action_width, 1):
        arrays.append(numpy.frombuffer(body, "<f4", steps * width, place).reshape(steps, width))
        place += 4 * steps * width
    successes = numpy.frombuffer(body, numpy.uint8, steps, place) != 0 if header["hasSuccess"] else None
    return Episode(
        arrays[0], arrays[1], arrays[2][:, 0], successes, header["terminated"], source=header["source"],
        seed=None if header["seed"] is None else int(header["seed"]))
