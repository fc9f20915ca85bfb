// Distributions as transforms of a standard deviate: the one place for weights, delays and initial values.
//
// u is uniform in the open interval (0, 1), z standard normal. Bounds clip, they do not truncate: what falls
// outside becomes the bound.
#pragma once

#include "distann/abi.h"
#include "distann/math.hpp"
#include "distann/quantiles.hpp"
#include "distann/random.hpp"

namespace distann {

/// Uniform between min and max.
template <class real>
DISTANN_INLINE real scale_uniform(real u, real min, real max) {
    return min + (max - min) * u;
}

/// An integer between min and max, both included.
template <class real>
DISTANN_INLINE real discrete_uniform(real u, real min, real max) {
    const real value = math::floor(min + (max + 1 - min) * u);
    return value > max ? max : value;  // the sum may be rounded up to max + 1
}

/// Normal of mean mu and standard deviation sigma.
template <class real>
DISTANN_INLINE real scale_normal(real z, real mu, real sigma) {
    return mu + sigma * z;
}

/// exp of a normal deviate of mean mu and standard deviation sigma.
template <class real>
DISTANN_INLINE real log_normal(real z, real mu, real sigma) {
    return math::exp(mu + sigma * z);
}

/// Exponential of mean 1 / rate.
template <class real>
DISTANN_INLINE real exponential(real u, real rate) {
    return -math::log(u) / rate;
}

namespace detail {

template <class real, class Transform>
DISTANN_INLINE void transform_all(real *out, int64_t n, Transform transform) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) out[i] = transform(out[i]);
}

}  // namespace detail

/// out[i] = the value at position first + i of the row, i < n, of any kind but DISTANN_VALUES.
///
/// The arguments are rounded to `real` first; a kind without bounds ignores d.min and d.max.
template <class real>
inline void draw(real *out, int64_t n, const distann_distribution &d, uint64_t seed, int64_t row,
                 int64_t first) {
    const real a = real(d.a), b = real(d.b);
    const auto bounded = [min = real(d.min), max = real(d.max)](real x) { return math::clip(x, min, max); };
    // One call of each before the switch, not one a kind: they are most of what there is to compile.
    if (d.kind == DISTANN_NORMAL || d.kind == DISTANN_LOG_NORMAL)
        random::fill_normal(out, n, seed, d.stream, row, first);
    else if (d.kind != DISTANN_CONSTANT)
        random::fill_uniform(out, n, seed, d.stream, row, first);
    switch (d.kind) {
        case DISTANN_UNIFORM:
            return detail::transform_all(out, n, [=](real u) { return scale_uniform(u, a, b); });
        case DISTANN_DISCRETE_UNIFORM:
            return detail::transform_all(out, n, [=](real u) { return discrete_uniform(u, a, b); });
        case DISTANN_EXPONENTIAL:
            return detail::transform_all(out, n, [=](real u) { return bounded(exponential(u, a)); });
        case DISTANN_GAMMA:
            return detail::transform_all(out, n, [=](real u) { return bounded(math::gamma(u, a, b)); });
        case DISTANN_BINOMIAL:
            return detail::transform_all(out, n, [=](real u) { return math::binomial(u, a, b); });
        case DISTANN_NORMAL:
            return detail::transform_all(out, n, [=](real z) { return bounded(scale_normal(z, a, b)); });
        case DISTANN_LOG_NORMAL:
            return detail::transform_all(out, n, [=](real z) { return bounded(log_normal(z, a, b)); });
        default:  // DISTANN_CONSTANT
            return detail::transform_all(out, n, [=](real) { return a; });
    }
}

}  // namespace distann
