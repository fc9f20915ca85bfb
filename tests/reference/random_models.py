"""Random models: every method, bounds, conditionals, functions, values of the population; none of them diverges."""

from __future__ import annotations

import random

from distann import Neuron

__all__ = ["random_neuron"]

FUNCTIONS = "shape(x, y) = tanh(x) * cos(y)\nramp(x) = clip(0.5 * x, -1.0, 1.0)"
METHODS = ("explicit", "exponential", "semiimplicit", "implicit", "midpoint", "rk4", "exact")


class _Writer:
    """Writes the text of one neuron; `readable` are names whose values are of the order of 1."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.readable: list[str] = ["a", "b", "k"]

    def number(self) -> str:
        return repr(round(self.chance.uniform(-1.5, 1.5), 3))

    def small(self, depth: int = 2) -> str:
        """Return an expression whose values are of the order of 1."""
        choice = self.chance.randrange(9 if depth else 2)
        a, b = (self.small(depth - 1) if depth else "" for _ in range(2))
        match choice:
            case 0:
                return self.number()
            case 1 | 2:
                return self.chance.choice(self.readable)
            case 3:
                return f"({a} {self.chance.choice('+-')} {b})"
            case 4:
                return f"{a} * tanh({b})"
            case 5:
                return f"{self.chance.choice(('sin', 'cos', 'tanh', 'ramp'))}({a})"
            case 6:
                return f"shape({a}, {b})"
            case 7:
                return f"{a} / (1.5 + {b}**2)"
        return f"ite({a} > {b} and not ({b} <= {self.number()}), {b}, {self.small(depth - 1)})"

    def equation(self, name: str, method: str, others: list[str]) -> str:
        """Return an equation that decays, linear in the unknowns of its block for the methods that need it."""
        rest = [word for word in self.readable if word not in others and word != name]
        self.readable, kept = rest, self.readable
        form = self.chance.randrange(3)
        leak = f"(1.2 + {self.small(1)}**2)" if method not in ("exact", "implicit") and form == 1 else "1.3"
        coupling = "".join(f" + {self.number()} * 0.4 * {other}" for other in others)
        drive = f"0.5 * {self.small()}{coupling}"
        self.readable = kept
        if method == "implicit" and form == 2:
            drive += f" - 0.8 * {name}**3 + 0.3 * tanh({name} - {self.chance.choice(others or [name])})"
        tau = self.chance.choice(("tau", "t_own"))
        text = {
            0: f"{tau} * d{name}/dt + {leak} * {name} = {drive}",
            1: f"d{name}/dt = ({drive} - {leak} * {name}) / {tau}",
            2: f"{tau} * d{name}/dt = -{leak} * {name} + {drive}",
        }[form]
        flags = [method, f"init = {self.number()}"]
        if self.chance.random() < 0.3 and method != "exact":
            flags.append(f"{self.chance.choice(('min = -0.2', 'max = 0.7'))}")
        return f"{text} : {', '.join(flags)}"


def random_neuron(seed: int) -> Neuron:
    """Return the neuron of a number. Its attributes are a, b, k, tau, t_own and two to five variables."""
    w = _Writer(seed)
    spiking = w.chance.random() < 0.5
    lines = ["shared = 0.3 * mean(x0) + 0.1 * cos(0.1 * t) : population"] if w.chance.random() < 0.4 else []
    w.readable += ["shared"] if lines else []
    w.readable += ["g_exc" if spiking else "sum(exc)"]
    count = w.chance.randrange(1, 5)
    method, block = w.chance.choice(METHODS), [f"x{n}" for n in range(count)]
    for n, name in enumerate(block):
        if w.chance.random() < 0.3 and n:
            lines.append(f"y{n} = {w.small()}")
            w.readable.append(f"y{n}")
            method = w.chance.choice(METHODS)
        coupled = [other for other in block[:n] if w.chance.random() < 0.4]
        lines.append(w.equation(name, method, coupled))
    if w.chance.random() < 0.4:
        lines.append("noisy = 0.1 * Normal(0.0, 1.0) + Uniform(-0.2, 0.2) * a")
    if spiking:
        if w.chance.random() < 0.5:
            lines.append("4.0 * dg_exc/dt = -g_exc : exponential")
        return Neuron(
            parameters=PARAMETERS, equations=lines, functions=FUNCTIONS, name=f"model{seed}",
            spike=f"x0 + 0.3 * {w.small(1)} > 0.25", reset="x0 = -0.6\n" + f"x{count - 1} -= 0.2",
            refractory=w.chance.choice((None, 1.5, "2.0 * k + 1.0")),
        )  # fmt: skip
    lines.append(f"r = pos(x0) + 0.1 * {w.small(1)}")
    return Neuron(parameters=PARAMETERS, equations=lines, functions=FUNCTIONS, name=f"model{seed}")


PARAMETERS = "a = 0.4\nb = -0.3\nk = 0.7 : population\ntau = 12.0 : population\nt_own = 6.0"
