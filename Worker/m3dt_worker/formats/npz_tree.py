"""Folders of numbered npz files, an episode each: MT160, HarmoDT's MT50, and what this project exports.

    ROOT/TASK/0.npz, 1.npz ...   observations, actions, rewards, terminals or dones; optional: timeouts, successes,
                                 source, seed
"""

import zipfile
import zlib

import numpy

from .episode import FormatError, episodes_of
from .source import TaskFiles, contiguous, existing, natural

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError)


class NpzTree:
    def __init__(self, path):
        path = existing(path)
        if not path.is_dir():
            raise FormatError("it is no folder", "give the folder that holds one folder of npz files for each task", file=path)
        folders = [folder for folder in path.iterdir() if folder.is_dir() and any(folder.glob("*.npz"))]
        if any(path.glob("*.npz")):
            folders = [path]
        if not folders:
            raise FormatError(
                "the folder holds no folder with npz files", "give the folder above those of the tasks", file=path)
        self.folders = {folder.name: folder for folder in sorted(folders, key=lambda folder: natural(folder.name))}

    def tasks(self):
        return [TaskFiles(name, self._files(folder)) for name, folder in self.folders.items()]

    def episodes(self, task, options):
        for file in self._files(self.folders[task]):
            with _Arrays(file) as arrays:
                facts = {key: arrays[key].item() for key in ("source", "seed") if key in arrays}
                yield from episodes_of(arrays, options, file=file, **facts)

    @staticmethod
    def _files(folder):
        numbered = {}
        for file in folder.glob("*.npz"):
            if not file.stem.isdecimal():
                raise FormatError("its name is no number", "number the episodes 0.npz, 1.npz and so on", file=file)
            numbered[int(file.stem)] = file
        return contiguous(numbered, folder, lambda number: f"{number}.npz")


class _Arrays:
    """The arrays of one file, each read when it is asked for."""

    def __init__(self, file):
        self._file = file

    def __enter__(self):
        try:
            if not zipfile.is_zipfile(self._file):
                raise FormatError("it is no whole npz file", "fetch it again, or write it with numpy.savez", file=self._file)
            self._archive = numpy.load(self._file, allow_pickle=False)
        except (*DAMAGED, ValueError) as error:
            raise self._damaged(error) from error
        return self

    def __exit__(self, *_):
        self._archive.close()

    def __contains__(self, key):
        return key in self._archive.files

    def __iter__(self):
        return iter(self._archive.files)

    def __getitem__(self, key):
        try:
            return self._archive[key]
        except DAMAGED as error:
            raise self._damaged(error) from error
        except ValueError as error:
            # numpy says so where the array holds pickled objects.
            raise FormatError(
                "it holds pickled Python objects, which are never loaded, or is damaged",
                "write it as an array of numbers of one length", file=self._file, key=key) from error

    def _damaged(self, error):
        return FormatError(f"it cannot be read as npz: {error}", "fetch the file again", file=self._file)
