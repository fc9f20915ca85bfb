"""What the language says, slowly: reads the text of a neuron line by line and computes each step with numpy.

Shares nothing with distann but the words of the language: expressions are read by Python's own parser, the
coefficients of equations are found by computing with affine functions, coupled steps by linear algebra.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import expm
from scipy.special import exprel

from distann import Neuron
from tests.reference.philox import uniforms

Array = NDArray[Any]
METHODS = ("explicit", "exponential", "semiimplicit", "implicit", "midpoint", "rk4", "exact")
FUNCTIONS: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "floor", "hypot", "cbrt")},
    "pos": lambda x: np.maximum(x, 0.0), "clip": lambda x, a, b: np.minimum(np.maximum(x, a), b), "exprel": exprel,
    "ite": np.where, "fabs": np.abs, "maximum": np.maximum, "minimum": np.minimum, "pi": np.pi,
    "both": np.logical_and, "either": np.logical_or, "negated": np.logical_not,
}  # fmt: skip
QUANTILES: dict[str, Callable[..., Any]] = {
    "Uniform": lambda u, low, high: low + (high - low) * u,
    "Normal": lambda u, mu, sigma: mu + sigma * stats.norm.ppf(u),
    "Exponential": lambda u, rate: -np.log(u) / rate,
}


DRAW = r"\b(Uniform|Exponential|Normal)\("
OVER_ALL: dict[str, Callable[[Array], Any]] = {
    "mean": np.mean, "max": np.max, "min": np.min, "norm1": lambda x: np.abs(x).sum(),
    "norm2": lambda x: np.sqrt((x**2).sum()),
}  # fmt: skip


@dataclass
class Affine:
    """``value + slope * unknown``."""

    value: Any
    slope: Any

    def __add__(self, other: Any) -> Affine:
        other = other if isinstance(other, Affine) else Affine(other, 0.0)
        return Affine(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __neg__(self) -> Affine:
        return Affine(-self.value, -self.slope)

    def __sub__(self, other: Any) -> Affine:
        return self + -1.0 * other

    def __rsub__(self, other: Any) -> Affine:
        return -self + other

    def __mul__(self, other: Any) -> Affine:
        return Affine(self.value * other, self.slope * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Affine:
        return Affine(self.value / other, self.slope / other)

    __array_ufunc__ = None


@dataclass
class Line:
    """A statement: ``name = value``, or an equation whose derivative is called D."""

    name: str
    value: CodeType
    is_equation: bool
    flags: dict[str, str] = field(default_factory=dict)


class _Conditions(ast.NodeTransformer):
    """Python's ``and``, ``or``, ``not`` and chains are not made for arrays."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        name = "both" if isinstance(node.op, ast.And) else "either"
        parts = [self.visit(part) for part in node.values]
        while len(parts) > 1:
            parts[:2] = [_call(name, parts[0], parts[1])]
        return parts[0]

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        operand = self.visit(node.operand)
        return _call("negated", operand) if isinstance(node.op, ast.Not) else ast.UnaryOp(node.op, operand)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def compiled(text: str) -> CodeType:
    """Return Python code of an expression of the language."""
    text = text.strip().replace("^", "**")
    while (found := re.search(r"if ([^:]*): ([^:]*) else: (((?!if ).)*)$", text)) is not None:
        text = text[: found.start()] + f"ite({found[1]}, {found[2]}, {found[3]})"
    tree = _Conditions().visit(ast.parse(text, mode="eval"))
    return compile(ast.fix_missing_locations(tree), text, "eval")


def numbered(*texts: str) -> list[str]:
    """Return the texts with sums, values of the population and random terms in the form that `Interpreter` evaluates.

    Of the random terms the uniform ones have the first numbers, in the order of the text, then the normal ones.
    """
    kinds = re.findall(DRAW, " ".join(texts))
    waiting = {"Normal": list(range(sum(kind != "Normal" for kind in kinds), len(kinds)))}
    waiting["Uniform"] = waiting["Exponential"] = list(range(len(kinds)))

    def change(found: re.Match[str]) -> str:
        return f"draw({waiting[found[1]].pop(0)}, '{found[1]}', "

    def plain(text: str) -> str:
        text = re.sub(r"\bsum\((\w+)\)", r"in_\1", text)
        text = re.sub(r"\b(mean|max|min|norm1|norm2)\((\w+)\)", r"\1_of_\2", text)
        return re.sub(DRAW, change, text)

    return [plain(text) for text in texts]


def read(text: str) -> list[Line]:
    """Return the statements of a block."""
    lines = []
    for raw in text.split("\n"):
        whole, _, flag_text = raw.split("#")[0].partition(" : ")
        if not whole.strip():
            continue
        given = [flag.partition("=") for flag in re.split(r",(?![^(]*\))", flag_text) if flag.strip()]
        flags = {name.strip(): value.strip() for name, _, value in given}
        left, operator, right = re.split(r"(?<![<>=!])([-+*/]?=)(?!=)", whole, maxsplit=1)
        derivative = re.search(r"d(\w+)/dt", left + " " + right)
        if derivative:
            sides = [re.sub(r"d\w+/dt", "D", side) for side in (left, right)]
            lines.append(Line(derivative[1], compiled(f"({sides[0]}) - ({sides[1]})"), True, flags))
        else:
            name = left.strip()
            value = right if operator == "=" else f"{name} {operator[0]} ({right})"
            lines.append(Line(name, compiled(value), False, flags))
    return lines


class Interpreter:
    """The neurons of one population.

    Parameters
    ----------
    neuron : Neuron
    size : int
    dt : float
    given : dict
        Values of parameters and variables that the script sets.
    seed, number : int
        Of the network, and of the population in it: for random terms.
    """

    def __init__(
        self, neuron: Neuron, size: int, dt: float, given: dict[str, Any], seed: int = 0, number: int = 0
    ) -> None:
        self.size, self.dt, self.seed, self.number, self.k = size, dt, seed, number, 0
        self.state: dict[str, Any] = {"dt": dt, "t": 0.0, "t_last": np.full(size, -10000 * dt)}
        self.spiking = neuron.spiking
        self._functions(neuron.functions or "")
        equations, spike, axon_spike = numbered(neuron.equations, neuron.spike or "", neuron.axon_spike or "")
        self.equations, self.resets = read(equations), read(neuron.reset or "")
        self.axon_resets = read(neuron.axon_reset or "")
        self.spike = compiled(spike) if spike else None
        self.axon_spike = compiled(axon_spike) if axon_spike else None
        self.axonal = np.zeros(size, bool)
        self.refractory = None if neuron.refractory is None else compiled(str(neuron.refractory))
        self.left = np.zeros(size)
        self.bounds = {
            line.name: [(flag, compiled(line.flags[flag])) for flag in ("min", "max") if flag in line.flags]
            for line in self.equations
        }
        for line in read(neuron.parameters):
            self._declare(line.name, given.get(line.name, line.value), "population" in line.flags)
        for line in self.equations:
            start = given.get(line.name, compiled(line.flags.get("init", "0.0")))
            self._declare(line.name, start, "population" in line.flags)
        used = " ".join([equations, spike, axon_spike, neuron.reset or "", neuron.axon_reset or ""])
        self.inputs = sorted(set(re.findall(r"\b(?:g_|in_)\w+", used)))
        for name in self.inputs:
            self.state.setdefault(name, np.zeros(size))
        self.own_input = {line.name for line in self.equations}
        self.over_all = sorted(set(re.findall(r"\b(mean|max|min|norm1|norm2)_of_(\w+)", used)))
        self._reduce()

    def _functions(self, text: str) -> None:
        for line in filter(str.strip, text.split("\n")):
            name, arguments, body = re.fullmatch(r"\s*(\w+)\(([^)]*)\) = (.*)", line).groups()  # type: ignore[union-attr]
            self.state[name] = self._function([word.strip() for word in arguments.split(",")], compiled(body))

    def _function(self, names: list[str], code: CodeType) -> Callable[..., Any]:
        return lambda *values: self._value(code, dict(zip(names, values, strict=True)))

    def _declare(self, name: str, value: Any, whole: bool) -> None:
        number = self._value(value) if isinstance(value, CodeType) else value
        self.state[name] = float(number) if whole else np.array(np.broadcast_to(number, self.size), float)

    def _value(self, code: CodeType, more: dict[str, Any] | None = None) -> Any:
        return eval(code, {"__builtins__": {}}, {**FUNCTIONS, "draw": self._draw, **self.state, **(more or {})})

    def _draw(self, number: int, kind: str, *arguments: Any) -> Any:
        return QUANTILES[kind](uniforms(self.seed, self.number, number, self.k, self.size), *arguments)

    # ---- one step

    def step(self, arriving: dict[str, Array]) -> Array:
        """Return which neurons spike, given what arrives at each input; `axonal` are those with axonal spikes."""
        state = self.state
        for name in self.inputs:
            state[name] = arriving.get(name, 0.0) + (state[name] if self.spiking else np.zeros(self.size))
        awake = self.left <= 0
        self.left = np.where(awake, self.left, self.left - 1)
        for whole in (True, False):
            self._run([line for line in self.equations if ("population" in line.flags) == whole], awake)
        for name in self.inputs:
            if self.spiking and name not in self.own_input:
                state[name] = np.zeros(self.size)
        spikes = awake & self._value(self.spike) if self.spike is not None else np.zeros(self.size, bool)
        if self.axon_spike is not None:
            self.axonal = np.array(np.broadcast_to(self._value(self.axon_spike), self.size))
        self._reset(self.resets, spikes)
        if self.refractory is not None:
            steps = np.floor(self._value(self.refractory) / self.dt + 1e-4)
            self.left = np.where(spikes, steps, self.left)
        state["t_last"] = np.where(spikes, state["t"], state["t_last"])
        self._reset(self.axon_resets, self.axonal)
        self.k += 1
        state["t"] = self.k * self.dt
        self._reduce()
        return np.asarray(spikes)

    def _reset(self, lines: list[Line], where: Array) -> None:
        for line in lines:
            self.state[line.name] = np.where(where, self._value(line.value), self.state[line.name])

    def _reduce(self) -> None:
        for operation, name in self.over_all:
            self.state[f"{operation}_of_{name}"] = OVER_ALL[operation](self.state[name])

    def _run(self, lines: list[Line], awake: Array) -> None:
        """Consecutive equations use the old values; an assignment counts at once."""
        block: list[Line] = []
        for line in [*lines, None]:
            if line is not None and line.is_equation:
                block.append(line)
                continue
            new = _Block(self, block).advanced() if block else {}
            if line is not None:
                for name, value in new.items():
                    self._set(name, value, awake)
                new = {line.name: self._value(line.value)}
            for name, value in new.items():
                self._set(name, value, awake)
            block = []

    def _set(self, name: str, value: Any, awake: Array) -> None:
        for flag, code in self.bounds[name]:
            value = (np.maximum if flag == "min" else np.minimum)(value, self._value(code))
        if np.ndim(self.state[name]) and not name.startswith("g_"):
            value = np.where(awake, value, self.state[name])
        self.state[name] = value if np.ndim(self.state[name]) == 0 else np.array(np.broadcast_to(value, self.size))


class _Block:
    """Equations that advance together."""

    def __init__(self, owner: Interpreter, lines: list[Line]) -> None:
        self.owner, self.lines = owner, lines

    def slope(self, line: Line, values: dict[str, Any]) -> Any:
        """Return the derivative: of ``left - right = 0``, which is affine in it."""
        side = self.owner._value(line.value, {**values, "D": Affine(0.0, 1.0)})
        return -side.value / side.slope

    def rate(self, line: Line, name: str) -> Any:
        """Return the coefficient of `name` in the derivative, which is affine in it."""
        free = self.owner._value(line.value, {"D": Affine(0.0, 1.0)}).slope
        side = self.owner._value(line.value, {name: Affine(self.owner.state[name], 1.0), "D": 0.0})
        return -side.slope / free if isinstance(side, Affine) else 0.0

    def method(self, line: Line) -> str:
        return next((name for name in METHODS if name in line.flags), "explicit")

    def advanced(self) -> dict[str, Any]:
        groups: dict[str, list[Line]] = {}
        for line in self.lines:
            groups.setdefault(self.method(line), []).append(line)
        new: dict[str, Any] = {}
        for method, lines in groups.items():
            new |= getattr(self, "_" + method)(lines, self.owner.dt)
        return {line.name: new[line.name] for line in self.lines}

    def _slopes(self, lines: list[Line], values: dict[str, Any]) -> dict[str, Any]:
        return {line.name: self.slope(line, values) for line in lines}

    def _old(self, lines: list[Line]) -> dict[str, Any]:
        return {line.name: self.owner.state[line.name] for line in lines}

    def _explicit(self, lines: list[Line], dt: float) -> dict[str, Any]:
        slopes = self._slopes(lines, {})
        return {name: old + dt * slopes[name] for name, old in self._old(lines).items()}

    def _midpoint(self, lines: list[Line], dt: float) -> dict[str, Any]:
        old, first = self._old(lines), self._slopes(lines, {})
        middle = self._slopes(lines, {name: old[name] + dt / 2 * first[name] for name in old})
        return {name: old[name] + dt * middle[name] for name in old}

    def _rk4(self, lines: list[Line], dt: float) -> dict[str, Any]:
        old = self._old(lines)
        k = [self._slopes(lines, {})]
        for factor in (0.5, 0.5, 1.0):
            k.append(self._slopes(lines, {name: old[name] + factor * dt * k[-1][name] for name in old}))
        return {n: old[n] + dt / 6 * (k[0][n] + 2 * k[1][n] + 2 * k[2][n] + k[3][n]) for n in old}

    def _exponential(self, lines: list[Line], dt: float) -> dict[str, Any]:
        slopes, old = self._slopes(lines, {}), self._old(lines)
        return {x.name: old[x.name] + dt * exprel(dt * self.rate(x, x.name)) * slopes[x.name] for x in lines}

    def _semiimplicit(self, lines: list[Line], dt: float) -> dict[str, Any]:
        slopes, old = self._slopes(lines, {}), self._old(lines)
        return {x.name: old[x.name] + dt * slopes[x.name] / (1 - dt * self.rate(x, x.name)) for x in lines}

    def _system(self, lines: list[Line]) -> tuple[Array, Array, Array]:
        """Return of each neuron the matrix, the slopes and the old values."""
        size = self.owner.size
        matrix = np.array([[np.broadcast_to(self.rate(line, x.name), size) for x in lines] for line in lines])
        slopes, old = self._slopes(lines, {}), self._old(lines)
        return (
            np.moveaxis(matrix, 2, 0),
            np.array([np.broadcast_to(slopes[x.name], size) for x in lines]).T,
            np.array([np.broadcast_to(old[x.name], size) for x in lines]).T,
        )

    def _implicit(self, lines: list[Line], dt: float) -> dict[str, Any]:
        """Solve ``new = old + dt * slope(new)`` by Newton's method, with derivatives along the imaginary axis."""
        names, size, tiny = [line.name for line in lines], self.owner.size, 1e-30
        old = np.array([np.broadcast_to(self.owner.state[name], size) for name in names]).T

        def change(values: Array) -> Array:
            slopes = self._slopes(lines, dict(zip(names, values.T, strict=True)))
            return dt * np.array([np.broadcast_to(slopes[name], size) for name in names]).T

        new = old.copy()
        for _ in range(50):
            slopes = np.stack([change(new + 1j * tiny * unit).imag / tiny for unit in np.eye(len(names))], axis=2)
            step = np.linalg.solve(np.eye(len(names)) - slopes, (old + change(new) - new)[..., None])[..., 0]
            new = new + step
            if np.abs(step).max() < 1e-13:  # after this one it is far below rounding
                break
        return {name: new[:, i] for i, name in enumerate(names)}

    def _exact(self, lines: list[Line], dt: float) -> dict[str, Any]:
        matrix, slopes, old = self._system(lines)
        new = old + (phi(dt * matrix) @ (dt * slopes)[..., None])[..., 0]
        return {line.name: new[:, i] for i, line in enumerate(lines)}


def phi(matrices: Array) -> Array:
    """Return ``(exp(A) - 1) / A`` of each matrix: exp of [[A, 1], [0, 0]] holds it beside exp(A)."""
    key = matrices.tobytes()
    if key not in KNOWN:
        count, n, _ = matrices.shape
        whole = np.zeros((count, 2 * n, 2 * n))
        whole[:, :n, :n], whole[:, :n, n:] = matrices, np.eye(n)
        if len(KNOWN) > 500:
            KNOWN.clear()
        KNOWN[key] = expm(whole)[:, :n, n:]
    return KNOWN[key]


KNOWN: dict[bytes, Array] = {}  # coefficients seldom change
