// Drawing, looking up and evaluating the values of synapses, see values.hpp.
#include "values.hpp"

#include <distann/distributions.hpp>
#include <distann/pairs.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace distann::engine {

namespace {

[[noreturn, gnu::cold]] void refuse(double distance) {
    throw std::domain_error("a weight or a delay is not finite at the distance " + std::to_string(distance));
}

}  // namespace

RowValues::RowValues(const distann_distribution &distribution, const PresynapticSide &side, uint64_t seed)
    : distribution_(distribution), side_(side), seed_(seed) {
    if (distribution.kind == DISTANN_FORMULA) formula_ = std::make_unique<Formula>(*distribution.formula);
}

void RowValues::fill(double *out, const Row &row) { fill_any(out, row); }
void RowValues::fill(float *out, const Row &row) { fill_any(out, row); }

template <class real> void RowValues::fill_any(real *out, const Row &row) {
    switch (distribution_.kind) {
    case DISTANN_VALUES: return look_up(out, row, [&](int64_t j) { return row.slot[j]; });
    case DISTANN_MATRIX:
        return look_up(out, row, [&](int64_t j) { return row.key * side_.n() + side_.position(pre(row, j)); });
    case DISTANN_FORMULA: return evaluate(out, row);
    default: return distann::draw<real>(out, row.n, distribution_, seed_, row.key, row.first);
    }
}

Row RowValues::made(const uint32_t *pre, int64_t position, int64_t post, int64_t step) const {
    const int64_t key = distribution_.kind == DISTANN_MATRIX ? position : ~pair_key(post, step);
    return {pre, nullptr, 1, key, post, int64_t(*pre)};
}

// A row of a dense projection has no list.
uint32_t RowValues::pre(const Row &row, int64_t j) const {
    return row.pre != nullptr ? row.pre[j] : uint32_t(side_.first() + j);
}

template <class real> real RowValues::bounded(double value) const {
    return real(std::clamp(value, distribution_.min, distribution_.max));
}

template <class real, class Place> void RowValues::look_up(real *out, const Row &row, Place place) const {
    for (int64_t j = 0; j < row.n; j++) out[j] = bounded<real>(distribution_.values[place(j)]);
}

template <class real> void RowValues::evaluate(real *out, const Row &row) {
    uint32_t index[Formula::block];
    double distance[Formula::block], value[Formula::block];
    const std::vector<int64_t> post = formula_->space().post_coordinates(row.post);
    for (int64_t begin = 0; begin < row.n; begin += Formula::block) {
        const int64_t n = std::min(Formula::block, row.n - begin);
        for (int64_t i = 0; i < n; i++) index[i] = pre(row, begin + i);
        formula_->space().distances(distance, post, index, n);
        formula_->evaluate(value, distance, n);
        for (int64_t i = 0; i < n; i++) {
            if (!math::isfinite(value[i])) refuse(distance[i]);
            out[begin + i] = bounded<real>(value[i]);
        }
    }
}

RowDelays::RowDelays(const distann_distribution &ms, const distann_projection &projection, const PresynapticSide &side,
                     const distann_settings &settings)
    : values_(ms, side, settings.seed),
      shortest_(projection.shortest),
      longest_(projection.longest),
      steps_per_ms_(1 / settings.dt) {}

const uint16_t *RowDelays::of(const Row &row) {
    if (longest_ == shortest_) return zeros(size_t(row.n));
    steps_.resize(size_t(row.n));
    ms_.resize(size_t(row.n));
    values_.fill(ms_.data(), row);
    const float per_ms = float(steps_per_ms_), most = float(longest_ - shortest_);
    const float half = 0.5f + 1e-4f - float(shortest_);  // rounded half up, and counted from the shortest
#pragma omp simd
    for (int64_t j = 0; j < row.n; j++) {
        const float steps = ms_[size_t(j)] * per_ms + half;
        steps_[size_t(j)] = uint16_t(int32_t(std::min(std::max(steps, 0.0f), most)));
    }
    return steps_.data();
}

uint16_t RowDelays::made(const uint32_t *pre, int64_t position, int64_t post, int64_t step) {
    return *of(values_.made(pre, position, post, step));
}

const uint16_t *RowDelays::zeros(size_t n) {
    if (steps_.size() < n) steps_ = Array<uint16_t>::zeros(2 * n);
    return steps_.data();
}

}  // namespace distann::engine
