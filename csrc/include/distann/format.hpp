// The bits of IEEE 754 numbers: what the elementary functions of distann::math are made of.
//
// Everything here compiles to a few SIMD instructions (AVX2 has no conversion between double and int64, hence
// the magic additions below) and contains no branch, so that a loop over it vectorises.
#pragma once

#include <cstdint>

#define DISTANN_INLINE [[gnu::always_inline]] inline  // a call that is not inlined stops the vectoriser

namespace distann::math {

/// Layout and landmarks of a binary floating-point format.
template <class real>
struct Format;

template <>
struct Format<double> {
    using bits = uint64_t;
    static constexpr int mantissa = 52;           // stored bits of the significand
    static constexpr int bias = 1023;             // of the exponent
    static constexpr double lift = 0x1p54;        // takes any denormal to a normal number ...
    static constexpr int lifted = 54;             // ... by so many binary orders
    static constexpr double shifter = 0x1.8p52;   // x + shifter - shifter is x rounded, half to even
    static constexpr double unit = 0x1p52;        // the spacing of numbers in [unit, 2 unit) is 1
    static constexpr double smallest = 0x1p-1022; // positive normal number
    static constexpr double infinity = __builtin_inf();
    static constexpr double nan = __builtin_nan("");
};

template <>
struct Format<float> {
    using bits = uint32_t;
    static constexpr int mantissa = 23;
    static constexpr int bias = 127;
    static constexpr float lift = 0x1p25f;
    static constexpr int lifted = 25;
    static constexpr float shifter = 0x1.8p23f;
    static constexpr float unit = 0x1p23f;
    static constexpr float smallest = 0x1p-126f;
    static constexpr float infinity = __builtin_inff();
    static constexpr float nan = __builtin_nanf("");
};

template <class real>
using bits_of = typename Format<real>::bits;

template <class real>
DISTANN_INLINE bits_of<real> to_bits(real x) {
    return __builtin_bit_cast(bits_of<real>, x);
}

template <class real>
DISTANN_INLINE real from_bits(bits_of<real> word) {
    return __builtin_bit_cast(real, word);
}

DISTANN_INLINE double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
DISTANN_INLINE float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

namespace detail {

template <int n, class real>
DISTANN_INLINE real power_of(real x) {
    if constexpr (n == 1) return x;
    else return power_of<n / 2>(x) * power_of<n - n / 2>(x);
}

template <int n, class real>
DISTANN_INLINE real estrin(real x, const real *c) {
    if constexpr (n == 1) {
        return c[0];
    } else {
        constexpr int half = 1 << (31 - __builtin_clz(n - 1));
        return fused(estrin<n - half>(x, c + half), power_of<half>(x), estrin<half>(x, c));
    }
}

}  // namespace detail

/// The polynomial c0 + c1 x + c2 x^2 + ..., by Estrin's scheme: a tree, where Horner's is one long chain.
template <class real, class... more>
DISTANN_INLINE real polynomial(real x, more... coefficients) {
    const real c[] = {real(coefficients)...};
    return detail::estrin<sizeof...(more)>(x, c);
}

/// 2^k for an integer-valued k in [1 - bias, bias].
template <class real>
DISTANN_INLINE real power_of_two(real k) {
    using format = Format<real>;
    return from_bits<real>(to_bits(k + (format::shifter + real(format::bias))) << format::mantissa);
}

/// A number that is the unevaluated sum of two, |low| <= ulp(high) / 2.
template <class real>
struct Pair {
    real high, low;
};

/// a + b without error where |a| >= |b| or a = 0 (Dekker 1971).
template <class real>
DISTANN_INLINE Pair<real> sum_exactly(real a, real b) {
    const real high = a + b;
    return {high, b - (high - a)};
}

/// a + b without error, whichever is larger (Knuth 1969).
template <class real>
DISTANN_INLINE Pair<real> add_exactly(real a, real b) {
    const real high = a + b, part = high - a;
    return {high, (a - (high - part)) + (b - part)};
}

/// a b without error.
template <class real>
DISTANN_INLINE Pair<real> multiply_exactly(real a, real b) {
    const real high = a * b;
    return {high, fused(a, b, -high)};
}

/// a b + c without error where |c| >= |a b| or c = 0, but for a last bit far below.
template <class real>
DISTANN_INLINE Pair<real> multiply_and_add(real a, real b, real c) {
    const real high = fused(a, b, c);
    return {high, fused(a, b, c - high)};
}

/// The quotient of two pairs, rounded (nearly) once.
template <class real>
DISTANN_INLINE real divide(Pair<real> a, Pair<real> b) {
    const real inverse = 1 / b.high, ratio = a.high * inverse;
    const real rest = fused(-ratio, b.low, fused(-ratio, b.high, a.high) + a.low);
    return fused(rest, inverse, ratio);
}

}  // namespace distann::math
