"""Tests of the importers on files that the formats' own libraries have made.

They need the group `formats` of Scripts/setup_worker.sh; run with any Python that the group was installed for.
"""

import copy
import json
import os
import pickle
import re
import struct
import sys
import tempfile
import tracemalloc
import unittest
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path

from worker_process import WorkerProcess

from m3dt_worker import packages, protocol
from m3dt_worker.errors import Problem

ROOT = Path(__file__).resolve().parent.parent.parent
packages.add("formats")

import h5py  # noqa: E402
import numpy  # noqa: E402

from m3dt_worker.formats.episode import FormatError, Options  # noqa: E402
from m3dt_worker.formats.requests import READERS, Requests, Telling, episode_of, record  # noqa: E402
from m3dt_worker.formats.source import Fit, Scan  # noqa: E402

CHUNKS = ROOT / "Tests" / "Fixtures" / "tdmpc2"


def arrays(steps, seed=0, width=3, actions=2, kind=numpy.float32):
    """Random arrays of an episode without an end."""
    random = numpy.random.default_rng(seed)
    return {
        "observations": random.normal(size=(steps, width)).astype(kind),
        "actions": random.uniform(-1, 1, (steps, actions)).astype(kind),
        "rewards": random.normal(size=steps).astype(kind),
        "terminals": numpy.zeros(steps, bool),
    }


class FormatTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def read(self, format, path=None, task=None, **options):
        """The episodes of a task, by default the first."""
        source = READERS[format](path or self.folder)
        return list(source.episodes(task or source.tasks()[0].name, Options(**options)))

    def names(self, format, path=None):
        return [task.name for task in READERS[format](path or self.folder).tasks()]

    def refused(self, *parts, format, path=None, task=None, **options):
        """Checks that reading fails, and that the message or its place names the parts."""
        with self.assertRaises(FormatError) as caught:
            self.read(format, path, task, **options)
        error = caught.exception
        text = f"{error.file} {error.key} {error.problem}; {error.remedy}"
        for part in parts:
            self.assertIn(part, text)
        return error

    def same(self, episode, expected, steps=None):
        """Checks every number of an episode."""
        for key in ("observations", "actions", "rewards"):
            wanted = numpy.asarray(expected[key])[:steps].astype(numpy.float32)
            found = getattr(episode, key)
            self.assertEqual((found.dtype, found.shape), (numpy.float32, wanted.shape))
            numpy.testing.assert_array_equal(found, wanted)


class NpzTrees(FormatTest):
    def write(self, name, **arrays):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        numpy.savez(file, **arrays)

    def test_every_number_comes_in(self):
        episodes = [arrays(5 + index, index, kind=numpy.float64) for index in range(11)]
        for index, episode in enumerate(episodes):
            self.write(f"pick-place/{index}.npz", **episode)
        self.write("reach/0.npz", **arrays(3))
        self.assertEqual(self.names("mt160"), ["pick-place", "reach"])
        found = self.read("mt160", task="pick-place")
        self.assertEqual(len(found), 11)
        for episode, expected in zip(found, episodes):
            self.same(episode, expected)
            self.assertEqual(episode.converted, ("float64",))
            self.assertIsNone(episode.successes)

    def test_the_folder_of_one_task_is_enough(self):
        self.write("reach/0.npz", **arrays(3))
        self.assertEqual(self.names("mt160", self.folder / "reach"), ["reach"])

    def test_the_observation_after_the_last_action_is_left_out(self):
        episode = arrays(4) | {"observations": arrays(5)["observations"]}
        self.write("t/0.npz", **episode)
        self.same(self.read("mt160")[0], episode, steps=4)

    def test_dones_as_long_as_the_limit_are_the_limit(self):
        for index, (steps, done) in enumerate([(5, True), (3, True), (3, False), (5, False)]):
            episode = arrays(steps)
            ends = episode.pop("terminals")
            ends[-1] = done
            self.write(f"t/{index}.npz", **episode, dones=ends)
        found = self.read("mt160", episode_steps=5)
        self.assertEqual([episode.terminated for episode in found], [False, True, False, False])
        self.assertEqual([episode.is_open for episode in found], [False, False, True, False])

    def test_success_source_and_seed_come_in_where_they_are(self):
        self.write("t/0.npz", **arrays(2), successes=[False, True], source="scripted", seed=numpy.uint64(2**64 - 1))
        episode = self.read("mt160")[0]
        self.assertEqual((list(episode.successes), episode.source, episode.seed), ([False, True], "scripted", 2**64 - 1))

    def test_an_end_inside_is_refused_split_or_ignored(self):
        episode = arrays(6)
        episode["terminals"][2] = True
        self.write("t/0.npz", **episode)
        self.refused("0.npz", "terminals", "step 2", "--inner-ends", format="mt160")
        parts = self.read("mt160", inner_ends="split")
        self.assertEqual([(part.steps, part.terminated) for part in parts], [(3, True), (3, False)])
        numpy.testing.assert_array_equal(parts[1].rewards, episode["rewards"][3:])
        self.assertEqual([part.steps for part in self.read("mt160", inner_ends="ignore")], [6])

    def test_a_gap_names_the_missing_file(self):
        for index in (0, 1, 3):
            self.write(f"t/{index}.npz", **arrays(2))
        self.refused("2.npz is missing", "3.npz", format="mt160")

    def test_numbering_may_start_at_one(self):
        for index in (1, 2):
            self.write(f"t/{index}.npz", **arrays(2, index))
        self.assertEqual(len(self.read("mt160")), 2)

    def test_malformed_files_are_refused_by_name(self):
        good = arrays(4)
        for change, parts in [
            ({"actions": None}, ["actions", "missing", "observations", "--format"]),
            ({"terminals": None}, ["terminals or dones", "missing"]),
            ({"observations": good["observations"][:, 0]}, ["observations", "(4,)", "one row"]),
            ({"rewards": good["observations"]}, ["rewards", "(4, 3)", "one number"]),
            ({"actions": good["actions"][:2]}, ["actions", "2 steps", "4"]),
            ({"observations": arrays(6)["observations"]}, ["observations", "6 steps", "4"]),
            ({"observations": good["observations"] * numpy.nan}, ["observations", "step 0", "finite"]),
            ({"rewards": good["rewards"].astype(float) * 1e300}, ["rewards", "single precision"]),
            ({"actions": numpy.array([["a", "b"]] * 4)}, ["actions", "<U1"]),
            ({"actions": numpy.array([{}] * 4, object)}, ["actions", "pickled"]),
            ({key: value[:0] for key, value in good.items()}, ["no steps"]),
        ]:
            written = {key: value for key, value in (good | change).items() if value is not None}
            self.write("t/0.npz", **written)
            with self.subTest(parts=parts):
                self.refused("0.npz", *parts, format="mt160")

    def test_damaged_and_foreign_files_are_refused(self):
        self.write("t/0.npz", **arrays(50))
        whole = (self.folder / "t/0.npz").read_bytes()
        for content in (whole[:-100], b"", b"no npz at all", whole[:60] + b"\xff" * 40 + whole[100:]):
            (self.folder / "t/0.npz").write_bytes(content)
            self.refused("0.npz", format="mt160")
        numpy.save(self.folder / "t/array.npy", arrays(2)["actions"])
        os.replace(self.folder / "t/array.npy", self.folder / "t/0.npz")
        self.refused("no whole npz", format="mt160")
        self.write("t/first.npz", **arrays(2))
        self.refused("first.npz", "number", format="mt160")

    def test_places_without_data_are_refused(self):
        self.refused("no folder with npz", format="mt160")
        self.refused("no such", format="mt160", path=self.folder / "nowhere")
        (self.folder / "file").touch()
        self.refused("no folder", format="mt160", path=self.folder / "file")


class Pickles(FormatTest):
    def write(self, name, value, protocol=4):
        with open(self.folder / name, "wb") as stream:
            pickle.dump(value, stream, protocol)

    def test_every_protocol_gives_the_same(self):
        episodes = [arrays(4, index) for index in range(3)]
        for protocol_version in range(pickle.HIGHEST_PROTOCOL + 1):
            self.write("hopper-medium-v2.pkl", episodes, protocol_version)
            found = self.read("decision-transformer")
            self.assertEqual(len(found), 3)
            for episode, expected in zip(found, episodes):
                self.same(episode, expected)

    def test_lists_scalars_orders_and_one_episode_come_in(self):
        episode = arrays(4, kind=numpy.float64)
        lists = OrderedDict((key, value.tolist()) for key, value in episode.items())
        scalars = episode | {"rewards": list(episode["rewards"]), "observations": numpy.asfortranarray(episode["observations"])}
        nested = episode | {"infos": {"a": {"b": 1}, "c": [1, 2]}, "name": "x" * 100, "total": numpy.float64(3)}
        for value in (lists, scalars, nested):
            for entries in ([value], [copy.deepcopy(value) for _ in range(1500)]):
                self.write("a.pkl", entries)
                found = self.read("decision-transformer")
                self.assertEqual(len(found), len(entries))
                self.same(found[0], episode)
                self.same(found[-1], episode)

    def test_pickles_of_numpy_1_come_in(self):
        episode = arrays(4)
        self.write("a.pkl", [episode], 2)
        data = (self.folder / "a.pkl").read_bytes()
        (self.folder / "a.pkl").write_bytes(data.replace(b"numpy._core.", b"numpy.core."))
        self.same(self.read("decision-transformer")[0], episode)

    def test_a_forbidden_class_is_named_and_does_not_run(self):
        victim = self.folder / "ran"

        class Attack:
            def __reduce__(self):
                return os.system, (f"touch {victim}",)

        for protocol_version in range(pickle.HIGHEST_PROTOCOL + 1):
            for value in (Attack(), [Attack()], [arrays(2) | {"infos": Attack()}], {"a": [Attack()]}):
                self.write("a.pkl", value, protocol_version)
                error = self.refused("a.pkl", format="decision-transformer")
                self.assertTrue("posix.system" in error.problem or "no list" in error.problem, error.problem)
                self.assertFalse(victim.exists())

    def test_other_ways_to_run_code_are_refused(self):
        for attack in (
            b"(S'touch x'\nios\nsystem\n.", b"cbuiltins\neval\n(S'1'\ntR.", b"\x80\x04]\x94\x8c\x05numpy\x94\x8c\x04load\x94\x93.",
            b"\x80\x02]cnumpy\ndtype\n}S'__setstate__'\nK\x01sb.", b"(lcnumpy.core.multiarray\n_reconstruct\n(cos\nsystem\ntRa.",
            b"\x80\x02]\x82\x01.", b"\x80\x02]Pabc\n.", b"\x80\x04]\x94cnumpy\nmatrix\n.",
        ):
            (self.folder / "a.pkl").write_bytes(attack)
            with self.subTest(attack=attack):
                self.refused("a.pkl", format="decision-transformer")

    def test_arrays_of_objects_and_strange_types_are_refused(self):
        for array in (numpy.array([{}, {}]), numpy.zeros(2, [("a", "f4")]), numpy.zeros(2, "M8[s]")):
            self.write("a.pkl", [arrays(2) | {"rewards": array}])
            self.refused("a.pkl", format="decision-transformer")

    def test_damaged_and_foreign_files_are_refused(self):
        self.write("a.pkl", [arrays(30)])
        whole = (self.folder / "a.pkl").read_bytes()
        for content in (whole[:-30], b"", b"no pickle", whole[:40]):
            (self.folder / "a.pkl").write_bytes(content)
            self.refused("a.pkl", format="decision-transformer")
        for value, part in ((arrays(2), "no list"), ([1, 2], "no dict"), (7, "no list")):
            self.write("a.pkl", value)
            self.refused(part, format="decision-transformer")
        self.write("a.pkl", [arrays(2), {"observations": numpy.zeros((2, 3))}])
        self.refused("episode 1, actions", format="decision-transformer")
        shared = numpy.zeros((2, 3), numpy.float32)
        self.write("a.pkl", [arrays(2) | {"observations": shared}, arrays(2) | {"observations": shared}])
        self.refused("episode 1 shares its observations", "copies", format="decision-transformer")

    def test_prompts_are_marked_and_modes_are_sources(self):
        for name in ("cheetah_vel-10-expert", "cheetah_vel-2-expert", "cheetah_vel-2-medium"):
            self.write(f"{name}.pkl", [arrays(3, len(name))])
        for name in ("cheetah_vel-10-prompt-expert", "cheetah_vel-2-prompt-expert"):
            self.write(f"{name}.pkl", [arrays(3), arrays(3, 1)])
        self.assertEqual(self.names("prompt-dt"), ["cheetah_vel-2", "cheetah_vel-10"])
        found = self.read("prompt-dt")
        self.assertEqual([episode.source for episode in found], ["expert", "medium", "expert", "expert"])
        self.assertEqual([episode.is_prompt for episode in found], [False, False, True, True])

    def test_missing_parts_of_prompt_dt_are_named(self):
        self.write("ant_dir-0-expert.pkl", [arrays(3)])
        self.refused("ant_dir-0-prompt-expert.pkl is missing", format="prompt-dt")
        os.replace(self.folder / "ant_dir-0-expert.pkl", self.folder / "ant_dir-0-prompt-expert.pkl")
        self.refused("ant_dir-0-expert.pkl is missing", format="prompt-dt")
        self.write("hopper.pkl", [])
        self.refused("hopper.pkl", "ENV-I-MODE.pkl", format="prompt-dt")

    def test_memory_stays_that_of_an_episode(self):
        self.write("a.pkl", [arrays(1000, index, width=50) for index in range(100)])
        self.assertGreater((self.folder / "a.pkl").stat().st_size, 20_000_000)
        source = READERS["decision-transformer"](self.folder)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.assertEqual(sum(episode.steps for episode in source.episodes("a", Options())), 100_000)
        self.assertLess(tracemalloc.get_traced_memory()[1], 3_000_000)


class D4RLFiles(FormatTest):
    def write(self, steps=10, name="hopper.hdf5", ends=(), time_outs=(), without=(), **more):
        content = arrays(steps) | {"timeouts": numpy.zeros(steps, bool)} | more
        content["terminals"][list(ends)] = True
        if "timeouts" in content:
            content["timeouts"][list(time_outs)] = True
        with h5py.File(self.folder / name, "w") as data:
            for key, value in content.items():
                if key not in without:
                    data[key] = value
            data["metadata/algorithm"] = "SAC"
        return content

    def test_ends_and_time_limits_are_told_apart(self):
        content = self.write(ends=[2], time_outs=[6])
        found = self.read("d4rl")
        self.assertEqual(
            [(episode.steps, episode.terminated, episode.is_open) for episode in found],
            [(3, True, False), (4, False, False), (3, False, True)])
        for start, episode in zip((0, 3, 7), found):
            self.same(episode, {key: value[start:start + episode.steps] for key, value in content.items()})

    def test_old_files_need_the_time_limit(self):
        content = self.write(ends=[1], without=["timeouts"])
        self.refused("timeouts", "--episode-steps", format="d4rl")
        found = self.read("d4rl", episode_steps=3)
        self.assertEqual(
            [(episode.steps, episode.terminated, episode.is_open) for episode in found],
            [(2, True, False), (3, False, False), (3, False, False), (2, False, True)])
        numpy.testing.assert_array_equal(numpy.concatenate([episode.rewards for episode in found]), content["rewards"])

    def test_an_end_at_the_limit_is_an_end(self):
        self.write(6, ends=[2], without=["timeouts"])
        self.assertEqual([(e.steps, e.terminated) for e in self.read("d4rl", episode_steps=3)], [(3, True), (3, False)])

    def test_episodes_cross_the_blocks_in_which_flags_are_read(self):
        from m3dt_worker.formats import d4rl

        steps = 3 * d4rl.BLOCK // 2
        ends = [d4rl.BLOCK - 1, d4rl.BLOCK, steps - 1]
        content = self.write(steps, ends=ends[:1], time_outs=ends[1:])
        found = self.read("d4rl")
        self.assertEqual([episode.steps for episode in found], [d4rl.BLOCK, 1, steps - d4rl.BLOCK - 1])
        self.assertEqual(float(found[1].rewards[0]), float(content["rewards"][d4rl.BLOCK]))

    def test_malformed_files_are_refused_by_name(self):
        for key in ("observations", "actions", "rewards", "terminals"):
            self.write(without=[key])
            self.refused("hopper.hdf5", key, "missing", format="d4rl")
        self.write(actions=numpy.zeros((4, 2)))
        self.refused("actions", "(4, 2)", "10 rewards", format="d4rl")
        self.write(observations=numpy.zeros((10, 2, 2)))
        self.refused("observations", "(10, 2, 2)", format="d4rl")
        self.write(rewards=numpy.full(10, numpy.inf))
        self.refused("rewards", "finite", "steps 0 to 9", format="d4rl")
        (self.folder / "hopper.hdf5").write_bytes(b"nothing")
        self.refused("hopper.hdf5", "HDF5", format="d4rl")
        (self.folder / "hopper.hdf5").unlink()
        self.refused("no HDF5", format="d4rl")

    def test_a_file_or_a_folder_of_files(self):
        self.write(name="a.hdf5")
        self.write(name="b.hdf5")
        self.assertEqual(self.names("d4rl"), ["a", "b"])
        self.assertEqual(self.names("d4rl", self.folder / "b.hdf5"), ["b"])


class MinariSets(FormatTest):
    def write(self, episodes, name="sets/robot-v0", **facts):
        """A data set as Minari makes it."""
        import gymnasium
        from minari import MinariDataset
        from minari.data_collector import EpisodeBuffer
        from minari.dataset.minari_storage import MinariStorage

        folder = self.folder / name / "data"
        folder.mkdir(parents=True)
        box = gymnasium.spaces.Box
        storage = MinariStorage.new(folder, box(-9, 9, (3,), numpy.float32), box(-1, 1, (2,), numpy.float32))
        storage.update_metadata({"dataset_id": name, "minari_version": "0.5.4", **facts})
        storage.update_episodes([EpisodeBuffer(**episode) for episode in episodes])
        self.assertEqual(len(MinariDataset(folder)), len(episodes))
        return folder

    @staticmethod
    def buffer(steps, seed, end=None, success=None):
        content = arrays(steps, seed)
        content["observations"] = arrays(steps + 1, seed)["observations"]
        flags = {"terminations": content.pop("terminals"), "truncations": numpy.zeros(steps, bool)}
        if end:
            flags[end][-1] = True
        infos = None if success is None else {"success": numpy.array([False, *success])}
        return content | flags | {"seed": seed, "infos": infos}

    def test_every_number_comes_in(self):
        buffers = [
            self.buffer(3, 1, "terminations"), self.buffer(4, 2, "truncations", [False, True, False, False]), self.buffer(2, 3)]
        self.write(buffers, algorithm_name="sac")
        self.assertEqual(self.names("minari"), ["sets/robot-v0"])
        found = self.read("minari")
        for episode, expected in zip(found, buffers):
            self.same(episode, expected, steps=len(expected["rewards"]))
        self.assertEqual([episode.terminated for episode in found], [True, False, False])
        self.assertEqual([episode.is_open for episode in found], [False, False, True])
        self.assertEqual([(episode.seed, episode.source) for episode in found], [(1, "sac"), (2, "sac"), (3, "sac")])
        self.assertEqual(list(found[1].successes), [False, True, False, False])

    def test_episodes_come_in_the_order_of_their_numbers(self):
        self.write([self.buffer(2, index) for index in range(12)])
        self.assertEqual([episode.seed for episode in self.read("minari")], list(range(12)))

    def test_malformed_sets_are_refused_by_name(self):
        folder = self.write([self.buffer(3, index) for index in range(3)])
        with h5py.File(folder / "main_data.hdf5", "a") as data:
            del data["episode_2"]
        self.refused("main_data.hdf5", "2 episodes", "says 3", format="minari")
        with h5py.File(folder / "main_data.hdf5", "a") as data:
            data.move("episode_1", "episode_2")
        self.refused("episode_1 is missing", format="minari")
        with h5py.File(folder / "main_data.hdf5", "a") as data:
            data.move("episode_2", "episode_1")
            data.copy("episode_1", "episode_2")
            del data["episode_0/truncations"]
        self.refused("episode_0/truncations", "missing", format="minari")
        with h5py.File(folder / "main_data.hdf5", "a") as data:
            del data["episode_0/observations"]
            data["episode_0/observations/achieved"] = numpy.zeros((4, 3))
        self.refused("episode_0/observations", "flatten", format="minari")
        (folder / "metadata.json").write_text("{")
        self.refused("metadata.json", "JSON", format="minari")
        self.refused("nowhere-at-all", "no such", format="minari", path=Path(tempfile.gettempdir()) / "nowhere-at-all")


class TDMPC2Chunks(FormatTest):
    """The chunks were recorded by Scripts/record_tdmpc2_chunks.py with PyTorch and TensorDict themselves."""

    def test_every_number_comes_in(self):
        expected = json.loads((CHUNKS / "expected.json").read_text())
        self.assertEqual(self.names("tdmpc2", CHUNKS), list(expected))
        for task, episodes in expected.items():
            found = self.read("tdmpc2", CHUNKS, task)
            self.assertEqual(len(found), len(episodes))
            for episode, wanted in zip(found, episodes):
                self.same(episode, wanted)
                self.assertFalse(episode.terminated or episode.is_open)

    def test_a_gap_names_the_missing_chunk(self):
        for name in ("chunk_0.pt", "chunk_2.pt"):
            (self.folder / name).write_bytes((CHUNKS / "chunk_0.pt").read_bytes())
        self.refused("chunk_1.pt is missing", format="tdmpc2")

    def test_chunks_of_older_tensordicts_come_in(self):
        # There a TensorDict was an object with a state, not what a function makes of its class and its state.
        with zipfile.ZipFile(CHUNKS / "chunk_0.pt") as old, zipfile.ZipFile(self.folder / "chunk_0.pt", "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name.endswith("data.pkl"):
                    content = content.replace(b"ctensordict._reductions\n_make_td\nq\x00", b"")
                    content = content.replace(b"ctensordict._td\nTensorDict\n", b"ctensordict.tensordict\nTensorDict\n)\x81")
                    content = re.sub(rb"\x86q.Rq.\.$", b"X\x08\0\0\0_is_lockc__builtin__\nset\n]\x85Rsb.", content, flags=re.DOTALL)
                new.writestr(name, content)
        found = self.read("tdmpc2", task="walker-stand")
        for episode, expected in zip(found, self.read("tdmpc2", CHUNKS, "walker-stand"), strict=True):
            self.same(episode, vars(expected))

    def test_malformed_chunks_are_refused(self):
        whole = (CHUNKS / "chunk_0.pt").read_bytes()
        for content, part in [
            (b"nothing", "torch.save"), (whole[:-200], "torch.save"), (whole.replace(b"reward", b"rewerd"), "reward"),
            (whole.replace(b"torch._utils\n_rebuild_tensor_v2", b"torch._utils\n_rebuild_tensor_v9"), "_v9"),
            (whole.replace(b"tensordict._reductions\n_make_td", b"tensordict._reductions\n_make_xx"), "_make_xx"),
        ]:
            # The archive's checksums do not hold any more where its pickle was changed; they are mended.
            (self.folder / "chunk_0.pt").write_bytes(mended(content))
            self.refused("chunk_0.pt", part, format="tdmpc2")


def mended(archive):
    """A zip archive with the checksums of what it holds."""
    content, place = bytearray(archive), 0
    while 0 <= (place := content.find(b"PK\x01\x02", place)) < len(content) - 46:
        local, = struct.unpack_from("<I", content, place + 42)
        size, = struct.unpack_from("<I", content, place + 20)
        name, extra = struct.unpack_from("<HH", content, local + 26)
        start = local + 30 + name + extra
        struct.pack_into("<I", content, place + 16, zlib.crc32(content[start:start + size]))
        place += 4
    return bytes(content)


class Widths(FormatTest):
    def test_padding_is_removed_and_nothing_else(self):
        numpy.savez(self.folder / "0.npz", **arrays(4, width=3) | {
            "observations": numpy.pad(arrays(4)["observations"], ((0, 0), (0, 36)))})
        episode = self.read("mt160")[0]
        self.assertEqual(episode.observations.shape, (4, 39))
        self.same(Fit("t", 3, 2).apply(episode), arrays(4))
        for widths, parts in [((2, 2), ["observations", "column 2", "--rename"]), ((3, 1), ["actions", "column 1"]),
                              ((40, 2), ["39 numbers", "has 40"]), ((3, 3), ["actions", "2 numbers", "has 3"])]:
            with self.assertRaises(FormatError) as caught:
                Fit("t", *widths).apply(self.read("mt160")[0])
            text = f"{caught.exception.key} {caught.exception.problem} {caught.exception.remedy}"
            for part in parts:
                self.assertIn(part, text)

    def test_a_scan_sums_up(self):
        scan = Scan()
        for index, steps in enumerate((3, 5, 4)):
            content = arrays(steps, index) | {"observations": numpy.pad(arrays(steps)["observations"], ((0, 0), (0, 2)))}
            numpy.savez(self.folder / "0.npz", **content)
            scan.add(self.read("mt160")[0])
        summary = scan.summary(None)
        self.assertEqual(
            {key: summary[key] for key in (
                "episodes", "steps", "longest", "observationWidth", "usedObservationWidth", "actionWidth", "partial")},
            {"episodes": 3, "steps": 12, "longest": 5, "observationWidth": 5, "usedObservationWidth": 3, "actionWidth": 2,
             "partial": 2})
        numpy.savez(self.folder / "0.npz", **arrays(2, width=4))
        with self.assertRaises(FormatError) as caught:
            scan.add(self.read("mt160")[0])
        self.assertIn("in the episodes before 5", caught.exception.problem)


class Served(FormatTest):
    """Through the protocol, in a process of its own."""

    def worker(self):
        worker = WorkerProcess()
        self.addCleanup(worker.__exit__)
        self.assertEqual(worker.greet("formats", groups=["formats"])[0], protocol.READY)
        return worker

    def ask(self, worker, kind, **body):
        """The parts of an answer, the last one too."""
        worker.channel.send(kind, 7, protocol.encode(body))
        parts = []
        while True:
            kind, request, body = worker.channel.receive()
            self.assertEqual(request, 7)
            parts.append(body)
            if kind != protocol.PART:
                return kind, parts

    def test_a_tree_goes_out_and_comes_in_again_the_same(self):
        worker = self.worker()
        for format in ("npz", "minari"):
            with self.subTest(format=format):
                episodes = []
                kind, _ = self.ask(worker, 67, format=format, folder=str(self.folder), task="t", observationWidth=3, actionWidth=2)
                self.assertEqual(kind, protocol.DONE)
                for index in range(3):
                    from m3dt_worker.formats.episode import Episode
                    content = arrays(4 + index, index)
                    content.pop("terminals")
                    episode = Episode(
                        **content, successes=numpy.arange(4 + index) == 2, terminated=index == 1, source=f"s{index}", seed=index)
                    episodes.append(episode)
                    kind, answer = worker.ask(68, record(episode))
                    self.assertEqual(kind, protocol.DONE)
                self.assertEqual(self.ask(worker, 69)[0], protocol.DONE)
                name = "t" if format == "npz" else "t-v0"
                source = str(self.folder / name)
                scanned = self.ask(worker, 65, format=format, source=source, task=name)
                self.assertEqual(protocol.decode(scanned[1][-2])["summary"]["episodes"], 3)
                kind, parts = self.ask(
                    worker, 66, format=format, source=source, task=name, episodeSteps=9, keepPartial=False,
                    observationWidth=3, actionWidth=2)
                self.assertEqual((kind, len(parts)), (protocol.DONE, 4))
                for body, expected in zip(parts, episodes):
                    found = episode_of(body, 3, 2)
                    self.same(found, vars(expected))
                    self.assertEqual(list(found.successes), list(expected.successes))
                    self.assertEqual(
                        (found.terminated, found.source, found.seed), (expected.terminated, expected.source, expected.seed))

    def test_problems_name_their_place(self):
        worker = self.worker()
        numpy.savez(self.folder / "0.npz", observations=numpy.zeros((2, 3)))
        kind, parts = self.ask(worker, 65, format="mt160", source=str(self.folder), task=self.folder.name)
        answer = protocol.decode(parts[-1])
        self.assertEqual((kind, answer["code"]), (protocol.PROBLEM, "format"))
        self.assertEqual(answer["details"]["task"], self.folder.name)
        self.assertEqual(answer["details"]["key"], "actions")
        self.assertTrue(answer["details"]["file"].endswith("0.npz"))
        self.assertIn("--format", answer["details"]["remedy"])

    def test_a_folder_that_is_there_is_not_written_over(self):
        (self.folder / "t").mkdir()
        with self.assertRaises(Problem) as caught:
            Requests().begin(protocol.encode(
                {"format": "npz", "folder": str(self.folder), "task": "t", "observationWidth": 1, "actionWidth": 1}))
        self.assertIn("there already", caught.exception.message)

    def test_the_disks_errors_have_a_remedy(self):
        for number, part in ((28, "room"), (13, "rights")):
            with self.assertRaises(Problem) as caught, Telling("t"):
                raise OSError(number, os.strerror(number), "x.npz")
            self.assertIn(part, caught.exception.details["remedy"])


class LoadedByMinari(FormatTest):
    def test_minari_opens_what_is_exported(self):
        import minari

        requests = Requests()
        requests.begin(protocol.encode(
            {"format": "minari", "folder": str(self.folder), "task": "t", "observationWidth": 3, "actionWidth": 2}))
        from m3dt_worker.formats.episode import Episode
        content = arrays(4)
        content.pop("terminals")
        requests.write(record(Episode(**content, successes=numpy.ones(4, bool), source="s")))
        requests.finish(b"")
        os.environ["MINARI_DATASETS_PATH"] = str(self.folder)
        data = minari.load_dataset("t-v0")
        self.assertEqual((data.total_episodes, data.total_steps), (1, 4))
        episode = next(data.iterate_episodes())
        numpy.testing.assert_array_equal(episode.observations[:4], content["observations"])
        self.assertEqual(episode.observations.shape, (5, 3))
        self.assertEqual((list(episode.truncations), list(episode.terminations)), ([False] * 3 + [True], [False] * 4))


if __name__ == "__main__":
    sys.exit(unittest.main())
