"""Writes the files beside this script with the Python package safetensors (also needs numpy and ml_dtypes)."""

import pathlib

import numpy
from ml_dtypes import bfloat16
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent

save_file(
    {
        "weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 2,
        "bias": numpy.array([-1, 1], dtype=numpy.float32),
    },
    here / "linear.safetensors",
    metadata={"made by": "python"},
)

types = {
    "F64": "float64", "F32": "float32", "BF16": bfloat16, "F16": "float16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
tensors = {name: numpy.array([0, 1, 1], dtype=dtype) for name, dtype in types.items()}
tensors["scalar"] = numpy.array(2.5, dtype=numpy.float32)
tensors["empty"] = numpy.zeros((2, 0), dtype=numpy.float32)
save_file(tensors, here / "types.safetensors")
