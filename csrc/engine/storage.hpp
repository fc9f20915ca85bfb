// What the two storages of synapses have in common.
#pragma once

#include "connect.hpp"
#include "synapses.hpp"

#include <distann/distributions.hpp>

#include <algorithm>
#include <vector>

namespace distann::engine {

// The rows of the neurons [elements.begin, elements.end).
inline Slice rows_of(const Plan &plan, Slice elements) {
    const uint32_t *begin = plan.rule().element, *end = begin + plan.rule().n_rows;
    const auto row = [=](int64_t element) { return std::lower_bound(begin, end, element) - begin; };
    return {row(elements.begin), row(elements.end)};
}

inline RowEnumerator enumerator_of(const Plan &plan, const PresynapticSide &side) {
    return RowEnumerator(plan.rule(), side, plan.settings.seed, plan.post.first());
}

// The distributions of the SYNAPSE fields, in their order.
inline std::vector<distann_distribution> initial_of(const Plan &plan) {
    std::vector<distann_distribution> of_fields;
    for (int f = 0; f < plan.kernel().n_fields; f++)
        if (plan.projection.fields[f].axis == DISTANN_SYNAPSE) of_fields.push_back(plan.projection.fields[f].initial);
    return of_fields;
}

// The initial values of one field in one row. Not inlined: it is most of what there is to compile.
template <class real>
[[gnu::noinline]] void draw_row(real *out, const Row &row, const distann_distribution &distribution, uint64_t seed) {
    if (distribution.kind != DISTANN_VALUES) return distann::draw<real>(out, row.n, distribution, seed, row.key, 0);
    for (int64_t j = 0; j < row.n; j++)
        out[j] = real(std::clamp(distribution.values[row.slot[j]], distribution.min, distribution.max));
}

// The fields of a kernel for one worker. PRE fields move with the time.
class BoundFields {
public:
    BoundFields(const Plan &plan, int thread, int64_t element) : pointers_(size_t(plan.kernel().n_fields)) {
        for (int f = 0; f < plan.kernel().n_fields; f++) {
            const distann_field &field = plan.projection.fields[f];
            pointers_[size_t(f)] = bound(field.axis, field.data, thread, element, plan.settings.word);
            if (field.axis == DISTANN_PRE) moving_.push_back({f, plan.published.at(size_t(field.published)).get()});
        }
    }
    void set(int field, void *data) { pointers_[size_t(field)] = data; }
    void *const *at(int64_t emitted) {
        for (const Moving &pre : moving_) pointers_[size_t(pre.field)] = pre.published->at(emitted);
        return pointers_.data();
    }

private:
    struct Moving {
        int field;
        PublishedField *published;
    };
    std::vector<void *> pointers_;
    std::vector<Moving> moving_;
};

}  // namespace distann::engine
