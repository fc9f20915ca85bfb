"""Synapses that learn from the times of spikes. Times are in ms, rates in Hz.

A spike adds 1 to a trace of its side, or the amplitude that the text names. All rules transmit ``g_target += w`` before
the spike changes `w`.
"""

from __future__ import annotations

from distann.model import Synapse
from distann.models.parameters import lines

__all__ = ["STDP", "NearestSTDP", "PairSTDP", "TripletSTDP", "VogelsSprekeler"]

TRACES = "dx/dt = -x / tau_plus : event-driven\ndy/dt = -y / tau_minus : event-driven"


class STDP(Synapse):
    """Spike-timing-dependent plasticity of all pairs of spikes, independent of the weight but for its bounds.

    A presynaptic spike changes w by the trace y (of postsynaptic spikes, negative), a postsynaptic one by the trace x.

    Parameters
    ----------
    tau_plus, tau_minus : float
        Time constants of the windows, ms.
    A_plus, A_minus : float
        Largest changes, as parts of `w_max`.
    w_min, w_max : float
        Bounds of the weight.

    References
    ----------
    S. Song, K. D. Miller and L. F. Abbott, *Competitive Hebbian learning through spike-timing-dependent synaptic
    plasticity*, Nature Neuroscience 3, 2000.
    """

    def __init__(
        self,
        tau_plus: float = 20.0,
        tau_minus: float = 20.0,
        A_plus: float = 0.01,
        A_minus: float = 0.01,
        w_min: float = 0.0,
        w_max: float = 1.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                tau_plus=tau_plus, tau_minus=tau_minus, A_plus=A_plus, A_minus=A_minus, w_min=w_min, w_max=w_max
            ),
            equations=TRACES,
            pre_spike="""
                g_target += w
                x += A_plus * w_max
                w = clip(w + y, w_min, w_max)
            """,
            post_spike="""
                y -= A_minus * w_max
                w = clip(w + x, w_min, w_max)
            """,
            name="STDP",
            description="Spike-timing-dependent plasticity of all pairs of spikes.",
        )


class PairSTDP(Synapse):
    """Spike-timing-dependent plasticity of all pairs of spikes, whose changes depend on the weight by power laws.

    A postsynaptic spike adds ``A_plus w_max (1 - w/w_max)**mu_plus x``, a presynaptic one takes ``A_minus w_max
    (w/w_max)**mu_minus y`` away; exponents 0 are those of `STDP`, exponents 1 multiplicative.

    Parameters
    ----------
    tau_plus, tau_minus : float
        Time constants of the traces x and y, ms.
    A_plus, A_minus : float
        Largest changes, as parts of `w_max`.
    mu_plus, mu_minus : float
        Exponents.
    w_max : float
        Bound of the weight; the other is 0.

    References
    ----------
    R. Gütig, R. Aharonov, S. Rotter and H. Sompolinsky, *Learning input correlations through nonlinear temporally
    asymmetric Hebbian plasticity*, Journal of Neuroscience 23, 2003, equations 1 to 3.
    """

    def __init__(
        self,
        tau_plus: float = 20.0,
        tau_minus: float = 20.0,
        A_plus: float = 0.01,
        A_minus: float = 0.0105,
        mu_plus: float = 1.0,
        mu_minus: float = 1.0,
        w_max: float = 1.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                tau_plus=tau_plus, tau_minus=tau_minus, A_plus=A_plus, A_minus=A_minus,
                mu_plus=mu_plus, mu_minus=mu_minus, w_max=w_max,
            ),
            equations=TRACES,
            pre_spike="""
                g_target += w
                w -= A_minus * w_max * pos(w / w_max)**mu_minus * y : min = 0.0
                x += 1.0
            """,
            post_spike="""
                w += A_plus * w_max * pos(1 - w / w_max)**mu_plus * x : max = w_max
                y += 1.0
            """,
            name="PairSTDP",
            description="Spike-timing-dependent plasticity of all pairs of spikes with weight dependence.",
        )  # fmt: skip


class NearestSTDP(Synapse):
    """Spike-timing-dependent plasticity of nearest neighbours.

    Each spike is paired with the last one of the other side, and with no other: traces are set to 1.

    Parameters
    ----------
    tau_plus, tau_minus : float
        Time constants of the windows, ms.
    A_plus, A_minus : float
        Largest changes, as parts of `w_max`.
    w_min, w_max : float
        Bounds of the weight.

    References
    ----------
    A. Morrison, M. Diesmann and W. Gerstner, *Phenomenological models of synaptic plasticity based on spike timing*,
    Biological Cybernetics 98, 2008, figure 7A; E. M. Izhikevich and N. S. Desai, *Relating STDP to BCM*, Neural
    Computation 15, 2003.
    """

    def __init__(
        self,
        tau_plus: float = 20.0,
        tau_minus: float = 20.0,
        A_plus: float = 0.01,
        A_minus: float = 0.01,
        w_min: float = 0.0,
        w_max: float = 1.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                tau_plus=tau_plus, tau_minus=tau_minus, A_plus=A_plus, A_minus=A_minus, w_min=w_min, w_max=w_max
            ),
            equations=TRACES,
            pre_spike="""
                g_target += w
                w = clip(w - A_minus * w_max * y, w_min, w_max)
                x = 1.0
            """,
            post_spike="""
                w = clip(w + A_plus * w_max * x, w_min, w_max)
                y = 1.0
            """,
            name="NearestSTDP",
            description="Spike-timing-dependent plasticity of nearest neighbours.",
        )


class TripletSTDP(Synapse):
    """Spike-timing-dependent plasticity of pairs and triplets of spikes.

    A presynaptic spike takes ``o1 (A2_minus + A3_minus r2)`` away, a postsynaptic one adds ``r1 (A2_plus + A3_plus
    o2)``; then the traces of the spike grow by 1: r1 and r2 (time constants `tau_plus`, `tau_x`) of presynaptic, o1 and
    o2 (`tau_minus`, `tau_y`) of postsynaptic ones. The default values are those of visual cortex, all-to-all.

    Parameters
    ----------
    tau_plus, tau_minus, tau_x, tau_y : float
        Time constants, ms.
    A2_plus, A3_plus, A2_minus, A3_minus : float
        Changes of the weight by pairs and by triplets.
    w_min, w_max : float
        Bounds of the weight.

    References
    ----------
    J.-P. Pfister and W. Gerstner, *Triplets of spikes in a model of spike timing-dependent plasticity*, Journal of
    Neuroscience 26, 2006, equations 3 and 4, table 4.
    """

    def __init__(
        self,
        tau_plus: float = 16.8,
        tau_minus: float = 33.7,
        tau_x: float = 101.0,
        tau_y: float = 125.0,
        A2_plus: float = 5e-10,
        A3_plus: float = 6.2e-3,
        A2_minus: float = 7e-3,
        A3_minus: float = 2.3e-4,
        w_min: float = 0.0,
        w_max: float = 1.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                tau_plus=tau_plus, tau_minus=tau_minus, tau_x=tau_x, tau_y=tau_y, A2_plus=A2_plus, A3_plus=A3_plus,
                A2_minus=A2_minus, A3_minus=A3_minus, w_min=w_min, w_max=w_max,
            ),
            equations="""
                dr1/dt = -r1 / tau_plus : event-driven
                dr2/dt = -r2 / tau_x : event-driven
                do1/dt = -o1 / tau_minus : event-driven
                do2/dt = -o2 / tau_y : event-driven
            """,
            pre_spike="""
                g_target += w
                w = clip(w - o1 * (A2_minus + A3_minus * r2), w_min, w_max)
                r1 += 1.0
                r2 += 1.0
            """,
            post_spike="""
                w = clip(w + r1 * (A2_plus + A3_plus * o2), w_min, w_max)
                o1 += 1.0
                o2 += 1.0
            """,
            name="TripletSTDP",
            description="Spike-timing-dependent plasticity of pairs and triplets of spikes.",
        )  # fmt: skip


class VogelsSprekeler(Synapse):
    """Inhibitory plasticity that lets the postsynaptic neuron fire at a target rate.

    Both sides leave a trace with the time constant `tau`. A presynaptic spike changes w by ``eta (y - 2 rho tau)``, a
    postsynaptic one by ``eta x``.

    Parameters
    ----------
    tau : float
        Width of the window, ms.
    eta : float
        Learning rate.
    rho : float
        Target rate, Hz.
    w_min, w_max : float
        Bounds of the weight.

    References
    ----------
    T. P. Vogels, H. Sprekeler, F. Zenke, C. Clopath and W. Gerstner, *Inhibitory plasticity balances excitation and
    inhibition in sensory pathways and memory networks*, Science 334, 2011.
    """

    def __init__(
        self, tau: float = 20.0, eta: float = 1e-3, rho: float = 3.0, w_min: float = 0.0, w_max: float = 10.0
    ) -> None:
        super().__init__(
            parameters=lines(tau=tau, eta=eta, rho=rho, w_min=w_min, w_max=w_max),
            equations="""
                dx/dt = -x / tau : event-driven
                dy/dt = -y / tau : event-driven
            """,
            pre_spike="""
                g_target += w
                w = clip(w + eta * (y - 2 * rho * tau / 1000), w_min, w_max)
                x += 1.0
            """,
            post_spike="""
                w = clip(w + eta * x, w_min, w_max)
                y += 1.0
            """,
            name="VogelsSprekeler",
            description="Inhibitory plasticity that balances excitation.",
        )
