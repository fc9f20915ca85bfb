// The synapses of one projection on this rank: what the two storages have in common.
#pragma once

#include "connect.hpp"
#include "crew.hpp"
#include "history.hpp"
#include "population.hpp"

#include <distann/abi.h>
#include <distann/distributions.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace distann::engine {

// What a projection is built from.
struct Plan {
    const distann_settings &settings;
    const distann_projection &projection;
    const Population &pre, &post;
    const std::vector<std::unique_ptr<PublishedField>> &published;
    Crew &crew;

    const distann_rule &rule() const { return projection.rule; }
    const distann_kernel &kernel() const { return *projection.kernel; }

    // The rows of the neurons [elements.begin, elements.end).
    Slice rows(Slice elements) const {
        const uint32_t *begin = rule().element, *end = begin + rule().n_rows;
        const auto row = [=](int64_t element) { return std::lower_bound(begin, end, element) - begin; };
        return {row(elements.begin), row(elements.end)};
    }
    RowEnumerator enumerator(const PresynapticSide &side) const {
        return RowEnumerator(rule(), side, settings.seed, post.first());
    }
    // The distributions of the SYNAPSE fields, in their order.
    std::vector<distann_distribution> initial() const {
        std::vector<distann_distribution> of_fields;
        for (int f = 0; f < kernel().n_fields; f++)
            if (projection.fields[f].axis == DISTANN_SYNAPSE) of_fields.push_back(projection.fields[f].initial);
        return of_fields;
    }
};

// The initial values of one field in one row. Not inlined: it is most of what there is to compile.
template <class real>
[[gnu::noinline]] void draw_row(real *out, const Row &row, const distann_distribution &distribution, uint64_t seed) {
    if (distribution.kind != DISTANN_VALUES) return distann::draw<real>(out, row.n, distribution, seed, row.key, 0);
    for (int64_t j = 0; j < row.n; j++)
        out[j] = real(std::clamp(distribution.values[row.slot[j]], distribution.min, distribution.max));
}

// What arrives in one step: what the presynaptic neurons did at the end of tick `emitted`.
struct Arrival {
    const distann_clock &clock;
    int thread;
    int64_t emitted;
    const Array<uint32_t> &spikes;
};

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

class Synapses {
public:
    virtual ~Synapses() = default;
    virtual void transmit(const Arrival &arrival) = 0;  // to the neurons of one worker
    virtual int64_t size() const = 0;
    virtual int64_t bytes() const = 0;

    // In the order of storage; `field` counts the SYNAPSE fields.
    virtual void pairs(uint32_t *post_element, uint32_t *pre_index) const = 0;
    virtual void read(int field, void *words) const = 0;
    virtual void write(int field, const void *words) = 0;
};

}  // namespace distann::engine
