"""Environments that are a class of their own, without any library."""

import importlib


class PythonEnvironment:
    """An object with `observation_width`, `action_width`, and Gymnasium's `reset` and `step`.

    Named as `module:Class`; the module is looked for on the worker's path.
    """

    def __init__(self, name, steps, arguments, pictures):
        module, _, made = name.partition(":")
        self._environment = getattr(importlib.import_module(module), made)(**arguments)
        self.observation_width = self._environment.observation_width
        self.action_width = self._environment.action_width

    def reset(self, seed):
        return self._environment.reset(seed=seed)[0]

    def step(self, action):
        observation, reward, terminated, truncated, info = self._environment.step(list(action))
        return observation, float(reward), terminated, truncated, info.get("success", False)
