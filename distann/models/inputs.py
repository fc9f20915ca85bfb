"""Neurons of input populations."""

from __future__ import annotations

from collections.abc import Mapping

from distann.errors import ConfigurationError
from distann.model import Neuron
from distann.model.arguments import number_of, text_of

__all__ = [
    "ACNeuron", "CorrelatedPoissonNeuron", "GivenRate", "NoiseNeuron", "PoissonNeuron", "SpikeSource",
]  # fmt: skip

# An exact step of an Ornstein-Uhlenbeck process of mean 0 and standard deviation 1.
COLOURED = "deviation * exp(-dt / tau) + sqrt(1.0 - exp(-2.0 * dt / tau)) * Normal(0.0, 1.0)"
SPIKE = "Uniform(0.0, 1.0) * 1000.0 / dt < {rate}"


class GivenRate(Neuron):
    """A rate-coded neuron without equations, whose rate is given."""

    def __init__(self) -> None:
        super().__init__(parameters="r = 0.0", name="GivenRate", description="Given rate")


class PoissonNeuron(Neuron):
    """A Poisson process of rate ``rates`` (Hz): in each step it spikes with the probability ``rates * dt / 1000``.

    Parameters
    ----------
    refractory : float, optional
        ms after a spike without another one.
    rates : str, optional
        What the rate is in each step, an expression; a parameter by default.
    parameters : str or mapping of str to float
        Parameters of that expression.
    """

    def __init__(
        self, refractory: float | None = None, rates: str | None = None, parameters: str | Mapping[str, float] = ""
    ) -> None:
        own = "rates = 10.0" if rates is None else _parameters(parameters)
        super().__init__(
            parameters=own,
            equations="" if rates is None else f"rates = {rates}",
            spike=SPIKE.format(rate="rates"),
            refractory=refractory,
            name="Poisson",
            description="Poisson process",
        )


class CorrelatedPoissonNeuron(Neuron):
    """Poisson processes of one rate, that follows a rectified Ornstein-Uhlenbeck process of the population.

    ``x`` has the mean ``mu``, the standard deviation ``sigma`` and the time constant ``tau``; its step is exact, and it
    starts in its stationary distribution.

    Parameters
    ----------
    refractory : float, optional
        ms after a spike without another one.
    """

    def __init__(self, refractory: float | None = None) -> None:
        super().__init__(
            parameters="""
                mu = 10.0 : population
                sigma = 0.0 : population
                tau = 20.0 : population
            """,
            equations=f"""
                deviation = {COLOURED} : population, init=Normal(0.0, 1.0)
                x = mu + sigma * deviation : population, init=mu
            """,
            spike=SPIKE.format(rate="x"),
            refractory=refractory,
            name="CorrelatedPoisson",
            description="Poisson processes with a common rate",
        )  # fmt: skip


class SpikeSource(Neuron):
    """A neuron without equations, whose spikes are given."""

    def __init__(self) -> None:
        super().__init__(spike="False", name="SpikeSource", description="Given spikes")


class ACNeuron(Neuron):
    """A sinusoid: ``r = offset + amplitude * sin(2 pi frequency t + phase)`` from ``start`` to ``stop``, else 0."""

    def __init__(self) -> None:
        super().__init__(
            parameters="""
                amplitude = 1.0
                frequency = 10.0
                phase = 0.0
                offset = 0.0
                start = 0.0
                stop = 1e300
            """,
            equations="""
                wave = offset + amplitude * sin(2.0 * pi * frequency * t / 1000.0 + phase)
                r = if (t >= start - dt / 2.0) and (t < stop - dt / 2.0): wave else: 0.0
            """,
            name="ACCurrent",
            description="Sinusoidal current",
        )


class NoiseNeuron(Neuron):
    """Gaussian noise of mean ``mu`` and standard deviation ``sigma`` from ``start`` to ``stop``, else 0.

    Parameters
    ----------
    coloured : bool
        An Ornstein-Uhlenbeck process with the time constant ``tau``; else every step has a value of its own.
    """

    def __init__(self, coloured: bool) -> None:
        super().__init__(
            parameters="mu = 0.0; sigma = 1.0; start = 0.0; stop = 1e300" + "; tau = 10.0" * coloured,
            equations=f"""
                deviation = {COLOURED if coloured else "Normal(0.0, 1.0)"} : init=Normal(0.0, 1.0)
                r = if (t >= start - dt / 2.0) and (t < stop - dt / 2.0): mu + sigma * deviation else: 0.0
            """,
            name="NoiseCurrent",
            description="Noisy current",
        )


def _parameters(given: str | Mapping[str, float]) -> str:
    if not isinstance(given, Mapping):
        return text_of(given, "parameters")
    if not all(isinstance(name, str) and name.isidentifier() for name in given):
        raise ConfigurationError(f"the parameters of rates are names and their numbers; got {given!r}.")
    return "\n".join(f"{name} = {number_of(value, name)!r} : population" for name, value in given.items())
