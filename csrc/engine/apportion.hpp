// How a given number of things falls on two parts, at random: the exact distributions, in constant time.
//
// Halving a whole again and again, each time by such a number, tells any worker how many of the things fall on what it
// owns, without looking at the rest.
#pragma once

#include <distann/math.hpp>
#include <distann/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace distann::engine {

// The uniform deviates of one decision, one after the other.
class Deviates {
public:
    Deviates(uint64_t seed, uint32_t stream, int64_t decision) : seed_(seed), stream_(stream), decision_(decision) {}
    double next() { return random::uniform<double>(seed_, stream_, decision_, id_++); }

private:
    const uint64_t seed_;
    const uint32_t stream_;
    const int64_t decision_;
    int64_t id_ = 0;
};

namespace detail {

// log(k!) - ((k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2): what Stirling's formula leaves.
inline double stirling_rest(double k) {
    if (k < 10) {
        double factorial = 1;
        for (double i = 2; i <= k; i++) factorial *= i;
        constexpr double half_log_of_two_pi = 0.91893853320467274178;
        return math::log(factorial) - ((k + 0.5) * math::log(k + 1) - (k + 1) + half_log_of_two_pi);
    }
    const double inverse = 1 / (k + 1), square = inverse * inverse;
    return inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1260));
}

// log(a! / b!), without the cancellation of two large logarithms.
inline double log_factorial_ratio(double a, double b) {
    return (a - b) * (math::log(a + 1) - 1) + (b + 0.5) * math::log1p((a - b) / (b + 1)) + stirling_rest(a) -
           stirling_rest(b);
}

// Few successes: the probabilities of 0, 1, 2... are added up until they exceed one uniform deviate.
inline int64_t binomial_by_inversion(int64_t n, double p, Deviates &deviates) {
    const double odds = p / (1 - p);
    double u = deviates.next(), probability = math::exp(double(n) * math::log1p(-p));
    int64_t k = 0;
    for (; k < n && u > probability; k++) {
        u -= probability;
        probability *= odds * double(n - k) / double(k + 1);
    }
    return k;
}

// Transformed rejection with squeeze: Hoermann, "The generation of binomial random variates", Journal of Statistical
// Computation and Simulation 46 (1993) 101-110, algorithm BTRS. For n p >= 10, p <= 1/2.
inline int64_t binomial_by_rejection(int64_t trials, double p, Deviates &deviates) {
    const double n = double(trials), q = 1 - p, deviation = std::sqrt(n * p * q);
    const double b = 1.15 + 2.53 * deviation, a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double squeeze = 0.92 - 4.2 / b, scale = (2.83 + 5.1 / b) * deviation;
    const double mode = std::floor((n + 1) * p), log_of_odds = math::log(p / q);
    for (;;) {
        const double u = deviates.next() - 0.5, v = deviates.next(), end = 0.5 - std::fabs(u);
        const double k = std::floor((2 * a / end + b) * u + n * p + 0.5);
        if (end >= 0.07 && v <= squeeze) return int64_t(k);
        if (k < 0 || k > n) continue;
        const double density = (k - mode) * log_of_odds + log_factorial_ratio(mode, k) + log_factorial_ratio(n - mode, n - k);
        if (math::log(v * scale / (a / (end * end) + b)) <= density) return int64_t(k);
    }
}

}  // namespace detail

// How many of n independent things fall on a part to which each belongs with probability p.
inline int64_t binomial(int64_t n, double p, Deviates &deviates) {
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    if (p > 0.5) return n - binomial(n, 1 - p, deviates);
    return double(n) * p < 10 ? detail::binomial_by_inversion(n, p, deviates)
                              : detail::binomial_by_rejection(n, p, deviates);
}

namespace detail {

// Few draws: one after the other from the urn.
inline int64_t hypergeometric_by_urn(int64_t marked, int64_t others, int64_t drawn, Deviates &deviates) {
    int64_t found = 0;
    for (int64_t i = 0; i < drawn; i++)
        found += deviates.next() * double(marked + others - i) < double(marked - found);
    return found;
}

// Ratio of uniforms: Stadlober, "The ratio of uniforms approach for generating discrete random variates", Journal of
// Computational and Applied Mathematics 31 (1990) 181-189. For marked <= others, drawn <= half of all.
inline int64_t hypergeometric_by_ratio(int64_t marked, int64_t others, int64_t drawn, Deviates &deviates) {
    const double m = double(marked), o = double(others), n = double(drawn), all = m + o, share = m / all;
    const double centre = n * share + 0.5;
    const double width = std::sqrt((all - n) * n * share * (1 - share) / (all - 1) + 0.5);
    constexpr double per_width = 1.7155277699214135, more = 0.8989161620588988;  // 2 sqrt(2/e), 3 - 2 sqrt(3/e)
    const double hat = per_width * width + more, mode = std::floor((n + 1) * (m + 1) / (all + 2));
    const double end = std::min(std::min(n, m) + 1, std::floor(centre + 16 * width));
    for (;;) {
        const double u = deviates.next(), v = deviates.next();
        const double at = centre + hat * (v - 0.5) / u;
        if (at < 0 || at >= end) continue;
        const double k = std::floor(at);
        const double density = log_factorial_ratio(mode, k) + log_factorial_ratio(m - mode, m - k) +
                               log_factorial_ratio(n - mode, n - k) + log_factorial_ratio(o - n + mode, o - n + k);
        if (2 * math::log(u) <= density) return int64_t(k);
    }
}

}  // namespace detail

// How many of `drawn` different things, out of marked + others, are marked.
inline int64_t hypergeometric(int64_t marked, int64_t others, int64_t drawn, Deviates &deviates) {
    if (drawn > marked + others) throw std::invalid_argument("more synapses are asked for than there are pairs");
    if (marked <= 0 || drawn <= 0) return 0;
    if (others <= 0) return drawn;
    if (marked > others) return drawn - hypergeometric(others, marked, drawn, deviates);
    if (drawn > (marked + others) / 2) return marked - hypergeometric(marked, others, marked + others - drawn, deviates);
    return drawn <= 16 ? detail::hypergeometric_by_urn(marked, others, drawn, deviates)
                       : detail::hypergeometric_by_ratio(marked, others, drawn, deviates);
}

}  // namespace distann::engine
