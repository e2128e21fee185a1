"""What Scripts/setup.sh says where something is missing: one line that names it and the remedy, and nothing left behind."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEEDED = "bash cat cut dirname env grep ln mkdir mktemp mv rm sed sha256sum uname".split()


def run(*programs):
    """Runs the set-up in a fresh copy where only its own tools and these programs, which do nothing, are to be found."""
    with tempfile.TemporaryDirectory() as folder:
        place, tools = pathlib.Path(folder) / "copy", pathlib.Path(folder) / "tools"
        tools.mkdir()
        for name in NEEDED:
            (tools / name).symlink_to(shutil.which(name))
        for name, status in programs:
            (tools / name).write_text(f"#!{shutil.which('bash')}\nexit {status}\n")
            (tools / name).chmod(0o755)
        shutil.copytree(ROOT / "Scripts", place / "Scripts")
        result = subprocess.run(
            ["bash", place / "Scripts/setup.sh"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
        )
        return result, sorted(os.listdir(place))


class MissingTools(unittest.TestCase):
    def check(self, remedy, *programs):
        result, left = run(*programs)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(remedy, result.stderr)
        self.assertEqual(left, ["Scripts"])

    def test_swift(self):
        self.check("Swift 6.1 or later is missing; install it")

    def test_python(self):
        self.check("Python 3 is missing; install it", ("swift", 0))

    def test_pip(self):
        self.check("pip is missing; install it", ("swift", 0), ("python3", 1))


if __name__ == "__main__":
    unittest.main()
