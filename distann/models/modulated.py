"""Synapses that learn from more than the times of spikes: the potential, a reward, the rate. Times are in ms.

All transmit ``g_target += w`` before the spike changes `w`. Their equations visit every synapse in each step;
``enable_learning(period=...)`` does so less often.
"""

from __future__ import annotations

from distann.model import Synapse
from distann.models.parameters import lines
from distann.models.plasticity import TRACES

__all__ = ["Clopath", "DopamineSTDP", "HomeostaticScaling"]


class Clopath(Synapse):
    """Voltage-based plasticity.

    A presynaptic spike takes ``A_LTD [u_minus - theta_minus]+`` away. In each step w grows at the rate ``A_LTP x [v -
    theta_plus]+ [u_plus - theta_minus]+``, where x is a trace to which a presynaptic spike adds ``1 / tau_x``, v the
    postsynaptic neuron's potential, and u_minus and u_plus are v, filtered with `tau_minus` and `tau_plus`. The
    default values are those of visual cortex. The neuron's `v` must go through its spikes: a neuron that is reset in
    the step in which it crosses a threshold below `theta_plus` never potentiates.

    Parameters
    ----------
    tau_x, tau_minus, tau_plus : float
        Time constants, ms.
    theta_minus, theta_plus : float
        Thresholds of depression and potentiation, mV.
    A_LTD, A_LTP : float
        Amplitudes, 1/mV and 1/mV².
    v_rest : float
        What the filtered potentials start with, mV.
    w_min, w_max : float
        Bounds of the weight.

    References
    ----------
    C. Clopath, L. Büsing, E. Vasilaki and W. Gerstner, *Connectivity reflects coding: a model of voltage-based STDP
    with homeostasis*, Nature Neuroscience 13, 2010, equations 1 to 3 (without the homeostasis of `A_LTD`), table 1.
    """

    def __init__(
        self,
        tau_x: float = 15.0,
        tau_minus: float = 10.0,
        tau_plus: float = 7.0,
        theta_minus: float = -70.6,
        theta_plus: float = -45.3,
        A_LTD: float = 14e-5,
        A_LTP: float = 8e-5,
        v_rest: float = -70.6,
        w_min: float = 0.0,
        w_max: float = 1.0,
    ) -> None:
        super().__init__(
            parameters=[
                f"{lines(tau_minus=tau_minus)} : projection",
                f"{lines(tau_plus=tau_plus)} : projection",
                f"{lines(v_rest=v_rest)} : projection",
                lines(
                    tau_x=tau_x, theta_minus=theta_minus, theta_plus=theta_plus, A_LTD=A_LTD, A_LTP=A_LTP,
                    w_min=w_min, w_max=w_max,
                ),
            ],
            equations="""
                dx/dt = -x / tau_x : event-driven
                tau_minus * du_minus/dt = post.v - u_minus : postsynaptic, init = v_rest, exponential
                tau_plus * du_plus/dt = post.v - u_plus : postsynaptic, init = v_rest, exponential
                dw/dt = A_LTP * x * pos(post.v - theta_plus) * pos(u_plus - theta_minus)
                    : min = w_min, max = w_max, explicit
            """,
            pre_spike="""
                g_target += w
                w -= A_LTD * pos(u_minus - theta_minus)
                x += 1.0 / tau_x
            """,
            name="Clopath",
            description="Voltage-based plasticity.",
        )  # fmt: skip


class DopamineSTDP(Synapse):
    """Reward-modulated spike-timing-dependent plasticity.

    Pairs of spikes change an eligibility trace c instead of the weight: a postsynaptic spike by ``A_plus x``, a
    presynaptic one by ``-A_minus y``. c decays with `tau_c`, and ``dw/dt = c dopamine``.

    Parameters
    ----------
    tau_plus, tau_minus, tau_c, tau_d : float
        Time constants of the window, of eligibility and of dopamine, ms.
    A_plus, A_minus : float
        Changes of the eligibility, 1/ms for dopamine without a unit.
    w_min, w_max : float
        Bounds of the weight.
    dopamine : str, optional
        Text of the concentration, such as ``"post.g_dopamine"``. By default a variable ``d`` of the projection, which
        decays with `tau_d` and which the script sets: ``projection.d = projection.d + 0.5`` is a reward.

    References
    ----------
    E. M. Izhikevich, *Solving the distal reward problem through linkage of STDP and dopamine signaling*, Cerebral
    Cortex 17, 2007, equations 1 to 3.
    """

    def __init__(
        self,
        tau_plus: float = 20.0,
        tau_minus: float = 20.0,
        tau_c: float = 1000.0,
        tau_d: float = 200.0,
        A_plus: float = 1e-3,
        A_minus: float = 1.5e-3,
        w_min: float = 0.0,
        w_max: float = 4.0,
        dopamine: str | None = None,
    ) -> None:
        own = "dd/dt = -d / tau_d : projection, exponential"
        super().__init__(
            parameters=[
                f"{lines(tau_d=tau_d)} : projection",
                lines(
                    tau_plus=tau_plus, tau_minus=tau_minus, tau_c=tau_c, A_plus=A_plus, A_minus=A_minus,
                    w_min=w_min, w_max=w_max,
                ),
            ],
            equations=f"""
                {TRACES}
                dc/dt = -c / tau_c : event-driven
                {own if dopamine is None else ""}
                dw/dt = c * ({dopamine or "d"}) : min = w_min, max = w_max, explicit
            """,
            pre_spike="""
                g_target += w
                c -= A_minus * y
                x += 1.0
            """,
            post_spike="""
                c += A_plus * x
                y += 1.0
            """,
            name="DopamineSTDP",
            description="Reward-modulated spike-timing-dependent plasticity.",
        )  # fmt: skip


class HomeostaticScaling(Synapse):
    """Scaling of all weights of a neuron, so that it fires at a target rate.

    The postsynaptic rate a (Hz) is measured with the time constant `tau`; ``dw/dt = w (beta (goal - a) + gamma s)``,
    where s is the integral of ``goal - a``.

    Parameters
    ----------
    tau : float
        Time constant of the sensor of activity, ms.
    goal : float
        Target rate, Hz.
    beta, gamma : float
        Strength of the control by the error, 1/(ms Hz), and by its integral, 1/(ms² Hz).
    w_min, w_max : float
        Bounds of the weight.

    References
    ----------
    M. C. W. van Rossum, G. Q. Bi and G. G. Turrigiano, *Stable Hebbian learning from spike timing-dependent
    plasticity*, Journal of Neuroscience 20, 2000.
    """

    def __init__(
        self,
        tau: float = 100_000.0,
        goal: float = 10.0,
        beta: float = 4e-8,
        gamma: float = 1e-13,
        w_min: float = 0.0,
        w_max: float = 10.0,
    ) -> None:
        super().__init__(
            parameters=[
                f"{lines(tau=tau)} : projection",
                f"{lines(goal=goal)} : projection",
                lines(beta=beta, gamma=gamma, w_min=w_min, w_max=w_max),
            ],
            equations="""
                da/dt = -a / tau : postsynaptic, exponential
                ds/dt = goal - a : postsynaptic, explicit
                dw/dt = w * (beta * (goal - a) + gamma * s) : min = w_min, max = w_max, explicit
            """,
            pre_spike="g_target += w",
            post_spike="a += 1000.0 / tau",
            name="HomeostaticScaling",
            description="Scaling of a neuron's weights towards a target rate.",
        )
