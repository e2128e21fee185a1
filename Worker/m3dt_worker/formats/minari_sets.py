"""Minari's data sets: a folder with main_data.hdf5 and metadata.json each, somewhere below the folder that is given.

    episode_0, episode_1 ...   observations (T + 1 rows), actions, rewards, terminations, truncations (T rows)
"""

import json

import h5py

from .d4rl import opened
from .episode import FormatError, episodes_of
from .source import TaskFiles, contiguous, existing, natural

DATA, FACTS = "main_data.hdf5", "metadata.json"


class Minari:
    def __init__(self, path):
        path = existing(path)
        files = [path] if path.is_file() else sorted(path.rglob(DATA), key=natural)
        if not files:
            raise FormatError(
                f"there is no {DATA} in or below the folder", "give a data set's folder; only those in HDF5 can be read", file=path)
        self.sets = {}
        for file in files:
            facts = _facts(file.with_name(FACTS))
            folder = file.parent.parent if file.parent.name == "data" else file.parent
            name = facts.get("dataset_id") or folder.name
            if name in self.sets:
                raise FormatError(f"data set {name} is there twice", "import one of them", file=file)
            self.sets[name] = (file, facts)

    def tasks(self):
        return [TaskFiles(name, [file]) for name, (file, _) in self.sets.items()]

    def episodes(self, task, options):
        file, facts = self.sets[task]
        with opened(file) as data:
            groups = {
                int(name.removeprefix("episode_")): data[name] for name in data
                if name.startswith("episode_") and name.removeprefix("episode_").isdecimal()
            }
            if not groups:
                raise FormatError("it holds no episode", "check the --format", file=file)
            ordered = contiguous(groups, file, lambda number: f"episode_{number}")
            if facts.get("total_episodes", len(ordered)) != len(ordered):
                raise FormatError(
                    f"it holds {len(ordered)} episodes, {FACTS} says {facts['total_episodes']}", "fetch the data set again", file=file)
            for group in ordered:
                yield from _episodes(group, file, options, facts.get("algorithm_name"))


def _facts(file):
    try:
        return json.loads(file.read_text()) if file.exists() else {}
    except ValueError as error:
        raise FormatError("it is not JSON", "fetch the data set again", file=file) from error


def _episodes(group, file, options, algorithm):
    name = group.name.strip("/")
    for key, column in group.items():
        if key in ("observations", "actions") and not isinstance(column, h5py.Dataset):
            raise FormatError(
                "a step holds several named parts", "flatten observations and actions before making the data set", file=file,
                key=f"{name}/{key}")
    arrays = {key: column[()] for key, column in group.items() if isinstance(column, h5py.Dataset)}
    for key in ("terminations", "truncations"):
        if key not in arrays:
            raise FormatError("the key is missing", "make the data set again with Minari", file=file, key=f"{name}/{key}")
    success = group.get("infos/success")
    if isinstance(success, h5py.Dataset):
        # Infos begin with that of the reset.
        arrays["successes"] = success[-len(arrays["rewards"]):]
    source = group.attrs.get("source", algorithm)
    seed = group.attrs.get("seed")
    yield from episodes_of(
        arrays, options, file=file, key_prefix=f"{name}/", source=None if source is None else str(source),
        seed=None if seed is None else int(seed))
