"""Checks what a run wrote for people with the programs that people use: TensorBoard's reader, an HTML parser, a JSON reader.

usage: Scripts/setup_worker.sh tensorboard && PYTHONPATH=.worker/tensorboard python3 Scripts/check_run_folder.py RUN_FOLDER

Every number of metrics.jsonl must be found in the event files of its stage, and the other way round; every page must nest
its elements and load nothing from outside. Exit code 0 only if all holds.
"""

import json
import math
import sys
from html.parser import HTMLParser
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

VOID = {"meta", "img", "br", "link", "input", "hr"}


class PageCheck(HTMLParser):
    """Collects what is wrong with a page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.problems, self.count = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.count += 1
        for name, value in attrs:
            outside = name in ("src", "href", "xlink:href") and not value.startswith(("#", "data:image/png;base64,"))
            if outside or name.startswith("on"):
                self.problems.append(f"{self.getpos()}: {tag} {name}={value[:60]!r}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"{self.getpos()}: </{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()


def logged(path):
    """The values of metrics.jsonl by stage, name and step."""
    values = {}
    for line in path.read_text().splitlines():
        record = json.loads(line)
        for name, value in record["values"].items():
            values[(record["stage"], name, record["step"])] = value
    return values


def shown(folder):
    """The scalars that TensorBoard reads, by stage, name and step; also how many pictures and texts there are."""
    values, others = {}, 0
    for stage in sorted(path for path in folder.iterdir() if path.is_dir()):
        events = EventAccumulator(str(stage), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
        events.Reload()
        tags = events.Tags()
        for name in tags["scalars"]:
            for event in events.Scalars(name):
                values[(stage.name, name, event.step)] = event.value
        for name in tags["images"]:
            for image in events.Images(name):
                assert image.encoded_image_string.startswith(b"\x89PNG"), f"{stage.name} {name} is no PNG"
                others += 1
        for name in tags["tensors"]:
            assert events.SummaryMetadata(name).plugin_data.plugin_name == "text", f"{stage.name} {name} is no text"
            others += len(events.Tensors(name))
    return values, others


def same(first, second):
    return second is not None and first is not None and math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-37)


def main(folder):
    problems = []
    expected = logged(folder / "metrics.jsonl")
    found, others = shown(folder / "tensorboard")
    for key in sorted(expected.keys() | found.keys()):
        if not same(expected.get(key), found.get(key)):
            problems.append(f"{key}: {expected.get(key)} in metrics.jsonl, {found.get(key)} in TensorBoard")
    pages = sorted(folder.glob("*.html"))
    for path in pages:
        page = PageCheck()
        page.feed(path.read_text())
        page.close()
        problems += [f"{path.name} {problem}" for problem in page.problems]
        if page.open or page.count < 20:
            problems.append(f"{path.name}: {page.count} elements, left open: {page.open}")
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    print(f"{len(expected)} numbers, {others} pictures and texts, {len(pages)} pages, {len(problems)} problems")
    if not expected or not pages:
        sys.exit("nothing was checked: the folder lacks metrics or a page")
    sys.exit(1 if problems else 0)


main(Path(sys.argv[1]))
