"""What larger machines would need: one rank of many, pretended, of a network that grows with their number.

Each rank has 10,000 neurons of ``brunel`` with 1000 synapses each from all over the network, and 1.5 ms delays. One
process builds and runs the part of one rank (`TiledComm`): memory, time of a window and bytes that every rank receives
are measured, the time of the exchange is not: divide the bytes by the bandwidth of the network at hand. Strong scaling
on this machine is any other benchmark with several ``--threads`` and ``--ranks``.
"""

from __future__ import annotations

from measure import Result, Settings

SIZES = {"64": 64, "1024": 1024, "16384": 16384, "small": 4}
OWN, DEGREE = 10_000, 1000


def distann(s: Settings) -> Result:
    """Run the part of one rank of many."""
    from brunel import CURRENTS, PARAMETERS
    from with_distann import run

    from distann import Network, Neuron, Uniform
    from distann.network import made
    from distann.runtime.comm import TiledComm
    from distann.runtime.config import Options
    from distann.runtime.network import NetworkState

    ranks = SIZES[s.size]
    own = OWN if s.size != "small" else 200
    state = NetworkState(Options(dt=0.1, seed=s.seed, num_threads=s.threads, dtype=s.precision), TiledComm(ranks))
    net = made(Network, state, (), {})
    equations = "g_exc += J * Poisson(drive * dt / 1000)\n" + CURRENTS.format(method="exact")
    pop = net.create(own * ranks, Neuron(PARAMETERS, equations, spike="v >= 20.0", reset="v = 10.0", refractory=2.0))
    pop.v = Uniform(0.0, 20.0)
    projection = net.connect(pop, pop, "inh")
    projection.fixed_number_pre(min(DEGREE, own), weights=-45.0, delays=1.5)
    s.record = False
    result = run(net, [pop], [projection], s)
    part, steps = state.simulation.part, s.model_ms / 0.1
    own_synapses = part.synapses(0)
    result.bytes_per_synapse = part.bytes(0) / own_synapses
    result.extra = {
        "own_synapses": own_synapses,
        "window_ms": 1.5,
        "s_per_window": result.sim_s / (steps / state.simulation.window),
        "received_bytes": part.packet * ranks,
    }
    return result
