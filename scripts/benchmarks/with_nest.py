"""What the benchmarks do alike with NEST."""

from __future__ import annotations

from typing import Any

from activity import Spikes, activity
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
    with clock("simulate"):
        nest.Run(settings.model_ms)
    nest.Cleanup()
    neurons = sum(len(population) for population in populations)
    spikes = [_spikes(recorder, p, settings.warm_up_ms) for recorder, p in zip(recorders, populations, strict=False)]
    return Result(
        version=nest.__version__,
        n_neurons=neurons,
        n_synapses=int(nest.num_connections),
        build_s=clock.of["build"],
        sim_s=clock.of["simulate"],
        model_s=settings.model_ms / 1e3,
        rate_hz=sum(len(ids) for ids, _, _ in spikes) / neurons / (settings.model_ms / 1e3),
        extra=activity(spikes, settings.model_ms) if settings.record else {},
    )


def _spikes(recorder: Any, population: Any, warm_up_ms: float) -> Spikes:
    ids, times = recorder.events["senders"], recorder.events["times"]
    counted = times > warm_up_ms
    return ids[counted] - population.global_id[0], times[counted], len(population)
