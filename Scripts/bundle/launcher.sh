#!/bin/sh
# Runs m3dt with the PyTorch that is installed on this machine.
#
#   M3DT_PYTHON  the Python whose PyTorch is taken; default: python3
#   M3DT_TORCH   the folder of a PyTorch, such as .../site-packages/torch, instead
here=$(dirname -- "$(readlink -f -- "$0")")
wanted=$(cat "$here/torch-version")
remedy="install it (pip install torch==$wanted), or name its folder in M3DT_TORCH"

if [ -z "${M3DT_TORCH:-}" ]; then
    # Only looked up: importing it would take seconds.
    M3DT_TORCH=$("${M3DT_PYTHON:-python3}" -c '
import importlib.util
found = importlib.util.find_spec("torch")
print(next(iter(found.submodule_search_locations)) if found else "")' 2>/dev/null)
fi
found=$(sed -n "s/^__version__ = '\([^'+]*\).*/\1/p" "$M3DT_TORCH/version.py" 2>/dev/null)
# What is wrong is said by commands that need tensors; the others go on.
if [ -z "$M3DT_TORCH" ]; then
    problem="${M3DT_PYTHON:-python3} has no PyTorch, and this bundle needs $wanted; $remedy"
elif [ -z "$found" ]; then
    problem="$M3DT_TORCH is not the folder of a PyTorch; $remedy"
elif [ "${found%.*}" != "${wanted%.*}" ]; then
    problem="$M3DT_TORCH holds PyTorch $found, and this bundle is built for $wanted; $remedy"
fi

export M3DT_BUNDLE="$here" M3DT_TORCH
[ -z "${problem:-}" ] || export M3DT_TORCH_PROBLEM="$problem"
exec "$here/program/m3dt" "$@"
