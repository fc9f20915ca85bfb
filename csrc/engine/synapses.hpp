// The synapses of one projection on this rank, as the rest of the engine sees them.
//
// How they are stored and built is most of what there is to compile: it stands in a file of its own, construction.cpp.
#pragma once

#include "crew.hpp"
#include "history.hpp"
#include "population.hpp"

#include <distann/abi.h>

#include <memory>
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
};

// What arrives in one step: what the presynaptic neurons did at the end of tick `emitted`.
struct Arrival {
    const distann_clock &clock;
    int thread;
    int64_t emitted;
    const Array<uint32_t> &spikes;
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

// The storage that the plan's kernel asks for, filled.
std::unique_ptr<Synapses> build_synapses(const Plan &plan);

}  // namespace distann::engine
