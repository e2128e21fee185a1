"""Checks that the packages of a worker are those that are pinned."""

import importlib.metadata
import platform
import sys
from pathlib import Path

from .errors import Problem

ROOT = Path(__file__).resolve().parent.parent.parent


def pins(group, requirements=None):
    """The pinned version of each package of a group."""
    folder = requirements or ROOT / "Worker" / "requirements"
    lines = (folder / f"{group}-{platform.machine()}.txt").read_text().splitlines()
    return dict(line.split()[0].split("==") for line in lines if "==" in line)


def add(group, root=None, requirements=None):
    """Puts a group's folder on the path, once its packages are found to be the pinned ones; returns their versions."""
    folder = (root or ROOT / ".worker") / group
    remedy = f"run Scripts/setup_worker.sh {group}"
    if not folder.is_dir():
        raise Problem("group-missing", f"the Python packages of the group '{group}' are not installed; {remedy}")
    found = {
        normal(distribution.metadata["Name"]): distribution.version
        for distribution in importlib.metadata.distributions(path=[str(folder)])
    }
    for package, wanted in pins(group, requirements).items():
        if found.get(normal(package)) != wanted:
            version = found.get(normal(package), "nothing")
            raise Problem(
                "wrong-pin", f"package {package}: found {version}, wanted {wanted}; {remedy}",
                package=package, found=version, wanted=wanted)
    sys.path.append(str(folder))
    return found


def normal(name):
    """A package's name as all spellings of it share it."""
    return name.lower().replace("_", "-").replace(".", "-")
