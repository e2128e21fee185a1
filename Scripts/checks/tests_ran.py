#!/usr/bin/env python3
"""Checks that the tests ran: every test target, no fewer tests than expected-tests.txt says, and none skipped but those
that it names.

    tests_ran.py RESULTS.xml

The results are what `swift test --xunit-output` writes for Swift Testing. After adding tests, raise the numbers:

    tests_ran.py RESULTS.xml --update
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

from findings import Finding, report, swift_files

EXPECTED = Path(__file__).with_name("expected-tests.txt")
HEADER = """\
# Every test target, and the least number of its tests that has to run; raised by tests_ran.py --update.
# A line `skipped NAME` is for what only runs when someone asks for it.
"""


def read_expected(text):
    """The least number of tests by target, and the names of those that may be skipped."""
    words = [words for line in text.splitlines() if (words := line.split("#")[0].split())]
    return {first: int(second) for first, second in words if first != "skipped"}, {
        second for first, second in words if first == "skipped"
    }


def read_results(text):
    """How many tests passed by target, and the names of those that were skipped or failed."""
    passed, skipped, failed = Counter(), [], []
    for case in ElementTree.fromstring(text).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("skipped") is not None:
            skipped.append(name)
        elif case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        else:
            passed[case.get("classname").split(".")[0]] += 1
    return passed, skipped, failed


def findings_of(expected, targets, results):
    """What is missing from the results."""
    passed, skipped, failed = results
    least_by_target, may_skip = expected
    listing = f"Scripts/checks/{EXPECTED.name}"
    for target in sorted(targets - least_by_target.keys()):
        yield Finding(listing, 1, f"{target} is not listed", "run tests_ran.py --update")
    for target, least in least_by_target.items():
        if passed[target] < max(least, 1):
            yield Finding(
                listing, 1, f"{passed[target]} tests of {target} passed, {max(least, 1)} were expected",
                "find out which are gone; lower the number only where that is meant")
    for name in sorted(set(skipped) - may_skip):
        yield Finding(listing, 1, f"{name} was skipped", "let every test run everywhere")
    for name in sorted(may_skip - set(skipped)):
        yield Finding(listing, 1, f"{name} may be skipped, but was not", "take it off the list")
    for name in failed:
        yield Finding(listing, 1, f"{name} failed", "repair it")


def run(arguments):
    if not Path(arguments[0]).exists():
        sys.exit(f"{arguments[0]}:1: there are no results; run make test and see why it ended before writing them")
    results = read_results(Path(arguments[0]).read_text())
    targets = {path.split("/")[1] for path in swift_files("Tests") if path.split("/")[1].endswith("Tests")}
    expected = read_expected(EXPECTED.read_text())
    if "--update" in arguments:
        expected = ({target: results[0][target] for target in sorted(targets)}, expected[1])
        lines = [f"{target} {least}" for target, least in expected[0].items()]
        EXPECTED.write_text(HEADER + "\n".join(lines + [f"skipped {name}" for name in sorted(expected[1])]) + "\n")
    return report("tests ran", list(findings_of(expected, targets, results)), results[0].total())


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    sys.exit(run(sys.argv[1:]))
