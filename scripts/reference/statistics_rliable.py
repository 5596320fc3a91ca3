"""Aggregates, bootstrap intervals and probabilities of improvement computed by rliable and SciPy, for
Tests/RunsTests/StatisticsTests.swift.

Run with a Python that has rliable 1.2.0 (which brings SciPy, NumPy and arch; arch needs pandas before 3):

    python scripts/reference/statistics_rliable.py > Tests/RunsTests/Reference/statistics.json

rliable draws its resamples itself; here its generator is wrapped so that the draws are recorded, and the
tests use the same ones.
"""

import json

import numpy as np
from rliable import library, metrics
from scipy import stats

TASKS, RUNS, RESAMPLES = 3, 9, 60


class Recording(library.StratifiedBootstrap):
    """Records the draws; `update_indices` is where rliable makes them."""

    draws = []

    def update_indices(self):
        indices = super().update_indices()
        # (runs, tasks) of indices per task.
        Recording.draws.append(np.asarray(indices[0]).T.tolist())
        return indices


class RecordingTwo(library.StratifiedIndependentBootstrap):
    first, second = [], []

    def update_indices(self):
        indices = super().update_indices()
        RecordingTwo.first.append(np.asarray(indices[0][0][0]).T.tolist())
        RecordingTwo.second.append(np.asarray(indices[0][1][0]).T.tolist())
        return indices


def interval(scores, statistic):
    Recording.draws = []
    # rliable draws from NumPy's global generator.
    np.random.seed(3)
    bootstrap = Recording(scores)
    ends = bootstrap.conf_int(
        lambda sample: np.array([statistic(sample)]), reps=RESAMPLES, size=0.95, method="percentile")
    assert len(Recording.draws) == RESAMPLES
    return {
        "estimate": float(statistic(scores)), "lower": float(ends[0, 0]), "upper": float(ends[1, 0]),
        "draws": Recording.draws,
    }


def main():
    generator = np.random.RandomState(1)
    scores = generator.gamma(2.0, 1.0, size=(RUNS, TASKS))
    others = generator.gamma(2.0, 1.3, size=(RUNS, TASKS))
    # Ties count for a half.
    others[2] = scores[4]
    result = {"scores": scores.T.tolist(), "others": others.T.tolist(), "overTasks": {}, "oneTask": {}}
    for name, function in [
        ("mean", metrics.aggregate_mean), ("median", metrics.aggregate_median),
        ("interquartile_mean", metrics.aggregate_iqm),
    ]:
        result["overTasks"][name] = interval(scores, function)
    for name, function in [
        ("mean", np.mean), ("median", np.median),
        ("interquartile_mean", lambda sample: stats.trim_mean(sample, 0.25, axis=None)),
    ]:
        result["oneTask"][name] = interval(scores[:, :1], function)
    np.random.seed(4)
    bootstrap = RecordingTwo(scores, others)
    ends = bootstrap.conf_int(
        lambda x, y: np.array([metrics.probability_of_improvement(x, y)]), reps=RESAMPLES, size=0.95,
        method="percentile")
    assert len(RecordingTwo.first) == RESAMPLES
    result["improvement"] = {
        "estimate": float(metrics.probability_of_improvement(scores, others)),
        "lower": float(ends[0, 0]), "upper": float(ends[1, 0]),
        "draws": RecordingTwo.first, "otherDraws": RecordingTwo.second,
        "mannWhitney": [
            float(stats.mannwhitneyu(scores[:, task], others[:, task]).statistic)
            for task in range(TASKS)
        ],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
