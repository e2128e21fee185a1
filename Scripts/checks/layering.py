#!/usr/bin/env python3
"""Checks that every target imports only what stands below it.

The layers are written here a second time on purpose: Package.swift alone would let anyone draw an arrow upwards.
"""

import json
import re
import subprocess
import sys
import tempfile

from findings import ROOT, Finding, main, swift_files, tracked_files
from swift_source import blank

# From the bottom up: a target may depend on lower layers only.
LAYERS = [
    {"CTorchBridge", "CMuJoCo", "CZlib", "CMPI", "M3DTTestSupport"},
    {"M3DTRandom", "M3DTStorage", "M3DTWorker", "M3DTRanks"},
    {"M3DTTensor", "M3DTTasks"},
    {"M3DTSimulation", "M3DTData", "M3DTModel", "M3DTReports"},
    {"M3DTTraining", "M3DTEvaluation", "M3DTActorCritic"},
    {"M3DT"},
    {"M3DTCommand"},
]
# Each module of C is one target's alone.
C_MODULES = {
    "CTorchBridge": "M3DTTensor", "CMuJoCo": "M3DTSimulation", "CZlib": "M3DTStorage", "CMPI": "M3DTRanks",
}
SYSTEM_MODULES = {"Dispatch", "Foundation", "Glibc", "Darwin", "Musl", "Synchronization"}
# For tests alone.
TEST_SUPPORT = "M3DTTestSupport"
TEST_MODULES = {"FoundationXML", "Testing"}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"
)
MANIFEST = "Package.swift"


def load_targets(root=ROOT):
    """The targets of the manifest: their names, kinds, folders and declared dependencies."""
    with tempfile.TemporaryDirectory() as scratch:
        dumped = subprocess.run(
            ["swift", "package", "--scratch-path", scratch, "dump-package"], cwd=root, capture_output=True, text=True
        )
    if dumped.returncode:
        sys.exit(f"{MANIFEST}:1: it cannot be read: {dumped.stderr.strip()}")
    return [simplified(target) for target in json.loads(dumped.stdout)["targets"]]


def simplified(target):
    names = [next(iter(dependency.values()))[0] for dependency in target["dependencies"]]
    folder = target.get("path") or ("Tests/" if target["type"] == "test" else "Sources/") + target["name"]
    return {"name": target["name"], "type": target["type"], "folder": folder, "dependencies": set(names)}


def add_importable(targets):
    """Notes what each target may import: what it declares, and in tests also what stands below that, but no C."""
    declared = {target["name"]: target["dependencies"] for target in targets}
    for target in targets:
        target["importable"] = set(target["dependencies"])
        if target["type"] != "test":
            continue
        below = list(target["dependencies"])
        while below:
            new = (declared.get(below.pop(), set()) & declared.keys()) - target["importable"] - C_MODULES.keys()
            target["importable"] |= new
            below += new
        target["importable"] |= TEST_MODULES
    return targets


def manifest_findings(targets):
    """Arrows of the manifest that do not point down."""
    level = {name: index for index, layer in enumerate(LAYERS) for name in layer}
    for target in targets:
        name = target["name"]
        if target["type"] == "test":
            continue
        if name not in level:
            yield Finding(MANIFEST, 1, f"target {name} is in no layer", "give it one in Scripts/checks/layering.py")
            continue
        if TEST_SUPPORT in target["dependencies"]:
            yield Finding(MANIFEST, 1, f"{name} depends on {TEST_SUPPORT}, which is for tests", "leave it out")
        for dependency in sorted(target["dependencies"] & level.keys()):
            if level[dependency] >= level[name]:
                yield Finding(
                    MANIFEST, 1, f"{name} depends on {dependency}, which is not below it",
                    "move what is shared into a lower target")
            if C_MODULES.get(dependency, name) != name:
                yield Finding(
                    MANIFEST, 1, f"{name} depends on {dependency}, which only {C_MODULES[dependency]} may use",
                    f"call {C_MODULES[dependency]} instead")


def import_findings(target, path, source):
    """Imports of a file that its target may not have."""
    allowed = target["importable"] | SYSTEM_MODULES
    for number, line in enumerate(blank(source).split("\n"), 1):
        match = IMPORT.match(line)
        if not match or match[1] in allowed:
            continue
        if match[1] in C_MODULES:
            remedy = f"only {C_MODULES[match[1]]} may; call it instead"
        elif match[1] == "XCTest":
            remedy = "tests use Swift Testing"
        else:
            remedy = f"declare it in {MANIFEST} if it stands below, else move the code"
        yield Finding(path, number, f"{target['name']} imports {match[1]}, which it may not", remedy)


def language_findings(paths):
    """C++ outside the one target that may hold it."""
    for path in paths:
        if re.search(r"\.(cc|cpp|cxx|hpp|mm)$", path) and not path.startswith("Torch/Sources/"):
            yield Finding(path, 1, "C++ outside Torch", "reach foreign libraries through its C interface")


def run():
    targets = add_importable(load_targets())
    findings, looked_at = list(manifest_findings(targets)), 0
    for target in targets:
        for path in swift_files(target["folder"]):
            looked_at += 1
            findings += import_findings(target, path, (ROOT / path).read_text())
    findings += language_findings(tracked_files())
    return findings, looked_at


if __name__ == "__main__":
    main("layering", run)
