// pow, power, cbrt, hypot: branch-free, in double and float.
#pragma once

#include "distann/exponential.hpp"

namespace distann::math::detail {

// 2 atanh(s) = 2 s + 2 s^3/3 + s^5 P(s^2). Our own minimax fit: relative to 2 s its error is 2^-73, in float
// 2^-36.
DISTANN_INLINE double atanh_series(double z) {
    return polynomial(z, 0.3999999999999998, 0.2857142857144511, 0.2222222221753648, 0.1818181887031254,
                      0.15384556871130603, 0.13336317414686139, 0.11674818577000454, 0.11989012740559994);
}

DISTANN_INLINE float atanh_series(float z) { return polynomial(z, 0.400001526f, 0.28547129f, 0.234186992f); }

template <class real>
struct TwoThirds;

template <>
struct TwoThirds<double> {
    static constexpr double high = 0x1.5555555555555p-1, low = 0x1.5555555555555p-55;
};

template <>
struct TwoThirds<float> {
    static constexpr float high = 0x1.555556p-1f, low = -0x1.555556p-26f;
};

/// log2(x) of a positive finite x, relative error 2^-65 in double, 2^-35 in float.
///
/// Terms up to s^3 are pairs; their arithmetic is Dekker's (1971), with fma for the exact products.
template <class real>
DISTANN_INLINE Pair<real> log2_pair(real x) {
    const auto [k, f] = split_any(x);
    const Pair<real> below = sum_exactly(real(2), f);  // s = f / (2 + f)
    const real s = f / below.high;
    const real s_low = fused(-s, below.low, fused(-s, below.high, f)) / below.high;

    Pair<real> z = multiply_exactly(s, s);
    z.low = fused(2 * s, s_low, z.low);
    Pair<real> series = sum_exactly(TwoThirds<real>::high, z.high * atanh_series(z.high));
    series.low += TwoThirds<real>::low;
    Pair<real> ratio = multiply_exactly(z.high, series.high);  // (log(1 + f) - 2 s) / s
    ratio.low = fused(z.high, series.low, fused(z.low, series.high, ratio.low));
    Pair<real> cube = multiply_exactly(s, ratio.high);
    cube.low = fused(s, ratio.low, fused(s_low, ratio.high, cube.low));

    Pair<real> log = sum_exactly(2 * s, cube.high);
    log.low += fused(real(2), s_low, cube.low);
    constexpr Pair<real> factor = Logarithm<real>::per_log2;
    Pair<real> log2 = multiply_exactly(log.high, factor.high);
    log2.low = fused(log.low, factor.high, fused(log.high, factor.low, log2.low));
    const Pair<real> sum = sum_exactly(k, log2.high);
    return sum_exactly(sum.high, sum.low + log2.low);
}

/// 2^(high + low): 0 and infinity far outside, nan for nan.
template <class real>
DISTANN_INLINE real exp2_of(Pair<real> x) {
    constexpr real limit = Format<real>::bias + Format<real>::mantissa + 30;
    constexpr Pair<real> log2 = Logarithm<real>::log2;
    const real high = x.high > limit ? limit : (x.high < -limit ? -limit : x.high);
    const real low = fabs(x.high) < limit ? x.low : real(0);
    const real k = nearest(high), part = high - k;
    const Pair<real> product = multiply_exactly(part, log2.high);
    const Pair<real> r = add_exactly(product.high, fused(low, log2.high, fused(part, log2.low, product.low)));
    const real tail = fused(r.high * r.high, exp_series(r.high), fused(r.low, r.high, r.low));
    const Pair<real> sum = sum_exactly(real(1), r.high);
    return scale(sum.high + (sum.low + tail), k);
}

/// x to the power of the lowest `bits` bits of n.
template <int bits, class real, class integer>
DISTANN_INLINE real power_of_bits(real x, integer n) {
    const real factor = n & 1 ? x : real(1);
    if constexpr (bits == 1) return factor;
    else return factor * power_of_bits<bits - 1>(x * x, integer(n >> 1));
}

template <class real>
DISTANN_INLINE bool is_integer(real x) {
    return trunc(x) == x;
}

}  // namespace distann::math::detail

namespace distann::math {

/// x to the power y, with the special values of C's pow.
template <class real>
DISTANN_INLINE real pow(real x, real y) {
    constexpr real infinity = Format<real>::infinity;
    const real size = fabs(x);
    Pair<real> log = detail::log2_pair(size);
    const bool ordinary = (size > 0) & (size < infinity);
    log.high = ordinary ? log.high : (size == 0 ? -infinity : size);
    log.low = ordinary ? log.low : real(0);

    Pair<real> exponent = multiply_exactly(y, log.high);
    exponent.low = fused(y, log.low, exponent.low);
    const bool whole = detail::is_integer(y), odd = whole & !detail::is_integer(y * real(0.5));
    const real value = detail::exp2_of(exponent);
    const real root_of_negative = (x < 0) & (x > -infinity) & !whole ? Format<real>::nan : value;
    const bool one = (y == 0) | (x == 1) | ((x == -1) & (fabs(y) == infinity));
    return one ? real(1) : (odd ? copysign(root_of_negative, x) : root_of_negative);
}

/// x to the power of an integer, |n| < 2^31, by squaring and multiplying; a negative one inverts the result.
///
/// All 31 bits are visited, so that no branch depends on n; of a constant n only the needed products remain.
template <class real, class integer>
DISTANN_INLINE real power(real x, integer n) {
    const real size = detail::power_of_bits<31>(x, n < 0 ? -n : n);
    return n < 0 ? 1 / size : size;
}

}  // namespace distann::math

namespace distann::math::detail {

// Numbers from 1 / large to large can be squared; the others are moved there by a factor.
template <class real>
struct Squares;

template <>
struct Squares<double> {
    static constexpr double large = 0x1p500, shift = 0x1p600;
};

template <>
struct Squares<float> {
    static constexpr float large = 0x1p60f, shift = 0x1p90f;
};

// (1 + f)^(-1/3) to 2^-22 in double, to 2^-11 in float: our own minimax fit.
DISTANN_INLINE double inverse_cbrt_guess(double f) {
    return polynomial(f, 0.9999999458684876, -0.3333362939937608, 0.22223834857356486, -0.17259587127631099,
                      0.14314931067177508, -0.12951691478384095, 0.1274628650308549, -0.08195413516458445);
}

DISTANN_INLINE float inverse_cbrt_guess(float f) {
    return polynomial(f, 0.999778628f, -0.334669948f, 0.237721294f, -0.158539802f);
}

}  // namespace distann::math::detail

namespace distann::math {

/// The cube root: |x| = 8^q m with m in [1/2 sqrt(1/2), 2 sqrt(2)]; a guess of m^(-1/3), one iteration of
/// third order for it (Householder), one of Newton's for m^(1/3) with the exact residual. No division by m.
template <class real>
DISTANN_INLINE real cbrt(real x) {
    const real size = fabs(x);
    const auto [k, f] = detail::split_any(size);
    const real q = detail::nearest(k * real(1.0 / 3)), rest = fused(real(-3), q, k);
    const real m = (1 + f) * (rest > 0 ? real(2) : (rest < 0 ? real(0.5) : real(1)));
    constexpr real less = real(0.79370052598409974), more = real(1.2599210498948732);  // 2^(-1/3), 2^(1/3)
    const real factor = rest > 0 ? less : (rest < 0 ? more : real(1));
    const real guess = factor * detail::inverse_cbrt_guess(f);
    const real error = fused(-m * guess, guess * guess, real(1));
    const real inverse = fused(guess * error, fused(error, real(2.0 / 9), real(1.0 / 3)), guess);
    const real root = m * (inverse * inverse);
    const Pair<real> square = multiply_exactly(root, root);
    const real residual = fused(-square.low, root, fused(-square.high, root, m));
    const real value = fused(residual * real(1.0 / 3), inverse * inverse, root) * power_of_two(q);
    return (size > 0) & (size < Format<real>::infinity) ? copysign(value, x) : x;
}

/// sqrt(x^2 + y^2) without undue overflow or underflow.
template <class real>
DISTANN_INLINE real hypot(real x, real y) {
    constexpr real infinity = Format<real>::infinity;
    constexpr real large = detail::Squares<real>::large, small = 1 / large;
    constexpr real shift = detail::Squares<real>::shift;
    const real a = fabs(x), b = fabs(y);
    const real longest = a < b ? b : a;
    const real there = longest > large ? 1 / shift : (longest < small ? shift : real(1));
    const real back = longest > large ? shift : (longest < small ? 1 / shift : real(1));
    const real p = a * there, q = b * there;
    const real value = back * sqrt(fused(p, p, q * q));
    return (a == infinity) | (b == infinity) ? infinity : value;
}

}  // namespace distann::math
