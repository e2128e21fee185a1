"""Meta-World's environments, each with the 50 goals of its one-task benchmark."""

import functools
import warnings

import metaworld
import numpy
from metaworld.policies import ENV_POLICY_MAP

# What the benchmark draws its goals from: fixed, so that goal 7 of a task is the same everywhere.
BENCHMARK_SEED = 0

# The scripted policies warn of strong actions at every step.
warnings.filterwarnings("ignore", message="Constant.s. may be too high")


@functools.lru_cache(maxsize=None)
def benchmark(name):
    """The goals of a task; drawing them takes about half a second."""
    return metaworld.MT1(name, seed=BENCHMARK_SEED)


class MetaWorldEnvironment:
    """A task with its goal in the observation. The seed of an episode, modulo the number of goals, says which goal."""

    observation_width = 39
    action_width = 4

    def __init__(self, name, steps, arguments, pictures):
        self._name = name
        self._tasks = benchmark(name).train_tasks
        options = {"render_mode": "rgb_array", "camera_name": "corner2"} if pictures else {}
        self._environment = benchmark(name).train_classes[name](**options, **arguments)

    def reset(self, seed):
        self._environment.set_task(self._tasks[seed % len(self._tasks)])
        return self._environment.reset()[0]

    def step(self, action):
        action = numpy.clip(action, -1, 1).astype(numpy.float32)
        observation, reward, terminated, truncated, info = self._environment.step(action)
        return observation, float(reward), terminated, truncated, info["success"] > 0

    def demonstrator(self):
        """The scripted policy of the task, limited to -1 ... 1 as the environment limits actions itself."""
        policy = ENV_POLICY_MAP[self._name]()
        return lambda observation: numpy.clip(policy.get_action(observation), -1, 1).tolist()

    def picture(self):
        # This camera stands on its head: half a turn, not a mirror.
        pixels = numpy.ascontiguousarray(self._environment.render()[::-1, ::-1], numpy.uint8)
        return pixels.shape[1], pixels.shape[0], pixels.tobytes()
