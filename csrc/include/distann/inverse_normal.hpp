// The quantile of the standard normal distribution, branch-free.
//
// Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37
// (1988): PPND16 in double (relative error about 1e-16), PPND7 in float (1e-7). With q = u - 1/2, the
// quantile is q times a rational function of q^2 in the centre |q| <= 0.425, and a rational function of r =
// sqrt(-log(min(u, 1 - u))) in the tails, one for r <= 5 and one beyond. All numerators and denominators are
// evaluated; one division follows.
#pragma once

#include "distann/logarithm.hpp"

namespace distann::random::detail {

using math::polynomial;

template <class real>
struct Ratio {
    real over, under;
};

DISTANN_INLINE Ratio<double> normal_centre(double r) {
    return {polynomial(r, 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                       1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                       3.3430575583588128105e4, 2.5090809287301226727e3),
            polynomial(r, 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                       2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
                       5.2264952788528545610e3)};
}

DISTANN_INLINE Ratio<double> normal_tail(double r) {
    return {polynomial(r, 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                       3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                       2.27238449892691845833e-2, 7.74545014278341407640e-4),
            polynomial(r, 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                       1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                       1.05075007164441684324e-9)};
}

DISTANN_INLINE Ratio<double> normal_far_tail(double r) {
    return {polynomial(r, 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                       2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                       2.71155556874348757815e-5, 2.01033439929228813265e-7),
            polynomial(r, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                       1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                       1.42151175831644588870e-7, 2.04426310338993978564e-15)};
}

DISTANN_INLINE Ratio<float> normal_centre(float r) {
    return {polynomial(r, 3.3871327179f, 5.0434271938e1f, 1.5929113202e2f, 5.9109374720e1f),
            polynomial(r, 1.0f, 1.7895169469e1f, 7.8757757664e1f, 6.7187563600e1f)};
}

DISTANN_INLINE Ratio<float> normal_tail(float r) {
    return {polynomial(r, 1.4234372777f, 2.7568153900f, 1.3067284816f, 1.7023821103e-1f),
            polynomial(r, 1.0f, 7.3700164250e-1f, 1.2021132975e-1f)};
}

DISTANN_INLINE Ratio<float> normal_far_tail(float r) {
    return {polynomial(r, 6.6579051150f, 3.0812263860f, 4.2868294337e-1f, 1.7337203997e-2f),
            polynomial(r, 1.0f, 2.4197894225e-1f, 1.2258202635e-2f)};
}

template <class real>
DISTANN_INLINE Ratio<real> choose(bool first, Ratio<real> a, Ratio<real> b) {
    return {first ? a.over : b.over, first ? a.under : b.under};
}

/// The quantile of u in (0, 1), given the logarithm of min(u, 1 - u). Without `far`, min(u, 1 - u) >=
/// exp(-25).
template <bool far, class real>
DISTANN_INLINE real normal_quantile(real u, real log_of_tail) {
    const real q = u - real(0.5);
    const real r = math::sqrt(-log_of_tail);
    const bool central = math::fabs(q) <= real(0.425);
    auto tail = normal_tail(r - real(1.6));
    if constexpr (far) tail = choose(r <= 5, tail, normal_far_tail(r - 5));
    const auto ratio = choose(central, normal_centre(math::fused(-q, q, real(0.180625))), tail);
    const real scale = central ? q : (q < 0 ? real(-1) : real(1));
    return scale * ratio.over / ratio.under;
}

}  // namespace distann::random::detail

namespace distann::random {

/// The standard normal deviate below which a fraction u of the distribution lies: -inf at 0, inf at 1.
template <class real>
DISTANN_INLINE real inverse_normal(real u) {
    const real other = 1 - u;
    const real z = detail::normal_quantile<true>(u, math::log(u < other ? u : other));
    const real end = u == 0 ? -math::Format<real>::infinity : math::Format<real>::infinity;
    return (u == 0) | (u == 1) ? end : z;
}

}  // namespace distann::random
