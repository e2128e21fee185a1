"""Makes a sample of a format with the library that the format is of; Swift's tests read it back and know every number.

    make_samples.py FORMAT FOLDER         a sample of one task, which is cheetah-vel-03 here
    make_samples.py large FOLDER MB       an HDF5 file of the given size
"""

import pickle
import sys
from pathlib import Path

from worker_process import WorkerProcess  # noqa: F401  (puts the worker's modules on the path)

from m3dt_worker import packages

packages.add("formats")

import h5py  # noqa: E402
import numpy  # noqa: E402

EPISODES, WIDTH, ACTIONS = 5, 20, 6
# The episode that its task ends.
ENDED = 1


def episode(number):
    """An episode of 4 + number steps; every number is exact in single precision."""
    step = numpy.arange(4 + number)[:, None]

    def table(width, shift):
        return ((31 * number + 7 * step + 3 * numpy.arange(width) + shift) % 64 - 32) / 32

    return {
        "observations": table(WIDTH, 0), "actions": table(ACTIONS, 5), "rewards": ((number + step[:, 0]) % 8) / 4,
        "terminals": (step[:, 0] == 3 + number) & (number == ENDED)}


def mt160(folder):
    target = folder / "cheetah_vel-3"
    target.mkdir()
    for number in range(EPISODES):
        content = episode(number)
        content["observations"] = numpy.pad(content["observations"], ((0, 0), (0, 39 - WIDTH)))
        content["actions"] = numpy.pad(content["actions"], ((0, 0), (0, 8 - ACTIONS)))
        numpy.savez_compressed(target / f"{number}.npz", **content)


def prompt_dt(folder):
    for name, numbers in (("cheetah_vel-3-expert", (0, 1, 2)), ("cheetah_vel-3-prompt-expert", (3, 4))):
        with open(folder / f"{name}.pkl", "wb") as stream:
            pickle.dump([episode(number) for number in numbers], stream)


def decision_transformer(folder):
    with open(folder / "cheetah_vel-3-v2.pkl", "wb") as stream:
        pickle.dump([episode(number) for number in range(EPISODES)], stream)


def d4rl(folder):
    episodes = [episode(number) for number in range(EPISODES)]
    for number, content in enumerate(episodes):
        content["timeouts"] = numpy.zeros(len(content["rewards"]), bool)
        content["timeouts"][-1] = number != ENDED
    with h5py.File(folder / "cheetah_vel-3.hdf5", "w") as data:
        for key in episodes[0]:
            data.create_dataset(key, data=numpy.concatenate([content[key] for content in episodes]), compression="gzip")


def minari(folder):
    import gymnasium
    from minari.data_collector import EpisodeBuffer
    from minari.dataset.minari_storage import MinariStorage

    target = folder / "cheetah" / "cheetah_vel-3-v0" / "data"
    target.mkdir(parents=True)
    box = gymnasium.spaces.Box
    storage = MinariStorage.new(target, box(-9, 9, (WIDTH,), numpy.float64), box(-1, 1, (ACTIONS,), numpy.float64))
    storage.update_metadata({"dataset_id": "cheetah_vel-3-v0"})
    for number in range(EPISODES):
        content = episode(number)
        ends = content.pop("terminals")
        last = numpy.arange(len(ends)) == len(ends) - 1
        content["observations"] = numpy.concatenate([content["observations"], numpy.full((1, WIDTH), 7.0)])
        storage.update_episodes([EpisodeBuffer(**content, terminations=ends, truncations=last & ~ends)])


def large(folder, megabytes):
    width, steps = 500, 1000
    random = numpy.random.default_rng(0)
    episodes = int(megabytes) * 1_000_000 // (4 * width * steps)
    with h5py.File(folder / "large.hdf5", "w") as data:
        shape = (episodes * steps,)
        observations = data.create_dataset("observations", (*shape, width), numpy.float32)
        for number in range(episodes):
            observations[number * steps:(number + 1) * steps] = random.normal(size=(steps, width))
        data["actions"] = random.uniform(-1, 1, (*shape, 2)).astype(numpy.float32)
        data["rewards"] = random.normal(size=shape).astype(numpy.float32)
        data["terminals"] = numpy.zeros(shape, bool)
        data["timeouts"] = numpy.arange(shape[0]) % steps == steps - 1


MAKERS = {
    "mt160": mt160, "prompt-dt": prompt_dt, "decision-transformer": decision_transformer, "d4rl": d4rl, "minari": minari,
    "large": large,
}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in MAKERS:
        sys.exit(__doc__)
    MAKERS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
