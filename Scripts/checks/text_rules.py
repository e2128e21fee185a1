#!/usr/bin/env python3
"""Checks what no file of the repository may hold, and which files may not be in it."""

import posixpath
import re

from findings import ROOT, Finding, main, tracked_files

LARGEST_BYTES = 1_000_000
BANNED_NAMES = r"(?:Utils|Utilities|Helpers?|Common|Managers?)"

# Pattern, what it is, what to do instead. The brackets keep these lines from finding themselves.
ANYWHERE = [
    (r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b", "a note of something undone", "do it, or describe it in an issue"),
    (
        r"(?<![.\w])/(?:work|opt|root|home)/", "a path of one machine",
        "use a path relative to the repository, or a temporary folder",
    ),
    (
        r"--(?:extra-)?index[-]url|//[\w.-]+/simpl[e]\b", "the address of a package index",
        "let the machine's own settings choose it",
    ),
]
IN_SWIFT = [
    (r"\btry[!]", "a forced try", "let the error out, or handle it"),
    (r"\bfatalErro[r]\(\s*\"[Nn]ot\b", "code that is not written", "write it, or leave the declaration out"),
    (
        rf"\b(?:struct|class|enum|actor|protocol|extension)\s+\w*{BANNED_NAMES}\b",
        "a name that says nothing", "name the type after what it does",
    ),
    (r"^\s*import\s+XCTes[t]\b", "a test of the old kind", "use Swift Testing"),
]
IN_SWIFT_TESTS = [
    (r"\.disabled\(|\bTest\.cancel\(|\bwithKnownIssue\b", "a test that is switched off", "repair it or delete it")
]
PATHS = [
    (r"(?:^|/)Package\.resolved$", "a file of resolved versions", "run git rm --cached on it"),
    (r"(?:^|/)\.(?:build|deps|swiftpm)(?:-[^/]*)?(?:/|$)", "an output of a build or the set-up", "run git rm --cached"),
    (rf"(?:^|/)\w*{BANNED_NAMES}(?:\+\w+)?(?:\.\w+|/)", "a name that says nothing", "name it after what it holds"),
    (r"(?:^|/)Placeholder\.swift$", "a placeholder", "delete it, now that the target has files of its own"),
]


def path_findings(path, size):
    """What is wrong with a file's name or size."""
    for pattern, problem, remedy in PATHS:
        if re.search(pattern, path):
            yield Finding(path, 1, problem, remedy)
    if size > LARGEST_BYTES:
        yield Finding(path, 1, f"{size / 1e6:.1f} MB", f"keep files below {LARGEST_BYTES / 1e6:.0f} MB")


def text_findings(path, text):
    """What is wrong with a file's text."""
    rules = list(ANYWHERE)
    if path.endswith(".swift"):
        rules += IN_SWIFT
        if path.startswith("Tests/"):
            rules += IN_SWIFT_TESTS
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        for pattern, problem, remedy in rules:
            if re.search(pattern, line):
                yield Finding(path, number, problem, remedy)
        if path.endswith(".swift") and re.search(r"@unchecked\s+Sendabl[e]", line):
            if not lines[number - 2].strip().startswith("//"):
                yield Finding(path, number, "unchecked sendability without a reason", "give it on the line above")


def link_findings(path, text, known):
    """Links of a document to files that are not there."""
    for number, line in enumerate(text.split("\n"), 1):
        for link in re.findall(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)", line):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
            if target not in known:
                yield Finding(path, number, f"a link to {link}, which is not there", "mend it or add the file")


def run():
    findings, paths = [], tracked_files()
    for path in paths:
        data = (ROOT / path).read_bytes() if (ROOT / path).is_file() else b""
        findings += path_findings(path, len(data))
        if b"\0" not in data:
            text = data.decode("utf-8", errors="replace")
            findings += text_findings(path, text)
            if path.endswith(".md"):
                findings += link_findings(path, text, set(paths))
    return findings, len(paths)


if __name__ == "__main__":
    main("text rules", run)
