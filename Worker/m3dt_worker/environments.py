"""The role that plays environments.

Places are numbers that the parent chooses; each holds one environment, of its own task. Bodies, little-endian:

    MAKE    JSON {place, environment, steps, pictures} -> JSON {observationWidth, actionWidth}
    RESET   uint32 place, uint64 seed -> an observation
    STEP    uint32 count, then for each: uint32 place, an action
            -> for each: float64 reward, uint8 flags, an observation
    RENDER  uint32 place -> uint32 width, uint32 height, 3 bytes for each pixel, the highest row first
    PLAY    JSON {environment, seed, steps, player, noise} -> uint32 steps, uint32 observation width, uint32 action
            width, uint8 flags of the last step, float32 observations, float32 actions, float32 rewards, uint8 successes

Observations and actions are a uint32 width and that many float64.
"""

import struct
from array import array
from contextlib import contextmanager

from . import protocol
from .errors import Problem
from .libraries import Pool
from .players import player_of

MAKE, RESET, STEP, RENDER, PLAY = 32, 33, 34, 35, 36
TERMINATED, TRUNCATED, SUCCEEDED = 1, 2, 4


def handlers(hello):
    """What this role answers, by the kind of the request."""
    stage = Stage()
    return {MAKE: stage.make, RESET: stage.reset, STEP: stage.step, RENDER: stage.render, PLAY: stage.play}


class Stage:
    """The environments of a worker."""

    def __init__(self):
        self._pool = Pool()
        self._places = {}

    def make(self, body):
        request = protocol.decode(body)
        place = request["place"]
        if place in self._places:
            self._pool.give_back(*self._places.pop(place))
        with blaming(place):
            key, environment = self._pool.take(
                request["environment"], request["steps"], pictures=request.get("pictures", False))
        self._places[place] = key, environment
        return MAKE, protocol.encode(
            {"observationWidth": environment.observation_width, "actionWidth": environment.action_width})

    def reset(self, body):
        place, seed = struct.unpack_from("<IQ", body)
        with blaming(place):
            return RESET, packed(self._environment(place).reset(seed))

    def step(self, body):
        (count,), offset = struct.unpack_from("<I", body), 4
        answers = []
        for _ in range(count):
            place, width = struct.unpack_from("<II", body, offset)
            end = offset + 8 + 8 * width
            with blaming(place):
                action = array("d", bytes(body[offset + 8:end]))
                observation, reward, *ends = self._environment(place).step(action)
                answers.append(struct.pack("<dB", reward, flags(*ends)) + packed(observation))
            offset = end
        return STEP, b"".join(answers)

    def render(self, body):
        (place,) = struct.unpack("<I", body)
        with blaming(place):
            environment = self._environment(place)
            if not hasattr(environment, "picture"):
                raise Problem(
                    "no-picture", "this environment does not draw itself; give its class a method render(), which returns "
                    "a picture as rows of pixels of red, green and blue")
            width, height, pixels = environment.picture()
        return RENDER, struct.pack("<II", width, height) + pixels

    def play(self, body):
        request = protocol.decode(body)
        seed, steps = request["seed"], request["steps"]
        key, environment = self._pool.take(request["environment"], steps)
        player = player_of(environment, request["player"], request["noise"], seed)
        observations, actions, rewards = array("f"), array("f"), array("f")
        successes, ends = bytearray(), (False, False, False)
        observation = environment.reset(seed)
        while len(rewards) < steps and not any(ends[:2]):
            # What is played is what is recorded: in single precision.
            action = array("f", player(observation))
            observations.extend(numbers(observation))
            actions.extend(action)
            observation, reward, *ends = environment.step(array("d", action))
            rewards.append(reward)
            successes.append(ends[2])
        self._pool.give_back(key, environment)
        widths = environment.observation_width, environment.action_width
        head = struct.pack("<IIIB", len(rewards), *widths, flags(*ends))
        return PLAY, b"".join([head, observations.tobytes(), actions.tobytes(), rewards.tobytes(), successes])

    def _environment(self, place):
        if place not in self._places:
            raise Problem("empty-place", f"place {place} has no environment yet")
        return self._places[place][1]


def flags(terminated, truncated, succeeded):
    """How a step ended, as bits."""
    return TERMINATED * bool(terminated) | TRUNCATED * bool(truncated) | SUCCEEDED * bool(succeeded)


def numbers(observation):
    """An observation as plain numbers."""
    return observation.tolist() if hasattr(observation, "tolist") else observation


def packed(observation):
    """An observation as its width and its numbers."""
    try:
        values = array("d", numbers(observation))
    except TypeError as error:
        raise Problem("observation", f"an observation cannot be read as a row of numbers: {error}") from error
    return struct.pack("<I", len(values)) + values.tobytes()


@contextmanager
def blaming(place):
    """Adds the place to whatever goes wrong in it."""
    try:
        yield
    except Problem as problem:
        problem.details["place"] = str(place)
        raise
    except Exception as error:
        raise Problem("environment", f"{type(error).__name__}: {error}", place=place) from error
