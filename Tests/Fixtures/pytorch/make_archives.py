"""Makes the small PyTorch files that the tests of PyTorchArchive read, good ones and hostile ones.

    python3 make_archives.py        writes *.pt beside this script, always the same bytes

PyTorch itself is not needed: the names that its files refer to are stood in for below, so that Python's own pickle
writes exactly the opcodes that torch.save would.
"""
import collections
import io
import os
import pathlib
import pickle
import struct
import sys
import types
import zipfile

FOLDER = pathlib.Path(__file__).parent
torch = sys.modules["torch"] = types.ModuleType("torch")
torch_utils = sys.modules["torch._utils"] = types.ModuleType("torch._utils")


def named(module, name, base=object):
    """A stand-in that pickles as the global MODULE.NAME."""
    value = type(name, (base,), {"__module__": module.__name__})
    setattr(module, name, value)
    return value


def function(module, name):
    def value(*arguments):
        raise AssertionError("never called")

    value.__module__, value.__qualname__, value.__name__ = module.__name__, name, name
    setattr(module, name, value)
    return value


STORAGES = {
    code: named(torch, name + "Storage")
    for code, name in {"f": "Float", "d": "Double", "q": "Long", "i": "Int", "h": "Short", "b": "Char", "B": "Byte",
                       "?": "Bool", "e": "Half"}.items()
}
rebuild_tensor = function(torch_utils, "_rebuild_tensor_v2")
rebuild_parameter = function(torch_utils, "_rebuild_parameter")
Size = named(torch, "Size", tuple)
Size.__reduce__ = lambda self: (Size, (tuple(self),))


class Storage:
    def __init__(self, key, code, values, claimed=None):
        self.key, self.code, self.values = key, code, list(values)
        self.claimed = len(self.values) if claimed is None else claimed

    def data(self):
        return struct.pack("<%d%s" % (len(self.values), self.code), *self.values)


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.parts = (storage, offset, shape, strides)

    def __reduce__(self):
        return rebuild_tensor, (*self.parts, False, collections.OrderedDict())


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return rebuild_parameter, (self.tensor, True, collections.OrderedDict())


class Run:
    """What an attacker would put into a file."""

    def __reduce__(self):
        return os.system, ("echo harmed",)


def pickled(value, protocol=2):
    buffer = io.BytesIO()

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, Storage):
                return "storage", STORAGES[thing.code], thing.key, "cpu", thing.claimed
            return None

    Pickler(buffer, protocol).dump(value)
    return buffer.getvalue()


def save(name, pickle_bytes, storages=(), method=zipfile.ZIP_STORED, byteorder=b"little", extra=(), large=False):
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    if large:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 8, 2
    path = FOLDER / (name + ".pt")
    with zipfile.ZipFile(path, "w", method) as archive:
        def add(entry, data):
            information = zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0))
            information.compress_type = method
            archive.writestr(information, data)

        if pickle_bytes is not None:
            add(name + "/data.pkl", pickle_bytes)
        if byteorder is not None:
            add(name + "/byteorder", byteorder)
        for storage in storages:
            add(name + "/data/" + storage.key, storage.data())
        for entry, data in extra:
            add(entry, data)
        add(name + "/version", b"3\n")
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    return path


def edited(path, *changes):
    """Changes bytes of a finished file, each (old, new) once and of the same length."""
    data = path.read_bytes()
    for old, new in changes:
        assert len(old) == len(new) and data.count(old) >= 1, (path, old)
        data = data.replace(old, new, 1)
    path.write_bytes(data)


def good():
    numbers = Storage("0", "f", range(24))
    others = [Storage(str(index + 1), code, values) for index, (code, values) in enumerate({
        "d": [0.5, -2.0], "q": [-(2**40), 7], "i": [-5, 6], "h": [-300], "b": [-8, 9], "B": [250], "?": [True, False],
        "e": [1.5],
    }.items())]
    value = collections.OrderedDict()
    value["contiguous"] = Tensor(numbers, 0, (2, 3, 4), (12, 4, 1))
    value["views"] = {
        "transposed": Tensor(numbers, 0, (4, 6), (1, 4)),
        "slice": Tensor(numbers, 5, (2, 3), (12, 2)),
        "permuted": Tensor(numbers, 0, (4, 2, 3), (1, 12, 4)),
        "scalar": Tensor(numbers, 23, (), ()),
        "empty": Tensor(numbers, 24, (0, 3), (3, 1)),
        "odd stride of one row": Tensor(numbers, 4, (1, 4), (99, 1)),
    }
    value["types"] = [Tensor(storage, 0, (len(storage.values),), (1,)) for storage in others]
    value["parameter"] = Parameter(Tensor(numbers, 8, (4,), (1,)))
    value["plain"] = {
        "none": None, "yes": True, "no": False, "small": 5, "negative": -70000, "large": 2**40, "float": 0.1,
        "text": "größer", "long text": "x" * 300, "bytes": bytearray(b"\x00\xff"), "shape": Size((2, 3)),
        "tuple": (1, "two", ()), "one": (1,), "two": (1, 2), "four": (1, 2, 3, 4), "list": [1], "empty list": [], 7: "key",
    }
    # How torch.save keeps the versions of modules: an attribute of the dictionary.
    value._metadata = {"": {"version": 1}}
    return value, [numbers, *others]


def make_good():
    value, storages = good()
    plain = value["plain"]
    plain_bytes = plain["bytes"]
    for protocol in (2, 3, 4, 5):
        # Before protocol 5 a byte array is pickled as a call, and before protocol 3 so are bytes.
        plain["bytes"] = plain_bytes if protocol == 5 else None if protocol == 2 else bytes(plain_bytes)
        save("protocol_%d" % protocol, pickled(value, protocol), storages)
    plain["bytes"] = None
    data = pickled(value)
    save("deflated", data, storages, method=zipfile.ZIP_DEFLATED)
    save("large", data, storages, large=True)
    save("without_byteorder", data, storages, byteorder=None)


def make_hostile_pickles():
    numbers = Storage("0", "f", range(4))

    def tensor(name, *arguments, storage=numbers):
        save(name, pickled({"w": Tensor(storage, *arguments)}), [numbers])

    save("calls_system", pickled({"a": Run()}))
    save("calls_system_protocol_4", pickled({"a": Run()}, 4))
    save("names_eval", b"\x80\x02cbuiltins\neval\n.")
    save("names_type_of_torch", b"\x80\x02ctorch\nload\n.")
    save("old_instance", b"\x80\x02(X\x01\x00\x00\x00aios\nsystem\n.")
    save("extension", b"\x80\x02\x82\x01.")
    save("huge_memo", b"\x80\x02Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.")
    save("unknown_memo", b"\x80\x02j\xff\xff\xff\xff.")
    save("truncated_pickle", pickled({"a": [1, 2, 3]})[:-4])
    save("without_stop", b"\x80\x02N")
    save("empty_pickle", b"")
    save("long_text_beyond_end", b"\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.")
    save("impossible_length", b"\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xff.")
    save("not_utf8", b"\x80\x02X\x02\x00\x00\x00\xff\xfe.")
    save("empty_stack", b"\x80\x020.")
    save("pops_below_mark", b"\x80\x02N(0.")
    save("no_mark", b"\x80\x02]e.")
    save("odd_items", b"\x80\x02}(Nu.")
    save("append_to_number", b"\x80\x02K\x01K\x02a.")
    save("state_of_number", b"\x80\x02K\x01}b.")
    save("calls_number", b"\x80\x02K\x01)R.")
    save("only_a_type", b"\x80\x02ctorch\nFloatStorage\n.")
    save("huge_integer", pickled(2**80))
    save("deep", b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".", method=zipfile.ZIP_DEFLATED)
    save("deep_tuples", b"\x80\x02)" + b"\x85" * 100_000 + b".", method=zipfile.ZIP_DEFLATED)
    cyclic = []
    cyclic.append(cyclic)
    save("cyclic_list", pickled(cyclic))
    cyclic = {}
    cyclic["self"] = cyclic
    save("cyclic_dictionary", pickled(cyclic))
    shared = [0]
    for _ in range(40):
        shared = [shared, shared]
    save("doubling", pickled(shared))
    many = b"\x80\x02](" + b"NN\x86" * 1000 + b"eq\x000ccollections\nOrderedDict\nq\x010"
    save("repeated_dictionary", many + b"h\x01h\x00\x85R0" * 2000 + b"N.", method=zipfile.ZIP_DEFLATED)
    save("same_key_twice", b"\x80\x02}(K\x01NK\x01Nu.")
    save("clashing_names", pickled({"a": {"b": Tensor(numbers, 0, (4,), (1,))}, "a.b": Tensor(numbers, 0, (4,), (1,))}),
         [numbers])

    tensor("beyond_storage", 1, (4,), (1,))
    tensor("offset_beyond_storage", 2**62, (1,), (1,))
    tensor("negative_offset", -1, (2,), (1,))
    tensor("negative_stride", 3, (2,), (-1,))
    tensor("negative_shape", 0, (-2, -2), (1, 1))
    tensor("huge_stride", 0, (3, 2), (2**62, 1))
    tensor("huge_shape", 0, (2**62, 16), (0, 0))
    tensor("expanded", 0, (1_000_000_000,), (0,))
    tensor("more_strides", 0, (2,), (1, 1))
    tensor("text_in_shape", 0, ("2",), (1,))
    tensor("claims_more", 0, (5,), (1,), storage=Storage("0", "f", range(4), claimed=5))
    tensor("claims_negative", 0, (), (), storage=Storage("0", "f", range(4), claimed=-1))
    tensor("missing_storage", 0, (4,), (1,), storage=Storage("9", "f", range(4)))


def make_hostile_archives():
    numbers = Storage("0", "f", range(4))
    data = pickled({"w": Tensor(numbers, 0, (4,), (1,))})
    edited(save("wrong_checksum_of_storage", data, [numbers]), (numbers.data(), b"\1" * 16))
    edited(save("wrong_checksum_of_pickle", data, [numbers]), (b"}q\0X", b"}q\0U"))
    save("climbs_out", data, [numbers], extra=[("../../evil", b"")])
    save("absolute", data, [numbers], extra=[("/evil", b"")])
    save("backslash", data, [numbers], extra=[("a\\..\\evil", b"")])
    save("two_pickles", data, [numbers], extra=[("other/data.pkl", data)])
    save("no_pickle", None, [numbers])
    save("big_endian", data, [numbers], byteorder=b"big")
    edited(save("same_entry_twice", data, [numbers], extra=[("same_entry_twice/versiom", b"")]),
           (b"same_entry_twice/versiom", b"same_entry_twice/version"), (b"same_entry_twice/versiom", b"same_entry_twice/version"))
    edited(save("other_local_name", data, [numbers]), (b"other_local_name/version", b"other_local_name/mission"))

    def directory_edited(name, offset, new, method=zipfile.ZIP_STORED):
        """Changes the first entry of the directory, that of the pickle."""
        path = save(name, data, [numbers], method=method)
        content = bytearray(path.read_bytes())
        start = content.index(b"PK\1\2") + offset
        content[start:start + len(new)] = new
        path.write_bytes(content)

    directory_edited("encrypted", 8, b"\1\0")
    directory_edited("unknown_method", 10, b"\x0e\0")
    directory_edited("size_beyond_file", 20, struct.pack("<II", 10**6, 10**6))
    directory_edited("sizes_differ", 24, struct.pack("<I", 10))
    directory_edited("header_beyond_file", 42, struct.pack("<I", 10**6))
    directory_edited("zip64_without_field", 20, b"\xff" * 4)
    directory_edited("bomb", 24, struct.pack("<I", 2**28), method=zipfile.ZIP_DEFLATED)
    directory_edited("long_pickle", 24, struct.pack("<I", 2**28 + 1), method=zipfile.ZIP_DEFLATED)
    directory_edited("overlapping", 20, struct.pack("<II", len(data) + 60, len(data) + 60))
    (FOLDER / "old_format.pt").write_bytes(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.")
    (FOLDER / "not_an_archive.pt").write_bytes(b"this is text, not an archive, and longer than an end record")


for old in FOLDER.glob("*.pt"):
    old.unlink()
make_good()
make_hostile_pickles()
make_hostile_archives()
