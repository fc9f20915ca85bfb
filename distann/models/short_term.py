"""Synapses whose transmission depends on the spikes before: depression and facilitation. Times are in ms."""

from __future__ import annotations

from distann.errors import ConfigurationError
from distann.model import Synapse
from distann.models.parameters import lines

__all__ = ["STP", "TsodyksMarkram"]


class STP(Synapse):
    """Short-term depression and facilitation.

    A spike transmits ``w u x``; then the resources x lose ``u x``, and the part u that a spike uses grows by ``U (1 -
    u)``. Between spikes x recovers to 1 with `tau_rec`, and u falls back to U with `tau_facil`.

    Parameters
    ----------
    tau_rec, tau_facil : float
        Time constants of recovery and facilitation, ms.
    U : float
        The part that a spike uses after a long silence.

    References
    ----------
    M. V. Tsodyks and H. Markram, *The neural code between neocortical pyramidal neurons depends on neurotransmitter
    release probability*, PNAS 94, 1997; H. Markram, Y. Wang and M. Tsodyks, *Differential signaling via the same axon
    of neocortical pyramidal neurons*, PNAS 95, 1998.
    """

    def __init__(self, tau_rec: float = 100.0, tau_facil: float = 0.01, U: float = 0.5) -> None:
        super().__init__(
            parameters=lines(tau_rec=tau_rec, tau_facil=tau_facil, U=U),
            equations="""
                dx/dt = (1 - x) / tau_rec : init = 1.0, event-driven
                du/dt = (U - u) / tau_facil : init = U, event-driven
            """,
            pre_spike="""
                g_target += w * u * x
                x *= 1 - u
                u += U * (1 - u)
            """,
            name="STP",
            description="Short-term plasticity: depression and facilitation.",
        )


class TsodyksMarkram(Synapse):
    """Short-term plasticity with resources that are recovered, active or inactive.

    A spike moves the part u of the recovered resources to the active ones and transmits as much, ``w u recovered``.
    Active resources y decay with `tau_psc` to inactive ones, these recover with `tau_rec`; u is as in `STP`. In a
    neuron whose conductance decays with `tau_psc` as well, the conductance is ``w y``.

    ``inactive = a + y tau_rec / (tau_psc - tau_rec)`` and ``recovered = 1 - a - y tau_psc / (tau_psc - tau_rec)``: a
    and y relax independently of one another.

    Parameters
    ----------
    tau_rec, tau_facil, tau_psc : float
        Time constants of recovery, facilitation and the current, ms; `tau_psc` and `tau_rec` differ.
    U : float
        The part that a spike uses after a long silence.

    Raises
    ------
    ConfigurationError
        When `tau_psc` and `tau_rec` are equal.

    References
    ----------
    M. Tsodyks, A. Uziel and H. Markram, *Synchrony generation in recurrent networks with frequency-dependent synapses*,
    Journal of Neuroscience 20 RC50, 2000.
    """

    def __init__(self, tau_rec: float = 800.0, tau_facil: float = 1000.0, tau_psc: float = 3.0, U: float = 0.5) -> None:
        if tau_psc == tau_rec:
            raise ConfigurationError(f"'tau_psc' and 'tau_rec' are different times; both are {tau_rec!r} ms.")
        super().__init__(
            parameters=lines(tau_rec=tau_rec, tau_facil=tau_facil, tau_psc=tau_psc, U=U, released=0.0),
            equations="""
                da/dt = -a / tau_rec : event-driven
                dy/dt = -y / tau_psc : event-driven
                du/dt = (U - u) / tau_facil : init = U, event-driven
            """,
            pre_spike="""
                g_target += w * u * (1 - a - y * tau_psc / (tau_psc - tau_rec))
                released = u * (1 - a - y * tau_psc / (tau_psc - tau_rec))
                a -= released * tau_rec / (tau_psc - tau_rec)
                y += released
                u += U * (1 - u)
            """,
            name="TsodyksMarkram",
            description="Short-term plasticity with recovered, active and inactive resources.",
        )
