// What a whole population has in common: mean, extremes and norms of a published field, the same on every rank.
//
// Every rank has the values of all neurons after an exchange, and reduces them in the order of the neurons' indices: lanes
// of a block, blocks one after the other, in double. So the result has the same bits for any number of ranks and threads.
#pragma once

#include "history.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace distann::engine {

class Reduction {
public:
    Reduction(PublishedField &field, int64_t size, bool integer, int operation, void *into, int threads, int word)
        : field_(&field), size_(size), integer_(integer), operation_(operation), into_(into), threads_(threads), word_(word) {
        if (operation < DISTANN_MEAN || operation > DISTANN_NORM2) throw std::invalid_argument("an unknown reduction");
    }

    // The result of what the neurons had at the end of `tick`, for all threads.
    void compute(int64_t tick) const {
        const void *words = field_->at(tick);
        if (word_ == 8) store(integer_ ? reduce(static_cast<const int64_t *>(words)) : reduce(static_cast<const double *>(words)));
        else store(float(integer_ ? reduce(static_cast<const int32_t *>(words)) : reduce(static_cast<const float *>(words))));
    }

private:
    static constexpr int lanes = 8;
    static constexpr int64_t block = 1024;

    template <class word> double reduce(const word *x) const {
        const auto add = [](double a, double b) { return a + b; };
        const auto smaller = [](double a, double b) { return b < a ? b : a; };
        const auto larger = [](double a, double b) { return b > a ? b : a; };
        const auto same = [](double v) { return v; };
        constexpr double infinity = std::numeric_limits<double>::infinity();
        switch (operation_) {
        case DISTANN_MEAN: return over_all(x, 0.0, same, add) / double(size_);
        case DISTANN_MAX: return over_all(x, -infinity, same, larger);
        case DISTANN_MIN: return over_all(x, infinity, same, smaller);
        case DISTANN_NORM1: return over_all(x, 0.0, [](double v) { return std::fabs(v); }, add);
        default: return std::sqrt(over_all(x, 0.0, [](double v) { return v * v; }, add));
        }
    }

    template <class word, class Part, class Join>
    double over_all(const word *x, double neutral, Part part, Join join) const {
        double total = neutral;
        for (int64_t begin = 0; begin < size_; begin += block) {
            double lane[lanes];
            for (double &value : lane) value = neutral;
            const int64_t end = std::min(begin + block, size_);
            for (int64_t i = begin; i < end; i++) lane[i % lanes] = join(lane[i % lanes], part(double(x[i])));
            for (int width = lanes / 2; width > 0; width /= 2)
                for (int l = 0; l < width; l++) lane[l] = join(lane[l], lane[l + width]);
            total = join(total, lane[0]);
        }
        return total;
    }

    template <class real> void store(real value) const {
        for (int thread = 0; thread < threads_; thread++)
            *reinterpret_cast<real *>(static_cast<unsigned char *>(into_) + thread * copy_bytes) = value;
    }

    PublishedField *field_;
    int64_t size_;
    bool integer_;
    int operation_;
    void *into_;
    int threads_, word_;
};

}  // namespace distann::engine
