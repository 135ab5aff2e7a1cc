"""Seconds and memory for one million and ten million grades."""

from __future__ import annotations

import resource
import time

import numpy as np
import scipy.sparse  # loaded beforehand, as the libraries of crowd-kit are: an import is no part of a model
import scipy.special  # noqa: F401

from relevance.quality.dawid_skene import dawid_skene
from relevance.quality.model import fit, update
from relevance.quality.table import Grades, coded
from tests.bench.common import load, machine
from tests.bench.quality.common import (
    table,
)


def big(items: int, per_item: int, graders: int, seed: int = 0) -> Grades:
    """A large simulated table: graders right 5 to 9 times in 10, errors to a neighbour."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 4, items, dtype=np.int32)
    item = np.repeat(np.arange(items, dtype=np.int32), per_item)
    first = random.integers(0, graders, items, dtype=np.int32)
    grader = ((first[:, None] + 7 * np.arange(per_item, dtype=np.int32)) % graders).ravel().astype(np.int32)
    ok = random.random(len(item), dtype=np.float32) < random.uniform(0.5, 0.9, graders).astype(np.float32)[grader]
    step = np.where(random.random(len(item), dtype=np.float32) < 0.5, -1, 1).astype(np.int32)
    level = np.where(ok, truth[item], np.clip(truth[item] + step, 0, 3)).astype(np.int32)
    return coded(item, grader, level, levels=4)


def speed() -> str:
    """Seconds and memory for one million and ten million grades."""
    rows = []
    grades = big(333_334, 3, 1000)
    tried = []
    for _ in range(3):
        begun, cpu = time.perf_counter(), time.process_time()
        made = fit(grades)
        tried.append((time.process_time() - cpu, time.perf_counter() - begun))
    ours_cpu, ours = sorted(tried)[1]
    rows.append(
        [
            "1M grades, 3 an item, 1,000 graders: model to its own convergence",
            f"{ours:.2f} s ({ours_cpu:.2f} s of processor; the middle one of three), {made.rounds} rounds",
            "",
        ]
    )
    begun = time.perf_counter()
    dawid_skene(grades, rounds=50)
    rows.append(["the same: our Dawid-Skene, 50 rounds at most", f"{time.perf_counter() - begun:.2f} s", ""])
    try:
        import pandas as pd
        from crowdkit.aggregation import DawidSkene
    except ImportError:
        rows.append(["the same: crowd-kit's DawidSkene(n_iter=50)", "crowd-kit is not installed", ""])
    else:
        frame = pd.DataFrame({"task": grades.item, "worker": grades.grader, "label": grades.level})
        begun, cpu = time.perf_counter(), time.process_time()
        DawidSkene(n_iter=50).fit_predict(frame)
        theirs, theirs_cpu = time.perf_counter() - begun, time.process_time() - cpu
        rows.append(
            [
                "the same: crowd-kit's DawidSkene(n_iter=50)",
                f"{theirs:.2f} s ({theirs_cpu:.2f} s of processor)",
                f"{theirs / ours:.1f}x by the clock, {theirs_cpu / ours_cpu:.1f}x by the processor; at least 10x by the processor: {'reached' if theirs_cpu >= 10 * ours_cpu else '**short**'}",
            ]
        )
    del grades, made
    grades = big(2_000_000, 5, 5000)
    begun = time.perf_counter()
    made = fit(grades)
    full = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows.append(
        [
            "10M grades, 5 an item, 5,000 graders: model",
            f"{full:.1f} s, {made.rounds} rounds, {memory:.2f} GB at most",
            f"60 s and 2 GB: {'reached' if full <= 60 and memory <= 2 else '**short**'}",
        ]
    )
    late = np.arange(0, 10_000)  # a thousand times as many grades as a second brings
    rows_now = np.flatnonzero(grades.item < len(late))
    now = Grades(grades.item[rows_now], grades.grader[rows_now], grades.level[rows_now], late, grades.graders, 4)
    known = now.only(np.arange(len(rows_now)) % 5 != 4)
    begun = time.perf_counter()
    update(made, now, known, late)
    warm = time.perf_counter() - begun
    rows.append(
        [
            "warm restart after 10,000 new grades on 10M",
            f"{warm:.2f} s",
            f"a tenth: {'reached' if warm <= full / 10 else '**short**'}",
        ]
    )
    return f"One core, {machine()}, {load()} (the machine was shared).\n\n" + table(["what", "measured", "goal"], rows)
