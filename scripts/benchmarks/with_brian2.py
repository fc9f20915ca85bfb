"""What the benchmarks do alike with Brian2: C++ standalone, its fastest way."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any

from measure import Clock, Result, Settings

__all__ = ["run", "start"]


def start(settings: Settings, dt_ms: float) -> Any:
    """Return the module, set up."""
    import brian2

    brian2.set_device("cpp_standalone", build_on_run=False)
    if settings.threads > 1:
        brian2.prefs.devices.cpp_standalone.openmp_threads = settings.threads
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-ffast-math", "-march=native", "-std=c++11"]
    brian2.defaultclock.dt = dt_ms * brian2.ms
    brian2.seed(settings.seed)
    return brian2


def run(b: Any, objects: list[Any], groups: list[Any], synapses: list[Any], settings: Settings) -> Result:
    """Build and run once; the time is that of the step loop."""
    monitors = [b.SpikeMonitor(group, record=False) for group in groups] if settings.record else []
    net = b.Network(*objects, *groups, *synapses, *monitors)
    net.run(settings.model_ms * b.ms)
    clock, folder = Clock(), tempfile.mkdtemp()
    try:
        with clock("compile"):
            b.device.build(directory=folder, compile=True, run=False)
        with clock("all"):
            b.device.run(folder, with_output=False, run_args=[])
        n_synapses = sum(len(s) for s in synapses)
        simulated = float(b.device._last_run_time)
        spikes = [float(monitor.num_spikes) for monitor in monitors]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    neurons = sum(len(group) for group in groups)
    return Result(
        version=b.__version__,
        n_neurons=neurons,
        n_synapses=n_synapses,
        build_s=clock.of["all"] - simulated,
        compile_s=clock.of["compile"],
        sim_s=simulated,
        model_s=settings.model_ms / 1e3,
        rate_hz=sum(spikes) / neurons / (settings.model_ms / 1e3),
    )
