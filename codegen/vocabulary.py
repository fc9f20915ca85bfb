"""The words of the language: functions, distributions, flags, names that models cannot use for their own."""

from __future__ import annotations

__all__ = [
    "ALIASES", "DISTRIBUTIONS", "EXCLUSIVE", "FLAGS", "FLAG_ALIASES", "FUNCTIONS", "GLOBAL_OPERATIONS",
    "KEYWORDS", "PARAMETER_FLAGS", "RESERVED", "VALUED_FLAGS",
]  # fmt: skip

KEYWORDS = frozenset({"and", "or", "not", "is", "if", "else", "True", "False", "sum"})

# Other spellings of a function; the parser writes the name on the right.
ALIASES = {
    "ln": "log", "abs": "fabs", "pos": "positive", "neg": "negative", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip

_UNARY = (
    "exp", "expm1", "log", "log10", "log2", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "fabs", "floor", "ceil", "round", "sign",
    "positive", "negative", "isnan", "isfinite",
)  # fmt: skip
_BINARY = ("atan2", "modulo", "minimum", "maximum", "power")
_CANONICAL = {**dict.fromkeys(_UNARY, 1), **dict.fromkeys(_BINARY, 2), "clip": 3, "ite": 3}

# Name of every function of numbers, aliases included, and how many arguments it takes. The parser makes
# ``power`` a `Binary` and ``ite`` a `Select`.
FUNCTIONS: dict[str, int] = _CANONICAL | {alias: _CANONICAL[name] for alias, name in ALIASES.items()}

# Over a whole population. ``min(a, b)`` and ``max(a, b)`` of two values are ``minimum`` and ``maximum``.
GLOBAL_OPERATIONS = ("mean", "max", "min", "norm1", "norm2")

# Least and largest number of arguments; the last two, where optional, are the bounds.
DISTRIBUTIONS: dict[str, tuple[int, int]] = {
    "Uniform": (2, 2),
    "DiscreteUniform": (2, 2),
    "Normal": (2, 4),
    "LogNormal": (2, 4),
    "Exponential": (1, 3),
    "Gamma": (1, 4),
    "Binomial": (2, 2),
    "Poisson": (1, 1),
}

_METHODS = ("explicit", "implicit", "semiimplicit", "exponential", "midpoint", "rk4", "exact", "event-driven")
_LOCALITIES = ("population", "projection", "postsynaptic")
_TYPES = ("int", "bool", "float")
VALUED_FLAGS = ("init", "min", "max")
PARAMETER_FLAGS = (*_LOCALITIES, *_TYPES)
FLAGS = (*_LOCALITIES, *VALUED_FLAGS, *_METHODS, *_TYPES, "unless_refractory", "unless_post")
FLAG_ALIASES = {"runge-kutta4": "rk4"}

# Of each group a statement has one.
EXCLUSIVE = (_METHODS, _LOCALITIES, _TYPES)

# No parameter or variable has one of these names, nor that of a function (LANGUAGE 2.1).
RESERVED = KEYWORDS | DISTRIBUTIONS.keys() | {
    "t", "dt", "t_pre", "t_post", "t_last", "last_spike", "rk_post", "rk_pre", "i", "j", "active",
    "refractory", "size", "pi", "pre", "post", "g_target",
}  # fmt: skip
