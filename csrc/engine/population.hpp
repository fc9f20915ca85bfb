// A population: how its neurons are cut into slices, and its fields as each worker's kernel sees them.
#pragma once

#include "memory.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace distann::engine {

inline constexpr int64_t padding = 16;       // arrays hold a multiple of so many neurons
inline constexpr int64_t copy_bytes = 64;    // from one thread's copy of an OBJECT field to the next one's

struct Slice {
    int64_t begin, end;
    int64_t size() const { return end - begin; }
};

// Where a kernel of worker `thread` finds a field, if its element 0 is the rank's element `element`.
inline void *bound(int32_t axis, void *data, int thread, int64_t element, int word) {
    unsigned char *bytes = static_cast<unsigned char *>(data);
    if (axis == DISTANN_OBJECT) return bytes + thread * copy_bytes;
    return axis == DISTANN_NEURON ? bytes + element * word : nullptr;
}

class Population {
public:
    Population(const distann_population &given, const distann_settings &settings)
        : settings_(settings),
          size_(given.size),
          first_(given.first, given.first + settings.ranks * settings.threads + 1),
          kernel_(reinterpret_cast<distann_neurons_kernel>(given.kernel)),
          spiking_(given.spiking != 0),
          stream_(given.stream),
          cleared_(given.cleared, given.cleared + given.n_cleared),
          fields_(size_t(settings.threads)) {
        if (first_.front() != 0 || first_.back() != size_ || !std::is_sorted(first_.begin(), first_.end()))
            throw std::invalid_argument("the slices of a population must ascend from 0 to its size");
        if (size_ > UINT32_MAX) throw std::invalid_argument("a population can have 4294967295 neurons at most");
        for (int thread = 0; thread < settings.threads; thread++)
            for (int f = 0; f < given.n_fields; f++)
                fields_[size_t(thread)].push_back(bound(given.axes[f], given.fields[f], thread, 0, settings.word));
    }

    int64_t size() const { return size_; }
    bool spiking() const { return spiking_; }
    void turn(bool on) { on_ = on; }  // whether its neurons go on; those that do not keep their state
    bool on() const { return on_; }

    // Indices in the population that a rank owns.
    Slice slice(int rank) const {
        return {first_[size_t(rank * settings_.threads)], first_[size_t((rank + 1) * settings_.threads)]};
    }
    Slice slice() const { return slice(settings_.rank); }
    int64_t first() const { return slice().begin; }

    // Elements of this rank that a worker owns.
    Slice elements(int thread) const {
        const size_t worker = size_t(settings_.rank * settings_.threads + thread);
        return {first_[worker] - first(), first_[worker + 1] - first()};
    }

    void clear(int thread) const {
        const Slice own = elements(thread);
        const size_t bytes = size_t(rounded_up(own.end, padding) - own.begin) * size_t(settings_.word);
        if (own.size() > 0 && on_)
            for (void *array : cleared_)
                std::memset(static_cast<unsigned char *>(array) + own.begin * settings_.word, 0, bytes);
    }

    // From now on a field takes the values of a timetable before each update.
    void play(void *field, int32_t axis, const distann_timetable *timetable) {
        if (axis != DISTANN_OBJECT && axis != DISTANN_NEURON) throw std::invalid_argument("a field of no population");
        played_.push_back({static_cast<unsigned char *>(field), axis, timetable});
    }

    // Runs the kernel over a worker's neurons; `spikes` has room for all of them. Returns how many spiked.
    int64_t update(const distann_clock &clock, int thread, uint32_t *spikes) const {
        if (!on_) return 0;
        const Slice own = elements(thread);
        for (const Played &played : played_) set(played, clock.step, thread, own);
        if (kernel_ == nullptr) return 0;
        const distann_neurons neurons = {&clock, fields_[size_t(thread)].data(), own.begin, own.end,
                                         first(), stream_, 0, spikes};
        return kernel_(&neurons);
    }

private:
    struct Played {
        unsigned char *field;
        int32_t axis;
        const distann_timetable *timetable;
    };

    // A function of the step alone: whoever sets the clock also sets the values.
    void set(const Played &played, int64_t step, int thread, Slice own) const {
        const distann_timetable &table = *played.timetable;
        const int64_t row = row_of(table, step), word = settings_.word;
        if (row < 0) return;
        const unsigned char *values = static_cast<const unsigned char *>(table.values);
        if (played.axis == DISTANN_OBJECT)
            std::memcpy(played.field + thread * copy_bytes, values + row * word, size_t(word));
        else if (own.size() > 0)
            std::memcpy(played.field + own.begin * word, values + (row * slice().size() + own.begin) * word,
                        size_t(own.size() * word));
    }

    // Which row holds in a step, -1 before the first. In a later period the last one stays until the first comes again.
    static int64_t row_of(const distann_timetable &table, int64_t step) {
        const auto begun = [&table](int64_t at) { return std::upper_bound(table.onset, table.onset + table.n, at) - table.onset - 1; };
        const int64_t since = step - table.begin;
        if (since < 0 || table.period <= 0) return since < 0 ? -1 : begun(since);
        const int64_t row = begun(since % table.period);
        return row < 0 && since >= table.period ? begun(table.period - 1) : row;
    }

    const distann_settings settings_;
    const int64_t size_;
    const std::vector<int64_t> first_;
    const distann_neurons_kernel kernel_;
    const bool spiking_;
    bool on_ = true;
    const uint32_t stream_;
    const std::vector<void *> cleared_;
    std::vector<std::vector<void *>> fields_;  // [thread][field]
    std::vector<Played> played_;
};

}  // namespace distann::engine
