"""Rate-coded leaky integrators, 1000 steps of 1 ms: dense 1000 x 1000 and 4000 x 4000, and 10 % of 4000 x 4000.

The sizes with ``oja`` learn by Oja's rule in every step, which reads and writes every weight besides.

The peer ``numpy`` computes the same with ``W @ r``; its threads are those of its linear algebra library. A step reads
every weight once: `gb_per_s` is that, and `read_gb_per_s` what a sum over a large array reaches in the same process.
"""

from __future__ import annotations

import time

import numpy as np
from measure import Clock, Result, Settings, Skip

SIZES = {
    "1000": (1000, 1.0), "4000": (4000, 1.0), "4000-sparse": (4000, 0.1), "1000-oja": (1000, 1.0),
    "4000-oja": (4000, 1.0), "small": (100, 1.0),
}  # fmt: skip


OJA = "eta = 1e-5 : projection\nalpha = {}.0 : projection"  # weights become about 1 / alpha


def _read_bandwidth(threads: int) -> float:
    """Return GB/s of numpy reading 256 MB, one thread a part."""
    from concurrent.futures import ThreadPoolExecutor

    parts = [np.ones(1 << 25 >> (threads - 1)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(np.ndarray.max, parts))
        begin = time.perf_counter()
        for _ in range(5):
            list(pool.map(np.ndarray.max, parts))
    return 5 * sum(part.nbytes for part in parts) / (time.perf_counter() - begin) / 1e9


def _with_bandwidth(result: Result, word: int, s: Settings) -> Result:
    steps = result.model_s * 1e3
    read = result.n_synapses * word * steps / result.sim_s / 1e9
    result.extra = {"gb_per_s": round(read, 2), "read_gb_per_s": round(_read_bandwidth(s.threads * s.ranks), 2)}
    return result


def distann(s: Settings) -> Result:
    """Run the network with distann."""
    from with_distann import new_network, run

    from distann import Neuron, Synapse, Uniform

    n, density = SIZES[s.size]
    net = new_network(s, 1.0)
    oja = Synapse(OJA.format(2 * n), "dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w) : min = 0.0")
    neuron = Neuron("tau = 10.0 : population\nB = 1.0", "tau * dv/dt + v = B + sum(exc) : exponential\nr = pos(v)")
    pop = net.create(n, neuron)
    pop.B = Uniform(0.0, 1.0)
    projection = net.connect(pop, pop, "exc", oja if s.size.endswith("oja") else None)
    weights = Uniform(-1.0 / n, 1.0 / n)
    if density == 1.0:
        projection.all_to_all(weights, allow_self_connections=True)
    else:
        projection.fixed_probability(density, weights, allow_self_connections=True)
    record, s.record = s.record, False
    result = _with_bandwidth(run(net, [], [projection], s), 8 if s.precision == "float64" else 4, s)
    s.record = record
    result.n_neurons, result.rate_hz = n, float(np.mean(pop.r))
    return result


def annarchy(s: Settings) -> Result:
    """Run the network with ANNarchy."""
    from with_annarchy import run, start

    a, net = start(s, 1.0)
    n, density = SIZES[s.size]
    neuron = a.Neuron("tau = 10.0 : population\nB = 1.0", "tau * dv/dt + v = B + sum(exc) : exponential\nr = pos(v)")
    pop = net.create(n, neuron)
    pop.B = a.Uniform(0.0, 1.0)
    oja = a.Synapse(OJA.format(2 * n), "dw/dt = eta * (pre.r * post.r - alpha * post.r^2 * w) : min = 0.0")
    projection = net.connect(pop, pop, "exc", oja if s.size.endswith("oja") else None)
    weights = a.Uniform(-1.0 / n, 1.0 / n)
    if density == 1.0:
        projection.all_to_all(weights, allow_self_connections=True)
    else:
        projection.fixed_probability(density, weights, allow_self_connections=True)
    s.record = False
    result = _with_bandwidth(run(a, net, [pop], [projection], s), 8, s)
    result.rate_hz = float(np.mean(pop.r))
    return result


def numpy(s: Settings) -> Result:
    """Run the network with numpy."""
    if s.size.endswith("oja"):
        raise Skip("a product of a matrix and a vector does not learn")
    n, density = SIZES[s.size]
    rng, dtype, clock = np.random.default_rng(s.seed), np.dtype(s.precision), Clock()
    weights = rng.uniform(-1.0 / n, 1.0 / n, (n, n)).astype(dtype)
    if density < 1.0:
        from scipy import sparse

        weights = sparse.csr_array(weights * (rng.random((n, n)) < density))
    drive, v, factor = rng.random(n).astype(dtype), np.zeros(n, dtype), dtype.type(-np.expm1(-0.1))

    def advance(steps: int) -> None:
        nonlocal v
        for _ in range(steps):
            v += factor * (drive + weights @ np.maximum(v, 0) - v)

    advance(int(s.warm_up_ms))
    with clock("simulate"):
        advance(int(s.model_ms))
    result = Result(
        version=np.__version__,
        n_neurons=n,
        n_synapses=int(weights.nnz if density < 1.0 else weights.size),
        sim_s=clock.of["simulate"],
        model_s=s.model_ms / 1e3,
        rate_hz=float(np.maximum(v, 0).mean()),
    )
    return _with_bandwidth(result, dtype.itemsize, s)
