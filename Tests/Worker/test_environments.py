"""Tests of the role that plays environments, with toys that need no packages."""

import struct
import unittest
from array import array
from pathlib import Path

from worker_process import WorkerProcess

from m3dt_worker import protocol
from m3dt_worker.environments import MAKE, PLAY, RENDER, RESET, STEP, packed
from m3dt_worker.errors import Problem
from m3dt_worker.libraries import Pool

FOLDER = str(Path(__file__).resolve().parent)


class Stage(WorkerProcess):
    """A worker with toys in its places."""

    def __init__(self):
        super().__init__()
        self.greet(paths=[FOLDER])

    def make(self, place=0, library="python", name="toys:Toy", **arguments):
        environment = {"library": library, "id": name, "arguments": arguments}
        return self.value(MAKE, protocol.encode({"place": place, "environment": environment, "steps": 10}))

    def value(self, kind, body):
        return protocol.decode(self.ask(kind, body)[1])

    def reset(self, place=0, seed=7):
        return observations(self.ask(RESET, struct.pack("<IQ", place, seed))[1])[0]

    def step(self, *requests):
        body = struct.pack("<I", len(requests))
        for place, action in requests:
            body += struct.pack("<II", place, len(action)) + array("d", action).tobytes()
        kind, body = self.ask(STEP, body)
        return results(body) if kind == STEP else protocol.decode(body)


def observations(body, offset=0):
    (width,) = struct.unpack_from("<I", body, offset)
    end = offset + 4 + 8 * width
    return list(array("d", bytes(body[offset + 4:end]))), end


def results(body):
    found, offset = [], 0
    while offset < len(body):
        reward, bits = struct.unpack_from("<dB", body, offset)
        observation, offset = observations(body, offset + 9)
        found.append((reward, bits, observation))
    return found


class Playing(unittest.TestCase):
    def test_places_are_played_apart(self):
        with Stage() as stage:
            self.assertEqual(stage.make(0), {"observationWidth": 3, "actionWidth": 1})
            stage.make(5, terminate_at=2, succeed_at=2)
            first, other = stage.reset(0, seed=1), stage.reset(5, seed=2)
            self.assertNotEqual(first[1], other[1])
            self.assertEqual(stage.reset(0, seed=1), first)
            stage.step((5, [0.5]))
            one, two = stage.step((0, [0.25]), (5, [-0.5]))
        self.assertEqual(one, (1.25, 0, [1, first[1], 0.25]))
        self.assertEqual(two, (0.5, 5, [2, other[1], -0.5]))

    def test_what_is_printed_never_mixes_with_frames(self):
        with Stage() as stage:
            stage.make(loud=True)
            stage.reset()
            for count in range(1, 4):
                self.assertEqual(stage.step((0, [0]))[0][2][0], count)
            stage.hang_up()
            words = stage.process.stderr.read()
        self.assertIn(b"printed by Python", words)
        self.assertIn(b"printed by a library", words)

    def test_an_exception_names_its_place_and_the_worker_lives_on(self):
        with Stage() as stage:
            stage.make(3, raise_at=1)
            stage.reset(3)
            answer = stage.step((3, [0]))
            self.assertEqual(answer["message"], "RuntimeError: the toy is broken")
            self.assertEqual(answer["details"], {"place": "3"})
            self.assertIn("toys.py", answer["trace"])
            self.assertEqual(stage.step((3, [0]))[0][2][0], 2)

    def test_an_empty_place_and_an_unknown_library_are_named(self):
        with Stage() as stage:
            self.assertEqual(stage.step((9, [0]))["code"], "empty-place")
            self.assertIn("gymnasium, metaworld, python", stage.make(library="doom")["message"])
            for name in ("no_such_module:Toy", "toys:NoToy", "toys"):
                problem = stage.make(name=name)
                self.assertEqual(problem["code"], "no-class")
                self.assertIn(f"{name} cannot be made; write its `id`", problem["message"])

    def test_a_python_that_lacks_the_library_is_named_with_the_remedy(self):
        with Stage() as stage:  # its Python sees none of the packages
            problem = stage.make(library="metaworld", name="reach-v3")
            self.assertEqual(problem["code"], "package-missing")
            for part in ("no package 'metaworld'", "make worker"):
                self.assertIn(part, problem["message"])

    def test_a_toy_may_draw_itself(self):
        with Stage() as stage:
            stage.make(name="toys:Exemplary")
            stage.reset()
            stage.step((0, [1.0]))
            body = stage.ask(RENDER, struct.pack("<I", 0))[1]
            self.assertEqual(struct.unpack_from("<II", body), (4, 2))
            self.assertEqual(bytes(body[8:]), bytes([1, 2, 3] + [0, 0, 0] * 7))

    def test_an_environment_without_pictures_says_so(self):
        with Stage() as stage:
            stage.make()
            problem = protocol.decode(stage.ask(RENDER, struct.pack("<I", 0))[1])
            self.assertEqual(problem["code"], "no-picture")
            self.assertIn("render()", problem["message"])

    def test_observations_that_are_no_numbers_are_refused(self):
        for observation in (None, ["door"], [[1.0], [2.0]]):
            with self.assertRaises(Problem):
                packed(observation)


class WholeEpisodes(unittest.TestCase):
    def play(self, seed=3, steps=6, player="random", noise=0, name="toys:Toy", **arguments):
        environment = {"library": "python", "id": name, "arguments": arguments}
        request = {"environment": environment, "seed": seed, "steps": steps, "player": player, "noise": noise}
        with Stage() as stage:
            kind, body = stage.ask(PLAY, protocol.encode(request))
        return bytes(body) if kind == PLAY else protocol.decode(body)

    def test_an_episode_holds_what_was_played(self):
        body = self.play(succeed_at=4)
        steps, states, actions, bits = struct.unpack_from("<IIIB", body)
        self.assertEqual((steps, states, actions, bits), (6, 3, 1, 0))
        numbers = array("f", body[13:13 + 4 * 6 * 5])
        observations, chosen, rewards = numbers[:18], numbers[18:24], numbers[24:]
        self.assertEqual(list(observations[::3]), [0, 1, 2, 3, 4, 5])
        self.assertEqual(list(observations[5::3]), list(chosen[:5]))
        self.assertEqual(list(rewards), list(array("f", [action + 1 for action in chosen])))
        self.assertEqual(body[13 + 4 * 30:], bytes([0, 0, 0, 1, 0, 0]))

    def test_an_episode_ends_where_the_environment_ends_it(self):
        self.assertEqual(struct.unpack_from("<IIIB", self.play(terminate_at=2))[::3], (2, 1))
        self.assertEqual(struct.unpack_from("<IIIB", self.play(truncate_at=3))[::3], (3, 2))

    def test_the_seed_decides_the_episode(self):
        self.assertEqual(self.play(seed=8), self.play(seed=8))
        self.assertNotEqual(self.play(seed=8), self.play(seed=9))

    def test_an_environment_without_a_demonstrator_says_so(self):
        problem = self.play(player="scripted")
        self.assertEqual(problem["code"], "no-player")
        self.assertIn("--players random", problem["message"])

    def test_a_class_may_have_a_demonstrator(self):
        body = self.play(player="scripted", name="toys:Exemplary")
        self.assertEqual(list(array("f", body[13 + 4 * 18:13 + 4 * 24])), [1, 0.5] * 3)
        self.assertNotEqual(self.play(player="scripted", noise=0.1, name="toys:Exemplary"), body)


class Idle(unittest.TestCase):
    def test_no_more_environments_are_kept_than_there_is_room_for(self):
        pool = Pool()
        for name in range(2 * Pool.SIZE):
            pool.give_back(name % 3, name)
        self.assertEqual(sum(map(len, pool._idle.values())), Pool.SIZE)
        self.assertNotIn(0, sum(pool._idle.values(), []))


if __name__ == "__main__":
    unittest.main()
