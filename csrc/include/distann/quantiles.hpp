// Gamma and binomial deviates, by inversion of one uniform deviate.
#pragma once

#include "distann/math.hpp"
#include "distann/random.hpp"

#include <cmath>
#include <cstdint>

namespace distann {

namespace detail {

// Above this shape a gamma deviate, and above this mean and its opposite a binomial one, is taken from the first
// cumulants: what is neglected there is less than 1e-5 standard deviations.
inline constexpr double largest_shape = 1e4, largest_trials = 500;

// The quantile by Cornish and Fisher's expansion, in standard deviations, of a distribution with this skewness and excess
// kurtosis; `z` is the normal quantile (Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, 1994, eq. 12.95).
inline double from_cumulants(double z, double skewness, double excess) {
    const double square = z * z;
    return z + skewness * (square - 1) / 6 + excess * z * (square - 3) / 24 -
           skewness * skewness * z * (2 * square - 5) / 36;
}

// The logarithm of the gamma function for a > 0: Stirling's series behind 16 (Abramowitz & Stegun 6.1.41).
inline double log_gamma(double a) {
    double product = 1;
    for (; a < 16; a += 1) product *= a;
    const double inverse = 1 / a, square = inverse * inverse;
    const double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    return (a - 0.5) * math::log(a) - a + 0.91893853320467274178 + series - math::log(product);
}

// x^a e^-x / Gamma(a + 1) times this is the part of a gamma distribution below x (6.5.29); for x < a + 1.
inline double lower_series(double a, double x) {
    double term = 1, sum = 1;
    for (double k = 1; term > 1e-17 * sum; k += 1) sum += term *= x / (a + k);
    return sum;
}

// x^a e^-x / Gamma(a) times this is the part beyond x, by the continued fraction (6.5.31) as Lentz evaluates it.
inline double upper_fraction(double a, double x) {
    double b = x + 1 - a, c = 1e300, d = 1 / b, fraction = d;
    for (int k = 1; k < 2000; k++) {
        const double numerator = k * (a - k);
        b += 2;
        d = 1 / (numerator * d + b);
        c = b + numerator / c;
        fraction *= c * d;
        if (math::fabs(c * d - 1) < 1e-16) break;
    }
    return fraction;
}

// Logarithms of the two parts of a gamma distribution, below and beyond exp(y), and of its density over y.
struct Parts {
    double lower, upper, density;

    Parts(double a, double log_gamma_of_a, double y) {
        const double x = math::exp(y);
        density = a * y - x - log_gamma_of_a;
        if (x < a + 1) {
            lower = density - math::log(a) + math::log(lower_series(a, x));
            upper = math::log1p(-math::exp(lower));
        } else {
            upper = density + math::log(upper_fraction(a, x));
            lower = math::log1p(-math::exp(upper));
        }
    }
};

inline double first_log_of_gamma(double u, double a, double log_gamma_of_a) {
    const double ninth = 1 / (9 * a), z = random::detail::Normal<double>::quantile(u);
    const double root = 1 - ninth + z * std::sqrt(ninth);  // Wilson and Hilferty
    if (a >= 1 && root > 0.1) return math::log(a) + 3 * math::log(root);
    return (math::log(u) + log_gamma_of_a + math::log(a)) / a;
}

// In y = log x the logarithms of both parts are concave, so that Newton's method converges from everywhere.
inline double gamma_quantile(double u, double a) {
    if (a > largest_shape) {
        const double z = random::detail::Normal<double>::quantile(u), root = std::sqrt(a);
        return a + root * from_cumulants(z, 2 / root, 6 / a);
    }
    const double constant = log_gamma(a), low = math::log(u), high = math::log1p(-u);
    double y = first_log_of_gamma(u, a, constant);
    for (int i = 0; i < 60 && y > -700; i++) {
        const Parts parts(a, constant, y);
        const double change = u < 0.5 ? (low - parts.lower) * math::exp(parts.lower - parts.density)
                                      : (parts.upper - high) * math::exp(parts.upper - parts.density);
        y += change < 1 ? change : 1;
        if (math::fabs(change) < 1e-14 * (1 + math::fabs(y))) break;
    }
    return math::exp(y);
}

inline double binomial_quantile(double u, double n, double p) {
    if (p > 0.5) return n - binomial_quantile(1 - u, n, 1 - p);
    if (n * p > largest_trials) {
        const double root = std::sqrt(n * p * (1 - p)), z = random::detail::Normal<double>::quantile(u);
        const double skewness = (1 - 2 * p) / root, excess = (1 - 6 * p * (1 - p)) / (root * root);
        return math::clip(std::floor(n * p + root * from_cumulants(z, skewness, excess) + 0.5), 0.0, n);
    }
    double probability = math::exp(n * math::log1p(-p)), below = probability, count = 0;
    const double odds = p / (1 - p);
    // Far in the tail the sum of the probabilities no longer grows.
    while (u > below && count < n && !(count > n * p && probability < 1e-17)) {
        probability *= odds * (n - count) / (count + 1);
        count += 1;
        below += probability;
    }
    return count;
}

}  // namespace detail

namespace math {

// The value below which a part u, 0 < u < 1, of a gamma distribution lies; its mean is shape * scale. nan unless the shape
// is positive.
template <class real> inline real gamma(real u, real shape, real scale) {
    if (!(shape > 0)) return real(NAN);
    return real(distann::detail::gamma_quantile(double(u), double(shape))) * scale;
}

// The number of successes below which a part u, 0 < u < 1, of a binomial distribution lies. 0 where n or p is not positive.
template <class real> inline real binomial(real u, real n, real p) {
    if (!(n > 0 && p > 0)) return 0;
    return real(p >= 1 ? std::floor(double(n)) : distann::detail::binomial_quantile(double(u), std::floor(double(n)), double(p)));
}

}  // namespace math

}  // namespace distann
