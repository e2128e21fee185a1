"""Reads pickles without running anything that is in them.

A pickle is a program; the ones here may build lists, dicts, tuples, strings, numbers and what a table of stand-ins allows.
The stand-ins are code of this module alone: not even numpy's own functions are called with what a file says.
"""

import pickle
import re

import numpy

from .episode import FormatError

MALFORMED = (
    pickle.UnpicklingError, EOFError, KeyError, IndexError, AttributeError, TypeError, ValueError, OverflowError,
    UnicodeDecodeError, RecursionError,
)


class StrictUnpickler(pickle._Unpickler):
    """Reads one pickle; the class is the interpreter in Python, since that in C cannot be watched."""

    def __init__(self, stream, file, allowed, buildable=()):
        super().__init__(stream, encoding="latin1")
        self._path, self._allowed, self._buildable = file, allowed, buildable

    def find_class(self, module, name):
        if (module, name) not in self._allowed:
            raise FormatError(
                f"the pickle asks for {module}.{name}, and no code that a file names is ever run",
                "load it where it was made, and save only dicts, lists, numbers and numpy arrays", file=self._path)
        return self._allowed[module, name]

    def load_everything(self):
        """The value in the pickle.

        Raises FormatError where it asks for anything that is not allowed, or is damaged.
        """
        return list(self.watched(lambda: iter(())))[-1]

    def watched(self, between):
        """Reads the pickle, yields what `between` yields after each instruction, and then the value in it."""
        try:
            self._prepare()
            while True:
                code = self.read(1)
                if not code:
                    raise EOFError("it ends too early")
                self.dispatch[code[0]](self)
                yield from between()
        except pickle._Stop as stop:
            yield stop.value
        except FormatError as error:
            error.file = error.file or self._path
            raise
        except MALFORMED as error:
            raise FormatError(
                f"it cannot be read as a pickle ({type(error).__name__}: {error})", "fetch the file again", file=self._path
            ) from error

    def _prepare(self):
        self._unframer = pickle._Unframer(self._file_read, self._file_readline)
        self.read, self.readinto = self._unframer.read, self._unframer.readinto
        self.readline = self._unframer.readline
        self.metastack, self.stack, self.proto = [], [], 0
        self.append = self.stack.append

    dispatch = dict(pickle._Unpickler.dispatch)

    def load_reduce(self):
        arguments, function = self.stack.pop(), self.stack.pop()
        if not any(function is allowed for allowed in self._allowed.values()):
            raise pickle.UnpicklingError("a call of what is no function")
        self.append(function(*arguments))

    def load_newobj(self):
        arguments, kind = self.stack.pop(), self.stack.pop()
        if kind not in self._buildable or arguments:
            raise pickle.UnpicklingError("an object of a kind that is not allowed")
        self.append(kind())

    def load_build(self):
        state = self.stack.pop()
        if not isinstance(self.stack[-1], self._buildable):
            raise pickle.UnpicklingError("a state for what has none")
        self.stack[-1].__setstate__(state)

    def load_refused(self):
        raise pickle.UnpicklingError("an instruction of old pickles that makes objects")

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.BUILD[0]] = load_build
    for code in (pickle.INST, pickle.OBJ, pickle.NEWOBJ_EX, pickle.EXT1, pickle.EXT2, pickle.EXT4):
        dispatch[code[0]] = load_refused
    del code


class TypeOfNumbers:
    """Stands in for numpy's dtype."""

    def __init__(self, text, *_):
        if not isinstance(text, str) or not re.fullmatch(r"[<>|=]?([biuf][1248]|[US]\d+|\?)", text):
            raise FormatError(
                f"the pickle holds an array of type {text!r}, which is no number", "write it as an array of numbers")
        self.type = numpy.dtype(text)

    def __setstate__(self, state):
        order, rest = state[1], state[2:5]
        if order not in "<>|=" or any(part is not None for part in rest):
            raise pickle.UnpicklingError("an array of compound elements")
        self.type = self.type.newbyteorder(order) if order in "<>" else self.type


class Array:
    """Stands in for numpy's ndarray until its contents are there."""

    def __init__(self):
        self.array = None

    def __setstate__(self, state):
        _, shape, kind, by_column, raw = state
        if not isinstance(raw, (bytes, bytearray, str)):
            raise pickle.UnpicklingError("an array of Python objects")
        self.fill(raw, kind, shape, "F" if by_column else "C")

    def fill(self, raw, kind, shape, order):
        raw = raw.encode("latin1") if isinstance(raw, str) else raw
        self.array = numpy.frombuffer(raw, kind.type).reshape(tuple(shape), order=order)


def _reconstruct(kind, *_):
    if kind is not Array:
        raise pickle.UnpicklingError("an array of another class")
    return Array()


def _scalar(kind, raw):
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    return numpy.frombuffer(raw, kind.type, 1)[0].item()


def _from_buffer(raw, kind, shape, order):
    array = Array()
    array.fill(bytes(raw), kind, shape, "F" if order == "F" else "C")
    return array


def _encode(text, encoding):
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"an encoding {encoding}")
    return text.encode("latin1")


def _ordered(pairs=()):
    return dict(pairs)


ARRAYS = {("numpy", "ndarray"): Array, ("numpy", "dtype"): TypeOfNumbers, ("_codecs", "encode"): _encode}
for package in ("numpy.core", "numpy._core"):
    ARRAYS[package + ".multiarray", "_reconstruct"] = _reconstruct
    ARRAYS[package + ".multiarray", "scalar"] = _scalar
    ARRAYS[package + ".numeric", "_frombuffer"] = _from_buffer
def _set(parts=()):
    return list(parts)


CONTAINERS = {("collections", "OrderedDict"): _ordered, ("builtins", "set"): _set, ("__builtin__", "set"): _set}

# Stands for a value that has been read, handed on and let go of.
GONE = object()


class EpisodePickle(StrictUnpickler):
    """Reads a pickled list of dicts one dict at a time, so that only one of them is in memory."""

    def __init__(self, stream, file):
        super().__init__(stream, file, ARRAYS | CONTAINERS, (Array, TypeOfNumbers))
        self._entries, self._emitted = None, 0

    def dicts(self):
        """The dicts, their arrays as numpy's.

        Raises FormatError where the file holds anything else.
        """
        for value in self.watched(self._complete):
            if isinstance(value, _Entry):
                yield value.contents
            elif value is not self._entries:
                self._refuse("it holds no list of episodes")

    def _prepare(self):
        super()._prepare()
        self.memo = _Memo()

    def _complete(self):
        """The entries of the list that the last instruction has completed."""
        filled, self._code_was_setitems = self._code_was_setitems, False
        floor = self.metastack[0] if self.metastack else self.stack
        if self._entries is None:
            if self.stack and not isinstance(self.stack[0], list):
                self._refuse("it holds no list of episodes")
            if self.stack:
                self._entries = self.stack[0]
            return
        if not floor or floor[0] is not self._entries:
            return
        # An entry that is whole: SETITEMS has filled it, and it is directly above the list.
        above_list = len(self.stack) == 2 if not self.metastack else len(self.metastack) == len(floor) == 1
        if filled and above_list and isinstance(self.stack[-1], dict):
            entry, self.stack[-1] = self.stack[-1], GONE
            yield self._entry(entry)
        # Entries that came whole in another way.
        for entry in self._entries:
            if entry is not GONE:
                yield self._entry(entry)
        self._entries.clear()

    def _entry(self, entry):
        if not isinstance(entry, dict):
            self._refuse(f"entry {self._emitted} of the list is no dict")
        contents = {key: self._plain(key, value) for key, value in entry.items()}
        entry.clear()
        self.memo.let_go()
        self._emitted += 1
        return _Entry(contents)

    def _plain(self, key, value):
        if value is GONE:
            self._refuse(f"episode {self._emitted} shares its {key} with an earlier one", "save copies of the arrays")
        if isinstance(value, Array):
            return value.array
        if isinstance(value, (list, tuple)):
            return numpy.array([self._plain(key, part) for part in value])
        return value

    def _refuse(self, problem, remedy="save a list with one dict of arrays for each episode"):
        raise FormatError(problem, remedy, file=self._path)

    _code_was_setitems = False
    dispatch = dict(StrictUnpickler.dispatch)

    def load_setitems(self):
        pickle._Unpickler.load_setitems(self)
        self._code_was_setitems = True

    dispatch[pickle.SETITEMS[0]] = load_setitems


class _Entry:
    def __init__(self, contents):
        self.contents = contents


def _may_be_large(value):
    # A list or dict is entered while it is empty, so its length says nothing.
    if isinstance(value, tuple):
        return any(_may_be_large(part) for part in value)
    return isinstance(value, (Array, dict, list)) or (isinstance(value, (bytes, bytearray, str)) and len(value) > 1000)


class _Memo(dict):
    """What a pickle may refer back to; large values are kept only until the entry that they belong to is handed on."""

    def __init__(self):
        super().__init__()
        self._large = []

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        if _may_be_large(value):
            self._large.append(key)

    def let_go(self):
        for key in self._large:
            super().__setitem__(key, GONE)
        self._large.clear()
