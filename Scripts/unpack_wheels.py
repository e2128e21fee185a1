"""Unpacks the parts of the pinned wheels that the build needs into one folder.

usage: unpack_wheels.py WHEEL_FOLDER TARGET_FOLDER
"""

import pathlib
import sys
import zipfile

TORCH_LIBRARIES = ("libtorch_cpu.so", "libc10.so", "libgomp.so.1")
TORCH_HEADERS = ("ATen/", "c10/", "caffe2/", "torch/")
SUITE_MODELS = "dm_control/suite/"


def destination(package: str, name: str) -> str | None:
    """Where a wheel's member belongs, or nothing where the build does not need it."""
    folder, _, file = name.rpartition("/")
    if package == "torch":
        if name.startswith("torch/include/") and name.removeprefix("torch/include/").startswith(TORCH_HEADERS):
            return name
        if folder == "torch/lib" and file in TORCH_LIBRARIES:
            return name
    elif package.startswith("nvidia_cuda_"):
        # Only what libtorch_cpu.so itself links to.
        if folder == "nvidia/cu13/lib" and file in ("libcudart.so.13", "libcupti.so.13"):
            return f"torch/lib/{file}"
    elif package == "mujoco":
        if name.startswith("mujoco/include/"):
            return name
        if folder == "mujoco" and file.startswith("libmujoco.so."):
            return f"mujoco/lib/{file}"
    elif package == "gymnasium":
        if folder == "gymnasium/envs/mujoco/assets" and file.endswith(".xml"):
            return f"models/gymnasium/{file}"
    elif package == "dm_control":
        in_suite = folder in (SUITE_MODELS.rstrip("/"), SUITE_MODELS + "common")
        if in_suite and file.endswith(".xml"):
            return "models/dm_control/" + name.removeprefix(SUITE_MODELS)
    return None


def unpack(wheel: pathlib.Path, target: pathlib.Path) -> int:
    """Extracts what is needed of one wheel; returns the number of files."""
    package = wheel.name.split("-")[0]
    count = 0
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            where = destination(package, member.filename)
            if where is None or member.is_dir():
                continue
            path = target / where
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(member))
            count += 1
    return count


def main() -> None:
    wheels, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for wheel in sorted(wheels.glob("*.whl")):
        count = unpack(wheel, target)
        if count == 0:
            sys.exit(f"setup: {wheel.name} holds none of the expected files; its layout has changed")
        print(f"setup: {count} files of {wheel.name}")
    # The linker looks for the name without a version.
    for library in (target / "mujoco/lib").glob("libmujoco.so.*"):
        (target / "mujoco/lib/libmujoco.so").symlink_to(library.name)


main()
