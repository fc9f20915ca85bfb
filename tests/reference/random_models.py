"""Random models by hypothesis: every method, bounds, conditionals, functions, values of the population."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from distann import Neuron

__all__ = ["neurons", "random_neurons"]

FUNCTIONS = "shape(x, y) = tanh(x) * cos(y)\nramp(x) = clip(0.5 * x, -1.0, 1.0)"
METHODS = ("explicit", "exponential", "semiimplicit", "implicit", "midpoint", "rk4", "exact")


class _Writer:
    """Writes the text of one neuron; `readable` are names whose values are of the order of 1.

    All is drawn as truth values: into numbers and choices hypothesis mixes constants that it finds in whatever modules
    happen to be loaded, and the models would be others in each run, to be compiled anew.
    """

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw
        self.readable: list[str] = ["a", "b", "k"]

    def below(self, count: int) -> int:
        """Return one of 0, 1, ..., count - 1."""
        bits = [self._draw(st.booleans()) for _ in range((count - 1).bit_length())]
        return sum(bit << n for n, bit in enumerate(bits)) % count

    def choice(self, options: Sequence[Any]) -> Any:
        return options[self.below(len(options))]

    def happens(self, tenths: int) -> bool:
        return self.below(16) * 10 < 16 * tenths

    def number(self) -> str:
        return repr(round(self.below(1024) * 3 / 1024 - 1.5, 3))

    def small(self, depth: int = 2) -> str:
        """Return an expression whose values are of the order of 1."""
        choice = self.below(9 if depth else 2)
        a, b = (self.small(depth - 1) if depth else "" for _ in range(2))
        match choice:
            case 0:
                return self.number()
            case 1 | 2:
                return self.choice(self.readable)
            case 3:
                return f"({a} {self.choice('+-')} {b})"
            case 4:
                return f"{a} * tanh({b})"
            case 5:
                return f"{self.choice(('sin', 'cos', 'tanh', 'ramp'))}({a})"
            case 6:
                return f"shape({a}, {b})"
            case 7:
                return f"{a} / (1.5 + {b}**2)"
        return f"ite({a} > {b} and not ({b} <= {self.number()}), {b}, {self.small(depth - 1)})"

    def equation(self, name: str, method: str, others: list[str]) -> str:
        """Return an equation that decays, linear in the unknowns of its block for the methods that need it."""
        rest = [word for word in self.readable if word not in others and word != name]
        self.readable, kept = rest, self.readable
        form = self.below(3)
        leak = f"(1.2 + {self.small(1)}**2)" if method not in ("exact", "implicit") and form == 1 else "1.3"
        coupling = "".join(f" + {self.number()} * 0.4 * {other}" for other in others)
        drive = f"0.5 * {self.small()}{coupling}"
        self.readable = kept
        if method == "implicit" and form == 2:
            drive += f" - 0.8 * {name}**3 + 0.3 * tanh({name} - {self.choice(others or [name])})"
        tau = self.choice(("tau", "t_own"))
        text = {
            0: f"{tau} * d{name}/dt + {leak} * {name} = {drive}",
            1: f"d{name}/dt = ({drive} - {leak} * {name}) / {tau}",
            2: f"{tau} * d{name}/dt = -{leak} * {name} + {drive}",
        }[form]
        flags = [method, f"init = {self.number()}"]
        if self.happens(3) and method != "exact":
            flags.append(f"{self.choice(('min = -0.2', 'max = 0.7'))}")
        return f"{text} : {', '.join(flags)}"


@st.composite
def neurons(draw: DrawFn) -> Callable[..., Neuron]:
    """Return what makes a neuron of that name. Its attributes are a, b, k, tau, t_own and two to five variables."""
    w = _Writer(draw)
    spiking = w.happens(5)
    lines = ["shared = 0.3 * mean(x0) + 0.1 * cos(0.1 * t) : population"] if w.happens(4) else []
    w.readable += ["shared"] if lines else []
    w.readable += ["g_exc" if spiking else "sum(exc)"]
    count = 1 + w.below(4)
    method, block = w.choice(METHODS), [f"x{n}" for n in range(count)]
    for n, name in enumerate(block):
        if w.happens(3) and n:
            lines.append(f"y{n} = {w.small()}")
            w.readable.append(f"y{n}")
            method = w.choice(METHODS)
        coupled = [other for other in block[:n] if w.happens(4)]
        lines.append(w.equation(name, method, coupled))
    if w.happens(4):
        lines.append("noisy = 0.1 * Normal(0.0, 1.0) + Uniform(-0.2, 0.2) * a")
    if spiking and w.happens(5):
        lines.append("4.0 * dg_exc/dt = -g_exc : exponential")
    if not spiking:
        lines.append(f"r = pos(x0) + 0.1 * {w.small(1)}")
        return functools.partial(Neuron, PARAMETERS, lines, functions=FUNCTIONS)
    return functools.partial(
        Neuron, PARAMETERS, lines, functions=FUNCTIONS, spike=f"x0 + 0.3 * {w.small(1)} > 0.25",
        reset=f"x0 = -0.6\nx{count - 1} -= 0.2", refractory=w.choice((None, 1.5, "2.0 * k + 1.0")),
    )  # fmt: skip


@functools.cache
def random_neurons(count: int) -> list[Neuron]:
    """Return the first different examples that hypothesis gives; the same in each run."""
    found: dict[tuple[str, str | None], Neuron] = {}

    @settings(
        max_examples=2 * count, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(neurons())
    def collect(make: Callable[..., Neuron]) -> None:
        neuron = make(name=f"model{len(found)}")
        found.setdefault((neuron.equations, neuron.spike), neuron)

    collect()
    return list(found.values())[:count]


PARAMETERS = "a = 0.4\nb = -0.3\nk = 0.7 : population\ntau = 12.0 : population\nt_own = 6.0"
