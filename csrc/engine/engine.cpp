// The engine's plain C interface, see distann/abi.h: networks, what they consist of, and their steps.
#include "exchange.hpp"
#include "interface.hpp"
#include "stepper.hpp"

#include <algorithm>
#include <utility>

using namespace distann::engine;

namespace {

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

// The trains are not by neuron, but are handed over as a NEURON field: its pointer is the same for all threads.
DISTANN_EXPORT int64_t distann_replay_spikes(const distann_neurons *neurons) {
    const auto &[n, steps, elements] = *static_cast<const distann_trains *>(neurons->fields[0]);
    const auto [begin, end] = std::equal_range(steps, steps + n, neurons->clock->step);
    const auto from = std::lower_bound(elements + (begin - steps), elements + (end - steps), neurons->begin);
    const auto to = std::lower_bound(from, elements + (end - steps), neurons->end);
    std::copy(from, to, neurons->spikes);
    return to - from;
}
