"""Prints the numbers that the tests of the reports' statistics expect, computed by scipy and rliable.

usage: pip install scipy rliable 'pandas<3' && python3 Scripts/report_statistics_reference.py
"""

import numpy as np
from rliable import metrics
from rliable.library import StratifiedBootstrap, create_performance_profile
from scipy import stats

RUNS, TASKS = 5, 7


def scores(offset):
    """The same made-up scores as in the Swift test: runs x tasks, with some equal among them."""
    return np.array(
        [[float((37 * run + 53 * task + 11 * run * task + offset) % 101) for task in range(TASKS)] for run in range(RUNS)]
    )


def main():
    first, second = scores(0), scores(20)
    sample = first[:, 0].tolist() + [0.125, 99.5, 3.0]
    print("sample", sample)
    print("mean", repr(float(np.mean(sample))))
    print("standard deviation", repr(float(np.std(sample, ddof=1))))
    print("standard error", repr(float(stats.sem(sample))))
    print("iqm", repr(float(stats.trim_mean(sample, 0.25))))
    for fraction in (0.0, 0.025, 0.3, 0.5, 0.975, 1.0):
        print("quantile", fraction, repr(float(np.quantile(sample, fraction))))
    for count in range(1, 10):
        print("iqm of 1, 4, 9 ...", count, repr(float(stats.trim_mean([n * n for n in range(1, count + 1)], 0.25))))
    print("aggregate mean", repr(float(metrics.aggregate_mean(first))))
    print("aggregate iqm", repr(float(metrics.aggregate_iqm(first))))
    print("improvement", repr(float(metrics.probability_of_improvement(first, second))))
    profile, _ = create_performance_profile({"m": first}, np.array([0.0, 25.0, 50.0, 75.0, 100.0]), reps=10)
    print("profile", profile["m"].tolist())
    for name, statistic in (("mean", metrics.aggregate_mean), ("iqm", metrics.aggregate_iqm)):
        bootstrap = StratifiedBootstrap(first, random_state=np.random.RandomState(1))
        interval = bootstrap.conf_int(lambda s: np.array([statistic(s)]), reps=20000, size=0.95, method="percentile")
        print("interval of", name, interval.ravel().tolist())


main()
