"""The life of a worker: greets its parent, then answers one request after another."""

import importlib
import platform
import sys
import traceback
from pathlib import Path

from . import packages, protocol
from .errors import Problem
from .life import claim_standard_files

# What a worker may be asked to be: the module that answers, which has a function `handlers(hello)`.
ROLES = {"environments": "m3dt_worker.environments", "formats": "m3dt_worker.formats"}


def main():
    """Serves until the parent closes the connection."""
    serve(protocol.Channel(claim_standard_files()))


def serve(channel):
    """Answers requests; the first must be a greeting, which says what kind of requests will follow."""
    handlers = {protocol.HELLO: greet}
    while (frame := channel.receive()) is not None:
        kind, request, body = frame
        try:
            if kind not in handlers:
                raise Problem("unknown-request", f"this worker has no answer to requests of kind {kind}")
            answer = handlers[kind](body)
            if kind == protocol.HELLO:
                handlers, answer = answer
            for part in parts_of(answer):
                channel.send(part[0], request, part[1])
        except Exception as problem:  # whatever it is, the parent is to know
            channel.send(protocol.PROBLEM, request, protocol.encode(describe(problem)))


def parts_of(answer):
    """A handler answers with (kind, body), or yields any number of bodies: parts, and DONE after the last."""
    if isinstance(answer, tuple):
        yield answer
        return
    for body in answer:
        yield protocol.PART, body
    yield protocol.DONE, b""


def greet(body):
    """Loads what the parent asks for; returns the handlers of the role, and the answer."""
    hello = protocol.decode(body)
    if hello["protocol"] != protocol.VERSION:
        raise Problem(
            "wrong-protocol", f"the worker speaks version {protocol.VERSION} of the protocol, its parent "
            f"{hello['protocol']}; take both from one checkout", found=protocol.VERSION, wanted=hello["protocol"])
    if hello["role"] not in ROLES:
        raise Problem("unknown-role", f"there is no role '{hello['role']}'; there are {', '.join(ROLES)}")
    versions = {}
    root = Path(hello["packages"]) if hello.get("packages") else None
    for group in hello["groups"]:
        versions.update(packages.add(group, root))
    sys.path[:0] = hello.get("paths", [])
    handlers = importlib.import_module(ROLES[hello["role"]]).handlers(hello)
    ready = {"protocol": protocol.VERSION, "python": platform.python_version(), "packages": versions}
    return handlers, (protocol.READY, protocol.encode(ready))


def describe(problem):
    """An exception as the body of PROBLEM."""
    if isinstance(problem, Problem):
        code, message, details = problem.code, problem.message, problem.details
    else:
        code, message, details = "exception", f"{type(problem).__name__}: {problem}", {}
    trace = "".join(traceback.format_exception(problem))
    return {"code": code, "message": message, "details": details, "trace": trace[-4000:]}
