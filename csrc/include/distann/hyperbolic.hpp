// sinh, cosh, tanh, asinh, acosh, atanh: branch-free, in double and float.
//
// With x = k log(2) + r, C = (2^k + 2^-k) / 2 and S = (2^k - 2^-k) / 2 the addition theorems give
//   sinh(x) = C sinh(r) + S cosh(r),   cosh(x) = C cosh(r) + S sinh(r),
// of which only C r + S and S r + C matter to the last bit. The series are our own minimax fits (Remez
// exchange in 70 digits) of relative error 2^-61 or less (float 2^-34).
#pragma once

#include "distann/exponential.hpp"

namespace distann::math::detail {

DISTANN_INLINE double sinh_series(double z) {  // (sinh(r) - r) / r^3 of r^2
    return polynomial(z, 0.16666666666666677, 0.00833333333332151, 0.00019841269886465825,
                      2.755724383997571e-06, 2.5109174448306133e-08);
}

DISTANN_INLINE float sinh_series(float z) {
    return polynomial(z, 0.166666672f, 0.00833328906f, 0.00019905105f);
}

DISTANN_INLINE double cosh_series(double z) {  // (cosh(r) - 1) / r^2 of r^2
    return polynomial(z, 0.5, 0.04166666666666671, 0.0013888888888863706, 2.4801587363825968e-05,
                      2.75572414659093e-07, 2.092453586585191e-09);
}

DISTANN_INLINE float cosh_series(float z) { return polynomial(z, 0.5f, 0.0416662656f, 0.001394636f); }

/// sinh(x) / 4 and cosh(x) / 4 for x >= 0; neither overflows before x > highest + 1.
template <class real>
struct Hyperbola {
    Pair<real> sinh, cosh;
};

template <class real>
DISTANN_INLINE Hyperbola<real> hyperbola_of(real x) {
    const auto [k, r] = reduce(x);
    constexpr real least = 3 - Format<real>::bias;
    const real grown = power_of_two(k - 3), shrunk = power_of_two(-k - 3 < least ? least : -k - 3);
    const Pair<real> c = sum_exactly(grown, shrunk), s = sum_exactly(grown, -shrunk);
    const real z = r.high * r.high;
    const real sinh_tail = fused(z * r.high, sinh_series(z), r.low), cosh_tail = z * cosh_series(z);
    const Pair<real> sine = multiply_and_add(c.high, r.high, s.high);
    const Pair<real> cosine = multiply_and_add(s.high, r.high, c.high);
    const real sine_tail = fused(c.high, sinh_tail, fused(s.high, cosh_tail, fused(c.low, r.high, s.low)));
    const real cosine_tail = fused(c.high, cosh_tail, fused(s.high, sinh_tail, fused(s.low, r.high, c.low)));
    return {sum_exactly(sine.high, sine.low + sine_tail), sum_exactly(cosine.high, cosine.low + cosine_tail)};
}

/// |x|, at most `limit`; nan stays.
template <class real>
DISTANN_INLINE real bounded_size(real x, real limit) {
    return fabs(x) > limit ? limit : fabs(x);
}

/// log(1 + t) of a t that may have overflowed, in which case log(x) + log(2) is meant.
template <class real>
DISTANN_INLINE real log1p_or_log_of_twice(Pair<real> t, real x) {
    const bool far = x > Format<real>::unit;
    return log1p_of(Pair<real>{far ? x : t.high, far ? real(0) : t.low}) +
           (far ? Logarithm<real>::log2.high : real(0));
}

}  // namespace distann::math::detail

namespace distann::math {

template <class real>
DISTANN_INLINE real sinh(real x) {
    using constants = detail::Exponential<real>;
    const real value = 4 * detail::hyperbola_of(detail::bounded_size(x, constants::highest + 1)).sinh.high;
    return fabs(x) < constants::tiny ? x : copysign(value, x);
}

template <class real>
DISTANN_INLINE real cosh(real x) {
    using constants = detail::Exponential<real>;
    return 4 * detail::hyperbola_of(detail::bounded_size(x, constants::highest + 1)).cosh.high;
}

template <class real>
DISTANN_INLINE real tanh(real x) {
    const auto [sine, cosine] = detail::hyperbola_of(detail::bounded_size(x, real(22)));
    return fabs(x) < detail::Exponential<real>::tiny ? x : copysign(divide(sine, cosine), x);
}

/// log(x + sqrt(1 + x^2)) for x > 0, written so that nothing cancels.
template <class real>
DISTANN_INLINE real asinh(real x) {
    const real size = fabs(x), square = size * size;
    const Pair<real> t = add_exactly(size, square / (1 + sqrt(1 + square)));
    const real value = detail::log1p_or_log_of_twice(t, size);
    return size < detail::Exponential<real>::tiny ? x : copysign(value, x);
}

/// nan where x < 1.
template <class real>
DISTANN_INLINE real acosh(real x) {
    const real t = x - 1;
    const real value = detail::log1p_or_log_of_twice(add_exactly(t, sqrt(fused(t, t, 2 * t))), x);
    return x < 1 ? Format<real>::nan : value;
}

/// nan where |x| > 1.
template <class real>
DISTANN_INLINE real atanh(real x) {
    const real size = fabs(x);
    return copysign(real(0.5) * log1p(2 * size / (1 - size)), x);
}

}  // namespace distann::math
