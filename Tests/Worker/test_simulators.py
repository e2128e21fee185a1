"""Tests of environments of Gymnasium and Meta-World; they need the group `simulators`.

    python3 -B Tests/Worker/test_simulators.py [--all]     --all: every task of Meta-World, which takes minutes
"""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Worker"))

from m3dt_worker import packages  # noqa: E402

packages.add("simulators")

import metaworld  # noqa: E402
import numpy  # noqa: E402

from m3dt_worker.errors import Problem  # noqa: E402
from m3dt_worker.gymnasium_environments import GymnasiumEnvironment  # noqa: E402
from m3dt_worker.metaworld_environments import BENCHMARK_SEED, MetaWorldEnvironment  # noqa: E402

EVERY = list(metaworld.ALL_V3_ENVIRONMENTS)
NAMES = EVERY if "--all" in sys.argv else ["reach-v3", "hammer-v3"]


def play(environment, seed, steps, player=None):
    """Observations and rewards of an episode, and whether it succeeded."""
    observation = environment.reset(seed)
    chances = numpy.random.default_rng(1)
    record, success = [observation], False
    for _ in range(steps):
        action = player(observation) if player else chances.uniform(-1, 1, environment.action_width)
        observation, reward, _, _, succeeded = environment.step(action)
        record.append(numpy.append(observation, reward))
        success = success or succeeded
    return numpy.concatenate(record), success


class MetaWorld(unittest.TestCase):
    def test_there_are_fifty_tasks(self):
        self.assertEqual(len(EVERY), 50)

    def test_the_seed_decides_the_episode_whatever_was_played_before(self):
        for name in NAMES:
            with self.subTest(name):
                environment = MetaWorldEnvironment(name, 500, {}, False)
                first, _ = play(environment, 3, 60)
                other, _ = play(environment, 4, 60)
                again, _ = play(environment, 53, 60)
                fresh, _ = play(MetaWorldEnvironment(name, 500, {}, False), 3, 60)
                numpy.testing.assert_array_equal(again, first)
                numpy.testing.assert_array_equal(fresh, first)
                self.assertFalse((other == first).all())

    def test_goals_are_those_of_the_package_s_benchmark(self):
        for name in NAMES:
            with self.subTest(name):
                environment = MetaWorldEnvironment(name, 500, {}, False)
                package = metaworld.MT1(name, seed=BENCHMARK_SEED)
                twin = package.train_classes[name]()
                for goal in (0, 9, 49):
                    twin.set_task(package.train_tasks[goal])
                    numpy.testing.assert_array_equal(environment.reset(goal), twin.reset()[0])

    def test_scripted_policies_succeed(self):
        for name in NAMES:
            with self.subTest(name):
                environment = MetaWorldEnvironment(name, 500, {}, False)
                wins = sum(play(environment, goal, 500, environment.demonstrator())[1] for goal in range(3))
                self.assertGreaterEqual(wins, 2)


class Gymnasium(unittest.TestCase):
    def test_actions_are_stretched_to_the_bounds(self):
        environment = GymnasiumEnvironment("Pendulum-v1", 200, {}, False)
        self.assertEqual((environment.observation_width, environment.action_width), (3, 1))
        self.assertEqual(environment._action([0.5]).tolist(), [1.0])
        self.assertEqual(environment._action([-7]).tolist(), [-2.0])

    def test_the_seed_decides_the_episode(self):
        environment = GymnasiumEnvironment("HalfCheetah-v5", 20, {}, False)
        first, _ = play(environment, 1 << 63, 20)
        numpy.testing.assert_array_equal(play(environment, 1 << 63, 20)[0], first)

    def test_a_choice_is_the_largest_number(self):
        environment = GymnasiumEnvironment("CartPole-v1", 20, {}, False)
        self.assertEqual(environment.action_width, 2)
        self.assertEqual(environment._action([0.1, 0.2]), 1)
        environment.reset(0)
        self.assertEqual(environment.step([1, -1])[1], 1)

    def test_several_choices_at_once_are_refused(self):
        import gymnasium

        class Switches(gymnasium.Env):
            action_space = gymnasium.spaces.MultiBinary(3)
            observation_space = gymnasium.spaces.Discrete(4)

        gymnasium.register("Switches-v0", Switches)
        with self.assertRaises(Problem) as raised:
            GymnasiumEnvironment("Switches-v0", 5, {}, False)
        self.assertIn("MultiBinary(3)", raised.exception.message)

    def test_observations_of_several_parts_are_flattened(self):
        import gymnasium

        class Parts(gymnasium.Env):
            action_space = gymnasium.spaces.Box(-1, 1, (1,))
            observation_space = gymnasium.spaces.Dict(
                {"b": gymnasium.spaces.Box(0, 1, (2,)), "a": gymnasium.spaces.Box(0, 1, (1,))})

            def reset(self, seed=None, options=None):
                return {"b": numpy.array([2.0, 3.0]), "a": numpy.array([1.0])}, {}

        gymnasium.register("Parts-v0", Parts)
        environment = GymnasiumEnvironment("Parts-v0", 5, {}, False)
        self.assertEqual(environment.observation_width, 3)
        self.assertEqual(environment.reset(1).tolist(), [1, 2, 3])


if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument != "--all"]
    unittest.main()
