#!/usr/bin/env python3
"""Records small chunks as TD-MPC2 writes them, with PyTorch and TensorDict themselves, and what is in them as JSON.

    record_tdmpc2_chunks.py FOLDER          made with torch 2.13.0 and tensordict 0.15.3
"""

import json
import sys
from pathlib import Path

import torch
from tensordict import TensorDict

ROWS, WIDTH, ACTIONS = 4, 5, 3
# Of each task: its index in TD-MPC2's list, its name there, the widths that are not padding.
TASKS = {0: ("walker-stand", 5, 3), 7: ("pendulum-swingup", 3, 1), 31: ("mw-basketball", 4, 2)}
# The task of each episode, chunk by chunk.
CHUNKS = [[0, 7, 0], [31, 7]]


def episode(index, number):
    """An episode's rows; every number is exact in single precision and in JSON."""
    _, width, actions = TASKS[index]
    generator = torch.Generator().manual_seed(1000 * index + number)

    def draw(rows, used, padded):
        values = torch.randint(-64, 64, (rows, used), generator=generator) / 64
        return torch.nn.functional.pad(values, (0, padded - used))

    nothing = torch.full((1, ACTIONS), float("nan"))
    return {
        "obs": draw(ROWS, width, WIDTH), "action": torch.cat([nothing, draw(ROWS - 1, actions, ACTIONS)]),
        "reward": torch.cat([nothing[0, :1], draw(ROWS - 1, 1, 1)[:, 0]]), "task": torch.full((ROWS,), index),
    }


def main(folder):
    expected = {name: [] for name, _, _ in TASKS.values()}
    for number, indices in enumerate(CHUNKS):
        episodes = [episode(index, 10 * number + place) for place, index in enumerate(indices)]
        stacked = {key: torch.stack([one[key] for one in episodes]) for key in episodes[0]}
        torch.save(TensorDict(stacked, batch_size=[len(episodes), ROWS]), folder / f"chunk_{number}.pt")
        for index, one in zip(indices, episodes):
            expected[TASKS[index][0]].append({
                "observations": one["obs"][:-1].tolist(), "actions": one["action"][1:].tolist(),
                "rewards": one["reward"][1:].tolist()})
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
