// The presynaptic neurons around a postsynaptic one, with their distances, some hundred at a time.
#pragma once

#include "formula.hpp"
#include "presynaptic.hpp"

#include <algorithm>
#include <vector>

namespace distann::engine {

// Only the box around the neuron is looked at, so that local connections cost what they reach and not what there is.
class Neighbours {
public:
    Neighbours(const Space &space, double radius) : space_(space), radius_(radius) {}

    // Calls visit(positions, distances, n) for all that are not farther than the radius, in ascending order.
    template <class Visit> void visit(int64_t post, const PresynapticSide &side, Visit visit) {
        coordinates_ = space_.post_coordinates(post);
        n_ = 0;
        if (side.whole())
            visit_box(visit);
        else
            visit_each(side, visit);
        if (n_ > 0) visit(position_, distance_, n_);
    }

private:
    struct Near {
        int64_t index;  // along an axis
        double square;
    };

    template <class Visit> void visit_box(Visit &visit) {
        near_.resize(size_t(space_.dimensions()));
        for (int a = 0; a < space_.dimensions(); a++) {
            near_[size_t(a)].clear();
            for (int64_t i = 0; i < space_.pre_length(a); i++) {
                const double gap = space_.gap(a, coordinates_[size_t(a)], i);
                if (gap <= radius_) near_[size_t(a)].push_back({i, gap * gap});
            }
        }
        visit_axis(0, 0, 0, visit);
    }
    template <class Visit> void visit_axis(int axis, int64_t index, double square, Visit &visit) {
        const int64_t length = space_.pre_length(axis);
        const bool last = axis + 1 == space_.dimensions();
        for (const Near &near : near_[size_t(axis)]) {
            if (last)
                take(uint32_t(index * length + near.index), math::sqrt(square + near.square), visit);
            else
                visit_axis(axis + 1, index * length + near.index, square + near.square, visit);
        }
    }

    template <class Visit> void visit_each(const PresynapticSide &side, Visit &visit) {
        uint32_t index[Formula::block];
        double distance[Formula::block];
        for (int64_t begin = 0; begin < side.n(); begin += Formula::block) {
            const int64_t n = std::min(Formula::block, side.n() - begin);
            for (int64_t i = 0; i < n; i++) index[i] = side.index(uint32_t(begin + i));
            space_.distances(distance, coordinates_, index, n);
            for (int64_t i = 0; i < n; i++) take(uint32_t(begin + i), distance[i], visit);
        }
    }

    template <class Visit> void take(uint32_t position, double distance, Visit &visit) {
        if (distance > radius_) return;
        position_[n_] = position;
        distance_[n_++] = distance;
        if (n_ == Formula::block) {
            visit(position_, distance_, n_);
            n_ = 0;
        }
    }

    const Space &space_;
    const double radius_;
    std::vector<int64_t> coordinates_;     // of the postsynaptic neuron
    std::vector<std::vector<Near>> near_;  // [axis]
    uint32_t position_[Formula::block];
    double distance_[Formula::block];
    int64_t n_ = 0;
};

}  // namespace distann::engine
