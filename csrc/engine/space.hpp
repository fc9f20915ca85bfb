// Where the neurons of two populations lie, and how far apart: on grids in one box, whose axes may close to rings.
#pragma once

#include <distann/abi.h>
#include <distann/math.hpp>

#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace distann::engine {

class Space {
public:
    explicit Space(const distann_formula &given) : wrap_(given.wrap != 0) {
        for (int a = 0; a < given.dimensions; a++) {
            const double extent = given.extent[a];
            axes_.push_back({extent, places(given.pre_shape[a], extent), places(given.post_shape[a], extent)});
        }
    }

    int dimensions() const { return int(axes_.size()); }
    int64_t pre_length(int axis) const { return int64_t(axes_[size_t(axis)].pre.size()); }

    // Index along each axis of one postsynaptic neuron.
    std::vector<int64_t> post_coordinates(int64_t index) const {
        std::vector<int64_t> coordinates(axes_.size());
        for (size_t a = axes_.size(); a-- > 0;) {
            const int64_t length = int64_t(axes_[a].post.size());
            coordinates[a] = index % length;
            index /= length;
        }
        return coordinates;
    }

    // The distance along one axis.
    double gap(int axis, int64_t post, int64_t pre) const {
        const Axis &along = axes_[size_t(axis)];
        const double gap = math::fabs(along.post[size_t(post)] - along.pre[size_t(pre)]);
        return wrap_ && along.extent - gap < gap ? along.extent - gap : gap;
    }

    // out[i] = distance of the neuron at `post` from the presynaptic one of index pre[i].
    void distances(double *out, const std::vector<int64_t> &post, const uint32_t *pre, int64_t n) const {
        for (int64_t i = 0; i < n; i++) {
            double square = 0;
            int64_t stride = pre_size(), rest = pre[i];
            for (int a = 0; a < dimensions(); a++) {
                stride /= pre_length(a);
                const double along = gap(a, post[size_t(a)], rest / stride);
                square += along * along;
                rest %= stride;
            }
            out[i] = math::sqrt(square);
        }
    }

    int64_t pre_size() const {
        int64_t size = 1;
        for (const Axis &axis : axes_) size *= int64_t(axis.pre.size());
        return size;
    }

private:
    struct Axis {
        double extent;
        std::vector<double> pre, post;  // where along it the neurons lie
    };

    std::vector<double> places(int64_t n, double extent) const {
        std::vector<double> places(static_cast<size_t>(n));
        for (int64_t i = 0; i < n; i++)
            places[size_t(i)] = wrap_ ? extent * (double(i) + 0.5) / double(n) : n > 1 ? extent * double(i) / double(n - 1) : 0;
        return places;
    }

    const bool wrap_;
    std::vector<Axis> axes_;
};

}  // namespace distann::engine
