"""What the benchmarks do alike with distann."""

from __future__ import annotations

from typing import Any

from activity import activity
from measure import Clock, Result, Settings

import distann
from distann import Network

__all__ = ["new_network", "run"]


def new_network(settings: Settings, dt: float) -> Network:
    net = Network(dt=dt, seed=settings.seed)
    net.config(num_threads=settings.threads, dtype=settings.precision)
    return net


def run(net: Network, populations: list[Any], projections: list[Any], settings: Settings) -> Result:
    """Compile, warm up and measure; with `record` for the rates, without for the time."""
    clock = Clock()
    with clock("compile"):
        net.compile(profile_enabled=settings.record)
    monitors = [net.monitor(population, ["spike"]) for population in populations] if settings.record else []
    net.simulate(settings.warm_up_ms)
    for monitor in monitors:
        monitor.reset()
    with clock("simulate"):
        net.simulate(settings.model_ms)
    neurons, synapses = sum(p.size for p in populations), sum(p.nb_synapses for p in projections)
    part = net._state.simulation.part
    stored = {part.bytes(p._state.built.number) for p in projections}
    result = Result(
        version=distann.__version__,
        n_neurons=neurons,
        n_synapses=synapses,
        compile_s=clock.of["compile"],
        sim_s=clock.of["simulate"],
        model_s=settings.model_ms / 1e3,
        bytes_per_synapse=sum(stored) * settings.ranks / max(synapses, 1),
    )
    if settings.record:
        profile = net.profile()
        result.ns_per_event, result.ns_per_update = profile.ns_per_event, profile.ns_per_update
        recorded = [(monitor.get("spike"), p.size) for monitor, p in zip(monitors, populations, strict=True)]
        spikes = [(spikes.ids, spikes.times * net.dt, size) for spikes, size in recorded]
        result.rate_hz = sum(len(ids) for ids, _, _ in spikes) / neurons / result.model_s
        result.extra = activity(spikes, settings.model_ms)
    return result
