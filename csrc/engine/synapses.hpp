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
    int delays() const { return projection.longest - projection.shortest + 1; }
};

// A step of one worker, as synapses see it: what happened before it, and when.
struct Arrival {
    const distann_clock &clock;
    int thread;
    int64_t tick;
    SpikeHistory &history;
};

// The synapses of one bundle: of projections, its members, that are stored and transmit together. Reading and
// writing are by member, in the order of storage; `field` counts the SYNAPSE fields.
class Synapses {
public:
    virtual ~Synapses() = default;
    virtual void transmit(const Arrival &arrival) = 0;  // to the neurons of one worker
    virtual void forget_spikes() {}                     // the history was changed from outside
    virtual void turn(int member, bool on) = 0;         // whether it transmits
    virtual int64_t size(int member) const = 0;
    virtual int64_t bytes() const = 0;
    virtual int64_t events() const { return 0; }        // spikes that have arrived at synapses

    virtual void pairs(int member, uint32_t *post_element, uint32_t *pre_index) const = 0;
    virtual void delays(int member, uint32_t *steps) const = 0;
    virtual void read(int member, int field, void *words) const = 0;
    virtual void write(int member, int field, const void *words) = 0;
};

// The storage that the plans' kernel asks for, filled.
std::unique_ptr<Synapses> build_synapses(const std::vector<Plan> &plans);

}  // namespace distann::engine
