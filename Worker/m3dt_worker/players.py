"""Who acts when a worker plays a whole episode by itself."""

import random

from .errors import Problem


def player_of(environment, name, noise, seed):
    """A function from observations to actions.

    Parameters
    ----------
    name : str
        `scripted`, for the environment's own demonstrator, or `random`, for actions drawn evenly.
    noise : float
        Standard deviation of what is added to each number of an action.
    seed : int
        What noise and random actions are drawn from.
    """
    chances = random.Random(f"{name} {seed}")
    if name == "random":
        return lambda observation: [chances.uniform(-1, 1) for _ in range(environment.action_width)]
    if name != "scripted" or not hasattr(environment, "demonstrator"):
        raise Problem(
            "no-player", f"this environment has no demonstrator '{name}'; give its class a method demonstrator(), which "
            "returns a function from observations to actions, or record random actions with --players random")
    act = environment.demonstrator()

    def noisy(observation):
        return [min(max(number + noise * chances.gauss(0, 1), -1.0), 1.0) for number in act(observation)]

    return noisy
