"""Environments that are a class of their own, without any library."""

import importlib

from .errors import Problem


class PythonEnvironment:
    """An object with `observation_width`, `action_width`, and Gymnasium's `reset` and `step`.

    Named as `module:Class`; the module is looked for on the worker's path. It may have Gymnasium's `render`, which returns
    a picture as rows of pixels of red, green and blue, and `demonstrator`, which returns a function from observations to
    actions.
    """

    def __init__(self, name, steps, arguments, pictures):
        module, _, made = name.partition(":")
        try:
            maker = getattr(importlib.import_module(module), made)
        except (ImportError, AttributeError) as error:
            raise Problem(
                "no-class", f"{error}, so {name} cannot be made; write its `id` as module:Class, and the module's folder "
                "under `paths`") from error
        self._environment = maker(**arguments)
        self.observation_width = self._environment.observation_width
        self.action_width = self._environment.action_width
        if hasattr(self._environment, "demonstrator"):
            self.demonstrator = self._environment.demonstrator
        if hasattr(self._environment, "render"):
            self.picture = self._picture

    def reset(self, seed):
        return self._environment.reset(seed=seed)[0]

    def step(self, action):
        observation, reward, terminated, truncated, info = self._environment.step(list(action))
        return observation, float(reward), terminated, truncated, info.get("success", False)

    def _picture(self):
        rows = self._environment.render()
        return len(rows[0]), len(rows), bytes(number for row in rows for pixel in row for number in pixel)
