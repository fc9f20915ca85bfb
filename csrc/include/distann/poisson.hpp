// Numbers of events that are Poisson distributed, by inversion of one uniform deviate.
#pragma once

#include "distann/math.hpp"
#include "distann/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace distann {

namespace detail {

// Above, sums of probabilities would start too far in the tail to be represented.
inline constexpr double largest_summed_rate = 512;

// For large rates: the quantile by Cornish and Fisher's expansion, of which the neglected terms are of the order 1 / rate
// (Johnson, Kemp & Kotz, Univariate Discrete Distributions, 2005, section 4.6). `z` is the normal quantile.
inline double large_poisson(double rate, double z) {
    const double root = std::sqrt(rate), square = z * z;
    const double count = std::floor(rate + root * z + (square - 1) / 6 + z * (1 - square) / (72 * root) + 0.5);
    return count > 0 ? count : 0;
}

}  // namespace detail

namespace math {

// The count below which a part u, 0 < u < 1, of a Poisson distribution lies. 0 for rates that are not positive.
template <class real> inline real poisson(real u, real rate) {
    if (!(rate > 0)) return 0;
    const double lambda = double(rate);
    if (lambda > distann::detail::largest_summed_rate)
        return real(distann::detail::large_poisson(lambda, random::detail::Normal<double>::quantile(double(u))));
    double probability = math::exp(-lambda), below = probability, count = 0;
    while (double(u) > below && probability > 0) {
        count += 1;
        probability *= lambda / count;
        below += probability;
    }
    return real(count);
}

}  // namespace math

// The same for one rate and many deviates, of 32 bits each: how many of the distribution's cumulative probabilities
// lie below. The comparisons need no branch, so a loop over neurons vectorises.
class PoissonTable {
public:
    void prepare(double rate) {
        rate_ = rate > 0 ? rate : 0;
        n_ = 0;
        if (rate_ > detail::largest_summed_rate) return;
        double probability = math::exp(-rate_), below = probability;
        while (n_ < most && below < 1 - 0x1p-33) {
            threshold_[n_++] = uint32_t(below * 0x1p32);
            probability *= rate_ / n_;
            below += probability;
        }
        usual_ = std::min(n_, int(rate_ + 2 * std::sqrt(rate_)));
    }

    template <class real> void counts(real *out, const uint32_t *words, int64_t n) const {
        if (rate_ > detail::largest_summed_rate) {
            for (int64_t i = 0; i < n; i++) out[i] = math::poisson(real(double(words[i]) * 0x1p-32 + 0x1p-33), real(rate_));
        } else if (n_ <= few) {
            add_up(out, words, n);
        } else {
            for (int64_t i = 0; i < n; i++) out[i] = real(search(words[i]));
        }
    }

private:
    static constexpr int most = 1024, few = 48;
    static constexpr int lanes = 32;

    // Vectors compare integers with a sign: this keeps the order.
    static int32_t with_sign(uint32_t word) { return int32_t(word ^ 0x80000000u); }

    // Threshold by threshold over a few deviates at a time, which stay in registers, until none is larger.
    template <class real> void add_up(real *out, const uint32_t *words, int64_t n) const {
        for (int64_t begin = 0; begin < n; begin += lanes) {
            int32_t word[lanes], count[lanes];
#pragma omp simd
            for (int i = 0; i < lanes; i++) word[i] = with_sign(words[begin + i]), count[i] = 0;
            for (int k = 0; k < usual_; k++)
#pragma omp simd
                for (int i = 0; i < lanes; i++) count[i] += word[i] >= with_sign(threshold_[k]);
            for (int k = usual_, larger = 1; k < n_ && larger != 0; k++) {
                larger = 0;
#pragma omp simd reduction(| : larger)
                for (int i = 0; i < lanes; i++) {
                    const int32_t at_least = -int32_t(word[i] >= with_sign(threshold_[k]));
                    count[i] -= at_least;
                    larger |= at_least;
                }
            }
#pragma omp simd
            for (int i = 0; i < lanes; i++) out[begin + i] = real(count[i]);
        }
    }
    int search(uint32_t word) const {
        int begin = 0, end = n_;
        while (begin < end) {
            const int middle = (begin + end) / 2;
            if (word >= threshold_[middle]) begin = middle + 1;
            else end = middle;
        }
        return begin;
    }

    double rate_ = 0;
    int n_ = 0, usual_ = 0;  // thresholds; those that some of many deviates exceed almost always
    uint32_t threshold_[most];
};

}  // namespace distann
