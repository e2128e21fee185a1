#!/usr/bin/env python3
"""Checks that a build printed no warning about this package.

    build_warnings.py LOG...

The logs must be of builds that compiled everything: what is compiled already is not warned of again.
"""

import re
import sys
from pathlib import Path

from findings import Finding, report

LOCATED = re.compile(r"^(?P<path>[^\s:][^:]*):(?P<line>\d+):\d+: warning: (?P<text>.*)$")
GENERAL = re.compile(r"^(?:\[[\d/]+\] )?(?:\S*ld\S*: )?warning: (?P<text>.*)$")
FOREIGN = re.compile(r"/\.?build[^/]*/(?:checkouts|plugins|repositories)/|/\.deps/")
COMPILED = re.compile(r"\bCompiling\b|\bBuild complete\b")


def findings_of(log, text):
    """The warnings in one log, each once, and how many lines told of compiling."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := LOCATED.match(line):
            if not FOREIGN.search(match["path"]):
                found[line] = Finding(match["path"], int(match["line"]), match["text"], "builds are free of warnings")
        elif match := GENERAL.match(line):
            if not FOREIGN.search(line):
                found[line] = Finding(log, number, match["text"], "builds are free of warnings")
    return list(found.values()), len(COMPILED.findall(text))


def run(logs):
    findings, compiled = [], 0
    for log in logs:
        found, count = findings_of(log, Path(log).read_text(errors="replace"))
        findings, compiled = findings + found, compiled + count
    return report("build warnings", findings, compiled)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(run(sys.argv[1:]))
