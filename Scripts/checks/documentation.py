#!/usr/bin/env python3
"""Checks that what others call is documented.

1. Public types, protocols, functions and subscripts have a `///` comment; so have the public properties of Codable
   types whose names end in one of WRITTEN_BY_PEOPLE, since they are filled in by hand.
2. Everything that throws has a comment, unless it is private.
3. What is public and throws says `- Throws:`, unless its signature names the type of the error.

A comment is inherited: a member that fulfils a requirement of a protocol of this package, or one of the standard
library's in DEFINED_ELSEWHERE, needs none; and a type or extension whose own comment says `- Throws:` speaks
for those of its members that throw.
"""

from findings import ROOT, Finding, main, swift_files
from swift_source import TYPES, declarations

DEFINED_ELSEWHERE = {
    "description", "debugDescription", "errorDescription", "hash", "==", "<", "encode", "id", "rawValue", "allCases",
    "CodingKeys", "makeIterator", "next", "Element", "Iterator", "startIndex", "endIndex", "index",
}
HIDDEN = {"private", "fileprivate"}
CODABLE = {"Codable", "Encodable", "Decodable"}
WRITTEN_BY_PEOPLE = ("Configuration", "Options", "Recipe", "Section", "Settings")
ALWAYS = (TYPES - {"extension"}) | {"func", "subscript", "macro", "typealias"}


class Package:
    """What has to be known of all files before one can be judged: who conforms to what."""

    def __init__(self, files):
        self.declared = {path: declarations(source) for path, source in files.items()}
        self.inherited, self.requirements = {}, {}
        for declared in (each for members in self.declared.values() for each in members):
            if declared.keyword in TYPES:
                self.inherited.setdefault(declared.name, set()).update(declared.inherits)
            if declared.documentation and declared.owners and declared.owners[-1].keyword == "protocol":
                self.requirements.setdefault(declared.owners[-1].name, set()).add(declared.name)

    def findings(self):
        return [finding for path in self.declared for finding in self.findings_of(path)]

    def findings_of(self, path):
        """What is missing in one file."""
        for declared in self.declared[path]:
            if declared.keyword == "extension" or declared.access in HIDDEN or declared.overrides:
                continue
            if self.is_inherited(declared) or (declared.throws and spoken_for(declared)):
                continue
            public, name = declared.access == "public", " ".join(dict.fromkeys([declared.keyword, declared.name]))
            if not declared.documentation:
                if declared.throws:
                    yield Finding(path, declared.line, f"{name} throws and has no comment", "say when with ///")
                elif public and self.needs_comment(declared):
                    yield Finding(path, declared.line, f"public {name} has no comment", "say with /// what it is")
            elif public and declared.throws and not (declared.typed_throws or "- Throws:" in declared.documentation):
                yield Finding(path, declared.line, f"public {name} does not say what it throws", "add a line - Throws:")

    def conformances(self, name):
        """All that a type inherits or conforms to, directly or through another."""
        found, todo = set(), [name]
        while todo:
            for inherited in self.inherited.get(todo.pop(), set()) - found:
                found.add(inherited)
                todo.append(inherited)
        return found

    def is_inherited(self, declared):
        """Whether a protocol already says what this member is."""
        if declared.name in DEFINED_ELSEWHERE:
            return True
        if not declared.owners or declared.owners[-1].keyword == "protocol":
            return False
        owner = declared.owners[-1]
        protocols = self.conformances(owner.name) | {owner.name}
        if declared.name == "init" and "from decoder" in declared.signature:
            return True
        return any(declared.name in self.requirements.get(protocol, ()) for protocol in protocols)

    def needs_comment(self, declared):
        if declared.keyword in ALWAYS:
            return True
        if declared.keyword not in ("var", "let") or not declared.owners:
            return False
        owner = declared.owners[-1].name
        return owner.endswith(WRITTEN_BY_PEOPLE) and bool(self.conformances(owner) & CODABLE)


def spoken_for(declared):
    """Whether the comment of the type or extension around it says what its members throw."""
    return any("- Throws:" in owner.documentation for owner in declared.owners)


def run():
    paths = swift_files("Sources")
    return Package({path: (ROOT / path).read_text() for path in paths}).findings(), len(paths)


if __name__ == "__main__":
    main("documentation", run)
