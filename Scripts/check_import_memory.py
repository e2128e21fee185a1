#!/usr/bin/env python3
"""Checks that importing a file takes less memory than the file is large.

    check_import_memory.py PROGRAM

Makes an HDF5 file of 800 MB, imports it, and watches the memory of the program and of its worker: pages of their own, as
opposed to those of files, which the system takes back when it needs them.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEGABYTES, LIMIT = 800, 400
ROOT = Path(__file__).resolve().parent.parent


def anonymous_megabytes(process):
    """The memory of a process that is not of files; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def family(process):
    """A process and its children."""
    try:
        children = [Path(path).read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        children = []
    return [process, *(int(child) for text in children for child in text.split())]


def main(program):
    folder = Path(tempfile.mkdtemp())
    try:
        python = (ROOT / ".worker/formats/interpreter").read_text().strip()
        maker = ROOT / "Tests/Worker/make_samples.py"
        subprocess.run([python, "-S", "-B", maker, "large", folder, str(MEGABYTES)], check=True)
        size = (folder / "large.hdf5").stat().st_size / 1e6
        command = [program, "data", "import", "--format", "d4rl", folder / "large.hdf5", "--data", folder / "data"]
        running, most = subprocess.Popen(command), 0
        while running.poll() is None:
            most = max(most, sum(map(anonymous_megabytes, family(running.pid))))
            time.sleep(0.02)
        if running.returncode:
            sys.exit(f"the import ended with code {running.returncode}")
        subprocess.run([program, "data", "verify", "--data", folder / "data"], check=True)
        print(f"a file of {size:.0f} MB took {most:.0f} MB of memory, of {LIMIT} allowed")
        if most > LIMIT or size < 2 * LIMIT * 0.9:
            sys.exit("that is too much")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
