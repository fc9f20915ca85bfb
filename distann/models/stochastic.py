"""Integrate-and-fire neurons that spike at random, the more readily the nearer the threshold (GIF)."""

from __future__ import annotations

from distann.model import Neuron
from distann.models.parameters import lines

__all__ = ["GIF_curr", "GIF_curr_exp"]


def _equations(current: str) -> list[str]:
    return [
        "R = tau_m / C_m",
        f"tau_m * du/dt = -u + u_r + R * I_ext + ({current}) : exponential, init = u_r",
        "tau_v * dv/dt = -(v - u_th) : exponential, init = u_th",
        "Lambda = c * exp((u - v) / delta_u)",
    ]


SPIKE = "Uniform(0.0, 1.0) * 1000.0 / dt < Lambda"
RESET = "u = u_r\nv += J_v / tau_v"


class GIF_curr(Neuron):
    """Generalised integrate-and-fire neuron with an adapting threshold; input lasts for one step.

    ``tau_m du/dt = -u + u_r + R I_ext + current`` with ``R = tau_m / C_m``, ``tau_v dv/dt = -(v - u_th)``, by the
    exponential method. In each step the neuron spikes with the probability ``Lambda dt / 1000``, where ``Lambda = c
    exp((u - v) / delta_u)`` (Hz). Then ``u = u_r`` and the threshold ``v`` grows by ``J_v / tau_v``.

    Parameters
    ----------
    C_m : float
        Capacity of the membrane, pF.
    tau_m, tau_v : float
        Time constants of membrane and threshold, ms.
    J_v : float
        Adaptation after a spike, mV ms.
    u_r, u_th : float
        Potential at rest and after a spike; threshold at rest, mV.
    c : float
        Rate at the threshold, Hz.
    delta_u : float
        Softness of the threshold, mV.
    I_ext : float
        Constant current, pA.
    current : str
        Text of the synaptic input, mV.
    refractory_period : float
        ms.

    References
    ----------
    W. Gerstner et al., *Neuronal Dynamics*, Cambridge University Press 2014, chapters 6 and 9; S. Mensi et al.,
    *Parameter extraction and classification of three cortical neuron types reveals two distinct adaptation
    mechanisms*, Journal of Neurophysiology 107, 2012.
    """

    def __init__(
        self,
        C_m: float = 250.0,
        tau_m: float = 10.0,
        tau_v: float = 1000.0,
        J_v: float = 1000.0,
        u_r: float = -65.0,
        u_th: float = -50.0,
        c: float = 10.0,
        delta_u: float = 5.0,
        I_ext: float = 375.0,
        current: str = "R * (g_exc - g_inh)",
        refractory_period: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                C_m=C_m, tau_m=tau_m, tau_v=tau_v, J_v=J_v, u_r=u_r, u_th=u_th, c=c, delta_u=delta_u, I_ext=I_ext,
                refractory_period=refractory_period,
            ),
            equations=_equations(current),
            spike=SPIKE,
            reset=RESET,
            refractory="refractory_period",
            name="GIF_curr",
            description="Generalised integrate-and-fire neuron with an adapting threshold and instantaneous currents.",
        )  # fmt: skip


class GIF_curr_exp(Neuron):
    """Generalised integrate-and-fire neuron with an adapting threshold and exponentially decaying synaptic currents.

    As `GIF_curr`, with ``tau_g_exc dg_exc/dt = -g_exc``, ``tau_g_inh dg_inh/dt = -g_inh`` by the exponential method.

    Parameters
    ----------
    tau_g_exc, tau_g_inh : float
        Time constants of the synaptic currents, ms.
    C_m, tau_m, tau_v, J_v, u_r, u_th, c, delta_u, I_ext, current, refractory_period
        As for `GIF_curr`.
    """

    def __init__(
        self,
        C_m: float = 250.0,
        tau_m: float = 10.0,
        tau_v: float = 1000.0,
        J_v: float = 1000.0,
        u_r: float = -65.0,
        u_th: float = -50.0,
        c: float = 10.0,
        delta_u: float = 5.0,
        I_ext: float = 375.0,
        tau_g_exc: float = 5.0,
        tau_g_inh: float = 5.0,
        current: str = "R * (g_exc - g_inh)",
        refractory_period: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                C_m=C_m, tau_m=tau_m, tau_v=tau_v, J_v=J_v, u_r=u_r, u_th=u_th, c=c, delta_u=delta_u, I_ext=I_ext,
                tau_g_exc=tau_g_exc, tau_g_inh=tau_g_inh, refractory_period=refractory_period,
            ),
            equations=[
                *_equations(current),
                "tau_g_exc * dg_exc/dt = -g_exc : exponential",
                "tau_g_inh * dg_inh/dt = -g_inh : exponential",
            ],
            spike=SPIKE,
            reset=RESET,
            refractory="refractory_period",
            name="GIF_curr_exp",
            description="Generalised integrate-and-fire neuron with an adapting threshold and exponential currents.",
        )  # fmt: skip
