"""``mean(pre.x)`` and the like in synapses, against a slow model: when each part of a synapse sees which value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from distann import Network, Neuron, Synapse, Uniform, float32

Array = NDArray[np.float64]
STEPS, N_PRE, N_POST = 60, 9, 5
RATE = Neuron(
    parameters="phase = 0.0\nscale = 1.0", equations="r = sin(phase + 0.2 * t) + 0.1 * sum(in)\nk = 5 * r : int"
)
SPIKING = Neuron(
    parameters="drive = 0.0 ; tau = 5.0 : population",
    equations="tau * dv/dt = drive - v + g_in ; heard = g_in",
    spike="v > 1.0",
    reset="v = 0.0",
)
GIVEN = Uniform(0.5, 1.0)
SOURCE, DRIVE = np.linspace(0.3, 2.0, N_PRE), np.linspace(0.8, 2.5, N_POST)


def matrix(values: Any) -> Array:
    return np.array([list(row) for row in values])


@pytest.mark.parametrize("delay", [1, 3])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), (float32, 3e-5)])
def test_rate_coded_synapses(delay: int, dtype: Any, tolerance: float) -> None:
    """psp sees the end of the step before, whatever the delay; equations see that of their own step."""
    synapse = Synapse(
        parameters="A = 0.1 : projection",
        equations="""
            common = 0.5 * common + norm1(post.k) + max(pre.scale) : projection
            row = mean(pre.r) + post.r : postsynaptic
            dw/dt = A * (norm2(pre.r) - max(post.r) * pre.r - w) + 0.001 * (common + row)
        """,
        psp="w * (pre.r - mean(pre.r)) + min(post.r)",
    )
    net = Network(dt=0.5, seed=3)
    net.config(dtype=dtype)
    pre, post = net.create(N_PRE, RATE), net.create(N_POST, RATE)
    pre.phase, pre.scale, post.phase = SOURCE, 3.0 * SOURCE, DRIVE
    joined = net.connect(pre, post, "in", synapse).all_to_all(GIVEN, delays=0.5 * delay)
    monitor = net.monitor(post, ["sum(in)", "r"])
    net.compile()
    w, pre_r = matrix(joined.w), np.zeros((STEPS + delay, N_PRE))
    post_r, common, wanted, rates = np.zeros(N_POST), 0.0, np.empty((STEPS, N_POST)), np.empty((STEPS, N_POST))
    for step in range(STEPS):
        past = pre_r[step]  # the first rows are those before the beginning
        last = pre_r[step + delay - 1]
        wanted[step] = (w * (past - last.mean()) + post_r.min()).sum(axis=1)
        now = np.sin(SOURCE + 0.2 * 0.5 * step)
        post_r = rates[step] = np.sin(DRIVE + 0.2 * 0.5 * step) + 0.1 * wanted[step]
        pre_r[step + delay] = now
        common = 0.5 * common + np.abs(np.trunc(5.0 * post_r)).sum() + 6.0
        row = now.mean() + post_r
        arriving = pre_r[step + 1]
        slope = 0.1 * (np.sqrt((now**2).sum()) - post_r.max() * arriving - w) + 0.001 * (common + row)[:, np.newaxis]
        w = w + 0.5 * slope
    net.simulate(STEPS * 0.5)
    found = monitor.get()
    assert found["sum(in)"] == pytest.approx(wanted, rel=tolerance, abs=tolerance)
    assert found["r"] == pytest.approx(rates, rel=tolerance, abs=tolerance)
    assert matrix(joined.w) == pytest.approx(w, rel=tolerance) and joined.common == pytest.approx(common, rel=tolerance)


@pytest.mark.parametrize("delays", [1, 4])
@pytest.mark.parametrize("period", [1, 3])
def test_spiking_synapses(delays: int, period: int) -> None:
    """Arriving spikes see the end of the step before, postsynaptic ones that of their own step."""
    synapse = Synapse(
        equations="""
            4.0 * dq/dt = mean(post.v) - q : exponential
            dy/dt = -y / 6.0 : event-driven
        """,
        psp="0.01 * max(pre.v)",
        pre_spike="g_target += w * mean(pre.v) ; w += 0.01 * max(post.v) - 0.02 * y",
        post_spike="y += norm1(post.v) ; w = clip(w + 0.01 * y * norm2(pre.v) + 0.001 * q, 0.0, 4.0)",
    )
    net = Network(dt=0.5, seed=3)
    pre, post = net.create(N_PRE, SPIKING), net.create(N_POST, SPIKING)
    pre.drive, post.drive = SOURCE, DRIVE
    joined = net.connect(pre, post, "in", synapse).all_to_all(GIVEN, delays=0.5 * delays)
    monitor = net.monitor(post, ["heard", "v"])
    net.compile()
    if period > 1:
        joined.enable_learning(period=0.5 * period)
    w = matrix(joined.w)
    y, q, a, b = np.zeros((N_POST, N_PRE)), np.zeros((N_POST, N_PRE)), np.zeros(N_PRE), np.zeros(N_POST)
    spikes: list[NDArray[np.bool_]] = []
    heard, v, events = np.empty((STEPS, N_POST)), np.empty((STEPS, N_POST)), 0
    for step in range(STEPS):
        arriving = spikes[step - delays] if step >= delays else np.zeros(N_PRE, bool)
        heard[step] = (w * arriving * a.mean()).sum(axis=1) + 0.01 * a.max() * N_PRE
        w = np.where(arriving, w + 0.01 * b.max() - 0.02 * y, w)
        a, b = a + 0.5 * (SOURCE - a) / 5.0, b + 0.5 * (DRIVE - b + heard[step]) / 5.0
        spikes.append(a > 1.0)
        spiked = (b > 1.0)[:, np.newaxis]
        a[a > 1.0], b[b > 1.0] = 0.0, 0.0
        v[step] = b
        y = y * np.exp(-0.5 / 6.0)
        if step % period == 0:
            q = q + (1.0 - np.exp(-0.5 * period / 4.0)) * (b.mean() - q)
        y = np.where(spiked, y + np.abs(b).sum(), y)
        w = np.where(spiked, np.clip(w + 0.01 * y * np.sqrt((a**2).sum()) + 0.001 * q, 0.0, 4.0), w)
        events += int(spiked.sum())
    net.simulate(STEPS * 0.5)
    found = monitor.get()
    assert found["heard"] == pytest.approx(heard, rel=1e-12) and found["v"] == pytest.approx(v, rel=1e-12, abs=1e-12)
    assert matrix(joined.w) == pytest.approx(w, rel=1e-12) and matrix(joined.q) == pytest.approx(q, rel=1e-12)
    assert events > 10 and np.std(w) > 0.1
