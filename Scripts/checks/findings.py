"""What every check shares: the files it looks at, what it finds, and how it says so."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finding:
    """One fault: where it is, what it is and what to do about it."""

    path: str
    line: int
    problem: str
    remedy: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.problem}; {self.remedy}"


def tracked_files(root=ROOT):
    """Paths, relative to the root, of the files that are in version control or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout
    return sorted(name for name in set(listed.split("\0")) if name and os.path.lexists(root / name))


def swift_files(folder, root=ROOT):
    """Paths of the Swift files under a folder of the root."""
    return [name for name in tracked_files(root) if name.startswith(folder + "/") and name.endswith(".swift")]


def report(check, findings, looked_at):
    """Prints the findings and gives the exit code; having looked at nothing is a fault too."""
    for finding in findings:
        print(finding)
    if not looked_at:
        print(f"{check}: found nothing to look at; was it started in a checkout?")
        return 1
    print(f"{check}: {len(findings)} faults, {looked_at} looked at")
    return 1 if findings else 0


def main(check, run):
    """Runs a check over the repository; `run` gives the findings and how many things it looked at."""
    findings, looked_at = run()
    sys.exit(report(check, sorted(findings, key=lambda finding: (finding.path, finding.line)), looked_at))
