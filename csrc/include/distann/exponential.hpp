// exp, expm1, expm1_over: branch-free, in double and float.
//
// x = k log(2) + r with |r| <= log(2) / 2, where log(2) is the sum of two numbers (Cody & Waite 1980), the
// products being exact by fma. exp(x) = 2^k (1 + r + r^2 Q(r)); Q is our own minimax fit (Remez exchange in
// 70 digits), of relative error 2^-58 in double, 2^-28 in float.
#pragma once

#include "distann/logarithm.hpp"

namespace distann::math::detail {

DISTANN_INLINE double exp_series(double r) {
    return polynomial(r, 0.5000000000000013, 0.166666666666667, 0.04166666666651404, 0.00833333333330697,
                      0.0013888888947411833, 0.0001984126991789863, 2.480148950062137e-05,
                      2.7557215834719653e-06, 2.763144792479405e-07, 2.5118010409899605e-08);
}

DISTANN_INLINE float exp_series(float r) {
    return polynomial(r, 0.5f, 0.166665182f, 0.0416662022f, 0.00836896989f, 0.00139506301f);
}

template <class real>
struct Exponential;  // constants; beyond lowest and highest, exp is 0 and infinite

template <>
struct Exponential<double> {
    static constexpr double lowest = -746, highest = 710, per_log2 = 0x1.71547652b82fep+0;
    static constexpr double tiny = 0x1p-54;  // below, x is expm1(x) and sinh(x) to the last bit
};

template <>
struct Exponential<float> {
    static constexpr float lowest = -104, highest = 89, per_log2 = 0x1.715476p+0f;
    static constexpr float tiny = 0x1p-25f;
};

/// The integer nearest to x, |x| < format::unit / 2.
template <class real>
DISTANN_INLINE real nearest(real x) {
    return (x + Format<real>::shifter) - Format<real>::shifter;
}

/// x = k log(2) + r.high + r.low.
template <class real>
struct Reduced {
    real k;
    Pair<real> r;
};

template <class real>
DISTANN_INLINE Reduced<real> reduce(real x) {
    const real k = nearest(x * Exponential<real>::per_log2);
    const real most = fused(-k, Logarithm<real>::high, x);  // exact
    const real high = fused(-k, Logarithm<real>::low, most);
    return {k, {high, fused(-k, Logarithm<real>::low, most - high)}};
}

/// 2^k y in two steps, so that it overflows and underflows (gradually) only where it must.
template <class real>
DISTANN_INLINE real scale(real y, real k) {
    const real half = nearest(k * real(0.5));
    return y * power_of_two(half) * power_of_two(k - half);
}

/// expm1(x) / 2 for x <= highest, where the half is still finite.
template <class real>
DISTANN_INLINE Pair<real> half_expm1(real x) {
    constexpr real lowest = -40;  // where expm1 has long been -1
    const auto [k, r] = reduce(clip(x, lowest, Exponential<real>::highest));
    const real half_power = power_of_two(k - 1);
    const Pair<real> most = multiply_and_add(half_power, r.high, half_power - real(0.5));
    const real tail = fused(r.high * r.high, exp_series(r.high), r.low);
    return sum_exactly(most.high, fused(half_power, tail, most.low));
}

}  // namespace distann::math::detail

namespace distann::math {

template <class real>
DISTANN_INLINE real exp(real x) {
    using constants = detail::Exponential<real>;
    const auto [k, r] = detail::reduce(clip(x, constants::lowest, constants::highest));
    return detail::scale(1 + fused(r.high * r.high, detail::exp_series(r.high), r.high), k);
}

/// exp(x) - 1.
template <class real>
DISTANN_INLINE real expm1(real x) {
    using constants = detail::Exponential<real>;
    const real value = x > constants::highest ? Format<real>::infinity : 2 * detail::half_expm1(x).high;
    return fabs(x) < constants::tiny ? x : value;
}

/// (exp(x) - 1) / x, with the limit 1 at 0: phi_1 of the exponential integrators.
template <class real>
DISTANN_INLINE real expm1_over(real x) {
    using constants = detail::Exponential<real>;
    constexpr real infinity = Format<real>::infinity;
    const real ratio = 2 * divide(detail::half_expm1(x), Pair<real>{x, 0});
    const real inside = x > constants::highest ? infinity : (x == -infinity ? real(0) : ratio);
    return fabs(x) < constants::tiny ? real(1) : inside;
}

}  // namespace distann::math
