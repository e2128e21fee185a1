"""Records what MuJoCo's own Python package computes for some native tasks, as the yardstick of a test.

    python3 -m venv oracle && oracle/bin/pip install mujoco==3.3.0 gymnasium==1.4.0 numpy
    oracle/bin/python Scripts/record_native_oracle.py Tests/Fixtures/native-oracle/native.safetensors

For each task: a start drawn at random (qpos, qvel), 200 actions that partly ask for more than the actuators give, every
reward and end, and every tenth observation, all in double precision.
"""

import json
import math
import pathlib
import struct
import sys

import gymnasium
import mujoco
import numpy as np

STEPS, SUBSTEPS, SECONDS, EVERY = 200, 5, 0.05, 10
CHEETAH_GOALS = {"cheetah-vel-03": 0.3, "cheetah-vel-27": 2.1}
ANT_GOALS = {"ant-dir-02": 4.944775479235424, "ant-dir-39": 0.42712294662677097}
ASSETS = pathlib.Path(gymnasium.__file__).parent / "envs/mujoco/assets"


def see_cheetah(data):
    return np.concatenate([data.qpos[1:], data.qvel, data.body("torso").xpos])


def see_ant(data):
    return np.concatenate([data.qpos[2:], data.qvel])


def play_cheetah(data, advance, goal, action):
    before = data.qpos[0]
    advance(action)
    speed = (data.qpos[0] - before) / SECONDS
    return -abs(speed - goal) - 0.05 * np.sum(action**2), False


def play_ant(data, advance, goal, action):
    before = data.body("torso").xpos.copy()
    advance(action)
    velocity = (data.body("torso").xpos - before) / SECONDS
    reward = velocity[0] * math.cos(goal) + velocity[1] * math.sin(goal) - 0.5 * np.sum(action**2) + 1
    return reward, not 0.2 <= data.qpos[2] <= 1


def record(task, goal, file, see, play, random):
    model = mujoco.MjModel.from_xml_path(str(ASSETS / file))
    data = mujoco.MjData(model)
    data.qpos[:] += random.uniform(-0.1, 0.1, model.nq)
    data.qvel[:] = 0.1 * random.standard_normal(model.nv)
    tensors = {"qpos": data.qpos.copy(), "qvel": data.qvel.copy()}
    mujoco.mj_forward(model, data)

    def advance(action):
        data.ctrl[:] = action
        mujoco.mj_step(model, data, nstep=SUBSTEPS)

    actions = random.uniform(-1.3, 1.3, (STEPS, model.nu))
    observations, outcomes = [see(data)], []
    for step, action in enumerate(actions, start=1):
        outcomes.append(play(data, advance, goal, action))
        if step % EVERY == 0:
            observations.append(see(data))
    tensors |= {"actions": actions, "observations": np.stack(observations)}
    tensors |= {"rewards": np.array([o[0] for o in outcomes]), "ends": np.array([float(o[1]) for o in outcomes])}
    return {f"{task}/{name}": value for name, value in tensors.items()}


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F64", "shape": value.shape, "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    body = b"".join(value.astype("<f8").tobytes() for value in tensors.values())
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


def main():
    random, tensors = np.random.default_rng(0), {}
    for task, goal in CHEETAH_GOALS.items():
        tensors |= record(task, goal, "half_cheetah.xml", see_cheetah, play_cheetah, random)
    for task, goal in ANT_GOALS.items():
        tensors |= record(task, goal, "ant.xml", see_ant, play_ant, random)
    write_safetensors(sys.argv[1], tensors)


main()
