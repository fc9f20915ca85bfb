"""The benchmark runner: every network runs at its small size, and what is told of it is complete."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "scripts" / "bench"
KEYS = """benchmark simulator version n_neurons n_synapses threads ranks precision build_s compile_s sim_s model_s
    ns_per_event ns_per_update bytes_per_synapse rss_mb rate_hz""".split()


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH), *arguments, "--output", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200)


def test_small_networks(tmp_path: Path) -> None:
    names = ["coba", "stdp", "microcircuit", "rate"]
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
