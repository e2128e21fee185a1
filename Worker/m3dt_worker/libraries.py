"""Makes environments of all libraries, and keeps some for later.

An environment here has `observation_width`, `action_width`, `reset(seed)`, which returns an observation,
`step(action)`, which returns (observation, reward, terminated, truncated, succeeded), and may have `picture()` and
`demonstrator()`.
"""

import importlib
import sys
from collections import OrderedDict

from . import protocol
from .errors import Problem

LIBRARIES = {
    "gymnasium": ("gymnasium_environments", "GymnasiumEnvironment"),
    "metaworld": ("metaworld_environments", "MetaWorldEnvironment"),
    "python": ("python_environments", "PythonEnvironment"),
}


def make(description, steps, pictures):
    """The environment of a description: {library, id, arguments}."""
    library = description["library"]
    if library not in LIBRARIES:
        raise Problem("unknown-library", f"there is no library '{library}'; there are {', '.join(LIBRARIES)}")
    module, name = LIBRARIES[library]
    try:
        maker = getattr(importlib.import_module(f"{__package__}.{module}"), name)
    except ModuleNotFoundError as error:
        raise Problem(
            "package-missing", f"{sys.executable} has no package '{error.name}', which library '{library}' needs; install "
            "it there, or name no Python of your own, to use that of: make worker") from error
    return maker(description["id"], steps, description.get("arguments", {}), pictures)


class Pool:
    """Environments that nobody plays at the moment: making one takes much longer than starting an episode in it."""

    # Idle environments that are kept; one of Meta-World takes about 40 MB.
    SIZE = 4

    def __init__(self):
        self._idle = OrderedDict()

    def take(self, description, steps, pictures=False):
        """A key by which to give it back, and an environment."""
        key = protocol.encode([description, steps, pictures])
        if self._idle.get(key):
            return key, self._idle[key].pop()
        return key, make(description, steps, pictures)

    def give_back(self, key, environment):
        """Keeps an environment, and lets the ones that were not used for the longest time go."""
        self._idle.setdefault(key, []).append(environment)
        self._idle.move_to_end(key)
        while sum(map(len, self._idle.values())) > self.SIZE:
            oldest = next(iter(self._idle))
            if self._idle[oldest]:
                self._idle[oldest].pop(0)
            if not self._idle[oldest]:
                del self._idle[oldest]
