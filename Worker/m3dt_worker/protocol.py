"""Frames between a worker and its parent.

A frame is a header of 12 bytes and a body. All numbers are little-endian.

    0  uint32  length of the body in bytes
    4  uint32  kind
    8  uint32  request: an answer carries the number of the request that it answers

Bodies are numbers packed without gaps, or JSON where they are read once. Nothing is ever pickled.
"""

import json
import struct

VERSION = 1

# Kinds below 32 belong to all roles; 32 to 63 to environments; 64 to 95 to formats.
HELLO = 1  # request: JSON {protocol, role, groups}; the first frame of all
READY = 2  # answer: JSON {protocol, python, packages}
PROBLEM = 3  # answer: JSON {code, message, details, trace}
PART = 4  # answer: one of several parts; DONE comes after the last
DONE = 5  # answer: all is done; the body is the handler's

HEADER = struct.Struct("<III")
LONGEST_BODY = 1 << 30


class Channel:
    """Reads and writes frames on a connected socket."""

    def __init__(self, connection):
        self._connection = connection

    def receive(self):
        """The next frame as (kind, request, body); nothing when the parent has closed the connection."""
        header = self._read(HEADER.size)
        if header is None:
            return None
        length, kind, request = HEADER.unpack(header)
        if length > LONGEST_BODY:
            raise ConnectionError(f"a frame of {length} bytes is announced, more than {LONGEST_BODY}")
        body = self._read(length) if length else bytearray()
        return None if body is None else (kind, request, body)

    def send(self, kind, request, body=b""):
        """Sends one frame."""
        if len(body) > LONGEST_BODY:
            raise ValueError(f"a frame of {len(body)} bytes is longer than {LONGEST_BODY}; send it in parts")
        self._connection.sendall(HEADER.pack(len(body), kind, request) + bytes(body))

    def _read(self, count):
        body = bytearray(count)
        view, filled = memoryview(body), 0
        while filled < count:
            received = self._connection.recv_into(view[filled:])
            if received == 0:
                return None
            filled += received
        return body


def encode(value):
    """A value as the JSON of a body; numbers that are not finite are refused."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def decode(body):
    """The value of a body of JSON."""
    return json.loads(bytes(body))
