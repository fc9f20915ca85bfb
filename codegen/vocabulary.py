"""The words of the language: functions, distributions, flags, names that models cannot use for their own."""

from __future__ import annotations

__all__ = [
    "ALIASES", "ARGUMENTS", "DISTRIBUTIONS", "EXCLUSIVE", "FLAGS", "FLAG_ALIASES", "FUNCTIONS", "GLOBAL_OPERATIONS",
    "KEYWORDS", "METHODS", "PARAMETER_FLAGS", "RESERVED", "TYPES", "VALUED_FLAGS",
]  # fmt: skip

KEYWORDS = frozenset({"and", "or", "not", "is", "if", "else", "True", "False", "sum"})

# Other spellings of a function; the parser writes the name on the right.
ALIASES = {
    "ln": "log", "abs": "fabs", "pos": "positive", "neg": "negative", "arcsin": "asin", "arccos": "acos", "arctan":
    "atan", "exprel": "expm1_over", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip

_UNARY = (
    "exp", "expm1", "expm1_over", "log", "log10", "log2", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "fabs", "floor", "ceil", "round", "trunc", "sign",
    "positive", "negative", "isnan", "isfinite",
)  # fmt: skip
_BINARY = ("atan2", "hypot", "modulo", "minimum", "maximum", "power")
_CANONICAL = {**dict.fromkeys(_UNARY, 1), **dict.fromkeys(_BINARY, 2), "clip": 3, "ite": 3}

# Name of every function of numbers, aliases included, and how many arguments it takes. The parser makes
# ``power`` a `Binary` and ``ite`` a `Select`.
FUNCTIONS: dict[str, int] = _CANONICAL | {alias: _CANONICAL[name] for alias, name in ALIASES.items()}

# Over a whole population. ``min(a, b)`` and ``max(a, b)`` of two values are ``minimum`` and ``maximum``.
GLOBAL_OPERATIONS = ("mean", "max", "min", "norm1", "norm2")

# The arguments of each distribution, and how many must be given; min and max are bounds, at which values are clipped.
ARGUMENTS: dict[str, tuple[tuple[str, ...], int]] = {
    "Uniform": (("min", "max"), 2),
    "DiscreteUniform": (("min", "max"), 2),
    "Normal": (("mu", "sigma", "min", "max"), 2),
    "LogNormal": (("mu", "sigma", "min", "max"), 2),
    "Exponential": (("Lambda", "min", "max"), 1),
    "Gamma": (("alpha", "beta", "min", "max"), 1),
    "Binomial": (("n", "p"), 2),
    "Poisson": (("rate",), 1),
}
DISTRIBUTIONS: dict[str, tuple[int, int]] = {name: (least, len(names)) for name, (names, least) in ARGUMENTS.items()}

METHODS = (
    "explicit", "implicit", "semiimplicit", "exponential", "midpoint", "rk4", "exact", "milstein", "event-driven",
)  # fmt: skip
_LOCALITIES = ("population", "projection", "postsynaptic")
TYPES = ("int", "bool", "float")
VALUED_FLAGS = ("init", "min", "max")
PARAMETER_FLAGS = (*_LOCALITIES, *TYPES, "unit")
FLAGS = (*_LOCALITIES, *VALUED_FLAGS, "unit", *METHODS, *TYPES, "unless_refractory", "unless_post")
FLAG_ALIASES = {"runge-kutta4": "rk4"}

# Of each group a statement has one.
EXCLUSIVE = (METHODS, _LOCALITIES, TYPES)

# No parameter or variable has one of these names, nor that of a function (LANGUAGE 2.1).
RESERVED = KEYWORDS | DISTRIBUTIONS.keys() | {
    "t", "dt", "t_pre", "t_post", "t_last", "last_spike", "rk_post", "rk_pre", "i", "j", "active",
    "refractory", "size", "pi", "pre", "post", "g_target",
}  # fmt: skip
