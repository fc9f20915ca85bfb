"""What the benchmarks do alike with NEST."""

from __future__ import annotations

from typing import Any

from measure import Clock, Result, Settings

__all__ = ["run", "start"]


def start(settings: Settings, dt_ms: float) -> Any:
    """Return the module, set up."""
    import nest

    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.set(resolution=dt_ms, local_num_threads=settings.threads, rng_seed=settings.seed, print_time=False)
    return nest


def run(nest: Any, populations: list[Any], settings: Settings, clock: Clock) -> Result:
    """Warm up and measure; NEST finishes its construction in ``Prepare``."""
    recorders = [nest.Create("spike_recorder", params={"record_to": "memory"}) for _ in populations if settings.record]
    for recorder, population in zip(recorders, populations, strict=False):
        nest.Connect(population, recorder)
    with clock("build"):
        nest.Prepare()
        nest.Run(settings.warm_up_ms)
    before = [recorder.n_events for recorder in recorders]
    with clock("simulate"):
        nest.Run(settings.model_ms)
    nest.Cleanup()
    neurons = sum(len(population) for population in populations)
    spikes = sum(r.n_events - n for r, n in zip(recorders, before, strict=True))
    return Result(
        version=nest.__version__,
        n_neurons=neurons,
        n_synapses=int(nest.num_connections),
        build_s=clock.of["build"],
        sim_s=clock.of["simulate"],
        model_s=settings.model_ms / 1e3,
        rate_hz=spikes / neurons / (settings.model_ms / 1e3),
    )
