"""distann::math against arbitrary precision, C's special values, and itself on other processors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.csrc.harness import RUNS_V3, Array, load, pointer, vectorised

ONE = """exp expm1 expm1_over log log1p log2 log10 sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh
atanh positive negative fabs floor ceil trunc round sign isnan isfinite""".split()
TWO = ["pow", "atan2", "hypot", "modulo", "fmin", "fmax", "copysign"]
POWERS = [2, 3, 7, 10, -1, -2]
TYPES = {"double": np.float64, "float": np.float32}
DTYPES = [np.float64, np.float32]
CONTEXT = mpmath.mp.clone()
CONTEXT.prec = 140


def source() -> tuple[str, str, dict[str, int]]:
    """Return the C++ text, its declarations and the line of each function's loop."""
    calls = {name: f"math::{name}(x[i])" for name in ONE}
    calls |= {name: f"math::{name}(x[i], y[i])" for name in TWO}
    calls |= {f"power{k}".replace("-", "m"): f"math::power(x[i], {k})" for k in POWERS}
    calls |= {name: f"math::{name}(x[i]) ? 1 : 0" for name in ("isnan", "isfinite")}
    calls["power_n"] = "math::power(x[i], int(n % 16))"
    text = ['#include "distann/math.hpp"', "using namespace distann;"]
    cdef, lines = [], {}
    for real in TYPES:
        for name, call in calls.items():
            head = f"void {name}_{real}({real} *out, const {real} *x, const {real} *y, int64_t n)"
            cdef.append(head + ";")
            text.append(f'extern "C" {head.replace("*out", "*__restrict out")} {{ (void)y;')
            text.append("#pragma omp simd")
            text.append(f"for (int64_t i = 0; i < n; ++i) out[i] = {call}; }}")
            lines[f"{name}_{real}"] = len(text)
    return "\n".join(text) + "\n", "\n".join(cdef), lines


@cache
def library(architecture: str) -> tuple[Any, Any]:
    text, cdef, _ = source()
    return load(text, cdef, architecture)


def evaluate(name: str, x: Any, y: Any = None, architecture: str = "native") -> Any:
    """Return the function of each element, by the vectorised loop."""
    ffi, compiled = library(architecture)
    x = np.ascontiguousarray(x)
    y = x if y is None else np.ascontiguousarray(y)
    out = np.empty_like(x)
    real = "double" if x.dtype == np.float64 else "float"
    getattr(compiled, f"{name}_{real}")(pointer(ffi, out), pointer(ffi, x), pointer(ffi, y), len(x))
    return out


# ------------------------------------------------------------------------------------------- accuracy


def signed(rng: np.random.Generator, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.copysign(values, rng.uniform(-1, 1, len(values)))


def points(name: str, dtype: type[np.floating[Any]], n: int = 700) -> Array:
    """Return arguments of a function: log-uniform over its domain, uniform where it bends, close to its corners."""
    rng = np.random.default_rng(7)
    double = dtype is np.float64
    small, large, top = (1e-300, 1e300, 709.7) if double else (1e-37, 1e37, 88.7)
    close = 1e-15 if double else 1e-6

    def spread(low: float, high: float) -> NDArray[np.float64]:
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    match name:
        case "exp" | "expm1" | "expm1_over" | "sinh" | "cosh" | "tanh":
            parts = [signed(rng, spread(small, top)), rng.uniform(-3, 3, n), rng.uniform(-40, 40, n)]
            if name == "exp":  # gradual underflow
                parts.append(rng.uniform(-745 if double else -103, -700 if double else -85, n))
        case "log" | "log2" | "log10" | "sqrt":
            denormal = small * 1e-8
            parts = [spread(small, large), 1 + signed(rng, spread(close, 0.5)), spread(denormal, small)]
        case "log1p":
            parts = [signed(rng, spread(small, 0.9)), spread(0.1, large), rng.uniform(-1, 2, n)]
        case "sin" | "cos" | "tan":
            quarters = np.arange(1, n) * np.pi / 2
            far = 1e5 * np.pi
            parts = [signed(rng, spread(small, far)), rng.uniform(-7, 7, n), rng.uniform(-far, far, n)]
            parts += [quarters, 97 * quarters, quarters + np.pi / 4]
        case "asin" | "acos" | "atanh":
            parts = [signed(rng, spread(small, 1)), rng.uniform(-1, 1, n), 1 - spread(close, 0.5)]
        case "acosh":
            parts = [spread(1, large), 1 + spread(close, 3)]
        case _:
            parts = [signed(rng, spread(small, large)), rng.uniform(-3, 3, n)]
    return np.concatenate(parts).astype(dtype)


def expm1_over(x: Any) -> Any:
    return CONTEXT.expm1(x) / x


def cbrt(x: Any) -> Any:
    return CONTEXT.sign(x) * CONTEXT.cbrt(abs(x))


# Largest error in ulp that a run over 100000 points a function gave, rounded up.
LIMITS = {
    "exp": 1.1, "expm1": 1.2, "expm1_over": 1.1, "log": 0.8, "log1p": 0.8, "log2": 0.8, "log10": 0.7, "sqrt": 0.5,
    "cbrt": 0.51, "sin": 0.8, "cos": 0.8, "tan": 1.0, "asin": 1.15, "acos": 1.15, "atan": 1.75, "sinh": 0.9,
    "cosh": 0.8, "tanh": 0.8, "asinh": 1.2, "acosh": 1.8, "atanh": 1.8,
}  # fmt: skip
EXACT: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(CONTEXT, name) for name in LIMITS if hasattr(CONTEXT, name)},
    "expm1_over": expm1_over, "cbrt": cbrt,
    "log2": lambda x: CONTEXT.log(x) / CONTEXT.ln2, "log10": lambda x: CONTEXT.log(x) / CONTEXT.ln10,
}  # fmt: skip


def ulps(found: Array, exact: list[Any]) -> NDArray[np.float64]:
    """Return the errors in units of the last place of the exact values, a denormal's being the smallest number."""
    bits, least = (53, -1074) if found.dtype == np.float64 else (24, -149)
    last = [max(CONTEXT.frexp(value)[1] - bits, least) if value else least for value in exact]
    pairs = zip(found.tolist(), exact, last, strict=True)
    return np.array([float(abs(CONTEXT.mpf(a) - b) * CONTEXT.mpf(2) ** -e) for a, b, e in pairs])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LIMITS)
def test_the_error_of_a_function_is_below_its_limit(name: str, dtype: type[np.floating[Any]]) -> None:
    x = points(name, dtype)
    error = ulps(evaluate(name, x), [EXACT[name](CONTEXT.mpf(value)) for value in x.tolist()])
    assert error.max() <= LIMITS[name], x[error.argmax()]


@pytest.mark.parametrize("dtype", DTYPES)
def test_pow_is_accurate_up_to_overflow_and_underflow(dtype: type[np.floating[Any]]) -> None:
    rng = np.random.default_rng(8)
    low, high = (-740, 709) if dtype is np.float64 else (-100, 88)
    log = np.concatenate([rng.uniform(-300 if low < -200 else -80, 80, 1000), rng.normal(size=1000) * 1e-3])
    x = np.exp(log).astype(dtype)
    y = (rng.uniform(low, high, 2000) / np.where(x == 1, 1, np.log(x))).astype(dtype)
    y[::4] = rng.integers(-3, 4, 500)
    exact = [CONTEXT.power(CONTEXT.mpf(a), CONTEXT.mpf(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    inside = np.array([abs(value) < float(np.finfo(dtype).max) for value in exact])
    error = ulps(evaluate("pow", x, y)[inside], [v for v, keep in zip(exact, inside, strict=True) if keep])
    assert inside.mean() > 0.95
    assert error.max() <= 0.8


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "limit"), [("atan2", 1.75), ("hypot", 1.2)])
def test_functions_of_a_point_are_accurate(name: str, limit: float, dtype: type[np.floating[Any]]) -> None:
    y, x = points("", dtype), np.random.default_rng(9).permutation(points("", dtype))
    x[::3] = y[::3] * np.float32(0.7)
    exact = [
        getattr(CONTEXT, name)(CONTEXT.mpf(a), CONTEXT.mpf(b)) for a, b in zip(y.tolist(), x.tolist(), strict=True)
    ]
    keep = np.array([abs(v) >= float(np.finfo(dtype).tiny) for v in exact])
    error = ulps(evaluate(name, y, x)[keep], [v for v, k in zip(exact, keep, strict=True) if k])
    assert error.max() <= limit


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", POWERS)
def test_integer_powers_lose_less_than_an_ulp_a_product(k: int, dtype: type[np.floating[Any]]) -> None:
    x = np.random.default_rng(3).normal(size=1000).astype(dtype) * dtype(2)
    error = ulps(evaluate(f"power{k}".replace("-", "m"), x), [CONTEXT.mpf(v) ** k for v in x.tolist()])
    assert error.max() <= max(abs(k), 1)


def test_an_exponent_that_is_known_only_when_running_gives_the_same_bits() -> None:
    x = np.random.default_rng(3).normal(size=16 * 40 + 7)
    assert np.array_equal(evaluate("power_n", x), evaluate("power7", x))


# ------------------------------------------------------------------------------------- special values

INF, NAN = np.inf, np.nan
SPECIAL = {
    "exp": [(0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (1000, INF), (-1000, 0), (NAN, NAN)],
    "expm1": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -1), (1000, INF), (-1000, -1), (NAN, NAN)],
    "expm1_over": [(0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (1e-40, 1), (1e30, INF), (NAN, NAN)],
    "log": [(0, -INF), (-0.0, -INF), (1, 0), (INF, INF), (-1, NAN), (-INF, NAN), (NAN, NAN)],
    "log2": [(0, -INF), (1, 0), (8, 3), (2.0**-149, -149), (INF, INF), (-1, NAN), (NAN, NAN)],
    "log10": [(0, -INF), (1, 0), (10, 1), (1000, 3), (INF, INF), (-1, NAN), (NAN, NAN)],
    "log1p": [(0, 0), (-0.0, -0.0), (-1, -INF), (INF, INF), (-2, NAN), (-INF, NAN), (NAN, NAN)],
    "sqrt": [(0, 0), (-0.0, -0.0), (4, 2), (INF, INF), (-1, NAN), (NAN, NAN)],
    "cbrt": [(0, 0), (-0.0, -0.0), (27, 3), (-8, -2), (INF, INF), (-INF, -INF), (NAN, NAN)],
    "sin": [(0, 0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "cos": [(0, 1), (-0.0, 1), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "tan": [(0, 0), (-0.0, -0.0), (INF, NAN), (NAN, NAN)],
    "asin": [(0, 0), (-0.0, -0.0), (1, np.pi / 2), (-1, -np.pi / 2), (2, NAN), (-INF, NAN), (NAN, NAN)],
    "acos": [(1, 0), (-1, np.pi), (0, np.pi / 2), (2, NAN), (INF, NAN), (NAN, NAN)],
    "atan": [(0, 0), (-0.0, -0.0), (INF, np.pi / 2), (-INF, -np.pi / 2), (NAN, NAN)],
    "sinh": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (1000, INF), (NAN, NAN)],
    "cosh": [(0, 1), (-0.0, 1), (INF, INF), (-INF, INF), (-1000, INF), (NAN, NAN)],
    "tanh": [(0, 0), (-0.0, -0.0), (INF, 1), (-INF, -1), (1000, 1), (NAN, NAN)],
    "asinh": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN)],
    "acosh": [(1, 0), (INF, INF), (0.5, NAN), (-5, NAN), (-INF, NAN), (-1e30, NAN), (NAN, NAN)],
    "atanh": [(0, 0), (-0.0, -0.0), (1, INF), (-1, -INF), (2, NAN), (INF, NAN), (NAN, NAN)],
    "positive": [(-1, 0), (2, 2), (INF, INF), (-INF, 0), (NAN, NAN)],
    "negative": [(-1, 1), (2, 0), (INF, 0), (-INF, INF), (NAN, NAN)],
    "fabs": [(-1, 1), (-0.0, 0), (-INF, INF), (NAN, NAN)],
    "floor": [(-0.5, -1), (1.5, 1), (-0.0, -0.0), (INF, INF), (1e30, 1e30), (NAN, NAN)],
    "ceil": [(0.5, 1), (-0.5, -0.0), (1.5, 2), (-INF, -INF), (NAN, NAN)],
    "round": [
        (0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (0.25, 0), (-0.25, -0.0), (8388609, 8388609), (INF, INF),
        (NAN, NAN),
    ],
    "sign": [(-3, -1), (5, 1), (0, 0), (-0.0, -0.0), (-INF, -1), (NAN, NAN)],
    "isnan": [(0, 0), (INF, 0), (NAN, 1)],
    "isfinite": [(0, 1), (1e30, 1), (INF, 0), (-INF, 0), (NAN, 0)],
}  # fmt: skip
PAIRS = {
    "pow": [
        (0, 0, 1), (NAN, 0, 1), (1, NAN, 1), (-1, INF, 1), (-1, -INF, 1), (0, 2, 0), (-0.0, 3, -0.0), (-0.0, 2, 0),
        (0, -1, INF), (-0.0, -1, -INF), (-0.0, -2, INF), (-2, 3, -8), (-2, 2, 4), (-2, -1, -0.5), (-2, 0.5, NAN),
        (2, INF, INF), (0.5, INF, 0), (2, -INF, 0), (0.5, -INF, INF), (INF, 2, INF), (INF, -1, 0), (-INF, 3, -INF),
        (-INF, 2, INF), (-INF, -3, -0.0), (-INF, 0.5, INF), (NAN, 1, NAN), (2, NAN, NAN), (10, 1000, INF),
        (10, -1000, 0), (-10, 1001, -INF), (3, 4, 81), (1e30, 1e30, INF), (1e30, -1e30, 0),
    ],
    "atan2": [
        (0, 1, 0), (-0.0, 1, -0.0), (0, -1, np.pi), (-0.0, -1, -np.pi), (0, 0, 0), (-0.0, 0, -0.0),
        (0, -0.0, np.pi), (1, 0, np.pi / 2), (-1, -0.0, -np.pi / 2), (INF, INF, np.pi / 4),
        (INF, -INF, 3 * np.pi / 4), (-INF, 1, -np.pi / 2), (1, INF, 0), (-1, INF, -0.0), (1, -INF, np.pi),
        (1, 1, np.pi / 4), (1e38, 1e38, np.pi / 4), (NAN, 1, NAN), (1, NAN, NAN),
    ],
    "hypot": [
        (3, 4, 5), (-3, 4, 5), (0, 0, 0), (INF, NAN, INF), (NAN, -INF, INF), (NAN, 1, NAN), (3e37, 4e37, 5e37),
    ],
    "modulo": [
        (7, 3, 1), (-7, 3, -1), (7, -3, 1), (7.9, 3.9, 1), (6, 3, 0), (-6, 3, -0.0), (2, 5, 2), (1e6, 7, 1),
        (1, 0, NAN),
    ],
    "fmin": [(1, 2, 1), (2, 1, 1), (NAN, 1, 1), (1, NAN, 1), (-INF, 0, -INF), (NAN, NAN, NAN)],
    "fmax": [(1, 2, 2), (2, 1, 2), (NAN, 1, 1), (1, NAN, 1), (INF, 0, INF), (NAN, NAN, NAN)],
}  # fmt: skip


def same(found: Array, expected: Array) -> bool:
    """Say whether two arrays agree to 2 ulp, with zeros, infinities, signs and nan alike."""
    number = np.isfinite(expected)
    with np.errstate(invalid="ignore"):
        close = np.abs(found - expected) <= 2 * np.spacing(np.abs(expected))
        alike = (np.signbit(found) == np.signbit(expected)) & np.where(number, close, found == expected)
    return bool(np.all(np.where(np.isnan(expected), np.isnan(found), alike)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SPECIAL)
def test_special_values_are_those_of_c(name: str, dtype: type[np.floating[Any]]) -> None:
    x, expected = np.array(SPECIAL[name], dtype).T
    found = evaluate(name, x)
    assert same(found, expected), np.stack([x, found, expected])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PAIRS)
def test_special_pairs_are_those_of_c(name: str, dtype: type[np.floating[Any]]) -> None:
    x, y, expected = np.array(PAIRS[name], dtype).T
    found = evaluate(name, x, y)
    assert same(found, expected), np.stack([x, y, found, expected])


@pytest.mark.parametrize("dtype", DTYPES)
def test_modulo_is_the_integer_remainder_of_c(dtype: type[np.floating[Any]]) -> None:
    rng = np.random.default_rng(4)
    a, b = rng.uniform(-1e6, 1e6, 5000).astype(dtype), rng.uniform(1, 1000, 5000).astype(dtype)
    assert np.array_equal(evaluate("modulo", a, b), np.fmod(np.trunc(a), np.trunc(b)))


def test_an_angle_too_large_to_reduce_still_has_a_sine_and_a_cosine() -> None:
    for x in (np.array([1e13, -1e200, 1e308]), np.array([1e7, -1e30, 1e38], np.float32)):
        assert np.array_equal(evaluate("sin", x) ** 2 + evaluate("cos", x) ** 2, np.ones_like(x))
        assert np.isfinite(evaluate("tan", x)).all()


# ---------------------------------------------------------------------------- what the compiler makes of it


def test_the_loop_over_every_function_is_vectorised() -> None:
    text, _, lines = source()
    done = vectorised(text)
    assert [name for name, line in lines.items() if line not in done] == []


@pytest.mark.skipif(not RUNS_V3, reason="compares two generations of x86-64")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*ONE, *TWO, "power7", "powerm2"])
def test_every_bit_is_the_same_with_and_without_fma(name: str, dtype: type[np.floating[Any]]) -> None:
    x = points(name, dtype, 300)
    y = np.random.default_rng(5).permutation(points("", dtype, 300))
    y = np.resize(np.where(np.abs(y) < 1e3, y, np.trunc(np.log(np.abs(y)))).astype(dtype), len(x))
    new, old = (evaluate(name, x, y, architecture) for architecture in ("x86-64-v3", "x86-64"))
    number = ~np.isnan(new)  # of nan, the payload is the processor's business
    assert np.array_equal(number, ~np.isnan(old))
    assert new[number].tobytes() == old[number].tobytes()
