"""Records what dm_control computes for the tasks of the DeepMind Control Suite, as the yardstick of a test.

    python3 -m venv oracle && oracle/bin/pip install mujoco==3.3.0 dm_control==1.0.28
    MUJOCO_GL=disable oracle/bin/python Scripts/record_control_suite_oracle.py Tests/Fixtures/control-suite

`steps.safetensors`: for each task three starts (positions, velocities, the place of a target where there is one), 200 actions
in 64ths, the reward of every step, and positions, velocities and the observation at some of them, in double precision.
Each action is kept for two control steps. The tasks that dm_control does not have are played on its physics, with their
rewards written here from dm_control's tolerance function; the arm of three links is our own model.

`resets.safetensors`: the first observations of 200 episodes of dm_control, for every way in which episodes start.
"""

import json
import pathlib
import struct
import sys

import numpy as np
from dm_control import suite
from dm_control.rl import control
from dm_control.suite import reacher
from dm_control.utils import rewards

STEPS, REPEAT, RESETS = 200, 2, 200
KEPT = [1, 2, 3, 5, 10, 20, 40, 80, 120, 160, 200]
THREE_LINKS = pathlib.Path(__file__).parent.parent / "Sources/M3DTSimulation/Models/reacher_three_links.xml"


def at_least(value, bound, margin, sigmoid="gaussian", value_at_margin=0.1):
    return rewards.tolerance(
        value, bounds=(bound, float("inf")), margin=margin, sigmoid=sigmoid, value_at_margin=value_at_margin
    )


def walker_backwards(speed):
    def reward(physics):
        high = at_least(physics.torso_height(), 1.2, 0.6)
        standing = (3 * high + (1 + physics.torso_upright()) / 2) / 4
        return standing * (5 * at_least(-physics.horizontal_velocity(), speed, speed / 2, "linear", 0.5) + 1) / 6

    return reward


def body_height(physics, body):
    return physics.named.data.xpos[body, "z"]


def cheetah_backwards(physics):
    return at_least(-physics.speed(), 8, 8, "linear", 0)


def cheetah_one_foot(raised):
    def reward(physics):
        up = (3 * at_least(body_height(physics, raised), 1.2, 0.6) + 2 * at_least(body_height(physics, "torso"), 1.2, 0.6)) / 5
        return up * (5 * at_least(physics.speed(), 6, 6, "linear", 0) + 1) / 6

    return reward


def cheetah_jump(physics):
    still = rewards.tolerance(physics.speed(), bounds=(-0.5, 0.5), margin=0.5, sigmoid="linear", value_at_margin=0)
    middle = [(body_height(physics, "torso") + body_height(physics, foot)) / 2 for foot in ("bfoot", "ffoot")]
    return sum((5 * at_least(height, 1.2, 0.6) + still) / 6 for height in middle) / 2


def pendulum_spin(physics):
    return at_least(abs(physics.angular_velocity()[0]), 9, 4.5, "linear", 0.5)


def cup_spin(physics):
    speed = np.linalg.norm([physics.named.data.qvel["ball_x"][0], physics.named.data.qvel["ball_z"][0]])
    far = at_least(np.linalg.norm(physics.ball_to_target()), 0.5, 0.25, "linear", 0.5)
    return (1 - physics.in_target()) * (far + 2 * at_least(speed, 6, 3, "linear", 0.5)) / 3


def hopper_backwards(physics):
    standing = rewards.tolerance(physics.height(), (0.6, 2))
    return standing * at_least(-physics.speed(), 1, 0.5, "linear", 0.5)


def three_links(size):
    physics = reacher.Physics.from_xml_path(str(THREE_LINKS))
    return control.Environment(physics, reacher.Reacher(target_size=size))


# Name: how the environment is made, and the reward where it is not dm_control's own.
TASKS = {
    "walker-stand": ("walker", "stand", None),
    "walker-walk": ("walker", "walk", None),
    "walker-run": ("walker", "run", None),
    "walker-walk-backwards": ("walker", "walk", walker_backwards(1)),
    "walker-run-backwards": ("walker", "run", walker_backwards(8)),
    "cheetah-run": ("cheetah", "run", None),
    "cheetah-run-backwards": ("cheetah", "run", cheetah_backwards),
    "cheetah-run-front": ("cheetah", "run", cheetah_one_foot("bfoot")),
    "cheetah-run-back": ("cheetah", "run", cheetah_one_foot("ffoot")),
    "cheetah-jump": ("cheetah", "run", cheetah_jump),
    "reacher-easy": ("reacher", "easy", None),
    "reacher-hard": ("reacher", "hard", None),
    "reacher-three-easy": (three_links, 0.05, None),
    "reacher-three-hard": (three_links, 0.015, None),
    "acrobot-swingup": ("acrobot", "swingup", None),
    "pendulum-swingup": ("pendulum", "swingup", None),
    "pendulum-spin": ("pendulum", "swingup", pendulum_spin),
    "cartpole-balance": ("cartpole", "balance", None),
    "cartpole-balance-sparse": ("cartpole", "balance_sparse", None),
    "cartpole-swingup": ("cartpole", "swingup", None),
    "cartpole-swingup-sparse": ("cartpole", "swingup_sparse", None),
    "cup-catch": ("ball_in_cup", "catch", None),
    "cup-spin": ("ball_in_cup", "catch", cup_spin),
    "finger-spin": ("finger", "spin", None),
    "finger-turn-easy": ("finger", "turn_easy", None),
    "finger-turn-hard": ("finger", "turn_hard", None),
    "fish-swim": ("fish", "swim", None),
    "hopper-stand": ("hopper", "stand", None),
    "hopper-hop": ("hopper", "hop", None),
    "hopper-hop-backwards": ("hopper", "hop", hopper_backwards),
}
# One task for each way in which episodes start; what the tasks of TD-MPC2 change in that is tested apart.
RESET_TASKS = [
    "walker-walk", "cheetah-run", "reacher-easy", "reacher-three-easy", "acrobot-swingup", "pendulum-swingup",
    "cartpole-balance", "cartpole-swingup", "cup-catch", "finger-spin", "finger-turn-easy", "fish-swim", "hopper-hop",
]


def environment(name):
    first, second, _ = TASKS[name]
    if callable(first):
        return first(second)
    return suite.load(first, second, task_kwargs={"random": 1})


def target_of(name, physics):
    """The place of the part that a task moves inside the model, where there is one."""
    if name.startswith(("reacher", "fish")):
        return physics.named.model.geom_pos["target"]
    if name.startswith("finger-turn"):
        return physics.named.model.site_pos["target"]
    return None


def flat(observation):
    return np.concatenate([np.atleast_1d(part).ravel() for part in observation.values()])


def rewarded_state(name, physics):
    """Changes the state so that the first steps are worth something where chance would hardly find such a state."""
    data = physics.named.data
    physics.data.qvel[:] = 0
    if name.startswith(("pendulum", "cartpole", "acrobot")):
        physics.data.qpos[:] = 0
    if name == "pendulum-spin":
        physics.data.qvel[:] = 10
    if name.startswith(("cheetah", "hopper")):
        physics.data.qpos[:] = physics.model.ptr.qpos0
        physics.data.qvel[0] = -5 if "backwards" in name else 5
    if name == "finger-spin":
        data.qvel["hinge"] = -40
    if name == "cup-spin":
        data.qvel["ball_x"] = 8
    physics.forward()
    if name.startswith("reacher"):
        target_of(name, physics)[:2] = data.geom_xpos["finger", :2]
    if name.startswith("finger-turn"):
        target_of(name, physics)[:] = data.site_xpos["tip"]
    if name == "cup-catch":
        way = physics.ball_to_target()
        data.qpos["ball_x"] += way[0]
        data.qpos["ball_z"] += way[1]


def record(name, tensors):
    env = environment(name)
    physics, task, own = env.physics, env.task, TASKS[name][2]
    random = np.random.default_rng(list(name.encode()))
    found = 0
    for number in range(3):
        env.reset()
        positions, velocities = physics.data.qpos.copy(), physics.data.qvel.copy()
        with physics.reset_context():
            physics.data.qpos[:] = positions
            physics.data.qvel[:] = velocities
            if number == 1:
                physics.data.qvel[:] += 0.5 * random.standard_normal(physics.model.nv)
            if number == 2:
                rewarded_state(name, physics)
            positions, velocities = physics.data.qpos.copy(), physics.data.qvel.copy()
            target = target_of(name, physics)
            target = None if target is None else target.copy()
        # Whatever the draw left behind is cleared, so that only what is recorded counts.
        with physics.reset_context():
            physics.data.qpos[:] = positions
            physics.data.qvel[:] = velocities
        key = f"{name}/{number}/"
        tensors[key + "qpos"], tensors[key + "qvel"] = positions, velocities
        if target is not None:
            tensors[key + "target"] = np.array(target)
        actions = random.integers(-80, 81, (STEPS, physics.model.nu)).astype(np.int8)
        tensors[key + "actions"] = actions
        worth, seen, states = [], [flat(task.get_observation(physics))], []
        for step, action in enumerate(actions, 1):
            total = 0.0
            for _ in range(REPEAT):
                task.before_step(action / 64, physics)
                physics.step(env._n_sub_steps)
                total += float(own(physics) if own else task.get_reward(physics))
            worth.append(total)
            if step in KEPT:
                seen.append(flat(task.get_observation(physics)))
                states.append(np.concatenate([physics.data.qpos, physics.data.qvel]))
        tensors[key + "rewards"] = np.array(worth)
        tensors[key + "observations"] = np.array(seen)
        tensors[key + "states"] = np.array(states)
        found += np.count_nonzero(worth)
    print(f"{name}: {found} of {3 * STEPS} rewards are not zero")
    assert found > 0, name


def write(path, tensors):
    kinds = {"float64": "F64", "float32": "F32", "int8": "I8"}
    header, place, parts = {}, 0, []
    for name, value in sorted(tensors.items()):
        data = np.ascontiguousarray(value).tobytes()
        header[name] = {"dtype": kinds[str(value.dtype)], "shape": list(value.shape), "data_offsets": [place, place + len(data)]}
        place += len(data)
        parts.append(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    steps, resets = {}, {}
    for name in TASKS:
        record(name, steps)
    for name in RESET_TASKS:
        env = environment(name)
        resets[name] = np.array([flat(env.reset().observation) for _ in range(RESETS)], dtype=np.float32)
    write(folder / "steps.safetensors", steps)
    write(folder / "resets.safetensors", resets)


main(pathlib.Path(sys.argv[1]))
