// The engine's plain C interface, see distann/abi.h: what is recorded, and the profile.
#include "interface.hpp"

using namespace distann::engine;

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

DISTANN_EXPORT int32_t distann_profile(distann_network *network, int64_t events) {
    return attempt(network, 1, "starting the profile", [&] {
        require(events >= 0, "a negative number of events");
        network->profile.start(network->program.size(), size_t(events));
        return 0;
    });
}

DISTANN_EXPORT void distann_read_profile(const distann_network *network, double *seconds, int64_t *calls) {
    const double tick = network->profile.seconds_per_tick();
    for (int thread = 0; thread < network->settings.threads; thread++) {
        const double scale = network->profile.scale(thread) * tick;
        for (const auto &phase : network->profile.phases(thread)) {
            *seconds++ = double(phase.ticks) * scale;
            *calls++ = phase.calls;
        }
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
