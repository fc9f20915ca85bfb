"""What the benchmarks do alike with ANNarchy."""

from __future__ import annotations

import tempfile
from typing import Any

from measure import Clock, Result, Settings

__all__ = ["run", "start"]


def start(settings: Settings, dt_ms: float) -> Any:
    """Return the module and a network, set up."""
    import ANNarchy

    net = ANNarchy.Network(dt=dt_ms, seed=settings.seed)
    net.config(num_threads=settings.threads)
    return ANNarchy, net


def run(annarchy: Any, net: Any, populations: list[Any], projections: list[Any], settings: Settings) -> Result:
    """Compile, warm up and measure, in a folder of its own."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        with clock("compile"):
            net.compile(directory=folder, silent=True)
        monitors = [net.monitor(population, ["spike"]) for population in populations] if settings.record else []
        net.simulate(settings.warm_up_ms)
        for monitor in monitors:
            monitor.get("spike")
        with clock("simulate"):
            net.simulate(settings.model_ms)
        spikes = sum(len(times) for monitor in monitors for times in monitor.get("spike").values())
    neurons = sum(population.size for population in populations)
    return Result(
        version=annarchy.__version__,
        n_neurons=neurons,
        n_synapses=sum(projection.nb_synapses for projection in projections),
        compile_s=clock.of["compile"],
        sim_s=clock.of["simulate"],
        model_s=settings.model_ms / 1e3,
        rate_hz=spikes / neurons / (settings.model_ms / 1e3),
    )
