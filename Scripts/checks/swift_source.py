"""A reader of Swift source, just good enough to find declarations, their access and their comments."""

import re
from dataclasses import dataclass

KEYWORDS = (
    "actor|associatedtype|case|class|enum|extension|func|init|let|macro|operator|protocol|struct|subscript|typealias|"
    "var"
)
TYPES = {"actor", "class", "enum", "extension", "protocol", "struct"}
MODIFIERS = (
    r"public|package|internal|fileprivate|private|open|static|class|final|mutating|nonmutating|override|convenience|"
    r"required|lazy|weak|unowned|indirect|nonisolated|isolated|prefix|postfix|infix|borrowing|consuming|sending|async"
)
ATTRIBUTE = r"@\w+(?:\((?:[^()]|\([^()]*\))*\))?"
DECLARATION = re.compile(
    rf"^\s*(?P<lead>(?:{ATTRIBUTE}\s+)*(?:(?:{MODIFIERS})(?:\((?:set|unsafe)\))?\s+)*)"
    rf"(?P<keyword>{KEYWORDS})\b(?P<rest>.*)$"
)


@dataclass
class Declaration:
    """A declaration that is a member of a file or of a type, never one inside a function."""

    line: int
    keyword: str
    name: str
    signature: str
    access: str
    documentation: str
    throws: bool
    typed_throws: bool
    overrides: bool
    inherits: tuple
    owners: tuple


def blank(source):
    """The source with comments and the contents of strings blanked, so that line numbers stay."""
    output, index, depth = [], 0, 0
    pattern = re.compile(
        r'//[^\n]*|/\*|\*/|(?P<hash>#*)"""[\s\S]*?"""(?P=hash)|(?P<mark>#*)"(?:\\.|[^"\\\n])*"(?P=mark)'
    )
    while match := pattern.search(source, index):
        text = match.group()
        before = source[index:match.start()]
        output.append(before if depth == 0 else re.sub(r"[^\n]", " ", before))
        index = match.end()
        if text == "/*":
            depth += 1
        elif text == "*/":
            depth = max(0, depth - 1)
        elif text.startswith(("//", "/*")) or depth:
            text = re.sub(r"[^\n]", " ", text)
        else:
            text = '"' + re.sub(r"[^\n]", " ", text[1:-1]) + '"'
        output.append(text if text not in ("/*", "*/") else "  ")
    output.append(source[index:])
    return "".join(output)


def declarations(source):
    """The declarations of a file in order, with what encloses each."""
    lines, blanked = source.split("\n"), blank(source).split("\n")
    found, owners, pending = [], [], None
    for number, line in enumerate(blanked):
        inside_types = all(isinstance(owner, Declaration) for owner in owners)
        match = DECLARATION.match(line) if inside_types and depth_of_parentheses(blanked, number) == 0 else None
        if match:
            declared = read(match, lines, blanked, number, tuple(owners))
            found.append(declared)
            pending = declared if declared.keyword in TYPES else None
        for character in line:
            if character == "{":
                owners.append(pending)
                pending = None
            elif character == "}" and owners:
                owners.pop()
    return found


def depth_of_parentheses(blanked, number, reach=40):
    """How many brackets are open where a line starts, as far as the lines just before it tell."""
    depth = 0
    for line in reversed(blanked[max(0, number - reach):number]):
        if not line.strip():
            break
        depth += line.count("(") + line.count("[") - line.count(")") - line.count("]")
        if depth > 0:
            return depth
    return 0


def read(match, lines, blanked, number, owners):
    keyword = match["keyword"]
    signature = signature_at(blanked, number)
    words = re.sub(ATTRIBUTE, " ", match["lead"])
    name = re.match(r"\s*([\w.]+|[^\s\w(]+)?", match["rest"])
    return Declaration(
        line=number + 1,
        keyword=keyword,
        name=(name[1] if name and name[1] and keyword not in ("init", "subscript") else keyword),
        signature=heading(blanked, number),
        access=access(words, keyword, owners),
        documentation=comment_above(lines, number),
        throws=keyword in ("func", "init", "var", "subscript") and throwing(blanked, number, signature, keyword),
        typed_throws="throws(" in heading(blanked, number),
        overrides=bool(re.search(r"\boverride\b", words)),
        inherits=inheritance(blanked, number) if keyword in TYPES else (),
        owners=owners,
    )


def access(words, keyword, owners):
    """The access a declaration has in effect: its own, or its owner's where it says nothing."""
    levels = ["private", "fileprivate", "internal", "package", "public"]
    own = re.search(r"\b(public|package|internal|fileprivate|private|open)\b(?!\()", words)
    said = own[1].replace("open", "public") if own else None
    owner = owners[-1] if owners else None
    if said is None:
        inherits = owner and (owner.keyword in ("protocol", "extension") or keyword == "case")
        said = owner.access if inherits else "internal"
    outer = [o.access for o in owners if o.keyword != "extension"]
    if keyword == "extension":
        return said
    return min([said, *outer], key=levels.index)


def comment_above(lines, number):
    """The documentation comment over a line, past the attributes and remarks between them."""
    text = []
    for line in reversed(lines[:number]):
        stripped = line.strip()
        if stripped.startswith("///"):
            text.append(stripped[3:].strip())
        elif stripped.startswith(("@", "//")) and not text:
            continue
        else:
            break
    return "\n".join(reversed(text))


def signature_at(blanked, number):
    """The text of a declaration up to its body, without what stands in round brackets."""
    text, depth = [], 0
    for offset, line in enumerate(blanked[number:number + 40]):
        if offset and depth == 0 and not re.match(r"\s*(throws|rethrows|async|->|where|\)|[{&])", line):
            break
        for character in line:
            if character in "([":
                depth += 1
            if depth == 0:
                if character in "{=":
                    return "".join(text)
                text.append(character)
            if character in ")]":
                depth = max(0, depth - 1)
        text.append(" ")
    return "".join(text)


def heading(blanked, number):
    """The text of a declaration up to its body."""
    return " ".join(blanked[number:number + 20]).split("{")[0]


def inheritance(blanked, number):
    """What a type or extension says it inherits or conforms to."""
    clause = re.match(r"[^:]*:(.*)", heading(blanked, number).split(" where ")[0])
    return tuple(re.findall(r"[A-Z]\w*", re.sub(ATTRIBUTE, " ", clause[1]))) if clause else ()


def throwing(blanked, number, signature, keyword):
    if keyword != "var":
        return bool(re.search(r"\bthrows\b", signature))
    body = " ".join(blanked[number:number + 3])
    return bool(re.search(r"\{\s*get\s+(async\s+)?throws\b", body))
