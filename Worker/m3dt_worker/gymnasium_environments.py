"""Environments of Gymnasium's registry."""

import gymnasium
import numpy
from gymnasium import spaces

from .errors import Problem


class GymnasiumEnvironment:
    """Any environment whose actions are a box with bounds, or one of several choices.

    Actions are numbers in -1 ... 1, stretched to the bounds of the box; the largest number is the choice.
    Observations are flattened to a row of numbers. An environment of one's own may have a method `demonstrator`, which
    returns a function from such rows to such actions.
    """

    def __init__(self, name, steps, arguments, pictures):
        options = {"render_mode": "rgb_array"} if pictures else {}
        # The time limit is the parent's; this one is never reached.
        self._environment = gymnasium.make(
            name, max_episode_steps=steps + 1, disable_env_checker=True, **options, **arguments)
        space = self._environment.action_space
        if isinstance(space, spaces.Box) and numpy.isfinite([space.low, space.high]).all():
            self.action_width = int(numpy.prod(space.shape))
        elif isinstance(space, spaces.Discrete):
            self.action_width = int(space.n)
        else:
            raise Problem(
                "action-space", f"{name} has actions of {space}; only boxes with finite bounds and single choices "
                "can be played: wrap it so that it has such actions")
        self.observation_width = spaces.flatdim(self._environment.observation_space)
        if hasattr(self._environment.unwrapped, "demonstrator"):
            self.demonstrator = self._environment.unwrapped.demonstrator

    def reset(self, seed):
        return self._flat(self._environment.reset(seed=seed)[0])

    def step(self, action):
        observation, reward, terminated, truncated, info = self._environment.step(self._action(action))
        succeeded = info.get("success", info.get("is_success", False))
        return self._flat(observation), float(reward), terminated, truncated, succeeded

    def picture(self):
        pixels = numpy.ascontiguousarray(self._environment.render(), numpy.uint8)
        return pixels.shape[1], pixels.shape[0], pixels.tobytes()

    def _action(self, action):
        space = self._environment.action_space
        if isinstance(space, spaces.Discrete):
            return int(space.start) + max(range(len(action)), key=action.__getitem__)
        action = numpy.clip(action, -1, 1).reshape(space.shape)
        if not (space.low == -1).all() or not (space.high == 1).all():
            action = space.low + (action + 1) / 2 * (space.high - space.low)
        return action.astype(space.dtype)

    def _flat(self, observation):
        space = self._environment.observation_space
        if isinstance(space, spaces.Box):
            return numpy.asarray(observation, numpy.float64).ravel()
        return numpy.asarray(spaces.flatten(space, observation), numpy.float64)
