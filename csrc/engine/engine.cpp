// The engine's plain C interface, see distann/abi.h: nothing but translation, and no exception gets out.
#include "exchange.hpp"
#include "network.hpp"
#include "stepper.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#define DISTANN_EXPORT extern "C" __attribute__((visibility("default")))

struct distann_network : distann::engine::Network {
    using Network::Network;
};

namespace {

using namespace distann::engine;

[[gnu::cold, gnu::noinline]] void report(const distann_network *network, const char *what) {
    const_cast<distann_network *>(network)->failure.report(current_reason() + " (" + what + ")");
}

// Runs `work`; on an exception leaves a message and returns `failed`.
template <class Result, class Work>
Result attempt(const distann_network *network, Result failed, const char *what, Work work) {
    try {
        return work();
    } catch (...) {
        report(network, what);
        return failed;
    }
}

void require(bool condition, const char *otherwise) {
    if (!condition) throw std::logic_error(otherwise);
}

bool sensible(const distann_settings &s) {
    return s.abi == DISTANN_ABI && (s.word == 4 || s.word == 8) && s.ranks > 0 && s.rank >= 0 && s.rank < s.ranks &&
           s.threads > 0 && s.window > 0 && s.longest >= s.window;
}

// What goes by until its end since the window was over concerned other ranks. No window is before a refresh.
class Lap {
public:
    explicit Lap(distann_network *network) : profile_(network->profile), counts_(!network->refreshing) {}
    ~Lap() {
        if (!counts_) return;
        profile_.lap(0, profile_.exchanging());
        profile_.end(0);
    }

private:
    Profile &profile_;
    const bool counts_;
};

}  // namespace

DISTANN_EXPORT int32_t distann_abi(int32_t *sizes) {
    const size_t all[] = {sizeof(distann_settings), sizeof(distann_population), sizeof(distann_distribution),
                          sizeof(distann_rule),     sizeof(distann_field),      sizeof(distann_projection),
                          sizeof(distann_operation), sizeof(distann_kernel),     sizeof(distann_condition)};
    std::copy(std::begin(all), std::end(all), sizes);
    return DISTANN_ABI;
}

DISTANN_EXPORT distann_network *distann_network_new(const distann_settings *settings) {
    try {
        return sensible(*settings) ? new distann_network(*settings) : nullptr;
    } catch (...) {
        return nullptr;
    }
}

DISTANN_EXPORT void distann_network_free(distann_network *network) { delete network; }

DISTANN_EXPORT const char *distann_message(const distann_network *network) { return network->failure.message(); }

DISTANN_EXPORT int32_t distann_add_population(distann_network *network, const distann_population *population) {
    return attempt(network, -1, "adding a population", [&] { return network->add_population(*population); });
}

DISTANN_EXPORT int32_t distann_publish(distann_network *network, int32_t population, const void *field) {
    return attempt(network, -1, "publishing a field", [&] { return network->publish(population, field); });
}

DISTANN_EXPORT int32_t distann_play(distann_network *network, int32_t population, void *field, int32_t axis,
                                    const distann_timetable *timetable) {
    return attempt(network, 1, "playing values", [&] {
        network->populations.at(size_t(population))->play(field, axis, timetable);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_measure_rate(distann_network *network, int32_t population, void *rates, int64_t steps) {
    return attempt(network, -1, "measuring rates", [&] {
        network->measure_rate(population, rates, steps);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_add_reduction(distann_network *network, int32_t published, int32_t integer,
                                             int32_t operation, void *into) {
    return attempt(network, -1, "adding a reduction", [&] {
        network->add_reduction(published, integer != 0, operation, into);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_add_projections(distann_network *network, const distann_projection *projections,
                                               int32_t n) {
    return attempt(network, -1, "building synapses", [&] {
        require(n > 0, "an empty bundle");
        return network->add_projections(projections, n);
    });
}

DISTANN_EXPORT int32_t distann_set_program(distann_network *network, const distann_operation *operations, int32_t n) {
    return attempt(network, 1, "setting the program", [&] {
        network->set_program(operations, n);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_advance(distann_network *network, int64_t steps, double seconds) {
    return attempt(network, int32_t(DISTANN_FAILED), "advancing", [&] {
        require(steps >= 0, "a negative number of steps");
        require(network->unexchanged == 0 && !network->refreshing, "the last exchange is not finished");
        if (Stepper(*network).advance(steps, seconds)) return int32_t(DISTANN_EXCHANGE);
        const bool known = network->settings.ranks == 1 || network->failure.agreed();
        return int32_t(network->failure.failed() && known ? DISTANN_FAILED : DISTANN_DONE);
    });
}

DISTANN_EXPORT int64_t distann_mailbox_bytes(int32_t ranks, int64_t capacity) {
    return Mailboxes::bytes(ranks, capacity);
}

DISTANN_EXPORT void distann_set_mailboxes(distann_network *network, void *memory, int64_t capacity) {
    network->mailboxes = Mailboxes(memory, network->settings.ranks, capacity, network->crew.patience());
}

DISTANN_EXPORT int64_t distann_pack(distann_network *network, void *buffer, int64_t capacity) {
    return attempt(network, int64_t(-1), "packing", [&] { return Exchange(*network).pack(buffer, capacity); });
}

DISTANN_EXPORT int64_t distann_packed_size(const void *buffers, int64_t stride, int32_t ranks) {
    return Exchange::largest(static_cast<const unsigned char *>(buffers), stride, ranks);
}

// What fails in here is this rank's alone. Its next packet tells all, itself included, so that they stop together.
DISTANN_EXPORT int32_t distann_unpack(distann_network *network, const void *buffers, int64_t stride) {
    try {
        const Lap lap(network);
        return Exchange(*network).unpack(static_cast<const unsigned char *>(buffers), stride) ? 0 : 1;
    } catch (...) {
        network->failure.fail(network->settings.rank, current_reason() + " (unpacking)");
        return 0;
    }
}

DISTANN_EXPORT int32_t distann_finish(distann_network *network) {
    return attempt(network, 1, "finishing a step", [&] {
        require(network->unexchanged == 0, "the last exchange is not finished");
        Stepper(*network).finish();
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_failed_rank(const distann_network *network) { return network->failure.rank(); }

DISTANN_EXPORT int32_t distann_refresh(distann_network *network, int32_t everywhere) {
    return attempt(network, 1, "refreshing", [&] {
        require(network->unexchanged == 0, "the last exchange is not finished");
        network->forget_sums();
        if (network->settings.ranks == 1) {
            Exchange(*network).refresh(everywhere != 0);
        } else {
            network->refreshing = true;
            network->everywhere = everywhere != 0;
        }
        return 0;
    });
}

DISTANN_EXPORT int64_t distann_step(const distann_network *network) { return network->step; }

DISTANN_EXPORT void distann_set_step(distann_network *network, int64_t step) { network->set_step(step); }

DISTANN_EXPORT void distann_forget_spikes(distann_network *network) { network->forget_spikes(); }

DISTANN_EXPORT int32_t distann_set_update(distann_network *network, int32_t population, int32_t on) {
    return attempt(network, 1, "switching a population", [&] {
        network->populations.at(size_t(population))->turn(on != 0);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_add_condition(distann_network *network, const distann_condition *condition) {
    return attempt(network, -1, "adding a condition", [&] { return network->add_condition(*condition); });
}

DISTANN_EXPORT int32_t distann_watch(distann_network *network, const int32_t *conditions, int32_t n, int32_t all) {
    return attempt(network, 1, "watching conditions", [&] {
        network->set_watch(conditions, n, all != 0);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_stopped(const distann_network *network) { return network->watch.met; }

DISTANN_EXPORT void distann_notify(distann_network *network, int32_t word) { network->saying |= word; }

DISTANN_EXPORT int32_t distann_heard(distann_network *network) { return std::exchange(network->heard, 0); }

DISTANN_EXPORT int64_t distann_flying(const distann_network *network, int32_t population) {
    return attempt(network, int64_t(-1), "counting spikes in flight", [&] {
        int64_t n = 0;
        network->for_each_flying(population, [&](int32_t, uint32_t) { n++; });
        return n;
    });
}

DISTANN_EXPORT int32_t distann_read_flying(const distann_network *network, int32_t population, int32_t *back,
                                           uint32_t *indices) {
    return attempt(network, 1, "reading spikes in flight", [&] {
        network->for_each_flying(population, [&](int32_t ticks, uint32_t index) { *back++ = ticks, *indices++ = index; });
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_write_flying(distann_network *network, int32_t population, const int32_t *back,
                                            const uint32_t *indices, int64_t n) {
    return attempt(network, 1, "writing spikes in flight", [&] {
        network->write_flying(population, back, indices, n);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_read_past(const distann_network *network, int32_t published, void *words) {
    return attempt(network, 1, "reading the past", [&] {
        network->read_past(published, words);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_write_past(distann_network *network, int32_t published, const void *words) {
    return attempt(network, 1, "writing the past", [&] {
        network->write_past(published, words);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_record_field(distann_network *network, int32_t population, const void *field,
                                            int32_t axis, int32_t inputs, int64_t period, int64_t offset,
                                            const uint32_t *elements, int64_t n) {
    return attempt(network, -1, "adding a recorder", [&] {
        return network->record_field(population, field, axis, inputs != 0, {period, offset}, elements, n);
    });
}

DISTANN_EXPORT int32_t distann_record_spikes(distann_network *network, int32_t population) {
    return attempt(network, -1, "adding a recorder", [&] { return network->record_spikes(population); });
}

DISTANN_EXPORT int32_t distann_record_synapses(distann_network *network, int32_t projection, int32_t synapse_field,
                                               int64_t period, int64_t offset, const int64_t *slots, int64_t n) {
    return attempt(network, -1, "adding a recorder", [&] {
        return network->record_synapses(projection, synapse_field, {period, offset}, slots, n);
    });
}

DISTANN_EXPORT void distann_record_switch(distann_network *network, int32_t recorder, int32_t on) {
    network->recorders[size_t(recorder)].turn(on != 0);
}

DISTANN_EXPORT int64_t distann_recorded(const distann_network *network, int32_t recorder) {
    const Recorder &which = network->recorders[size_t(recorder)];
    return which.spikes ? which.spikes->size() : which.rows()->rows();
}

DISTANN_EXPORT int32_t distann_read_rows(const distann_network *network, int32_t recorder, void *words) {
    return attempt(network, 1, "reading a recorder", [&] {
        const RowBuffer *rows = network->recorders.at(size_t(recorder)).rows();
        require(rows != nullptr, "not a recorder of rows");
        rows->read(words);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_read_spikes(const distann_network *network, int32_t recorder, int64_t *steps,
                                           int64_t *indices) {
    return attempt(network, 1, "reading a recorder", [&] {
        const Recorder &which = network->recorders.at(size_t(recorder));
        require(which.spikes != nullptr, "not a recorder of spikes");
        which.spikes->read(steps, indices);
        return 0;
    });
}

DISTANN_EXPORT void distann_record_clear(distann_network *network, int32_t recorder, int32_t keep) {
    const Recorder &which = network->recorders[size_t(recorder)];
    which.spikes ? which.spikes->clear(keep != 0) : which.rows()->clear(keep != 0);
}

DISTANN_EXPORT int32_t distann_write_rows(distann_network *network, int32_t recorder, const void *words, int64_t rows) {
    return attempt(network, 1, "writing a recorder", [&] {
        RowBuffer *buffer = network->recorders.at(size_t(recorder)).rows();
        require(buffer != nullptr && rows >= 0, "not a recorder of rows, or a negative number of them");
        buffer->write(words, rows);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_write_spikes(distann_network *network, int32_t recorder, const int64_t *steps,
                                            const int64_t *indices, int64_t n) {
    return attempt(network, 1, "writing a recorder", [&] {
        const Recorder &which = network->recorders.at(size_t(recorder));
        require(which.spikes != nullptr && n >= 0, "not a recorder of spikes, or a negative number of them");
        which.spikes->write(steps, indices, n);
        return 0;
    });
}

DISTANN_EXPORT int64_t distann_synapses(const distann_network *network, int32_t projection) {
    return network->synapses(projection).size(network->member(projection));
}

DISTANN_EXPORT int32_t distann_read_pairs(const distann_network *network, int32_t projection, uint32_t *post_element,
                                          uint32_t *pre_index) {
    return attempt(network, 1, "reading synapses", [&] {
        network->synapses(projection).pairs(network->member(projection), post_element, pre_index);
        return 0;
    });
}

DISTANN_EXPORT void distann_sort_pairs(const uint32_t *post_element, const uint32_t *pre_index, int64_t n,
                                       int64_t elements, int64_t *starts, int64_t *slots) {
    std::fill_n(starts, elements + 1, int64_t(0));
    for (int64_t s = 0; s < n; s++) starts[post_element[s] + 1]++;
    for (int64_t e = 0; e < elements; e++) starts[e + 1] += starts[e];
    for (int64_t s = 0; s < n; s++) slots[starts[post_element[s]]++] = s;
    for (int64_t e = elements; e > 0; e--) starts[e] = starts[e - 1];  // each is now where its successor begins
    starts[0] = 0;
    const auto before = [=](int64_t a, int64_t b) { return pre_index[a] < pre_index[b]; };
    for (int64_t e = 0; e < elements; e++)
        if (!std::is_sorted(slots + starts[e], slots + starts[e + 1], before))
            std::stable_sort(slots + starts[e], slots + starts[e + 1], before);
}

DISTANN_EXPORT int32_t distann_read_delays(const distann_network *network, int32_t projection, uint32_t *steps) {
    return attempt(network, 1, "reading synapses", [&] {
        network->synapses(projection).delays(network->member(projection), steps);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_set_delay(distann_network *network, int32_t projection, int32_t steps) {
    return attempt(network, 1, "changing a delay", [&] {
        require(steps >= network->settings.window && steps <= network->settings.longest, "a delay outside of what is kept");
        network->synapses(projection).set_delay(steps, network->tick);
        return 0;
    });
}

DISTANN_EXPORT int64_t distann_pending(const distann_network *network, int32_t projection) {
    return network->synapses(projection).pending(network->tick);
}

DISTANN_EXPORT void distann_set_pending(distann_network *network, int32_t projection, int64_t back) {
    network->synapses(projection).set_pending(back, network->tick);
}

DISTANN_EXPORT int32_t distann_write_delays(distann_network *network, int32_t projection, const uint32_t *steps) {
    return attempt(network, 1, "changing delays", [&] {
        network->synapses(projection).write_delays(steps);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_read_synapses(const distann_network *network, int32_t projection, int32_t synapse_field,
                                             void *words) {
    return attempt(network, 1, "reading synapses", [&] {
        network->synapses(projection).read(network->member(projection), synapse_field, words, network->now());
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_write_synapses(distann_network *network, int32_t projection, int32_t synapse_field,
                                              const void *words) {
    return attempt(network, 1, "writing synapses", [&] {
        Synapses &synapses = network->synapses(projection);
        synapses.settle(network->now());
        synapses.write(network->member(projection), synapse_field, words);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_read_stored(distann_network *network, int32_t projection, int32_t field, void *words) {
    return attempt(network, 1, "reading synapses", [&] {
        Synapses &synapses = network->synapses(projection);
        synapses.catch_up(network->now());
        synapses.read_stored(network->member(projection), field, words);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_write_stored(distann_network *network, int32_t projection, int32_t field, const void *words) {
    return attempt(network, 1, "writing synapses", [&] {
        Synapses &synapses = network->synapses(projection);
        synapses.catch_up(network->now());
        synapses.write(network->member(projection), field, words);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_has_events(const distann_network *network, int32_t projection) {
    return network->synapses(projection).has_events();
}

DISTANN_EXPORT int32_t distann_read_events(distann_network *network, int32_t projection, int64_t *arrived, int64_t *last) {
    return attempt(network, 1, "reading synapses", [&] {
        Synapses &synapses = network->synapses(projection);
        synapses.catch_up(network->now());
        synapses.read_events(arrived, last);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_write_events(distann_network *network, int32_t projection, const int64_t *arrived,
                                            const int64_t *last) {
    return attempt(network, 1, "writing synapses", [&] {
        network->synapses(projection).write_events(arrived, last);
        return 0;
    });
}

DISTANN_EXPORT int64_t distann_bytes(const distann_network *network, int32_t projection) {
    return network->synapses(projection).bytes();
}

DISTANN_EXPORT int32_t distann_set_transmission(distann_network *network, int32_t projection, int32_t on) {
    return attempt(network, 1, "switching a projection", [&] {
        network->synapses(projection).turn(network->member(projection), on != 0);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_set_axon_transmission(distann_network *network, int32_t projection, int32_t on) {
    return attempt(network, 1, "switching a projection", [&] {
        network->synapses(projection).turn_axons(on != 0);
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_set_learning(distann_network *network, int32_t projection, int32_t plastic, int32_t update,
                                            int64_t period, int64_t offset) {
    return attempt(network, 1, "switching a projection", [&] {
        require(period > 0, "a period is one step at least");
        Synapses &synapses = network->synapses(projection);
        synapses.catch_up(network->now());
        synapses.set_rhythm({plastic != 0, update != 0, period, offset});
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_set_rules(distann_network *network, int32_t projection, const int64_t *creating,
                                         const int64_t *pruning) {
    return attempt(network, 1, "switching a rule", [&] {
        require(creating[1] > 0 && pruning[1] > 0, "a period is one step at least");
        network->structure(projection).set_rules({creating[0] != 0, creating[1], creating[2]}, {pruning[0] != 0, pruning[1], pruning[2]});
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_settle(distann_network *network, int32_t projection) {
    return attempt(network, 1, "settling synapses", [&] {
        network->synapses(projection).settle(network->now());
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_write_pairs(distann_network *network, int32_t projection, int64_t n,
                                           const uint32_t *post_element, const uint32_t *pre_index, const uint32_t *steps) {
    return attempt(network, 1, "replacing synapses", [&] {
        network->structure(projection).write(n, post_element, pre_index, steps, network->now());
        return 0;
    });
}

DISTANN_EXPORT int32_t distann_reconstruct(distann_network *network, int32_t projection) {
    return attempt(network, 1, "constructing synapses anew", [&] {
        network->structure(projection).reconstruct(network->now());
        return 0;
    });
}

DISTANN_EXPORT int64_t distann_replaced(const distann_network *network, int32_t projection) {
    return attempt(network, int64_t(-1), "counting changes", [&] { return network->structure(projection).replaced(); });
}

DISTANN_EXPORT int32_t distann_profile(distann_network *network, int64_t events) {
    return attempt(network, 1, "starting the profile", [&] {
        require(events >= 0, "a negative number of events");
        network->profile.start(network->program.size(), size_t(events));
        return 0;
    });
}

DISTANN_EXPORT void distann_read_profile(const distann_network *network, double *seconds, int64_t *calls) {
    const double tick = network->profile.seconds_per_tick();
    for (int thread = 0; thread < network->settings.threads; thread++)
        for (const double scale = network->profile.scale(thread); const auto &phase : network->profile.phases(thread)) {
            *seconds++ = double(phase.ticks) * scale * tick;
            *calls++ = phase.calls;
        }
}

DISTANN_EXPORT int64_t distann_profiled(const distann_network *network, int32_t thread) {
    return int64_t(network->profile.events(thread).size());
}

DISTANN_EXPORT void distann_read_phases(const distann_network *network, int32_t thread, double *begin, double *end,
                                        int32_t *phase) {
    const double tick = network->profile.seconds_per_tick();
    for (const auto &event : network->profile.events(thread)) {
        *begin++ = double(event.begin - network->profile.origin()) * tick;
        *end++ = double(event.end - network->profile.origin()) * tick;
        *phase++ = event.phase;
    }
}

DISTANN_EXPORT int64_t distann_events_of(const distann_network *network, int32_t projection) {
    return network->synapses(projection).events();
}

// The trains are not by neuron, but are handed over as a NEURON field: its pointer is the same for all threads.
DISTANN_EXPORT int64_t distann_replay_spikes(const distann_neurons *neurons) {
    const auto &[n, steps, elements] = *static_cast<const distann_trains *>(neurons->fields[0]);
    const auto [begin, end] = std::equal_range(steps, steps + n, neurons->clock->step);
    const auto from = std::lower_bound(elements + (begin - steps), elements + (end - steps), neurons->begin);
    const auto to = std::lower_bound(from, elements + (end - steps), neurons->end);
    std::copy(from, to, neurons->spikes);
    return to - from;
}
