// What the two storages of synapses have in common.
#pragma once

#include "connect.hpp"
#include "synapses.hpp"

#include <distann/distributions.hpp>
#include <distann/pairs.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace distann::engine {

// The rows of the neurons [elements.begin, elements.end).
inline Slice rows_of(const Plan &plan, Slice elements) {
    const uint32_t *begin = plan.rule().element, *end = begin + plan.rule().n_rows;
    const auto row = [=](int64_t element) { return std::lower_bound(begin, end, element) - begin; };
    return {row(elements.begin), row(elements.end)};
}

inline RowEnumerator enumerator_of(const Plan &plan, const PresynapticSide &side, Slice rows) {
    return RowEnumerator(plan.rule(), side, plan.settings.seed, plan.post.first(), rows.begin, rows.size());
}

// The values of one kind of the synapses of one worker: of a field, or the delays, row by row. It owns scratch memory.
class RowValues {
public:
    RowValues(const distann_distribution &distribution, const PresynapticSide &side, uint64_t seed)
        : distribution_(distribution), side_(side), seed_(seed) {
        if (distribution.kind == DISTANN_FORMULA) formula_ = std::make_unique<Formula>(*distribution.formula);
    }

    // Not inlined: it is most of what there is to compile.
    template <class real> [[gnu::noinline]] void fill(real *out, const Row &row) {
        switch (distribution_.kind) {
        case DISTANN_VALUES: return look_up(out, row, [&](int64_t j) { return row.slot[j]; });
        case DISTANN_MATRIX:
            return look_up(out, row, [&](int64_t j) { return row.key * side_.n() + side_.position(pre(row, j)); });
        case DISTANN_FORMULA: return evaluate(out, row);
        default: return distann::draw<real>(out, row.n, distribution_, seed_, row.key, row.first);
        }
    }

    // One synapse that is made in a step, after the construction: its keys are negative, those of rows are not.
    Row made(const uint32_t *pre, int64_t position, int64_t post, int64_t step) const {
        const int64_t key = distribution_.kind == DISTANN_MATRIX ? position : ~pair_key(post, step);
        return {pre, nullptr, 1, key, post, int64_t(*pre)};
    }

private:
    // A row of a dense projection has no list.
    uint32_t pre(const Row &row, int64_t j) const { return row.pre != nullptr ? row.pre[j] : uint32_t(side_.first() + j); }
    template <class real> real bounded(double value) const {
        return real(std::clamp(value, distribution_.min, distribution_.max));
    }

    template <class real, class Place> void look_up(real *out, const Row &row, Place place) const {
        for (int64_t j = 0; j < row.n; j++) out[j] = bounded<real>(distribution_.values[place(j)]);
    }

    template <class real> void evaluate(real *out, const Row &row) {
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
    [[noreturn, gnu::cold]] static void refuse(double distance) {
        throw std::domain_error("a weight or a delay is not finite at the distance " + std::to_string(distance));
    }

    const distann_distribution &distribution_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    std::unique_ptr<Formula> formula_;
};

// Those of the SYNAPSE fields, in their order.
inline std::vector<RowValues> initial_of(const Plan &plan, const PresynapticSide &side) {
    std::vector<RowValues> of_fields;
    for (int f = 0; f < plan.kernel().n_fields; f++)
        if (plan.projection.fields[f].axis == DISTANN_SYNAPSE)
            of_fields.emplace_back(plan.projection.fields[f].initial, side, plan.settings.seed);
    return of_fields;
}

// The delays of one row, counted from the shortest that the projection allows. Drawn in single precision, so that they
// are the same in every network.
class RowDelays {
public:
    RowDelays(const Plan &plan, const PresynapticSide &side) : RowDelays(plan, side, plan.projection.delay) {}
    RowDelays(const Plan &plan, const PresynapticSide &side, const distann_distribution &ms)
        : plan_(plan),
          values_(ms, side, plan.settings.seed),
          several_(plan.delays() > 1),
          steps_per_ms_(1 / plan.settings.dt) {}

    [[gnu::noinline]] const uint16_t *of(const Row &row) {
        if (!several_) return zeros(size_t(row.n));
        steps_.resize(size_t(row.n));
        ms_.resize(size_t(row.n));
        values_.fill(ms_.data(), row);
        const float per_ms = float(steps_per_ms_), most = float(plan_.delays() - 1);
        const float half = 0.5f + 1e-4f - float(plan_.projection.shortest);  // rounded half up, and counted from the shortest
#pragma omp simd
        for (int64_t j = 0; j < row.n; j++) {
            const float steps = ms_[size_t(j)] * per_ms + half;
            steps_[size_t(j)] = uint16_t(int32_t(std::min(std::max(steps, 0.0f), most)));
        }
        return steps_.data();
    }
    // See RowValues::made.
    uint16_t made(const uint32_t *pre, int64_t position, int64_t post, int64_t step) {
        return *of(values_.made(pre, position, post, step));
    }

private:
    const uint16_t *zeros(size_t n) {
        if (steps_.size() < n) steps_ = Array<uint16_t>::zeros(2 * n);
        return steps_.data();
    }

    const Plan &plan_;
    RowValues values_;
    const bool several_;
    const double steps_per_ms_;
    Array<float> ms_;
    Array<uint16_t> steps_;
};

// The fields of a kernel for one worker. PRE fields move with the time.
class BoundFields {
public:
    BoundFields(const Plan &plan, const distann_routine &routine, int thread, int64_t element)
        : pointers_(routine.kernel == nullptr ? 0 : size_t(routine.kernel->n_fields)),
          element_(element),
          word_(plan.settings.word) {
        for (size_t f = 0; f < pointers_.size(); f++) {
            const distann_field &field = routine.fields[f];
            pointers_[f] = bound(field.axis, field.data, thread, element, plan.settings.word);
            if (field.axis == DISTANN_NEURON) by_neuron_.push_back(int(f));
            if (field.axis == DISTANN_PRE) moving_.push_back({int(f), plan.published.at(size_t(field.published)).get()});
        }
    }
    void set(int field, void *data) { pointers_[size_t(field)] = data; }
    void *get(size_t field) const { return pointers_[field]; }
    size_t size() const { return pointers_.size(); }

    // NEURON fields are counted from this element on.
    void move_to(int64_t element) {
        for (const int f : by_neuron_)
            pointers_[size_t(f)] = static_cast<unsigned char *>(pointers_[size_t(f)]) + (element - element_) * word_;
        element_ = element;
    }

    // As of one tick.
    void *const *at(int64_t tick) {
        for (const Moving &pre : moving_) pointers_[size_t(pre.field)] = pre.published->at(tick);
        return pointers_.data();
    }

    // As of one tick, whatever the delay: `past[d]` becomes where its values begin.
    void *const *at_one(int64_t tick, std::vector<int64_t> &past) {
        for (const Moving &pre : moving_) {
            pointers_[size_t(pre.field)] = pre.published->ring();
            std::fill(past.begin(), past.end(), pre.published->offset(tick));
        }
        return pointers_.data();
    }

    // As of all ticks: `past[d]` becomes where the values of tick `newest - d` begin.
    void *const *at_all(int64_t newest, std::vector<int64_t> &past) {
        for (const Moving &pre : moving_) {
            pointers_[size_t(pre.field)] = pre.published->ring();
            for (size_t d = 0; d < past.size(); d++) past[d] = pre.published->offset(newest - int64_t(d));
        }
        return pointers_.data();
    }

private:
    struct Moving {
        int field;
        PublishedField *published;
    };
    std::vector<void *> pointers_;
    int64_t element_;
    int word_;
    std::vector<int> by_neuron_;
    std::vector<Moving> moving_;
};

}  // namespace distann::engine
