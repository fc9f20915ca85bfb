"""The network of Vogels and Abbott, against the same equations in Brian2."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.ranks import ROOT, environment, run_ranks
from tests.reference.spike_statistics import rate_and_irregularity

SIZE, DT = 4000, 0.1
# Some seeds draw first conductances that silence the network at once, in Brian2 as well; these do not.
SEEDS = (3, 5, 6)
REFERENCE = ROOT / "tests" / "reference" / "coba_brian2.py"


def run(folder: Path, duration: float, *seeds: int) -> list[Mapping[str, Any]]:
    """Return networks and spikes of several seeds."""
    arguments = [str(folder / "coba"), str(duration), *map(str, seeds)]
    done = run_ranks(ROOT / "tests" / "scripts" / "coba.py", 1, args=arguments, timeout=120)
    assert done.returncode == 0, done.stderr
    return [np.load(folder / f"coba.{seed}.npz") for seed in seeds]


def band(name: str) -> tuple[float, float]:
    """Return mean and spread over the seeds of Brian2 of what happens between 200 and 1000 ms."""
    runs = json.loads(REFERENCE.with_suffix(".json").read_text())["runs"]
    windows = [window for run in runs for window in run["windows"] if window["end"] == 1000.0]
    values = [window[name] for window in windows if window["begin"] == 200.0]
    assert len(values) >= 5
    return float(np.mean(values)), float(np.std(values, ddof=1))


def test_rate_and_irregularity_are_within_the_spread_of_brian2(tmp_path: Path) -> None:
    found = [
        rate_and_irregularity(network["neurons"], network["steps"] * DT, SIZE, 200.0, 1000.0)
        for network in run(tmp_path, 1000.0, *SEEDS)
    ]
    rate, rate_spread = band("rate")
    cv, cv_spread = band("cv")
    # A floor, lest a few seeds of Brian2 that happen to agree set a trap.
    rate_spread, cv_spread = max(rate_spread, 0.5), max(cv_spread, 0.025)
    for own_rate, own_cv in found:
        assert abs(own_rate - rate) < 4 * rate_spread
        assert abs(own_cv - cv) < 4 * cv_spread
    assert 18.0 < np.mean([own_rate for own_rate, _ in found]) < 24.0


def python_with_brian2() -> str:
    """Return an interpreter that has Brian2, or skip the test."""
    if named := os.environ.get("DISTANN_BRIAN2_PYTHON"):
        return named
    if importlib.util.find_spec("brian2") is None:
        pytest.skip("needs brian2, or DISTANN_BRIAN2_PYTHON with the path of a Python that has it")
    return sys.executable


@pytest.mark.reference
def test_brian2_makes_the_same_spikes_of_the_same_network(tmp_path: Path) -> None:
    [own] = run(tmp_path, 150.0, SEEDS[1])
    command = [python_with_brian2(), REFERENCE, "--network", tmp_path / f"coba.{SEEDS[1]}.npz"]
    done = subprocess.run(
        [*command, "--duration", "150", "-o", tmp_path / "brian2.npz"],
        env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    other = np.load(tmp_path / "brian2.npz")
    order = np.lexsort((other["neurons"], other["steps"]))
    assert len(own["steps"]) > 5000
    np.testing.assert_array_equal(other["steps"][order], own["steps"])
    np.testing.assert_array_equal(other["neurons"][order], own["neurons"])
