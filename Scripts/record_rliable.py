"""Records what rliable computes on made-up scores, for the tests of the reports' statistics.

    Scripts/setup_worker.sh statistics
    PYTHONPATH=.worker/statistics python3 -B -S Scripts/record_rliable.py       writes Tests/Fixtures/rliable/scores.json

An interval of ours comes from other replicates than rliable's. So beside each interval stand its brackets: the quantiles of
rliable's replicates between which the ends of an interval from OURS replicates lie, four standard errors of both to either side.
"""

import functools
import json
import math
import multiprocessing
import pathlib

import numpy as np
from rliable import metrics
from rliable.library import StratifiedBootstrap, StratifiedIndependentBootstrap, score_distributions

OURS, MANY, FEW = 4000, 20000, 2000  # few where rliable takes its time
ENDS = (0.025, 0.975)
TARGET = pathlib.Path(__file__).parents[1] / "Tests/Fixtures/rliable/scores.json"


def cases():
    """Pairs of methods, each runs x tasks: few and many tasks, ties, outliers, unequal numbers of runs."""
    draw = np.random.RandomState(5)
    grid = [
        np.array([[float((37 * run + 53 * task + 11 * run * task + offset) % 101) for task in range(7)] for run in range(5)])
        for offset in (0, 20)
    ]
    yield "made up", grid, [0.0, 25.0, 50.0, 75.0, 100.0]
    level = draw.uniform(0, 80, 40)
    study = [np.clip(level + shift + draw.normal(0, 12, (3, 40)), 0, 100).round(2) for shift in (6, 0)]
    yield "a study of 40 tasks", study, [10.0, 33.3, 66.6, 90.0]
    ties = [draw.choice([0.0, 50.0, 100.0], (10, 4)), draw.choice([0.0, 50.0, 100.0], (6, 4))]
    yield "success or not, other numbers of runs", ties, [0.0, 49.9, 50.0, 99.0]
    outliers = [np.exp(draw.normal(0, 2, (8, 5))).round(4), np.exp(draw.normal(0.3, 1, (8, 5))).round(4)]
    yield "outliers", outliers, [0.1, 1.0, 10.0]


def brackets(value, replicates):
    """The value, the ends of its interval, and for each end the two quantiles that it may lie between."""
    margin = 4 * math.sqrt(ENDS[0] * ENDS[1] * (1 / OURS + 1 / len(replicates)))
    levels = [(end - margin, end, end + margin) for end in ENDS]
    low, high = (np.quantile(replicates, level) for level in levels)
    return {"value": float(value), "interval": [low[1], high[1]], "lower": [low[0], low[2]], "upper": [high[0], high[2]]}


def estimates(job):
    """One statistic of one case, or one for each threshold; every job has a seed of its own."""
    seed, (_, bootstrap, statistic, count, scores) = job
    np.random.seed(seed)  # rliable draws from the global generator, whatever generator it is given
    drawn = bootstrap(*scores).apply(lambda *again: np.atleast_1d(statistic(*again)), count)
    return [brackets(value, column) for value, column in zip(np.atleast_1d(statistic(*scores)), drawn.T)]


def statistics(first, second, thresholds):
    """Name, bootstrap, function, replicates and scores of each."""
    yield "mean", StratifiedBootstrap, metrics.aggregate_mean, MANY, [first]
    yield "iqm", StratifiedBootstrap, metrics.aggregate_iqm, MANY, [first]
    yield "improvement", StratifiedIndependentBootstrap, metrics.probability_of_improvement, FEW, [first, second]
    profile = functools.partial(score_distributions, tau=np.array(thresholds))
    yield "profile", StratifiedBootstrap, profile, MANY, [first]


def main():
    recorded, jobs = [], []
    for name, (first, second), thresholds in cases():
        recorded.append({"name": name, "first": first.T.tolist(), "second": second.T.tolist(), "thresholds": thresholds})
        jobs += [(recorded[-1], job) for job in statistics(first, second, thresholds)]
    with multiprocessing.Pool() as pool:
        results = pool.map(estimates, [(seed, job) for seed, (_, job) in enumerate(jobs)], chunksize=1)
    for (case, (name, *_)), result in zip(jobs, results):
        case[name] = result if name == "profile" else result[0]
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps({"replicates": OURS, "cases": recorded}, indent=1) + "\n")


if __name__ == "__main__":
    main()
