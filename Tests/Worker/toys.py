"""Environments that misbehave on demand. They need nothing but Python."""

import os
import random
import signal
import sys
import time


class Toy:
    """Counts its steps. The first number of an observation is the count, the second a chance, the third the last action.

    Parameters
    ----------
    crash_at, hang_at, raise_at, nan_at, short_at : int
        The step at which it kills its own process, sleeps, raises, gives NaN or an observation that is too short.
    once : str
        A file: what is asked for happens only while the file is not there, and makes it, with this process's number.
    """

    observation_width = 3
    action_width = 1

    def __init__(
        self, crash_at=0, hang_at=0, raise_at=0, nan_at=0, nan_reward_at=0, short_at=0, terminate_at=0,
        truncate_at=0, succeed_at=0, loud=False, once=None, forgets_seed=False,
    ):
        options = dict(locals())
        del options["self"]
        self.__dict__.update(options)
        self.count, self.chance = 0, 0.0

    def reset(self, seed=None):
        self.count = 0
        self.chance = random.Random(None if self.forgets_seed else seed).random()
        return [0.0, self.chance, 0.0], {}

    def step(self, action):
        self.count += 1
        if self.loud:
            print("printed by Python")
            os.write(1, b"printed by a library\n")
            sys.stdout.flush()
        if self._is_time(self.crash_at):
            print("about to crash", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGSEGV)
        if self._is_time(self.hang_at):
            print("about to hang", file=sys.stderr, flush=True)
            time.sleep(1000)
        if self._is_time(self.raise_at):
            raise RuntimeError("the toy is broken")
        observation = [float(self.count), self.chance, action[0]]
        if self._is_time(self.nan_at):
            observation[1] = float("nan")
        if self._is_time(self.short_at):
            observation.pop()
        reward = float("nan") if self._is_time(self.nan_reward_at) else action[0] + 1
        ends = self.count == self.terminate_at, self.count == self.truncate_at
        return observation, reward, *ends, {"success": self.count == self.succeed_at}

    def _is_time(self, step):
        if step != self.count:
            return False
        if self.once is None:
            return True
        try:
            file = os.open(self.once, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        os.write(file, str(os.getpid()).encode())
        os.close(file)
        return True


class Exemplary(Toy):
    """A toy that has everything: a picture, whose first pixel counts the steps, and somebody who knows how to play."""

    def render(self):
        dark = [0, 0, 0]
        return [[[self.count, 2 * self.count, 3 * self.count], dark, dark, dark], [dark] * 4]

    def demonstrator(self):
        return lambda observation: [1.0 if observation[0] % 2 == 0 else 0.5]
