"""Tests of how workers and their parents talk; they need no packages."""

import struct
import tempfile
import unittest
from pathlib import Path

from worker_process import WorkerProcess

from m3dt_worker import packages, protocol
from m3dt_worker.errors import Problem
from m3dt_worker.serving import describe, parts_of


class Greeting(unittest.TestCase):
    def test_another_version_is_refused(self):
        with WorkerProcess() as worker:
            kind, answer = worker.greet(version=99)
        self.assertEqual(kind, protocol.PROBLEM)
        self.assertEqual((answer["code"], answer["details"]), ("wrong-protocol", {"found": "1", "wanted": "99"}))

    def test_an_unknown_role_is_refused_and_another_may_be_asked_for(self):
        with WorkerProcess() as worker:
            self.assertEqual(worker.greet(role="cook")[1]["code"], "unknown-role")
            self.assertEqual(worker.greet()[0], protocol.READY)

    def test_requests_before_the_greeting_are_refused(self):
        with WorkerProcess() as worker:
            kind, body = worker.ask(40, b"")
        self.assertEqual((kind, protocol.decode(body)["code"]), (protocol.PROBLEM, "unknown-request"))

    def test_a_missing_group_names_the_remedy(self):
        with WorkerProcess() as worker:
            answer = worker.greet(groups=["simulators"], packages="/nowhere")[1]
        self.assertEqual(answer["code"], "group-missing")
        self.assertIn("Scripts/setup_worker.sh simulators", answer["message"])


class EndOfLife(unittest.TestCase):
    def test_a_worker_ends_when_its_parent_closes_the_connection(self):
        worker = WorkerProcess()
        worker.greet()
        worker._socket.close()
        self.assertEqual(worker.process.wait(timeout=20), 0)
        worker.__exit__()

    def test_a_worker_ends_when_its_parent_dies(self):
        worker = WorkerProcess()
        worker.greet()
        worker.close_life()
        self.assertNotEqual(worker.process.wait(timeout=20), 0)
        worker.__exit__()


class Frames(unittest.TestCase):
    def test_a_frame_that_is_too_long_ends_the_connection(self):
        worker = WorkerProcess()
        worker._socket.sendall(struct.pack("<III", protocol.LONGEST_BODY + 1, 1, 1))
        self.assertEqual(worker.process.wait(timeout=20), 1)
        self.assertIn(b"is announced, more than", worker.process.stderr.read())
        worker.__exit__()

    def test_numbers_that_are_not_finite_are_no_json(self):
        with self.assertRaises(ValueError):
            protocol.encode({"x": float("nan")})

    def test_an_answer_may_come_in_parts(self):
        self.assertEqual(list(parts_of((7, b"x"))), [(7, b"x")])
        self.assertEqual(
            list(parts_of(part for part in (b"a", b"b"))),
            [(protocol.PART, b"a"), (protocol.PART, b"b"), (protocol.DONE, b"")])

    def test_an_exception_is_described_with_its_trace(self):
        try:
            raise KeyError("door")
        except KeyError as problem:
            description = describe(problem)
        self.assertEqual((description["code"], description["message"]), ("exception", "KeyError: 'door'"))
        self.assertIn("test_protocol.py", description["trace"])


class Pins(unittest.TestCase):
    def group(self, folder, version):
        requirements, group = Path(folder) / "requirements", Path(folder) / "packages" / "toys"
        requirements.mkdir()
        lines = f"# Toys.\ntop-spin==1.2 \\\n    --hash=sha256:00\n"
        (requirements / f"toys-{packages.platform.machine()}.txt").write_text(lines)
        information = group / f"top_spin-{version}.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: Top_Spin\nVersion: {version}\n")
        return Path(folder) / "packages", requirements

    def test_the_pinned_version_is_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(packages.add("toys", *self.group(folder, "1.2")), {"top-spin": "1.2"})
            packages.sys.path.pop()

    def test_another_version_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(Problem) as raised:
            packages.add("toys", *self.group(folder, "1.3"))
        self.assertEqual(raised.exception.details, {"package": "top-spin", "found": "1.3", "wanted": "1.2"})
        self.assertIn("found 1.3, wanted 1.2; run Scripts/setup_worker.sh toys", raised.exception.message)


if __name__ == "__main__":
    unittest.main()
