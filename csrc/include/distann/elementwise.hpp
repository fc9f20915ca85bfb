// The exact functions of the model language: one or two instructions each, and no rounding other than sqrt's.
#pragma once

#include "distann/format.hpp"

namespace distann::math {

DISTANN_INLINE double sqrt(double x) { return __builtin_sqrt(x); }
DISTANN_INLINE float sqrt(float x) { return __builtin_sqrtf(x); }
DISTANN_INLINE double fabs(double x) { return __builtin_fabs(x); }
DISTANN_INLINE float fabs(float x) { return __builtin_fabsf(x); }
DISTANN_INLINE double floor(double x) { return __builtin_floor(x); }
DISTANN_INLINE float floor(float x) { return __builtin_floorf(x); }
DISTANN_INLINE double ceil(double x) { return __builtin_ceil(x); }
DISTANN_INLINE float ceil(float x) { return __builtin_ceilf(x); }
DISTANN_INLINE double trunc(double x) { return __builtin_trunc(x); }
DISTANN_INLINE float trunc(float x) { return __builtin_truncf(x); }
DISTANN_INLINE double copysign(double x, double sign) { return __builtin_copysign(x, sign); }
DISTANN_INLINE float copysign(float x, float sign) { return __builtin_copysignf(x, sign); }

/// The nearest integer, halves away from zero.
template <class real>
DISTANN_INLINE real round(real x) {
    const real whole = trunc(x);
    return fabs(x - whole) >= real(0.5) ? whole + copysign(real(1), x) : whole;
}

/// -1, 0 or 1; a signed zero and nan are returned as they are.
template <class real>
DISTANN_INLINE real sign(real x) {
    return x > 0 ? real(1) : (x < 0 ? real(-1) : x);
}

/// max(x, 0).
template <class real>
DISTANN_INLINE real positive(real x) {
    return x < 0 ? real(0) : x;
}

/// max(-x, 0).
template <class real>
DISTANN_INLINE real negative(real x) {
    return x < 0 ? -x : (x >= 0 ? real(0) : x);
}

/// x moved into [a, b].
template <class real>
DISTANN_INLINE real clip(real x, real a, real b) {
    const real above = x < a ? a : x;
    return above > b ? b : above;
}

template <class real>
DISTANN_INLINE bool isnan(real x) {
    return x != x;
}

template <class real>
DISTANN_INLINE bool isfinite(real x) {
    return fabs(x) < Format<real>::infinity;
}

/// The smaller of two; where one is nan, the other.
template <class real>
DISTANN_INLINE real fmin(real x, real y) {
    return (x < y) | isnan(y) ? x : y;
}

/// The larger of two; where one is nan, the other.
template <class real>
DISTANN_INLINE real fmax(real x, real y) {
    return (x > y) | isnan(y) ? x : y;
}

/// The remainder of trunc(a) by trunc(b), with the sign of a, as C's % gives it; nan where trunc(b) = 0.
///
/// Exact while |a / b| < 2^52 (float: 2^23).
template <class real>
DISTANN_INLINE real modulo(real a, real b) {
    const real dividend = trunc(a), divisor = trunc(b);
    const real rest = fused(-trunc(dividend / divisor), divisor, dividend);
    // Negative where the quotient was rounded up to the next integer.
    const real over = rest * dividend < 0 ? copysign(divisor, dividend) : real(0);
    return copysign(rest + over, dividend);
}

}  // namespace distann::math
