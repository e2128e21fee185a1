"""Reads what torch.save has written, without PyTorch and without running anything in it.

The file is a zip archive that holds a pickle and, uncompressed, the numbers; these are mapped, so that only what is looked
at is read. PyTorch's own loader refuses TensorDicts, unless their package is there too and may run.
"""

import io
import struct
import zipfile

import numpy

from .episode import FormatError
from .strict_pickle import CONTAINERS, StrictUnpickler

STORAGES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4",
    "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1", "BoolStorage": "?",
}


class State(dict):
    """Stands in for a TensorDict and for the dicts inside."""

    def __setstate__(self, state):
        for part in state if isinstance(state, tuple) else (state,):
            self.update(part or {})


class Storage:
    def __init__(self, array):
        self.array = array


def _tensor(storage, offset, shape, strides, *_):
    if not isinstance(storage, Storage) or len(shape) != len(strides) or any(n < 0 for n in (offset, *shape, *strides)):
        raise ValueError("a malformed tensor")
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides))
    if 0 not in shape and last >= len(storage.array):
        raise ValueError("a tensor beyond the end of its storage")
    array, size = storage.array[offset:], storage.array.itemsize
    return numpy.lib.stride_tricks.as_strided(array, shape, [size * stride for stride in strides], writeable=False)


def _size(parts=()):
    return tuple(parts)


def _device(*parts):
    return ":".join(map(str, parts))


def _tensor_dict(kind, state):
    if kind is not State:
        raise ValueError("a TensorDict of another class")
    return state


ALLOWED = CONTAINERS | {
    ("torch._utils", "_rebuild_tensor_v2"): _tensor, ("torch", "Size"): _size, ("torch", "device"): _device,
    ("tensordict._reductions", "_make_td"): _tensor_dict,
}
ALLOWED |= {("torch", name): kind for name, kind in STORAGES.items()}
ALLOWED |= {("tensordict." + module, "TensorDict"): State for module in ("_td", "tensordict", "base")}
ALLOWED |= {("tensordict." + module, "_StringOnlyDict"): State for module in ("_td", "tensordict", "utils")}


class TorchArchive(StrictUnpickler):
    def __init__(self, file):
        self._archive_file = file
        try:
            self._zip = zipfile.ZipFile(file)
            name = next(name for name in self._zip.namelist() if name.endswith("/data.pkl"))
            self._root = name[: -len("data.pkl")]
            pickled = self._zip.read(name)
        except (zipfile.BadZipFile, StopIteration, OSError) as error:
            raise FormatError(
                "it is no archive of torch.save", "fetch the file again; files older than PyTorch 1.6 must be saved anew",
                file=file) from error
        super().__init__(io.BytesIO(pickled), file, ALLOWED, (State,))
        if self._root + "byteorder" in self._zip.namelist() and self._zip.read(self._root + "byteorder") != b"little":
            raise FormatError("its numbers are in big-endian order", "save it on another machine", file=file)

    def load(self):
        """The value in the file, tensors as read-only arrays that are mapped from it.

        Raises FormatError.
        """
        with self._zip:
            value = self.load_everything()
        return value["_tensordict"] if isinstance(value, dict) and "_tensordict" in value else value

    def persistent_load(self, identity):
        _, kind, key, _, count = identity
        try:
            entry = self._zip.getinfo(f"{self._root}data/{key}")
        except KeyError:
            raise ValueError(f"storage {key} is missing") from None
        with open(self._archive_file, "rb") as stream:
            stream.seek(entry.header_offset)
            name_length, extra_length = struct.unpack_from("<HH", stream.read(30), 26)
        start = entry.header_offset + 30 + name_length + extra_length
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size < count * numpy.dtype(kind).itemsize:
            raise ValueError(f"storage {key} is compressed or too short")
        if count == 0:
            return Storage(numpy.zeros(0, kind))
        return Storage(numpy.memmap(self._archive_file, kind, "r", start, (count,)))
