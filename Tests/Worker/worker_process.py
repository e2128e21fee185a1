"""Runs a worker as its parent does, for tests."""

import os
import socket
import subprocess
import sys
from pathlib import Path

START = Path(__file__).resolve().parent.parent.parent / "Worker" / "start.py"
sys.path.insert(0, str(START.parent))

from m3dt_worker import protocol  # noqa: E402


class WorkerProcess:
    """A worker with the three files that it expects; the parent's ends close with it."""

    def __init__(self):
        life, self._life = os.pipe()
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", START], stdin=life, stdout=theirs, stderr=subprocess.PIPE)
        os.close(life)
        theirs.close()
        self.channel = protocol.Channel(ours)
        self._socket = ours

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()
        self.process.stderr.close()

    def ask(self, kind, body, request=1):
        """Sends a request and returns the kind and the body of its answer."""
        self.channel.send(kind, request, body)
        kind, answered, body = self.channel.receive()
        assert answered == request
        return kind, body

    def greet(self, role="environments", version=protocol.VERSION, groups=(), **more):
        """Greets and returns the kind and the value of the answer."""
        hello = {"protocol": version, "role": role, "groups": list(groups), **more}
        kind, body = self.ask(protocol.HELLO, protocol.encode(hello))
        return kind, protocol.decode(body)

    def close_life(self):
        """What happens when a parent dies: the pipe closes, though the socket may not yet."""
        if self._life is not None:
            os.close(self._life)
        self._life = None

    def hang_up(self):
        """Closes everything and waits for the end of the process; returns its status."""
        self.close_life()
        self._socket.close()
        return self.process.wait(timeout=20)
