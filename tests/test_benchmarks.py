"""The benchmark runner: every network runs at its small size, and what is told of it is complete."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCH = Path(__file__).parents[1] / "scripts" / "bench"
KEYS = """benchmark simulator version n_neurons n_synapses threads ranks precision build_s compile_s sim_s model_s
    ns_per_event ns_per_update bytes_per_synapse rss_mb rate_hz""".split()


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH), *arguments, "--output", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200)


def test_small_networks(tmp_path: Path) -> None:
    names = ["coba", "stdp", "microcircuit", "rate", "scaling"]
    times = ["--model-ms", "30", "--warm-up-ms", "5", "--repeats", "1"]
    peers = ["--peers", "numpy,nest", "--python", "nest=/nowhere/python"]
    done = bench(tmp_path, *names, "--sizes", "small", *times, *peers)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in next(tmp_path.glob("*.jsonl")).read_text().splitlines()]
    assert [line["benchmark"] for line in lines if line["simulator"] == "distann"] == names * 2
    assert sum(line["simulator"] == "numpy" for line in lines) == 2
    for line in lines:
        assert not set(KEYS) - set(line), line["benchmark"]
        assert line["sim_s"] > 0 and line["model_s"] == pytest.approx(0.03) and line["n_synapses"] > 0
    recorded = {line["benchmark"]: line["rate_hz"] for line in lines if line["record"]}
    assert all(recorded[name] > 0 for name in ("coba", "stdp", "rate"))
    assert next(tmp_path.glob("*.md")).read_text().count("| distann ") == len(names)
    assert "nest is left out" in done.stdout and next(tmp_path.glob("*.png")).stat().st_size > 0


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    for arguments in (["chess"], ["coba", "--peers", "nemo"]):
        done = bench(tmp_path, *arguments)
        assert done.returncode == 2 and ("invalid choice" in done.stderr or "unknown peer nemo" in done.stderr)


def measured(*populations: tuple[Any, Any, int]) -> dict[str, list[float]]:
    """Return the activity of populations during 100 s."""
    spec = importlib.util.spec_from_file_location("activity", BENCH.parent / "benchmarks" / "activity.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, list[float]] = module.activity(populations, 1e5)
    return found


def test_activity_of_known_trains() -> None:
    """Regular, alternating, identical and independent Poisson trains have a closed form each."""
    rng, none = np.random.default_rng(1), np.empty(0)
    regular = np.repeat([0, 1], 1000), np.tile(np.arange(1000) * 100.0, 2), 4
    alternating = np.zeros(1001, int), np.concatenate([[0.0], np.cumsum(np.tile([50.0, 150.0], 500))]), 1
    poisson = rng.integers(0, 20, 20_000), np.sort(rng.uniform(0.0, 1e5, 20_000)), 20
    found = measured(regular, alternating, poisson, (none.astype(int), none, 5))
    assert found["rates_hz"] == [5.0, 10.01, 10.0, 0.0]
    assert found["cv_isi"] == pytest.approx([0.0, 0.5, 1.0, 0.0], abs=0.01)
    assert found["correlation"] == pytest.approx([1.0, 0.0, 0.0, 0.0], abs=0.002)
