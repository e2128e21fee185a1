"""Writes trajectories for other projects: a folder of npz files, or a data set of Minari, for each task.

What is being written lies in a hidden folder and is moved into its place when the task is whole.
"""

import os
import shutil
from pathlib import Path

import numpy

from .episode import FormatError


class TaskWriter:
    def __init__(self, folder, task, observation_width, action_width):
        self.task, self.observation_width, self.action_width = task, observation_width, action_width
        self.path = Path(folder) / self.folder_name()
        if self.path.exists():
            raise FormatError("the folder is there already", "remove it or choose another", file=self.path)
        self._partial = self.path.with_name(f".writing-{self.path.name}")
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True)
        self.episodes = 0

    def folder_name(self):
        return self.task

    def write(self, episode):
        self.write_to(self._partial, episode)
        self.episodes += 1

    def finish(self):
        self.complete(self._partial)
        os.rename(self._partial, self.path)
        return self.path

    def complete(self, folder):
        pass


class NpzWriter(TaskWriter):
    """TASK/0.npz, 1.npz ..., in the order of the episodes."""

    def write_to(self, folder, episode):
        ends = numpy.zeros(episode.steps, bool)
        ends[-1] = True
        never = numpy.zeros(episode.steps, bool)
        arrays = {
            "observations": episode.observations, "actions": episode.actions, "rewards": episode.rewards,
            "terminals": ends if episode.terminated else never, "timeouts": never if episode.terminated else ends,
            "successes": episode.successes, "source": numpy.array(episode.source),
        }
        if episode.seed is not None:
            arrays["seed"] = numpy.array(episode.seed, numpy.uint64)
        numpy.savez(folder / f"{self.episodes}.npz", **arrays)


class MinariWriter(TaskWriter):
    """A data set TASK-v0, through Minari's own storage. The observation after the last action is not known; the last one
    stands there again."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        import gymnasium
        from minari import MinariDataset  # noqa: F401  (its storages are registered by this import)
        from minari.dataset.minari_storage import MinariStorage

        (self._partial / "data").mkdir()
        box = gymnasium.spaces.Box
        self._storage = MinariStorage.new(
            self._partial / "data", box(-numpy.inf, numpy.inf, (self.observation_width,), numpy.float32),
            box(-1, 1, (self.action_width,), numpy.float32))
        self._sources = []

    def folder_name(self):
        return f"{self.task}-v0"

    def write_to(self, folder, episode):
        from minari.data_collector import EpisodeBuffer

        ends = numpy.zeros(episode.steps, bool)
        ends[-1] = True
        never = numpy.zeros(episode.steps, bool)
        self._storage.update_episodes([EpisodeBuffer(
            seed=episode.seed, observations=numpy.concatenate([episode.observations, episode.observations[-1:]]),
            actions=episode.actions, rewards=episode.rewards, terminations=ends if episode.terminated else never,
            truncations=never if episode.terminated else ends,
            infos={"success": numpy.concatenate([[False], episode.successes])})])
        self._sources.append(episode.source)

    def complete(self, folder):
        import minari

        self._storage.update_metadata({"dataset_id": f"{self.task}-v0", "minari_version": minari.__version__})
        self._storage.update_episode_metadata([{"source": source} for source in self._sources])
