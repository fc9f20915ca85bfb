// The synapses of one projection on this rank, as the rest of the engine sees them.
//
// How they are stored is much to compile: it stands in a file of its own, construction.cpp.
#pragma once

#include "crew.hpp"
#include "history.hpp"
#include "listing.hpp"
#include "population.hpp"

#include <distann/abi.h>

#include <memory>
#include <optional>
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
    distann_routine transmission() const { return {projection.kernel, projection.fields, projection.stream, 0, 0}; }
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

// The elements of one worker that spiked in this step.
struct Spiked {
    const uint32_t *elements;
    size_t n;
};

// When synapses learn.
struct LearningRhythm {
    bool plastic = true, update = true;
    int64_t period = 1, offset = 0;

    bool due(int64_t step) const { return update && (step - offset) % period == 0; }
};

// When a rule of structural plasticity is applied.
struct RuleRhythm {
    bool on = false;
    int64_t period = 1, offset = 0;

    bool due(int64_t step) const { return on && (step - offset) % period == 0; }
};

// The synapses of one bundle: of projections, its members, that are stored and transmit together. Reading and
// writing are by member, in the order of storage; `field` counts the SYNAPSE fields.
class Synapses {
public:
    explicit Synapses(int post) : post_number_(post) {}
    virtual ~Synapses() = default;
    int post() const { return post_number_; }  // population of the first member
    virtual void transmit(const Arrival &arrival) = 0;  // to the neurons of one worker
    virtual void learn(const Arrival &, const Spiked &) {}  // after the postsynaptic neurons, some of which spiked
    virtual void forget_spikes() {}                     // the history was changed from outside
    virtual void forget_sums() {}                       // something that is transmitted was changed from outside
    virtual void settle(const distann_clock &) {}       // all values become those of the beginning of this step
    virtual void restart(int64_t) {}                    // what is settled is so at this step
    virtual void catch_up(const distann_clock &) {}     // no synapse has a postsynaptic spike left to see
    virtual void set_rhythm(const LearningRhythm &) {}
    // As stored: a value that relaxes as of the last event of its synapse.
    virtual void read_stored(int member, int field, void *words) const = 0;
    // What says when that was, see distann_read_events.
    virtual bool has_events() const { return false; }
    virtual void read_events(int64_t *, int64_t *) const {}
    virtual void write_events(const int64_t *, const int64_t *) {}
    virtual void turn(int member, bool on) = 0;         // whether it transmits
    virtual void turn_axons(bool) {}                    // whether axonal spikes arrive
    virtual int64_t size(int member) const = 0;
    virtual int64_t bytes() const = 0;
    virtual int64_t events() const { return 0; }        // spikes that have arrived at synapses

    virtual void pairs(int member, uint32_t *post_element, uint32_t *pre_index) const = 0;
    virtual void delays(int member, uint32_t *steps) const = 0;
    // All synapses get one delay, or each its own, from tick `now` on; where there are several they are as they were.
    virtual void set_delay(int64_t steps, int64_t now) = 0;
    virtual int64_t pending(int64_t) const { return 0; }  // ticks before `now` from which on nothing has arrived
    virtual void set_pending(int64_t, int64_t) {}
    virtual void write_delays(const uint32_t *) { throw std::invalid_argument("synapses that spikes reach keep their delays"); }
    virtual void read(int member, int field, void *words, const distann_clock &now) const = 0;
    virtual void write(int member, int field, const void *words) = 0;

    // Where synapses come and go: what one worker has, as it is stored, and what the workers have from now on, those that
    // are given; `step` begins, and all values are as of then.
    virtual void settle_worker(int, const distann_clock &) {}
    virtual Listing list(int thread) const = 0;
    virtual void replace(std::vector<std::optional<Listing>> listings, int64_t step) = 0;
    virtual void reconstruct(int64_t step) = 0;  // from the rule, as at first

private:
    const int post_number_;
};

// The storage that the plans' kernel asks for, filled.
std::unique_ptr<Synapses> build_synapses(const std::vector<Plan> &plans);

// Synapses of one projection that come and go.
class Structure {
public:
    virtual ~Structure() = default;
    virtual void set_rules(const RuleRhythm &creating, const RuleRhythm &pruning) = 0;
    virtual void choose(const Arrival &) = 0;                // by the rules that are due, for the rows of one worker
    virtual void change(const distann_clock &next) = 0;      // what was chosen is done; all threads must rest
    virtual void write(int64_t n, const uint32_t *post_element, const uint32_t *pre_index, const uint32_t *steps,
                       const distann_clock &now) = 0;
    virtual void reconstruct(const distann_clock &now) = 0;
    virtual int64_t replaced() const = 0;
};

std::unique_ptr<Structure> build_structure(const Plan &plan, Synapses &synapses);

}  // namespace distann::engine
