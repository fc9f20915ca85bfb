// log, log2, log10, log1p: branch-free, in double and float.
//
// x = 2^k m with sqrt(1/2) <= m < sqrt(2). With f = m - 1 and s = f / (2 + f),
//   log(m) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + R(s^2))),   R(z) = 2 z/3 + 2 z^2/5 + ...,
// where the leading terms are exact or nearly so (the arrangement of Ng, fdlibm 1993). R's polynomial is our
// own minimax fit (Remez exchange in 60 digits): relative to s its error is 2^-65 in double, 2^-36 in float.
#pragma once

#include "distann/elementwise.hpp"

namespace distann::math::detail {

DISTANN_INLINE double log_series(double z) {
    return z * polynomial(z, 0.6666666666666666, 0.4000000000000625, 0.28571428569085905, 0.22222222646790818,
                          0.1818177566616205, 0.15387090722819766, 0.13250119031089358, 0.1325132005941829);
}

DISTANN_INLINE float log_series(float z) {
    return z * polynomial(z, 0.666666627f, 0.400003344f, 0.285373002f, 0.235822946f);
}

template <class real>
struct Logarithm;  // log(2) = high + low with exact k high; log(2) closer, 1 / log(2), 1 / log(10), log10(2)

template <>
struct Logarithm<double> {
    static constexpr double high = 0x1.62e42fefa38p-1, low = 0x1.ef35793c7673p-45;
    static constexpr Pair<double> log2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
    static constexpr Pair<double> per_log2 = {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
    static constexpr Pair<double> per_log10 = {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};
    static constexpr Pair<double> log10_2 = {0x1.34413509f78p-2, 0x1.fef311f12b358p-46};
    static constexpr uint64_t root_half = 0x3fe6a09e667f3bcd;
};

template <>
struct Logarithm<float> {
    static constexpr float high = 0x1.62e4p-1f, low = 0x1.7f7d1cp-20f;
    static constexpr Pair<float> log2 = {0x1.62e43p-1f, -0x1.05c61p-29f};
    static constexpr Pair<float> per_log2 = {0x1.715476p+0f, 0x1.4ae0cp-26f};
    static constexpr Pair<float> per_log10 = {0x1.bcb7b2p-2f, -0x1.5b235ep-27f};
    static constexpr Pair<float> log10_2 = {0x1.344p-2f, 0x1.3509f8p-18f};
    static constexpr uint32_t root_half = 0x3f3504f3;
};

/// x = 2^k (1 + f) for a positive normal x.
template <class real>
struct Split {
    real k, f;
};

template <class real>
DISTANN_INLINE Split<real> split(real x) {
    using format = Format<real>;
    constexpr bits_of<real> one = bits_of<real>(format::bias) << format::mantissa;
    constexpr bits_of<real> significand = (bits_of<real>(1) << format::mantissa) - 1;
    const bits_of<real> word = to_bits(x) + (one - Logarithm<real>::root_half);
    const real biased = from_bits<real>((word >> format::mantissa) | to_bits(format::unit));
    const real m = from_bits<real>((word & significand) + Logarithm<real>::root_half);
    return {biased - (format::unit + real(format::bias)), m - 1};
}

/// The same for any positive finite x, denormals included.
template <class real>
DISTANN_INLINE Split<real> split_any(real x) {
    using format = Format<real>;
    const bool tiny = x < format::smallest;
    const auto [k, f] = split(tiny ? x * format::lift : x);
    return {tiny ? k - real(format::lifted) : k, f};
}

template <class real>
DISTANN_INLINE real log_of(Split<real> x) {
    const real s = x.f / (2 + x.f);
    const real half_square = real(0.5) * x.f * x.f;
    const real tail = fused(s, half_square + log_series(s * s), x.k * Logarithm<real>::low);
    return fused(x.k, Logarithm<real>::high, x.f - (half_square - tail));
}

/// `value` where x is positive and finite, else what the logarithm of x is there.
template <class real>
DISTANN_INLINE real log_limits(real x, real value) {
    using format = Format<real>;
    const real inside = x < format::infinity ? value : x;
    return x > 0 ? inside : (x == 0 ? -format::infinity : format::nan);
}

/// log(x) = k log(2) + (high + low): what log_of adds up, kept apart.
template <class real>
DISTANN_INLINE Pair<real> log_pair(real f) {
    const real s = f / (2 + f);
    const real half_square = real(0.5) * f * f;
    const real high = f - half_square;
    return {high, fused(s, half_square + log_series(s * s), (f - high) - half_square)};
}

/// k offset + log factor.
template <class real>
DISTANN_INLINE real change_base(real k, Pair<real> log, Pair<real> offset, Pair<real> factor) {
    const Pair<real> product = multiply_exactly(log.high, factor.high);
    const real rest = fused(log.low, factor.high, fused(log.high, factor.low, product.low));
    const Pair<real> sum = sum_exactly(k * offset.high, product.high);
    return sum.high + (sum.low + fused(k, offset.low, rest));
}

/// log(1 + x): the logarithm of the rounded sum, and what the rounding left over, divided by the sum.
template <class real>
DISTANN_INLINE real log1p_of(Pair<real> x) {
    using constants = Logarithm<real>;
    const Pair<real> sum = add_exactly(real(1), x.high);
    const auto [k, f] = split(sum.high);
    const real s = f / (2 + f);
    const real half_square = real(0.5) * f * f;
    const real rest = fused(k, constants::low, (sum.low + x.low) / sum.high);
    const real tail = fused(s, half_square + log_series(s * s), rest);
    return log_limits(sum.high, fused(k, constants::high, f - (half_square - tail)));
}

}  // namespace distann::math::detail

namespace distann::math {

/// The natural logarithm.
template <class real>
DISTANN_INLINE real log(real x) {
    return detail::log_limits(x, detail::log_of(detail::split_any(x)));
}

template <class real>
DISTANN_INLINE real log2(real x) {
    using constants = detail::Logarithm<real>;
    const auto [k, f] = detail::split_any(x);
    return detail::log_limits(x, detail::change_base(k, detail::log_pair(f), {1, 0}, constants::per_log2));
}

template <class real>
DISTANN_INLINE real log10(real x) {
    using constants = detail::Logarithm<real>;
    const auto [k, f] = detail::split_any(x);
    const Pair<real> log = detail::log_pair(f);
    return detail::log_limits(x, detail::change_base(k, log, constants::log10_2, constants::per_log10));
}

/// log(1 + x).
template <class real>
DISTANN_INLINE real log1p(real x) {
    return fabs(x) < Format<real>::smallest ? x : detail::log1p_of(Pair<real>{x, 0});
}

}  // namespace distann::math
