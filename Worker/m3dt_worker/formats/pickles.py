"""Pickled lists of dicts: what Prompt-DT and Decision Transformer release.

    Prompt-DT               ENV-I-MODE.pkl, and ENV-I-prompt-MODE.pkl with the prompts of the same task
    Decision Transformer    ENV-TYPE-v2.pkl, a task each

Each dict is an episode: observations, actions, rewards, terminals or dones.
"""

import re

from .episode import FormatError, episodes_of
from .source import TaskFiles, existing, files_of, natural
from .strict_pickle import EpisodePickle

PROMPT_DT_NAME = re.compile(r"(?P<task>.+-\d+)-(?P<prompt>prompt-)?(?P<mode>[^-]+)")


def pickled_episodes(file, options, **facts):
    """The episodes of one file, each read when it is asked for."""
    with open(file, "rb") as stream:
        for index, arrays in enumerate(EpisodePickle(stream, file).dicts()):
            prefix = f"episode {index}, "
            try:
                yield from episodes_of(arrays, options, file=file, key_prefix=prefix, **facts)
            except FormatError as error:
                if error.key and not error.key.startswith(prefix):
                    error.key = prefix + error.key
                raise


class DecisionTransformerPickles:
    def __init__(self, path):
        self.files = {file.stem: file for file in files_of(path, (".pkl", ".pickle"), "pickle")}

    def tasks(self):
        return [TaskFiles(name, [file]) for name, file in self.files.items()]

    def episodes(self, task, options):
        yield from pickled_episodes(self.files[task], options)


class PromptDTPickles:
    def __init__(self, path):
        path = existing(path)
        files = sorted(path.rglob("*.pkl"), key=natural) if path.is_dir() else [path]
        # For each task the files to train on and the prompts, each with its mode.
        self.files = {}
        for file in files:
            name = PROMPT_DT_NAME.fullmatch(file.stem)
            if name is None:
                raise FormatError(
                    "its name is not of the form ENV-I-MODE.pkl or ENV-I-prompt-MODE.pkl",
                    "rename it or move it elsewhere, or use --format decision-transformer", file=file)
            kinds = self.files.setdefault(name["task"], ([], []))
            kinds[name["prompt"] is not None].append((name["mode"], file))
        if not self.files:
            raise FormatError("the folder holds no pickle", "give the folder of the .pkl files", file=path)
        for task, (training, prompts) in self.files.items():
            for kind, other, part in ((training, prompts, ""), (prompts, training, "prompt-")):
                if not kind:
                    mode, beside = other[0]
                    raise FormatError(
                        f"{task}-{part}{mode}.pkl is missing beside {beside.name}",
                        "fetch it, or import the others with --format decision-transformer", file=beside.parent, task=task)

    def tasks(self):
        return [TaskFiles(task, [file for kind in kinds for _, file in kind]) for task, kinds in self.files.items()]

    def episodes(self, task, options):
        for kind, is_prompt in zip(self.files[task], (False, True)):
            for mode, file in kind:
                yield from pickled_episodes(file, options, source=mode, is_prompt=is_prompt)
