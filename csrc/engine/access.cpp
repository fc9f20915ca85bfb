// The engine's plain C interface, see distann/abi.h: synapses read, written and switched.
#include "interface.hpp"

#include <algorithm>

using namespace distann::engine;

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

DISTANN_EXPORT int64_t distann_events_of(const distann_network *network, int32_t projection) {
    return network->synapses(projection).events();
}
