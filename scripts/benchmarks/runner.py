"""Runs benchmarks side by side: each run in a process of its own, simulators alternating, several times."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from measure import Settings
from report import chart, table

HERE = Path(__file__).parent
RESULTS = HERE / "results"
BENCHMARKS = ("coba", "brunel", "stdp", "izhikevich", "microcircuit", "rate", "scaling")
PEERS = ("brian2", "nest", "annarchy", "numpy")
HOURS = 3600
ABOUT = ("size", "threads", "ranks", "precision", "record", "drive")  # of a run's settings, kept with its result


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("benchmarks", nargs="+", choices=BENCHMARKS, metavar="BENCHMARK", help=", ".join(BENCHMARKS))
    parser.add_argument("--peers", default="", help=f"simulators to compare with, of {','.join(PEERS)}")
    parser.add_argument("--sizes", default="", help="of the networks; by default all of a benchmark's but 'small'")
    parser.add_argument("--threads", default="1", help="threads of a rank, such as 1,2")
    parser.add_argument("--ranks", default="1", help="MPI ranks, such as 1,2; peers have one")
    parser.add_argument("--precision", default="float64", help="float64,float32")
    parser.add_argument("--drive", default="", choices=("dc", "poisson"), help="of the microcircuit")
    parser.add_argument("--model-ms", type=float, default=1000.0, help="biological time that is measured")
    parser.add_argument("--warm-up-ms", type=float, default=100.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-rates", action="store_true", help="leave out the run with recorded spikes")
    parser.add_argument("--python", action="append", default=[], metavar="SIMULATOR=PATH", help="interpreter of a peer")
    parser.add_argument("--prototype", type=Path, help="C++ file to run beside the microcircuit at scale 1")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    given = parser.parse_args(argv)
    for name in ("peers", "sizes", "precision"):
        setattr(given, name, [part for part in getattr(given, name).split(",") if part])
    given.threads, given.ranks = ([int(n) for n in getattr(given, name).split(",")] for name in ("threads", "ranks"))
    unknown = set(given.peers) - set(PEERS)
    if unknown:
        parser.error(f"unknown peer {', '.join(sorted(unknown))}: choose of {', '.join(PEERS)}")
    given.python = dict(pair.split("=", 1) for pair in given.python)
    return given


def runs(given: argparse.Namespace) -> Iterator[tuple[str, str, Settings]]:
    """Yield (benchmark, simulator, settings) of one round, peers beside distann."""
    for benchmark in given.benchmarks:
        module = importlib.import_module(benchmark)
        for size in given.sizes or [size for size in module.SIZES if size != "small"]:
            if size not in module.SIZES:
                continue
            for threads in given.threads:
                for precision in given.precision:
                    for ranks in given.ranks:
                        s = Settings(
                            size, threads, ranks, precision, given.model_ms, given.warm_up_ms, given.seed, given.drive
                        )
                        yield benchmark, "distann", s
                        peers = given.peers if ranks == 1 else []
                        for peer in peers:
                            if hasattr(module, peer) and (precision == "float64" or peer == "numpy"):
                                yield benchmark, peer, s
                        if given.prototype and benchmark == "microcircuit" and size == "1.0" and ranks == 1:
                            yield benchmark, "prototype", s


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; print and store the results."""
    given = arguments(argv)
    given.output.mkdir(parents=True, exist_ok=True)
    lines = given.output / f"{datetime.now():%Y%m%d-%H%M%S}.jsonl"
    results: list[dict[str, Any]] = []
    skipped: dict[tuple[str, str, str], str] = {}
    for repeat in range(given.repeats + (not given.no_rates)):
        for benchmark, simulator, s in runs(given):
            if (benchmark, s.size, simulator) in skipped:
                continue
            s.record = repeat == given.repeats
            result = prototype(given.prototype, s) if simulator == "prototype" else run(benchmark, simulator, s, given)
            if "skipped" in result:
                skipped[benchmark, s.size, simulator] = result["skipped"]
                print(f"{benchmark} {s.size}: {simulator} is left out: {result['skipped']}")
                continue
            about = {name: getattr(s, name) for name in ABOUT}
            results.append({"benchmark": benchmark, "simulator": simulator, **about, **result})
            with lines.open("a", encoding="utf-8") as file:
                file.write(json.dumps(results[-1]) + "\n")
            factor = result["sim_s"] / result["model_s"]
            print(f"{benchmark} {s.size} {simulator} {s.ranks}x{s.threads} {s.precision}: {factor:.4g} s/s", flush=True)
    text = table(results)
    print("\n" + text)
    lines.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    chart(results, lines.with_suffix(".png"))
    print(f"\n{lines}")
    return 0


def run(benchmark: str, simulator: str, s: Settings, given: argparse.Namespace) -> dict[str, Any]:
    """Run in a process of its own; return its result, or ``{"skipped": reason}``."""
    python = given.python.get(simulator, sys.executable)
    if shutil.which(python) is None:
        return {"skipped": f"there is no {python}"}
    threads = {name: str(s.threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    environment = {**os.environ, **threads, "OMP_PROC_BIND": "true", "VIRTUAL_ENV": str(Path(python).parent.parent)}
    environment["PATH"] = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    command = [python, "-W", "ignore", str(HERE / "one.py"), benchmark, simulator, json.dumps(asdict(s))]
    if s.ranks > 1:
        mpirun = shutil.which("mpirun", path=environment["PATH"])
        if mpirun is None:
            return {"skipped": "there is no mpirun"}
        command = [mpirun, "-n", str(s.ranks), *command]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HOURS)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        return {"skipped": f"it failed: {last}"}
    result: dict[str, Any] = json.loads(lines[-1])
    return result


def prototype(source: Path, s: Settings) -> dict[str, Any]:
    """Run a hand-written microcircuit: its command line is WORKERS THREADS MODEL_MS, its answer one line."""
    program = RESULTS / source.stem
    program.parent.mkdir(parents=True, exist_ok=True)
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        flags = ["-O3", "-march=native", "-fopenmp", "-fno-math-errno", "-fno-trapping-math"]
        subprocess.run(["g++", *flags, str(source), "-o", str(program)], check=True)
    command = [str(program), str(s.threads), str(s.threads), str(s.model_ms)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = text.replace(",", "").replace(";", "").split()
    factor = float(words[words.index("factor") + 1])
    build = float(words[words.index("built") + 2])
    return {
        "version": "", "n_neurons": 77169, "n_synapses": int(float(words[words.index("M") - 1]) * 1e6),
        "sim_s": factor * s.model_ms / 1e3, "model_s": s.model_ms / 1e3, "build_s": build, "compile_s": 0.0,
        "ns_per_event": 0.0, "ns_per_update": 0.0, "bytes_per_synapse": 0.0, "rss_mb": 0.0, "rate_hz": 0.0,
    }  # fmt: skip
