"""Overwrites the paths of the building machine in a bundle's programs, and checks what must hold of every bundle.

usage: finish.py BUNDLE SOURCE_FOLDER

A path keeps its length, so that nothing around it moves: what is left leads nowhere on any machine.
"""

import pathlib
import subprocess
import sys

LARGEST_MEGABYTES = 60
# What every Linux with a C++ program has, and what the launcher finds.
FROM_THE_SYSTEM = (
    "libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libutil.so", "ld-linux", "libgcc_s.so",
    "libstdc++.so", "libz.so",
)
FROM_PYTORCH = (
    "libtorch_cpu.so", "libc10.so", "libtorch_cuda.so", "libc10_cuda.so", "libcudart.so", "libgomp.so",
)


def needed(file: pathlib.Path) -> list[str]:
    """The libraries that a program or a library names."""
    text = subprocess.run(["readelf", "-d", file], capture_output=True, text=True, check=True).stdout
    return [line.split("[")[1].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line]


def problems(bundle: pathlib.Path, source: bytes):
    files = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    if size > LARGEST_MEGABYTES * 1e6:
        yield f"it has {size / 1e6:.1f} MB, and {LARGEST_MEGABYTES} are allowed"
    own = {path.name for path in (bundle / "program").iterdir()}
    for path in files:
        if source in path.read_bytes():
            yield f"{path.relative_to(bundle)} holds the path of the folder it was built in"
    for path in (bundle / "program").iterdir():
        if not path.is_file():
            continue
        for library in needed(path):
            if library not in own and not library.startswith(FROM_THE_SYSTEM + FROM_PYTORCH):
                yield f"program/{path.name} needs {library}, which the bundle does not have"


def main() -> None:
    bundle, source = pathlib.Path(sys.argv[1]), sys.argv[2].encode()
    for path in (bundle / "program").iterdir():
        if path.is_file():
            content = path.read_bytes()
            path.write_bytes(content.replace(source, b"/nowhere".ljust(len(source), b"/")[: len(source)]))
    found = list(problems(bundle, source))
    for problem in found:
        print(f"bundle: {problem}", file=sys.stderr)
    sys.exit(1 if found else 0)


main()
