"""Makes the Unicode data of Swift's static Foundation without what m3dt has no use for: 34 MB become 9.

usage: icu.py SWIFT_STATIC_FOLDER COMPILER OUTPUT_OBJECT

The library keeps its data in an object of its own, with one symbol. An object that is linked before it and has the same symbol
takes its place. Left out are names of currencies, languages, regions, units and time zones in all languages but English, other
languages' collations, old encodings and dictionaries for breaking lines; ICU then falls back to its root.
"""

import pathlib
import re
import struct
import subprocess
import sys
import tempfile

LIBRARY = "linux/lib_FoundationICU.a"
MEMBER = "icu_packaged_data.cpp.o"
BY_LANGUAGE = ("coll", "curr", "lang", "rbnf", "region", "unit", "zone")
KEPT = re.compile(r"(?:en|en_US|en_GB|en_001|root|pool|res_index|supplementalData|tzdbNames|ucadata)\.\w+")


def is_kept(name: str) -> bool:
    """Whether an entry such as icudt76l/curr/de.res stays."""
    folder, file = name.split("/")[1:-1], name.split("/")[-1]
    if file.endswith((".cnv", ".dict")):
        return False
    return not (folder and folder[0] in BY_LANGUAGE) or KEPT.fullmatch(file) is not None


def thinned(data: bytes) -> bytes:
    """A package of ICU's common data with only the entries that are kept: header, offsets, names, entries."""
    size = struct.unpack_from("<H", data)[0]
    if data[12:16] != b"CmnD":
        sys.exit("bundle: Swift's Unicode data has another layout than this script knows")
    header, body = data[:size], data[size:]
    count = struct.unpack_from("<I", body)[0]
    places = [struct.unpack_from("<II", body, 4 + 8 * index) for index in range(count)]
    ends = [start for _, start in places[1:]] + [len(body)]
    entries = []
    for (place, start), end in zip(places, ends):
        name = body[place : body.index(b"\0", place)]
        if is_kept(name.decode()):
            entries.append((name, body[start:end]))
    names, name_places = b"", []
    first_name = 4 + 8 * len(entries)
    for name, _ in entries:
        name_places.append(first_name + len(names))
        names += name + b"\0"
    content, starts = b"", []
    first = -(-(first_name + len(names)) // 16) * 16
    for _, entry in entries:
        starts.append(first + len(content))
        content += entry + bytes(-len(entry) % 16)
    table = struct.pack("<I", len(entries)) + b"".join(struct.pack("<II", *pair) for pair in zip(name_places, starts))
    return header + (table + names).ljust(first, b"\0") + content


def main() -> None:
    static, compiler, output = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *words: subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout
        run("ar", "x", str(static / LIBRARY), MEMBER)
        symbols = [line.split()[-1] for line in run("nm", MEMBER).splitlines()]
        if len(symbols) != 1:
            sys.exit("bundle: Swift's Unicode data has other symbols than this script knows")
        run("objcopy", "-O", "binary", "-j", ".rodata", MEMBER, "icu.dat")
        whole = (pathlib.Path(folder) / "icu.dat").read_bytes()
        (pathlib.Path(folder) / "thin.dat").write_bytes(thinned(whole))
        (pathlib.Path(folder) / "icu.s").write_text(
            f'.section .rodata\n.globl {symbols[0]}\n.type {symbols[0]}, @object\n.balign 16\n{symbols[0]}:\n'
            '.incbin "thin.dat"\n.section .note.GNU-stack,"",@progbits\n')
        run(compiler, "-c", "icu.s", "-o", str(output.resolve()))


main()
