"""What one run of one simulator is asked for, and what it tells."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Clock", "Result", "Settings", "Skip", "rank"]


class Skip(Exception):
    """This simulator cannot run this benchmark here; the text says why."""


@dataclass
class Settings:
    """One run.

    Attributes
    ----------
    size : str
        A key of the benchmark's ``SIZES``.
    threads, ranks : int
    precision : str
        ``"float64"`` or ``"float32"``; peers have float64.
    model_ms, warm_up_ms : float
        Biological time that is measured, and before it.
    seed : int
    drive : str
        ``"poisson"`` or ``"dc"``, where a benchmark has both; by default what it chooses.
    record : bool
        Record spikes, for the rates: not in a run whose time counts.
    """

    size: str = ""
    threads: int = 1
    ranks: int = 1
    precision: str = "float64"
    model_ms: float = 1000.0
    warm_up_ms: float = 100.0
    seed: int = 1
    drive: str = ""
    record: bool = False


@dataclass
class Result:
    """What a run tells. Times in seconds; 0 is "not known".

    ``build_s`` is from the first object of the network to the first step without ``compile_s``, which is code
    generation, compilation and loading. distann constructs the network inside of ``compile()``: there, construction
    counts as building and the rest as compiling.
    """

    version: str = ""
    n_neurons: int = 0
    n_synapses: int = 0
    build_s: float = 0.0
    compile_s: float = 0.0
    sim_s: float = 0.0
    model_s: float = 0.0
    ns_per_event: float = 0.0
    ns_per_update: float = 0.0
    bytes_per_synapse: float = 0.0
    rate_hz: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """Return the result as JSON, with the memory of this process at its peak."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        known = asdict(self)
        extra = known.pop("extra")
        return json.dumps({**known, "rss_mb": round(peak, 1), **extra})


class Clock:
    """Wall time of named parts, in seconds."""

    def __init__(self) -> None:
        self.of: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.of[name] = self.of.get(name, 0.0) + time.perf_counter() - begin


def rank() -> int:
    """Return the MPI rank of this process as the launcher tells it."""
    for name in ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"):
        if name in os.environ:
            return int(os.environ[name])
    return 0
