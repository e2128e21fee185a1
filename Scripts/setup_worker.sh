#!/usr/bin/env bash
# Installs the Python packages that workers use into .worker/, pinned by version and checksum.
#
#   Scripts/setup_worker.sh [GROUP...]     default: simulators formats
#
#   simulators   Meta-World and Gymnasium with MuJoCo, for environments that run in Python
#   formats      h5py and minari, to import and export other formats
#   torch        PyTorch's CPU build, to import data that it has written
#   transformers the transformers package beside torch, for tests of Hugging Face checkpoints; no worker uses it
#   statistics   rliable, for Scripts/record_rliable.py; no worker uses it
#   tensorboard  its reader of event files, for Scripts/check_run_folder.py; no worker uses it
#
# A group is a folder of its own, .worker/GROUP, which nothing but a worker has on its path: neither the system's
# packages nor the user's own are touched or seen. A group that is in place is left as it is, without the network.
# Nothing is ever half installed. The Python is python3, or the one that M3DT_PYTHON names.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup_worker: %s\n' "$*"; }
stop() { printf 'setup_worker: %s\n' "$*" >&2; exit 1; }

requirements=Worker/requirements
machine=$(uname -m)
python=${M3DT_PYTHON:-python3}
command -v "$python" >/dev/null || stop "Python 3 ($python) is missing; install it (Debian: apt-get install python3 python3-pip)"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
interpreter=$("$python" -c 'import os, sys; print(os.path.realpath(sys._base_executable))')

install() {
    local group=$1 list="$requirements/$1-$machine.txt" wanted
    [ -f "$requirements/$group-x86_64.txt" ] || stop "there is no group '$group'; choose simulators, formats, torch, transformers, statistics or tensorboard"
    [ -f "$list" ] || stop "no pinned packages for this machine ($machine); add them with their checksums to $list"
    grep -q "^# Wheels of CPython .*\b${version/./\\.}\b" "$list" || stop \
        "$group needs one of$(sed -n 's/^# Wheels of CPython/ CPython/p' "$list") this is $version; name another with M3DT_PYTHON=/path/to/python"
    wanted=$({ cat "$list" Scripts/setup_worker.sh; echo "$interpreter $version"; } | sha256sum | cut -d' ' -f1)
    if [ "$(cat ".worker/$group/stamp" 2>/dev/null)" = "$wanted" ]; then
        say "$group: in place (.worker/$group)"
        return
    fi
    "$python" -m pip --version >/dev/null 2>&1 || stop "pip is missing; install it (Debian: apt-get install python3-pip)"
    say "$group: fetching for Python $version"
    "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
        --only-binary=:all: --require-hashes --target "$partial/$group" --requirement "$list" || stop \
        "$group could not be installed; check the network and that the package index offers $list, then run this again"
    printf '%s\n' "$interpreter" >"$partial/$group/interpreter"
    printf '%s\n' "$wanted" >"$partial/$group/stamp"
    mkdir -p .worker
    rm -rf ".worker/$group"
    mv "$partial/$group" ".worker/$group"
    say "$group: done, $(du -sh ".worker/$group" | cut -f1)"
}

partial=$(mktemp -d .worker-partial.XXXXXX)
trap 'rm -rf "$partial"' EXIT
[ $# -gt 0 ] || set -- simulators formats
for group in "$@"; do install "$group"; done
