"""distann::random against the published vectors, against scipy, and against itself drawn in other pieces."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from tests.csrc.harness import INCLUDE, RUNS_V3, Array, load, pointer, vectorised

SEED = 0x123456789ABCDEF0
DTYPES = [np.float64, np.float32]
NAMES = {np.float64: "double", np.float32: "float"}
N = 1_000_000

HEAD = """#include "distann/distributions.hpp"
using namespace distann;
extern "C" void philox(uint32_t *c, uint32_t key0, uint32_t key1) { random::philox4x32(c, key0, key1); }
extern "C" void words(uint32_t *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    random::fill_words(out, n, seed, what, step, first);
}
"""
EACH = """
extern "C" void many_uniform_@(@ *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    random::fill_uniform(out, n, seed, what, step, first);
}
extern "C" void many_normal_@(@ *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    random::fill_normal(out, n, seed, what, step, first);
}
extern "C" void single_uniform_@(@ *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    for (int64_t i = 0; i < n; ++i) out[i] = random::uniform<@>(seed, what, step, first + i);
}
extern "C" void single_normal_@(@ *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    for (int64_t i = 0; i < n; ++i) out[i] = random::normal<@>(seed, what, step, first + i);
}
extern "C" void inverse_normal_@(@ *__restrict out, const @ *u, int64_t n) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) out[i] = random::inverse_normal(u[i]);
}
extern "C" void normal_of_@(@ *out, const uint64_t *words, int64_t n) {
    using namespace random::detail;
    for (int64_t i = 0; i < n; i += 16) {
        math::bits_of<@> group[16];
        for (int j = 0; j < 16; ++j) group[j] = math::bits_of<@>(words[i + j]);
        Normal<@>::each<16>(out + i, group);
    }
}
extern "C" void draw_@(@ *out, int64_t n, int32_t kind, double a, double b, double min, double max, int64_t row) {
    draw(out, n, distann_distribution{kind, 17, a, b, min, max, nullptr, nullptr}, 99, row, 0);
}
"""
KINDS = ["CONSTANT", "UNIFORM", "NORMAL", "LOG_NORMAL", "EXPONENTIAL", "DISCRETE_UNIFORM", "GAMMA", "BINOMIAL"]
CODES = "extern \"C\" const int32_t kinds[] = {" + ", ".join(f"DISTANN_{kind}" for kind in KINDS) + "};\n"
SOURCE = HEAD + EACH.replace("@", "double") + EACH.replace("@", "float") + CODES


def declarations() -> str:
    heads = [line for line in SOURCE.splitlines() if line.startswith('extern "C" void')]
    text = "\n".join(line.removeprefix('extern "C" ').split(") {")[0] + ");" for line in heads)
    return text.replace("__restrict ", "") + f"\nextern const int32_t kinds[{len(KINDS)}];"


@cache
def library(architecture: str = "native") -> tuple[Any, Any]:
    return load(SOURCE, declarations(), architecture)


def fill(
    name: str,
    n: int,
    what: int = 5,
    step: int = 11,
    first: int = 0,
    dtype: Any = np.float64,
    architecture: str = "native",
) -> Array:
    ffi, compiled = library(architecture)
    out = np.empty(n, dtype)
    getattr(compiled, f"{name}_{NAMES[dtype]}")(pointer(ffi, out), n, SEED, what, step, first)
    return out


def words(n: int, what: int = 5, step: int = 11, first: int = 0, architecture: str = "native") -> NDArray[np.uint32]:
    ffi, compiled = library(architecture)
    out = np.empty(n, np.uint32)
    compiled.words(pointer(ffi, out), n, SEED, what, step, first)
    return out


# ---------------------------------------------------------------------------------------- the generator


@pytest.mark.parametrize(
    ("counter", "key", "block"),
    [
        ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_published_blocks(counter: list[int], key: list[int], block: str) -> None:
    ffi, compiled = library()
    c = np.array(counter, np.uint32)
    compiled.philox(pointer(ffi, c), *key)
    assert " ".join(f"{word:08x}" for word in c) == block


def test_words_are_the_blocks_of_the_documented_counter() -> None:
    ffi, compiled = library()
    what, step, n = 7, 3 << 32 | 4, 83
    expected = []
    for block in range(5, 5 + n // 4 + 1):
        c = np.array([block, 4, 3, what], np.uint32)
        compiled.philox(pointer(ffi, c), SEED & 0xFFFFFFFF, SEED >> 32)
        expected += c.tolist()
    assert words(n, what, step, 20).tolist() == expected[:n]


def test_uniforms_are_the_documented_bits_of_the_words() -> None:
    raw = words(400)
    assert np.array_equal(fill("many_uniform", 400, dtype=np.float32), ((raw >> 9) + 0.5) * 2.0**-23)
    long = raw[1::2].astype(np.uint64) << np.uint64(32) | raw[::2]
    exact = [(2 * int(w >> np.uint64(12)) + 1) * 2.0**-53 for w in long]
    assert fill("many_uniform", 200).tolist() == exact


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["uniform", "normal"])
def test_any_piece_holds_the_same_numbers_as_each_id_alone(name: str, dtype: Any) -> None:
    whole = fill(f"single_{name}", 300, dtype=dtype)
    for first in (0, 1, 2, 3, 5, 16, 31, 33):
        for n in (0, 1, 2, 3, 15, 16, 17, 32, 33, 64, 97, 128, 200):
            piece = fill(f"many_{name}", n, first=first, dtype=dtype)
            assert piece.tobytes() == whole[first : first + n].tobytes()


def test_any_piece_of_words_is_the_same() -> None:
    whole = words(300)
    for first in range(9):
        for n in (0, 1, 5, 31, 32, 33, 100):
            assert np.array_equal(words(n, first=first), whole[first : first + n])


def test_ids_beyond_two_to_the_32_and_steps_beyond_too_are_different() -> None:
    for first in (2**33 - 40, 2**32 - 3):
        assert fill("many_uniform", 60, first=first).tobytes() == fill("single_uniform", 60, first=first).tobytes()
    assert not np.array_equal(words(32, step=1), words(32, step=1 + 2**32))


@pytest.mark.skipif(not RUNS_V3, reason="compares two generations of x86-64")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["many_uniform", "many_normal", "single_normal"])
def test_every_bit_is_the_same_on_an_older_processor(name: str, dtype: Any) -> None:
    new, old = (fill(name, 5000, first=3, dtype=dtype, architecture=a) for a in ("x86-64-v3", "x86-64"))
    assert new.tobytes() == old.tobytes()
    assert np.array_equal(words(99, architecture="x86-64-v3"), words(99, architecture="x86-64"))


# ---------------------------------------------------------------------------------------- statistics


@pytest.mark.parametrize("dtype", DTYPES)
def test_uniforms_are_uniform(dtype: Any) -> None:
    u = fill("many_uniform", N, dtype=dtype).astype(float)
    assert 0 < u.min() < 1e-5 and 1 - 1e-5 < u.max() < 1
    assert abs(u.mean() - 0.5) < 4 / np.sqrt(12 * N)
    assert abs(u.var() - 1 / 12) < 4 / np.sqrt(180 * N)
    assert stats.kstest(u, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("dtype", DTYPES)
def test_normals_are_normal(dtype: Any) -> None:
    z = fill("many_normal", N, dtype=dtype).astype(float)
    assert abs(z.mean()) < 4 / np.sqrt(N)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / N)
    assert abs(stats.skew(z)) < 4 * np.sqrt(6 / N)
    assert abs(stats.kurtosis(z)) < 4 * np.sqrt(24 / N)
    assert stats.kstest(z, "norm").pvalue > 1e-3


def test_neighbours_steps_and_streams_are_uncorrelated() -> None:
    n = 200_000
    here = fill("many_normal", n)
    others = {
        "next id": fill("many_normal", n, first=1),
        "second next id": fill("many_normal", n, first=2),
        "next step": fill("many_normal", n, step=12),
        "next stream": fill("many_normal", n, what=6),
        "stream and step exchanged": fill("many_normal", n, what=11, step=5),
    }
    for name, other in others.items():
        assert abs(np.corrcoef(here, other)[0, 1]) < 4 / np.sqrt(n), name
        assert abs(np.corrcoef(here**2, other**2)[0, 1]) < 4 / np.sqrt(n), name


# ---------------------------------------------------------------------------------------- inverse normal


def inverse_normal(u: Array) -> Array:
    ffi, compiled = library()
    out = np.empty_like(u)
    getattr(compiled, f"inverse_normal_{NAMES[u.dtype.type]}")(pointer(ffi, out), pointer(ffi, u), len(u))
    return out


def test_the_inverse_normal_is_that_of_scipy() -> None:
    rng = np.random.default_rng(2)
    tail = np.exp(rng.uniform(-700, np.log(0.5), 20_000))
    u = np.concatenate([tail, 1 - tail[tail > 1e-15], rng.uniform(size=20_000), 0.5 + 1e-9 * rng.normal(size=1000)])
    expected = special.ndtri(u)
    # scipy's own error is of the same size: it is an independent approximation, in double too.
    assert np.abs(inverse_normal(u) / expected - 1).max() < 1.5e-15


def test_the_inverse_normal_in_float_is_good_to_its_last_bits() -> None:
    rng = np.random.default_rng(2)
    u = np.concatenate([np.exp(rng.uniform(-85, np.log(0.5), 20_000)), rng.uniform(size=20_000)]).astype(np.float32)
    u = u[(u > 0) & (u < 1) & (u != 0.5)]
    assert np.abs(inverse_normal(u) / special.ndtri(u.astype(float)) - 1).max() < 6e-7


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_inverse_normal_at_the_ends(dtype: Any) -> None:
    found = inverse_normal(np.array([0, 0.5, 1, -1, 2, np.nan], dtype))
    assert found[:3].tolist() == [-np.inf, 0, np.inf]
    assert np.isnan(found[3:]).all()


def test_words_far_out_in_the_tails_give_the_exact_quantile_and_leave_their_group_alone() -> None:
    ffi, compiled = library()
    rng = np.random.default_rng(6)
    common = rng.integers(0, 2**64, 16 * 8, np.uint64)
    rare = common.copy()
    ends = [0, 2**12, 2**20, 2**27, 2**28 - 1, 2**28, 2**36]
    rare[::16] = np.array([*ends, 2**64 - 1], np.uint64)
    out, usual = np.empty(len(rare)), np.empty(len(rare))
    compiled.normal_of_double(pointer(ffi, out), pointer(ffi, rare), len(rare))
    compiled.normal_of_double(pointer(ffi, usual), pointer(ffi, common), len(rare))
    tail = np.array([(2 * int(w >> np.uint64(12)) + 1) * 2.0**-53 for w in rare[::16][:7]])
    assert np.abs(out[::16][:7] / special.ndtri(tail) - 1).max() < 1.5e-15
    assert out[-16] == -out[0]
    others = np.arange(len(rare)) % 16 != 0
    assert out[others].tobytes() == usual[others].tobytes()


# ---------------------------------------------------------------------------------------- distributions


def draw(
    kind: str,
    a: float,
    b: float = 0.0,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    dtype: Any,
    n: int = 200_000,
    row: int = 3,
) -> NDArray[np.float64]:
    ffi, compiled = library()
    out = np.empty(n, dtype)
    function = getattr(compiled, f"draw_{NAMES[dtype]}")
    function(pointer(ffi, out), n, compiled.kinds[KINDS.index(kind)], a, b, low, high, row)
    return out.astype(float)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("kind", "a", "b", "distribution"),
    [
        ("UNIFORM", -2.0, 3.0, stats.uniform(-2, 5)),
        ("NORMAL", 1.5, 0.25, stats.norm(1.5, 0.25)),
        ("LOG_NORMAL", 0.5, 0.75, stats.lognorm(0.75, scale=np.exp(0.5))),
        ("EXPONENTIAL", 4.0, 0.0, stats.expon(scale=0.25)),
        ("GAMMA", 0.4, 3.0, stats.gamma(0.4, scale=3.0)),
        ("GAMMA", 7.5, 0.5, stats.gamma(7.5, scale=0.5)),
    ],
)
def test_distributions_are_those_of_scipy(kind: str, a: float, b: float, distribution: Any, dtype: Any) -> None:
    values = draw(kind, a, b, dtype=dtype)
    assert stats.kstest(values, distribution.cdf).pvalue > 1e-3
    assert abs(values.mean() - distribution.mean()) < 4 * distribution.std() / np.sqrt(len(values))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_discrete_uniform_takes_both_ends_and_all_integers_equally(dtype: Any) -> None:
    values = draw("DISCRETE_UNIFORM", -2, 7, dtype=dtype)
    numbers, counts = np.unique(values, return_counts=True)
    assert numbers.tolist() == list(range(-2, 8))
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "p"), [(12, 0.3), (900, 0.02), (40, 0.85), (5000, 0.4)])
def test_binomial_numbers(n: int, p: float, dtype: Any) -> None:
    law = stats.binom(n, p)
    values = draw("BINOMIAL", n, p, dtype=dtype)
    assert abs(values.mean() - law.mean()) < 4 * law.std() / np.sqrt(len(values))
    edges = np.unique(law.ppf(np.linspace(0.02, 0.98, 30)))
    observed = np.histogram(values, [-1, *(edges + 0.5), n + 1])[0]
    expected = np.diff([0, *law.cdf(edges), 1]) * len(values)
    assert stats.chisquare(observed, expected).pvalue > 1e-3
    assert draw("BINOMIAL", 7, 1.0, dtype=dtype, n=3).tolist() == [7, 7, 7]
    assert draw("BINOMIAL", 0, 0.5, dtype=dtype, n=3).tolist() == draw("BINOMIAL", 5, 0, dtype=dtype, n=3).tolist()


QUANTILES = """#include "distann/quantiles.hpp"
extern "C" void gamma_quantiles(double *out, const double *u, double a, int64_t n) {
for (int64_t i = 0; i < n; ++i) out[i] = distann::math::gamma(u[i], a, 1.0); }
extern "C" void binomial_quantiles(double *out, const double *u, double n, double p, int64_t size) {
for (int64_t i = 0; i < size; ++i) out[i] = distann::math::binomial(u[i], n, p); }
"""


def test_quantiles_are_those_of_scipy() -> None:
    heads = "void gamma_quantiles(double *, const double *, double, int64_t);"
    heads += "void binomial_quantiles(double *, const double *, double, double, int64_t);"
    ffi, compiled = load(QUANTILES, heads)
    rng = np.random.default_rng(3)
    u = np.concatenate([rng.uniform(size=2000), [1e-15, 1e-9, 1e-4, 0.5, 1 - 1e-4, 1 - 1e-9, 1 - 2.0**-52]])
    out = np.empty_like(u)
    for a, limit in ((0.02, 1e-11), (0.3, 1e-12), (1.0, 1e-12), (7.0, 1e-12), (800.0, 1e-12), (2e4, 1e-7), (1e6, 1e-9)):
        compiled.gamma_quantiles(pointer(ffi, out), pointer(ffi, u), a, len(u))
        expected = stats.gamma.ppf(u, a)
        known = expected > 1e-250
        assert np.abs(out[known] / expected[known] - 1).max() < limit, a
    inner = u[(u > 1e-10) & (u < 1 - 1e-10)]
    for n, p in ((10, 0.3), (1000, 0.5), (1000, 0.9), (1e5, 1e-3), (1e6, 0.2)):
        compiled.binomial_quantiles(pointer(ffi, out), pointer(ffi, inner), n, p, len(inner))
        wrong = out[: len(inner)] != stats.binom.ppf(inner, n, p)
        assert wrong.mean() < 2e-3, (n, p)  # numbers beside a border


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["NORMAL", "LOG_NORMAL", "EXPONENTIAL", "GAMMA"])
def test_bounds_clip(kind: str, dtype: Any) -> None:
    free, clipped = draw(kind, 1.0, 0.5, dtype=dtype), draw(kind, 1.0, 0.5, 0.5, 1.25, dtype=dtype)
    assert np.array_equal(clipped, np.clip(free, 0.5, 1.25))


def test_rows_differ_and_a_constant_is_constant() -> None:
    here, next_row = (draw("UNIFORM", 0, 1, n=50, dtype=np.float64, row=row) for row in (3, 4))
    assert not np.intersect1d(here, next_row).size
    assert draw("CONSTANT", 2.5, n=37, dtype=np.float32).tolist() == [2.5] * 37


# ----------------------------------------------------------------------------- what the compiler makes of it


def test_the_loops_over_normals_and_exponentials_are_vectorised() -> None:
    text = """#include "distann/distributions.hpp"
using namespace distann;
extern "C" void fill(double *out, int64_t n) { random::fill_normal(out, n, 1, 2, 3, 0); }
extern "C" void loop(double *__restrict out, const double *x, int64_t n) {
#pragma omp simd
for (int64_t i = 0; i < n; ++i) out[i] = math::exp(x[i]); }
"""
    assert vectorised(text) == {6}
    header = (INCLUDE / "distann" / "random.hpp").read_text()
    first, last = (header[: header.index(mark)].count("\n") + 1 for mark in ("struct Normal", "void fill_group("))
    inside = [line for line in vectorised(text, "random.hpp") if first < line < last]
    assert len(inside) >= 2, "the loop over uniforms and logarithms, and the one over quantiles"
