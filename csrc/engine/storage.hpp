// What the two storages of synapses have in common.
#pragma once

#include "collection.hpp"
#include "connectors.hpp"
#include "synapses.hpp"
#include "values.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace distann::engine {

// The rows of the neurons [elements.begin, elements.end).
inline Slice rows_of(const Plan &plan, Slice elements) {
    const uint32_t *begin = plan.rule().element, *end = begin + plan.rule().n_rows;
    const auto row = [=](int64_t element) { return std::lower_bound(begin, end, element) - begin; };
    return {row(elements.begin), row(elements.end)};
}

inline std::unique_ptr<RowEnumerator> enumerator_of(const Plan &plan, const PresynapticSide &side, Slice rows) {
    return make_enumerator(plan.rule(), side, plan.settings.seed, plan.post.first(), rows.begin, rows.size());
}

// Those of the SYNAPSE fields, in their order.
inline std::vector<RowValues> initial_of(const Plan &plan, const PresynapticSide &side) {
    std::vector<RowValues> of_fields;
    for (int f = 0; f < plan.kernel().n_fields; f++)
        if (plan.projection.fields[f].axis == DISTANN_SYNAPSE)
            of_fields.emplace_back(plan.projection.fields[f].initial, side, plan.settings.seed);
    return of_fields;
}

inline RowDelays delays_of(const Plan &plan, const PresynapticSide &side) {
    return RowDelays(plan.projection.delay, plan.projection, side, plan.settings);
}

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
