#!/usr/bin/env bash
# What to run where there is a GPU: exactness, speed, and a training at the paper's size. In a bundle or in a built source folder.
#
#   Scripts/gpu_figures.sh [PART...]      default: all that is not there yet
#
#   goldens    the reference's tensors, forward, backward and ten optimiser steps
#   repeat     the same training twice, and once stopped in between: the same bits
#   bench      a step of each stage, actions, memory and the share of the matrix product's peak
#   hours      the paper's whole schedule at the speed of `bench`
#   train      the three stages at the paper's sizes, with collected data; goes on where it was stopped
#
# Each part takes under ten minutes and writes into $OUT (default: Results), named gpu-*; a part whose file is there is done.
# M3DT names the program, M3DT_DEVICE the device (default: cuda; `rehearsal` tries the script where there is no GPU).
set -euo pipefail
cd "$(dirname "$0")/.."
out=${OUT:-Results}
device=${M3DT_DEVICE:-cuda}
limit=${M3DT_SECONDS:-520}
if [ -n "${M3DT:-}" ]; then m3dt=$M3DT; elif [ -x m3dt ]; then m3dt=./m3dt; else m3dt=.build/release/m3dt; fi
mkdir -p "$out"
work=${M3DT_WORK:-$out/gpu-work}

say() { printf 'gpu_figures: %s\n' "$*"; }

# Data of ten tasks that need no Python, the same every time.
data() {
    "$m3dt" data collect --tasks cheetah-vel-05 cheetah-vel-12 cheetah-vel-20 cheetah-vel-27 cheetah-vel-35 \
        ant-dir-00 ant-dir-03 ant-dir-09 ant-dir-17 ant-dir-29 --episodes "${M3DT_EPISODES:-60}" --data "$work/data" --quiet
}

goldens() { "$m3dt" goldens Tests/Fixtures/reference-small --device "$device" >"$1.part"; }

# A training of a run, perhaps with a program before it.
small() {
    local run=$1
    shift
    "$@" "$m3dt" train --recipe demo --data "$work/data" --run "$work/$run" --device "$device" --quiet \
        --set backbone.steps=300 --set backbone.checkpointEvery=50 --set experts.steps=100 --set router.steps=100 \
        --set grouping.batches=1
}

repeat() {
    data
    rm -rf "$work"/{first,second,stopped}
    small first
    small second
    # Stopped while it trains, then gone on with.
    small stopped timeout --signal=TERM "${M3DT_STOP_AFTER:-6}" || true
    small stopped
    (
        cd "$work" && echo "run,file,sha256"
        for run in first second stopped; do
            find "$run" -name '*.safetensors' | sort | xargs sha256sum | sed "s|\(.*\)  $run/\(.*\)|$run,\2,\1|"
        done
    ) >"$1.part"
    python3 - "$1.part" <<'PYTHON'
import csv, sys
runs = {}
for row in csv.DictReader(open(sys.argv[1])):
    runs.setdefault(row["run"], {})[row["file"]] = row["sha256"]
different = [name for name, files in runs.items() if files != runs["first"]]
sys.exit(f"gpu_figures: other bits than the first run's: {', '.join(different)}" if different else 0)
PYTHON
}

bench() {
    "$m3dt" bench backbone expert router-8 router-24 router-48 action-1 action-32 rolling-1 rolling-32 \
        --device "$device" --rounds "${M3DT_ROUNDS:-5}" --seconds 0 --csv "$1.part"
}

# Stage 1 and 3 have 400,000 steps, stage 2 has 200,000 for each of 48 experts, one after another.
hours() {
    [ -f "$out/gpu-bench.csv" ] || { say "hours needs bench first"; return 1; }
    python3 - "$out/gpu-bench.csv" >"$1.part" <<'PYTHON'
import csv, sys
rows = {row["case"]: row for row in csv.DictReader(open(sys.argv[1])) if row["precision"] == "bfloat16"}
print("stage,steps,ms_a_step,steps_per_second,share_of_measured_peak,hours")
total = 0
for stage, case, steps in [("backbone", "backbone", 400_000), ("experts", "expert", 48 * 200_000), ("router", "router-48", 400_000)]:
    time, share = float(rows[case]["ours_ms"]), rows[case]["share_of_peak"]
    total += time * steps / 3.6e6
    print(f"{stage},{steps},{time:.4g},{1000 / time:.4g},{share},{time * steps / 3.6e6:.3g}")
print(f"all,,,,,{total:.3g}")
PYTHON
}

# The paper's model and batch on ten tasks with 3 experts; as many steps as the time allows, and again until it is through.
train() {
    data
    local status=0
    timeout --signal=TERM "$limit" "$m3dt" train --recipe paper --data "$work/data" --run "$work/paper" --device "$device" \
        --quiet --set grouping.experts=3 --set backbone.steps="${M3DT_STEPS:-40000}" \
        --set experts.steps="${M3DT_STEPS:-20000}" --set router.steps="${M3DT_STEPS:-20000}" || status=$?
    python3 - "$work/paper/metrics.jsonl" >"$out/gpu-train.csv" <<'PYTHON'
import json, sys
print("stage,step,loss,steps_per_second,data_wait_share")
for line in open(sys.argv[1]):
    row = json.loads(line)
    values = row.get("values", row)
    if "speed/steps_per_second" in values:
        print(row["stage"], row["step"], values["training/train_loss_mean"], values["speed/steps_per_second"],
              values["speed/data_wait_share"], sep=",")
PYTHON
    [ "$status" = 0 ] || { say "train: stopped with code $status; run it again to go on"; return 1; }
    "$m3dt" evaluate --run "$work/paper" --device "$device" --episodes 5 --quiet --csv "$1.part"
}

failed=0
for part in "${@:-goldens repeat bench hours train}"; do
    for one in $part; do
        file=$out/gpu-$one.csv
        [ "$one" = goldens ] && file=$out/gpu-goldens.txt
        [ "$one" = train ] && file=$out/gpu-scores.csv
        if [ -f "$file" ]; then say "$one: done before ($file)"; continue; fi
        start=$SECONDS
        if "$one" "$file" && mv "$file.part" "$file"; then say "$one: $((SECONDS - start)) s, $file"; else
            say "$one: FAILED after $((SECONDS - start)) s"
            failed=1
        fi
    done
done
exit "$failed"
