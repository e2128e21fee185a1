"""Unpacks the parts of the pinned wheels that building and trying a bundle needs into one folder.

usage: unpack.py WHEEL_FOLDER TARGET_FOLDER

The folder `torch` then looks like an installed PyTorch, without its Python code; `cuda` holds headers.
"""

import pathlib
import sys
import zipfile

TORCH_FILES = ("torch/version.py", "torch/__init__.py")
TORCH_LIBRARIES = ("libtorch_cpu.so", "libtorch_cuda.so", "libc10.so", "libc10_cuda.so", "libgomp.so.1")
CUDA = "nvidia/cu13/"


def destination(name: str) -> str | None:
    """Where a wheel's member belongs, or nothing where it is not needed."""
    folder, _, file = name.rpartition("/")
    if name.startswith("torch/include/") or name in TORCH_FILES:
        return name
    if folder == "torch/lib" and file in TORCH_LIBRARIES:
        return name
    if folder == CUDA + "lib" and file in ("libcudart.so.13", "libcupti.so.13"):
        return f"torch/lib/{file}"  # where libtorch_cpu.so finds them
    if name.startswith(CUDA + "include/"):
        return "cuda/" + name.removeprefix(CUDA)
    return None


def main() -> None:
    wheels, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            members = [(destination(name), name) for name in archive.namelist() if not name.endswith("/")]
            chosen = [(where, name) for where, name in members if where]
            for where, name in chosen:
                path = target / where
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
        if not chosen:
            sys.exit(f"bundle: {wheel.name} holds none of the expected files; its layout has changed")


main()
